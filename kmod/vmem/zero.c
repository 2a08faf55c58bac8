// SPDX-License-Identifier: GPL-2.0
/*
 * Zero folios: what a guest reads where it has not written.
 *
 * The kernel's own zero page would not do: reading an untouched block must not install a
 * page table, since the core never maps a block that has one by a huge entry again.  So
 * there is a zero folio of 2 MiB.  There are several small ones, since the core locks the
 * folio that it maps.
 */
#include "vmem.h"

#define VMEM_ZERO_COPIES	64

static struct folio *vmem_zero_smalls[VMEM_ZERO_COPIES];
static struct folio *vmem_zero_huge_folio;

/**
 * vmem_zero_huge() - the zero folio of 2 MiB
 *
 * Return: the folio; it lives as long as the module.
 */
struct folio *vmem_zero_huge(void)
{
	return vmem_zero_huge_folio;
}

/**
 * vmem_zero_small() - the zero folio of a page
 * @file: file
 * @index: index of the page in the file
 *
 * Return: the folio, always the same for a page; it lives as long as the module.
 */
struct folio *vmem_zero_small(const struct vmem_file *file, pgoff_t index)
{
	return vmem_zero_smalls[(file->inode.i_ino + (index >> VMEM_BLOCK_SHIFT)) %
				VMEM_ZERO_COPIES];
}

/* References other than ours are leaked mappings. */
static void vmem_zero_free(struct folio *folio)
{
	if (!folio)
		return;
	WARN(folio_ref_count(folio) != 1, "vmem: zero folio with %d references\n",
	     folio_ref_count(folio));
	folio->mapping = NULL;
	if (folio_test_large(folio))
		vmem_huge_put(folio);
	else
		folio_put(folio);
}

/**
 * vmem_zero_exit() - free the zero folios
 */
void vmem_zero_exit(void)
{
	unsigned int i;

	for (i = 0; i < VMEM_ZERO_COPIES; i++)
		vmem_zero_free(vmem_zero_smalls[i]);
	vmem_zero_free(vmem_zero_huge_folio);
}

/**
 * vmem_zero_init() - make the zero folios
 *
 * Return: 0 or -ENOMEM.
 */
int __init vmem_zero_init(void)
{
	unsigned int i;

	for (i = 0; i < VMEM_ZERO_COPIES; i++) {
		vmem_zero_smalls[i] = folio_alloc(GFP_HIGHUSER | __GFP_ZERO, 0);
		if (!vmem_zero_smalls[i])
			goto err;
		vmem_folio_disown(vmem_zero_smalls[i]);
	}
	vmem_zero_huge_folio = folio_alloc(GFP_HIGHUSER | __GFP_ZERO, VMEM_BLOCK_SHIFT);
	if (!vmem_zero_huge_folio)
		goto err;
	vmem_folio_disown(vmem_zero_huge_folio);
	return 0;

err:
	vmem_zero_exit();
	return -ENOMEM;
}
