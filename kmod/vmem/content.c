// SPDX-License-Identifier: GPL-2.0
/*
 * What is in a page: hashed, compared, looked at for zeros.  Scanning is little
 * else, and with xxh64(), memcmp() and memchr_inv() a page saved costs more than a
 * third of what KSM spends on it, which is the limit that make bench T=memory
 * holds the scanner to.
 */
#include <linux/bitops.h>
#include <linux/highmem.h>
#include <linux/module.h>

#include "vmem.h"

#define VMEM_PAGE_WORDS		(PAGE_SIZE / sizeof(u64))
#define VMEM_STEP_WORDS		16	/* in a step of a loop: two cache lines */
#define VMEM_HASH_PRIME		0x9e3779b97f4a7c15ULL

/* The rotation takes a word's high bits to where the next product spreads them. */
static u64 vmem_hash_word(u64 sum, u64 word)
{
	return rol64((sum ^ word) * VMEM_HASH_PRIME, 29);
}

/* Every bit of the result depends on every bit of the sum. */
static u64 vmem_hash_mix(u64 sum)
{
	sum = (sum ^ sum >> 32) * VMEM_HASH_PRIME;
	return sum ^ sum >> 29;
}

/**
 * vmem_hash() - hash a page
 * @page: page
 * @seed: other pages have equal hashes with another one
 *
 * Four sums of products side by side.  It is no cryptographic hash: pages with
 * equal hashes may be prepared.  Each then costs a comparison and is not shared.
 *
 * Return: the hash; of what is being written to, that of no particular moment.
 */
u64 vmem_hash(struct page *page, u64 seed)
{
	u64 a = seed, b = seed + 1, c = seed + 2, d = seed + 3;
	const u64 *words = kmap_local_page(page);
	unsigned int i;

#pragma GCC unroll 16
	for (i = 0; i < VMEM_PAGE_WORDS; i += 4) {
		a = vmem_hash_word(a, words[i]);
		b = vmem_hash_word(b, words[i + 1]);
		c = vmem_hash_word(c, words[i + 2]);
		d = vmem_hash_word(d, words[i + 3]);
	}
	kunmap_local(words);
	a = vmem_hash_mix(a) + b;
	a = vmem_hash_mix(a) + c;
	a = vmem_hash_mix(a) + d;
	return vmem_hash_mix(a);
}
EXPORT_SYMBOL_GPL(vmem_hash);

static u64 vmem_difference(const u64 *x, const u64 *y)
{
	u64 differ = 0;
	unsigned int i;

#pragma GCC unroll 16
	for (i = 0; i < VMEM_STEP_WORDS; i++)
		differ |= x[i] ^ y[i];
	return differ;
}

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

	for (i = 0; i < VMEM_PAGE_WORDS && !differ; i += VMEM_STEP_WORDS)
		differ = vmem_difference(x + i, y + i);
	kunmap_local(y);
	kunmap_local(x);
	return !differ;
}
EXPORT_SYMBOL_GPL(vmem_is_equal);

static u64 vmem_set_bits(const u64 *words)
{
	u64 set = 0;
	unsigned int i;

#pragma GCC unroll 16
	for (i = 0; i < VMEM_STEP_WORDS; i++)
		set |= words[i];
	return set;
}

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

	for (i = 0; i < VMEM_PAGE_WORDS && !set; i += VMEM_STEP_WORDS)
		set = vmem_set_bits(words + i);
	kunmap_local(words);
	return !set;
}
EXPORT_SYMBOL_GPL(vmem_is_zero);
