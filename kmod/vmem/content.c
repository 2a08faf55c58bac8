// SPDX-License-Identifier: GPL-2.0
/*
 * The content of a page: hash, comparison, zero check.  The scanner does little else.
 * With xxh64(), memcmp() and memchr_inv() it would miss the target of make bench
 * T=memory, a third of KSM's cost for each page saved.
 */
#include <linux/cache.h>
#include <linux/highmem.h>
#include <linux/module.h>
#include <linux/random.h>
#include <linux/siphash.h>

#include "vmem.h"

#define VMEM_PAGE_WORDS		(PAGE_SIZE / sizeof(u64))
#define VMEM_STEP_WORDS		16	/* in a step of a loop: two cache lines */

/* Secret keys: one for each word, one for the final hash */
static u64 vmem_hash_words[VMEM_PAGE_WORDS] __aligned(SMP_CACHE_BYTES);
static siphash_key_t vmem_hash_key;

/**
 * vmem_hash() - hash a page
 * @page: page
 * @salt: pages have other hashes under another one
 *
 * Guests choose the content of their pages.  A guest that could make pages with equal
 * hashes could keep others' pages from being shared, so the hash is keyed.  The sum is NH
 * (UMAC, CRYPTO 1999) over words of 64 bits: any two different pages collide with a
 * probability of 2^-64 over the keys.  SipHash reduces the 128 bits to 64, and hides the
 * keys.  Equal pages are compared nevertheless.
 *
 * Functions that only start from a secret seed, like xxh64(), will not do: some changes of
 * two words cancel each other under half of all seeds.
 *
 * Return: the hash; while the page is being written to, that of no particular moment.
 */
u64 vmem_hash(struct page *page, u64 salt)
{
	unsigned __int128 sum = 0;
	const u64 *words = kmap_local_page(page);
	unsigned int i;

#pragma GCC unroll 8
	for (i = 0; i < VMEM_PAGE_WORDS; i += 2)
		sum += (unsigned __int128)(words[i] + vmem_hash_words[i]) *
		       (words[i + 1] + vmem_hash_words[i + 1]);
	kunmap_local(words);
	return siphash_3u64(sum, sum >> 64, salt, &vmem_hash_key);
}
EXPORT_SYMBOL_GPL(vmem_hash);

/**
 * vmem_content_init() - choose the keys
 */
void __init vmem_content_init(void)
{
	get_random_bytes(vmem_hash_words, sizeof(vmem_hash_words));
	get_random_bytes(&vmem_hash_key, sizeof(vmem_hash_key));
}

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
 * Return: true if so.
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
