// SPDX-License-Identifier: GPL-2.0
/*
 * What is in a page: hashed, compared, looked at for zeros.  Scanning is little
 * else, and with xxh64(), memcmp() and memchr_inv() a page saved costs more than a
 * third of what KSM spends on it, which is the limit that make bench T=memory
 * holds the scanner to.
 */
#include <linux/cache.h>
#include <linux/highmem.h>
#include <linux/module.h>
#include <linux/random.h>
#include <linux/siphash.h>

#include "vmem.h"

#define VMEM_PAGE_WORDS		(PAGE_SIZE / sizeof(u64))
#define VMEM_STEP_WORDS		16	/* in a step of a loop: two cache lines */

/* What nobody outside of the kernel may know: one key for each word, one for the end */
static u64 vmem_hash_words[VMEM_PAGE_WORDS] __aligned(SMP_CACHE_BYTES);
static siphash_key_t vmem_hash_key;

/**
 * vmem_hash() - hash a page
 * @page: page
 * @salt: pages have other hashes under another one
 *
 * Guests choose what is in their pages, and must not be able to prepare some whose
 * hashes are equal, to keep those of others from being shared.  So the hash has
 * secret keys.  The sum is NH (UMAC, CRYPTO 1999) with words of 64 bits: two pages
 * that differ, whatever they are, have equal sums under one of 2^64 keys.  SipHash
 * makes 64 bits of the 128, which tell nothing of the keys.  What is equal is found
 * out by comparison nevertheless.
 *
 * Functions that only start from a secret seed, as xxh64() does, will not do: there
 * are changes of two words that cancel each other under half of all seeds.
 *
 * Return: the hash; of what is being written to, that of no particular moment.
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
 * vmem_content_init() - choose the keys of hashes
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
