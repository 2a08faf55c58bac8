// SPDX-License-Identifier: GPL-2.0
/*
 * Page faults of vCPUs, QEMU, vhost, and any other process that maps a file.
 */

#include "vmem.h"

/*
 * A fault that ends because its task is being killed is an error for the core: an access
 * by the kernel would otherwise be retried forever.
 */
static vm_fault_t vmem_fault_error(int err)
{
	if (err == -EHWPOISON)	/* BUS_MCEERR_AR */
		return VM_FAULT_HWPOISON;
	return err ? VM_FAULT_SIGBUS : 0;
}

/*
 * There is no memory for the page.  If the core allows it, drop its lock while waiting, so
 * that threads that change the mappings of the process (QEMU's monitor) need not wait as
 * well.  The core then retries the fault, unless it sees a signal.
 */
static vm_fault_t vmem_fault_wait(struct vm_fault *vmf, struct vmem_file *file)
{
	struct file *f;

	if (!(vmf->flags & FAULT_FLAG_ALLOW_RETRY))
		return vmem_fault_error(vmem_wait_for_memory(file));
	if (vmf->flags & FAULT_FLAG_RETRY_NOWAIT)
		return VM_FAULT_RETRY;
	f = get_file(vmf->vma->vm_file);
	release_fault_lock(vmf);
	vmem_wait_for_memory(file);
	fput(f);	/* it may be gone */
	return VM_FAULT_RETRY;
}

/*
 * The page is in the swap file.  If the core allows it, drop its lock during the read; the
 * core retries the fault, which meets a read error again.
 */
static vm_fault_t vmem_fault_swapped(struct vm_fault *vmf, struct vmem_file *file)
{
	u64 start = local_clock();
	struct file *f;
	int err;

	if (!fault_flag_allow_retry_first(vmf->flags)) {
		err = vmem_swap_in(file, vmf->pgoff);
		return err == -ENOMEM ? vmem_fault_wait(vmf, file) : vmem_fault_error(err);
	}
	if (vmf->flags & FAULT_FLAG_RETRY_NOWAIT)
		return VM_FAULT_RETRY;
	f = get_file(vmf->vma->vm_file);
	release_fault_lock(vmf);
	if (vmem_swap_in(file, vmf->pgoff) == -ENOMEM)
		vmem_wait_for_memory(file);
	vmem_count_fault(file, VMEM_FAULT_KIND_SWAPPED, start);
	fput(f);	/* it may be gone */
	return VM_FAULT_RETRY;
}

/* The kind of a fault before it is handled; a small page may become a huge one. */
static enum vmem_fault_kind vmem_fault_kind(const struct vmem_block *block, pgoff_t index,
					    bool write)
{
	if (block->huge)
		return VMEM_FAULT_KIND_PRESENT;
	switch (vmem_slot_state(vmem_slot(block, index))) {
	case VMEM_ABSENT:
	case VMEM_ZERO:
		return write ? VMEM_FAULT_KIND_SMALL : VMEM_FAULT_KIND_ZERO;
	case VMEM_SHARED:
		return write ? VMEM_FAULT_KIND_SHARED : VMEM_FAULT_KIND_PRESENT;
	case VMEM_COMPRESSED:
		return VMEM_FAULT_KIND_COMPRESSED;
	case VMEM_SWAPPED:
		return VMEM_FAULT_KIND_SWAPPED;
	case VMEM_WRITING:
		return VMEM_FAULT_KIND_WRITING;
	default:
		return VMEM_FAULT_KIND_PRESENT;
	}
}

/* vmem_find_page(), and the kind of the fault */
static struct page *vmem_resolve(struct vmem_file *file, struct vmem_block *block, pgoff_t index,
				 bool write, enum vmem_fault_kind *kind)
{
	struct page *page;

	*kind = vmem_fault_kind(block, index, write);
	page = vmem_find_page(file, block, index, write);
	if (*kind == VMEM_FAULT_KIND_SMALL && block->huge)
		*kind = VMEM_FAULT_KIND_HUGE;
	return page;
}

/*
 * Whether the fault needs a page of the file's own: for a write, or a long-term pin.  After
 * a write, a pin on a zero or shared page would go on showing the old content.
 */
static bool vmem_wants_own(const struct vm_fault *vmf)
{
	return (vmf->vma->vm_flags & VM_SHARED) &&
	       ((vmf->flags & FAULT_FLAG_WRITE) || (current->flags & PF_MEMALLOC_PIN));
}

static vm_fault_t vmem_find_locked(struct vm_fault *vmf, struct vmem_file *file,
				   enum vmem_fault_kind *kind)
{
	bool write = vmem_wants_own(vmf);
	struct vmem_block *block = vmem_block_of(file, vmf->pgoff);
	enum vmem_fault_kind now;
	struct page *page;
	vm_fault_t ret;

