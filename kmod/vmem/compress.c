// SPDX-License-Identifier: GPL-2.0
/*
 * Compressed pages: a zsmalloc pool for each file.
 *
 * An object is a header of two bytes, its compressor and length, and the data.
 * A page that does not shrink to half is not compressed.
 */
#include <linux/highmem.h>
#include <linux/lz4.h>
#include <linux/memcontrol.h>
#include <linux/sched/mm.h>
#include <linux/slab.h>
#include <linux/zsmalloc.h>
#include <linux/zstd.h>

#include "vmem.h"

#define VMEM_OBJECT_MAX		(PAGE_SIZE / 2)
#define VMEM_DATA_MAX		(VMEM_OBJECT_MAX - sizeof(u16))
#define VMEM_OBJECT_ZSTD	0x8000	/* in the header; the rest is the length */
#define VMEM_ZSTD_LEVEL		1
#define VMEM_CONTEXTS_MAX	16

/**
 * struct vmem_context - buffers for compression
 * @lock: protects the rest
 * @buffer: where an object is built
 * @lz4: working memory
 * @zstd: working memory, for either direction
 */
struct vmem_context {
	struct mutex lock; /* see above */
	u8 buffer[VMEM_OBJECT_MAX];
	void *lz4;
	void *zstd;
};

static struct vmem_context *vmem_contexts;
static unsigned int vmem_context_count;
static zstd_parameters vmem_zstd_parameters;
static size_t vmem_zstd_size;

static struct vmem_context *vmem_context_lock(void)
{
	struct vmem_context *context;

	context = &vmem_contexts[raw_smp_processor_id() % vmem_context_count];
	mutex_lock(&context->lock);
	return context;
}

static size_t vmem_zstd_compress(struct vmem_context *context, const void *data)
{
	zstd_cctx *cctx = zstd_init_cctx(context->zstd, vmem_zstd_size);
	size_t len;

	if (!cctx)
		return 0;
	len = zstd_compress_cctx(cctx, context->buffer + sizeof(u16), VMEM_DATA_MAX, data,
				 PAGE_SIZE, &vmem_zstd_parameters);
	return zstd_is_error(len) ? 0 : len;
}

/* Compress into the context's buffer; returns the object's size, 0 if it is too large. */
static size_t vmem_pack(struct vmem_context *context, struct folio *folio, u8 compressor)
{
	void *data = kmap_local_page(folio_page(folio, 0));
	u16 *header = (u16 *)context->buffer;
	size_t len;

	if (compressor == VMEM_COMPRESSOR_ZSTD)
		len = vmem_zstd_compress(context, data);
	else
		len = LZ4_compress_default(data, context->buffer + sizeof(u16), PAGE_SIZE,
					   VMEM_DATA_MAX, context->lz4);
	kunmap_local(data);
	if (!len)
		return 0;
	*header = len | (compressor == VMEM_COMPRESSOR_ZSTD ? VMEM_OBJECT_ZSTD : 0);
	return sizeof(u16) + len;
}

/* The length is in the object: it is read first. */
static size_t vmem_object_size(struct zs_pool *pool, unsigned long handle)
{
	u16 buffer, *header, len;

	header = zs_obj_read_begin(pool, handle, sizeof(*header), &buffer);
	len = *header & ~VMEM_OBJECT_ZSTD;
	zs_obj_read_end(pool, handle, sizeof(*header), header);
	return sizeof(*header) + min_t(size_t, len, VMEM_DATA_MAX);
}

static bool vmem_unpack(struct vmem_context *context, const u16 *object, size_t size, void *data)
{
	size_t len = size - sizeof(*object);
	const void *from = object + 1;
	zstd_dctx *dctx;

	if (!(*object & VMEM_OBJECT_ZSTD))
		return LZ4_decompress_safe(from, data, len, PAGE_SIZE) == PAGE_SIZE;
	dctx = zstd_init_dctx(context->zstd, vmem_zstd_size);
	return dctx && zstd_decompress_dctx(dctx, data, PAGE_SIZE, from, len) == PAGE_SIZE;
}

/**
 * vmem_pool_create() - make the pool of a file, unless there is one
 * @file: file
 *
 * Context: &vmem_file.reclaim_lock.
 * Return: false without memory.
 */
bool vmem_pool_create(struct vmem_file *file)
{
	char name[32];

	lockdep_assert_held(&file->reclaim_lock);
	if (!file->pool) {
		snprintf(name, sizeof(name), "vmem-%llu", (u64)file->inode.i_ino);
		/* Pairs with vmem_pool_pages(). */
		smp_store_release(&file->pool, zs_create_pool(name));
	}
	return file->pool;
}

/**
 * vmem_pool_pages() - memory that compressed pages of a file take
 * @file: file
 *
 * Return: size of its pool, in pages.
 */
unsigned long vmem_pool_pages(struct vmem_file *file)
{
	struct zs_pool *pool = smp_load_acquire(&file->pool); /* see vmem_pool_create() */

	return pool ? zs_get_total_pages(pool) : 0;
}

/**
 * vmem_pool_is_full() - whether the pool has reached its limit
 * @file: file
 *
 * Return: true if it has.
 */
