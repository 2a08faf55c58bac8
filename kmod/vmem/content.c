// SPDX-License-Identifier: GPL-2.0
/*
 * What is in a page: hashed, compared, looked at for zeros.  Scanning is mostly
 * this, so the loops take a cache line in a few instructions.
 */
#include <linux/bitops.h>
#include <linux/highmem.h>
#include <linux/module.h>

#include "vmem.h"

#define VMEM_PAGE_WORDS		(PAGE_SIZE / sizeof(u64))
#define VMEM_HASH_PRIME		0x9e3779b97f4a7c15ULL

/* Every bit of the result depends on every bit of the sum. */
static u64 vmem_hash_mix(u64 sum)
{
	sum = (sum ^ sum >> 32) * VMEM_HASH_PRIME;
	return sum ^ sum >> 29;
}

/**
 * vmem_hash() - hash a page
 * @page: page
 * @seed: random, or pages with equal hashes could be prepared
 *
 * Four independent sums of products, in the manner of FNV, take half the time
 * of xxh64().  That is good enough where equal hashes only make pages be
 * compared.
 *
 * Return: the hash; of what is being written to, that of no particular moment.
 */
u64 vmem_hash(struct page *page, u64 seed)
{
	u64 a = seed, b = seed + 1, c = seed + 2, d = seed + 3;
	const u64 *words = kmap_local_page(page);
	unsigned int i;

	for (i = 0; i < VMEM_PAGE_WORDS; i += 4) {
		a = (a ^ words[i]) * VMEM_HASH_PRIME;
		b = (b ^ words[i + 1]) * VMEM_HASH_PRIME;
		c = (c ^ words[i + 2]) * VMEM_HASH_PRIME;
		d = (d ^ words[i + 3]) * VMEM_HASH_PRIME;
	}
	kunmap_local(words);
	a = vmem_hash_mix(a) + b;
	a = vmem_hash_mix(a) + c;
	a = vmem_hash_mix(a) + d;
	return vmem_hash_mix(a);
}
EXPORT_SYMBOL_GPL(vmem_hash);

/**
 * vmem_is_equal() - whether two pages have the same content
 * @a: page
 * @b: page
 *
 * Return: true if they have.
 */
bool vmem_is_equal(struct page *a, struct page *b)
{
	const u64 *x = kmap_local_page(a), *y = kmap_local_page(b);
	u64 differ = 0;
	unsigned int i;

	for (i = 0; i < VMEM_PAGE_WORDS && !differ; i += 8)
		differ = (x[i] ^ y[i]) | (x[i + 1] ^ y[i + 1]) |
			 (x[i + 2] ^ y[i + 2]) | (x[i + 3] ^ y[i + 3]) |
			 (x[i + 4] ^ y[i + 4]) | (x[i + 5] ^ y[i + 5]) |
			 (x[i + 6] ^ y[i + 6]) | (x[i + 7] ^ y[i + 7]);
	kunmap_local(y);
	kunmap_local(x);
	return !differ;
}
EXPORT_SYMBOL_GPL(vmem_is_equal);

/**
 * vmem_is_zero() - whether a page is full of zeros
 * @page: page
 *
 * Return: true if it is.
 */
bool vmem_is_zero(struct page *page)
{
	const u64 *words = kmap_local_page(page);
	u64 set = 0;
	unsigned int i;

	for (i = 0; i < VMEM_PAGE_WORDS && !set; i += 8)
		set = words[i] | words[i + 1] | words[i + 2] | words[i + 3] |
		      words[i + 4] | words[i + 5] | words[i + 6] | words[i + 7];
	kunmap_local(words);
	return !set;
}
EXPORT_SYMBOL_GPL(vmem_is_zero);