	for (;;) {
		mutex_lock(&block->lock);
		vmem_place_note(file, block, vmf->vma);
		page = vmem_resolve(file, block, vmf->pgoff, write, &now);
		if (now != VMEM_FAULT_KIND_PRESENT)	/* it is after a swap-in */
			*kind = now;
		if (!IS_ERR(page))
			break;
		mutex_unlock(&block->lock);
		if (PTR_ERR(page) == -EAGAIN)
			ret = vmem_fault_swapped(vmf, file);
		else if (PTR_ERR(page) == -ENOMEM)
			ret = vmem_fault_wait(vmf, file);
		else
			ret = vmem_fault_error(PTR_ERR(page));
		if (ret)
			return ret;
	}
	get_page(page);
	lock_page(page);
	mutex_unlock(&block->lock);
	vmf->page = page;
	return VM_FAULT_LOCKED;
}

static vm_fault_t vmem_fault(struct vm_fault *vmf)
{
	struct vmem_file *file = vmem_file_of(file_inode(vmf->vma->vm_file));
	enum vmem_fault_kind kind = VMEM_FAULT_KIND_PRESENT;
	u64 start = local_clock();
	vm_fault_t ret;

	if (vmf->pgoff >= vmem_file_pages(file))
		return VM_FAULT_SIGBUS;
	vmem_count_event(file, VMEM_A_EVENTS_FAULT);
	if (READ_ONCE(file->group_is_short)) {
		WRITE_ONCE(file->group_is_short, false);
		vmem_reclaim_own(file);
	}
	ret = vmem_find_locked(vmf, file, &kind);
	if (ret != VM_FAULT_RETRY)	/* counted already, and the file may be gone */
		vmem_count_fault(file, kind, start);
	return ret;
}

/*
 * A write to a page that is mapped read-only, or that vmem_fault() found a moment ago.  If
 * the page may be written to, return it locked.  If not, replace it; the fault comes again
 * and maps the new one.  Never return 0 with the page unlocked: the core would retry
 * forever if the page has no mapping.
 *
 * The core can only make the entry that it found writable, and no function that Linux 6.12
 * exports maps another page without VM_MIXEDMAP, which rules out 2 MiB mappings.  So a
 * break of a mapped page costs a second fault.
 *
 * A folio with the file's mapping belongs to a page or block of the file for as long as it
 * has that mapping.  It was the right one when it was mapped, or found by vmem_fault(), and
 * the core has held a reference since: it was not frozen, and a punch would have cleared
 * its mapping under the folio's lock.
 */
static vm_fault_t vmem_page_mkwrite(struct vm_fault *vmf)
{
	struct vmem_file *file = vmem_file_of(file_inode(vmf->vma->vm_file));
	struct vmem_block *block = vmem_block_of(file, vmf->pgoff);
	struct folio *folio = page_folio(vmf->page);
	vm_fault_t ret = VM_FAULT_NOPAGE;
	enum vmem_fault_kind kind;
	struct page *page;
	u64 start;

	folio_lock(folio);
	if (folio->mapping == file->inode.i_mapping)
		return VM_FAULT_LOCKED;
	folio_unlock(folio);

	start = local_clock();
	mutex_lock(&block->lock);
	vmem_place_note(file, block, vmf->vma);
	page = vmem_resolve(file, block, vmf->pgoff, true, &kind);
	if (page == vmf->page) {
		lock_page(page);
		ret = VM_FAULT_LOCKED;
	}
	mutex_unlock(&block->lock);
	if (kind != VMEM_FAULT_KIND_PRESENT)
		vmem_count_fault(file, kind, start);
	/*
	 * The core cannot drop its lock here.  Unmap the page: the fault comes again by way of
	 * vmem_fault(), which waits for memory, or fails.
	 */
	if (IS_ERR(page))
		unmap_mapping_pages(file->inode.i_mapping, vmf->pgoff, 1, false);
	return ret;
}

/*
 * Maps nothing.  With a ->map_pages(), the core handles faults under the VMA's lock instead
 * of mmap_lock.
 */
static vm_fault_t vmem_map_pages(struct vm_fault *vmf, pgoff_t start, pgoff_t end)
{
	return 0;
}

/* ->page_mkwrite() intercepts writes to shared and zero pages. */
const struct vm_operations_struct vmem_managed_vm_ops = {
	.fault		= vmem_fault,
	.map_pages	= vmem_map_pages,
	.page_mkwrite	= vmem_page_mkwrite,
};

/* With ->page_mkwrite(), the core refuses writable long-term pins (VFIO, RDMA). */
const struct vm_operations_struct vmem_reserved_vm_ops = {
	.fault		= vmem_fault,
	.map_pages	= vmem_map_pages,
};