bool vmem_pool_is_full(struct vmem_file *file)
{
	u64 limit = vmem_file_pages(file) * READ_ONCE(file->compress_limit);

	return vmem_pool_pages(file) >= div_u64(limit, 100);
}

/**
 * vmem_pool_destroy() - free the pool of a file, which is empty
 * @file: file
 */
void vmem_pool_destroy(struct vmem_file *file)
{
	if (file->pool)
		zs_destroy_pool(file->pool);
}

static unsigned long vmem_store(struct vmem_file *file, struct vmem_context *context, size_t size)
{
	struct zs_pool *pool = file->pool;
	struct mem_cgroup *old;
	unsigned long handle;

	old = set_active_memcg(file->memcg);
	handle = zs_malloc(pool, size, GFP_NOWAIT | __GFP_ACCOUNT | __GFP_HIGHMEM | __GFP_MOVABLE |
			   __GFP_NOWARN, NUMA_NO_NODE);
	set_active_memcg(old);
	if (IS_ERR_VALUE(handle))
		return 0;
	if (WARN_ON_ONCE(handle & VMEM_SLOT_STATE)) {
		zs_free(pool, handle);
		return 0;
	}
	zs_obj_write(pool, handle, context->buffer, size);
	return handle;
}

/**
 * vmem_compress() - compress a page
 * @file: file
 * @block: its block of the page
 * @index: index of the page in the file
 * @folio: its frozen folio; gone on success, still locked on failure
 *
 * Context: &vmem_block.lock; the file has a pool.
 * Return: 0; -E2BIG if it does not shrink to half; -ENOMEM.
 */
int vmem_compress(struct vmem_file *file, struct vmem_block *block, pgoff_t index,
		  struct folio *folio)
{
	struct vmem_context *context = vmem_context_lock();
	unsigned long handle = 0;
	size_t size;

	size = vmem_pack(context, folio, READ_ONCE(file->compressor));
	if (size)
		handle = vmem_store(file, context, size);
	mutex_unlock(&context->lock);
	if (!handle)
		return size ? -ENOMEM : -E2BIG;
	vmem_set(file, block, index, VMEM_COMPRESSED, handle);
	vmem_folio_release(folio);
	vmem_count_event(file, VMEM_A_EVENTS_COMPRESS);
	return 0;
}

/**
 * vmem_decompress() - fill a folio from a compressed page
 * @file: file
 * @handle: of the page, which stays
 * @folio: folio of the caller
 *
 * Return: 0, or -EIO if the data are damaged.
 */
int vmem_decompress(struct vmem_file *file, unsigned long handle, struct folio *folio)
{
	struct vmem_context *context = vmem_context_lock();
	size_t size = vmem_object_size(file->pool, handle);
	void *object, *data;
	bool ok;

	/* Nothing sleeps while an object is read. */
	object = zs_obj_read_begin(file->pool, handle, size, context->buffer);
	data = kmap_local_page(folio_page(folio, 0));
	ok = vmem_unpack(context, object, size, data);
	kunmap_local(data);
	zs_obj_read_end(file->pool, handle, size, object);
	mutex_unlock(&context->lock);
	return WARN_ON_ONCE(!ok) ? -EIO : 0;
}

/**
 * vmem_compressed_free() - free a compressed page
 * @file: file
 * @handle: of the page
 */
void vmem_compressed_free(struct vmem_file *file, unsigned long handle)
{
	zs_free(file->pool, handle);
}

/**
 * vmem_compress_exit() - free the contexts
 */
void vmem_compress_exit(void)
{
	unsigned int i;

	for (i = 0; i < vmem_context_count; i++) {
		kvfree(vmem_contexts[i].lz4);
		kvfree(vmem_contexts[i].zstd);
	}
	kvfree(vmem_contexts);
}

/**
 * vmem_compress_init() - allocate a context for each CPU, up to VMEM_CONTEXTS_MAX
 *
 * Return: 0 or -ENOMEM.
 */
int __init vmem_compress_init(void)
{
	unsigned int i;

	vmem_zstd_parameters = zstd_get_params(VMEM_ZSTD_LEVEL, PAGE_SIZE);
	vmem_zstd_size = max(zstd_cctx_workspace_bound(&vmem_zstd_parameters.cParams),
			     zstd_dctx_workspace_bound());
	vmem_context_count = min_t(unsigned int, num_possible_cpus(), VMEM_CONTEXTS_MAX);
	vmem_contexts = kvcalloc(vmem_context_count, sizeof(*vmem_contexts), GFP_KERNEL);
	if (!vmem_contexts)
		return -ENOMEM;
	for (i = 0; i < vmem_context_count; i++) {
		mutex_init(&vmem_contexts[i].lock);
		vmem_contexts[i].lz4 = kvmalloc(LZ4_MEM_COMPRESS, GFP_KERNEL);
		vmem_contexts[i].zstd = kvmalloc(vmem_zstd_size, GFP_KERNEL);
		if (!vmem_contexts[i].lz4 || !vmem_contexts[i].zstd) {
			vmem_compress_exit();
			return -ENOMEM;
		}
	}
	return 0;
}
