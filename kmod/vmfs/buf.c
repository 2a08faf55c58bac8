// SPDX-License-Identifier: GPL-2.0
/*
 * Metadata in memory: pages, found by their LV offset.
 */
#include <linux/slab.h>
#include <linux/wait_bit.h>

#include "disk.h"

static struct kmem_cache *vmfs_buf_cache;

static struct vmfs_buf *vmfs_buf_alloc(struct vmfs_volume *vol, u64 index)
{
	struct vmfs_buf *buf = kmem_cache_zalloc(vmfs_buf_cache, GFP_NOFS);

	if (!buf)
		return NULL;
	buf->data = (void *)__get_free_page(GFP_NOFS);
	if (!buf->data) {
		kmem_cache_free(vmfs_buf_cache, buf);
		return NULL;
	}
	buf->vol = vol;
	buf->index = index;
	buf->refs = 1;
	INIT_LIST_HEAD(&buf->lru);
	INIT_LIST_HEAD(&buf->tx);
	return buf;
}

static void vmfs_buf_free_rcu(struct rcu_head *rcu)
{
	struct vmfs_buf *buf = container_of(rcu, struct vmfs_buf, rcu);

	free_page((unsigned long)buf->data);
	kmem_cache_free(vmfs_buf_cache, buf);
}

/* vmfs_buf_peek() may look at it now. */
static void vmfs_buf_free(struct vmfs_buf *buf)
{
	call_rcu(&buf->rcu, vmfs_buf_free_rcu);
}

/* Take a reference of a page that is in memory, or NULL. */
static struct vmfs_buf *vmfs_buf_find_locked(struct vmfs_volume *vol, u64 index)
{
	struct vmfs_buf *buf;

	lockdep_assert_held(&vol->disk.bufs.xa_lock);
	buf = xa_load(&vol->disk.bufs, index);
	if (!buf)
		return NULL;
	if (!buf->refs++) {
		list_del_init(&buf->lru);
		vol->disk.lru_count--;
	}
	return buf;
}

/* Find the page, or put a new one there, which the caller then fills. */
static struct vmfs_buf *vmfs_buf_find_or_add(struct vmfs_volume *vol, u64 index, bool *is_new)
{
	struct vmfs_buf *buf, *fresh;
	int err = 0;

	*is_new = false;
	xa_lock(&vol->disk.bufs);
	buf = vmfs_buf_find_locked(vol, index);
	xa_unlock(&vol->disk.bufs);
	if (buf)
		return buf;
	fresh = vmfs_buf_alloc(vol, index);
	if (!fresh)
		return NULL;
	__set_bit(VMFS_BUF_READING, &fresh->flags);
	xa_lock(&vol->disk.bufs);
	buf = vmfs_buf_find_locked(vol, index);
	if (!buf)
		err = __xa_insert(&vol->disk.bufs, index, fresh, GFP_NOFS);
	xa_unlock(&vol->disk.bufs);
	if (!buf && !err) {
		*is_new = true;
		return fresh;
	}
	vmfs_buf_free(fresh);
	/* __xa_insert() may let go of the lock: then another was faster. */
	return err == -EBUSY ? vmfs_buf_find_or_add(vol, index, is_new) : buf;
}

static void vmfs_buf_filled(struct vmfs_buf *buf, int err)
{
	struct vmfs_volume *vol = buf->vol;

	buf->err = err;
	if (err) {
		xa_lock(&vol->disk.bufs);
		__xa_cmpxchg(&vol->disk.bufs, buf->index, buf, NULL, GFP_NOFS);
		xa_unlock(&vol->disk.bufs);
	}
	clear_and_wake_up_bit(VMFS_BUF_READING, &buf->flags);
}

/**
 * vmfs_buf_get() - the page of metadata at an offset
 * @vol: volume
 * @lv: LV offset of anything in the page
 *
 * Return: the page, for vmfs_buf_put(), or an error: -ENOMEM, -EIO, -EUCLEAN
 * for an offset that is not in the volume.
 */
struct vmfs_buf *vmfs_buf_get(struct vmfs_volume *vol, u64 lv)
{
	struct vmfs_buf *buf;
	bool is_new;
	int err;

	if (lv >= vol->disk.size)
		return ERR_PTR(vmfs_corrupt(vol, "metadata", lv, "beyond the end of the volume"));
	buf = vmfs_buf_find_or_add(vol, lv >> VMFS_BUF_SHIFT, &is_new);
	if (!buf)
		return ERR_PTR(-ENOMEM);
	if (is_new)
		vmfs_buf_filled(buf, vmfs_lv_io(vol, REQ_OP_READ, vmfs_buf_lv(buf), buf->data,
						VMFS_BUF_SIZE));
	else
		wait_on_bit(&buf->flags, VMFS_BUF_READING, TASK_UNINTERRUPTIBLE);
	if (!buf->err)
		return buf;
	err = buf->err;
	vmfs_buf_put(buf);
	return ERR_PTR(err);
}

/**
 * vmfs_buf_new() - a page of metadata that is new on disk
 * @vol: volume
 * @lv: LV offset of anything in the page; all of the page is new
 *
 * Return: the page, all zero, for vmfs_buf_put(), or an error: -ENOMEM, -EUCLEAN,
 * -EIO where somebody else has just failed to read it.
 */
struct vmfs_buf *vmfs_buf_new(struct vmfs_volume *vol, u64 lv)
{
	struct vmfs_buf *buf;
	bool is_new;

	if (lv >= vol->disk.size)
		return ERR_PTR(vmfs_corrupt(vol, "metadata", lv, "beyond the end of the volume"));
	buf = vmfs_buf_find_or_add(vol, lv >> VMFS_BUF_SHIFT, &is_new);
	if (!buf)
		return ERR_PTR(-ENOMEM);
	if (!is_new)
		wait_on_bit(&buf->flags, VMFS_BUF_READING, TASK_UNINTERRUPTIBLE);
	if (buf->err) {	/* it is not found again: no place for what is new */
		int err = buf->err;

		vmfs_buf_put(buf);
		return ERR_PTR(err);
	}
	memset(buf->data, 0, VMFS_BUF_SIZE);
	if (is_new)
		vmfs_buf_filled(buf, 0);
	return buf;
}

/**
 * vmfs_buf_find() - the page of metadata at an offset, if it is in memory
 * @vol: volume
 * @lv: LV offset
 *
 * Return: the page, for vmfs_buf_put() or vmfs_buf_drop(), or NULL.
 */
struct vmfs_buf *vmfs_buf_find(struct vmfs_volume *vol, u64 lv)
{
	struct vmfs_buf *buf;

	xa_lock(&vol->disk.bufs);
	buf = vmfs_buf_find_locked(vol, lv >> VMFS_BUF_SHIFT);
	xa_unlock(&vol->disk.bufs);
	return buf;
}

/**
 * vmfs_buf_peek() - copy a piece of metadata, if it is in memory
 * @vol: volume
 * @lv: LV offset
 * @data: where to
 * @len: bytes, within a page
 *
 * Takes no lock and no reference: a pointer block is looked at for each I/O.  What
 * protects the content is held.
 *
 * Return: whether it was in memory.
 */
bool vmfs_buf_peek(struct vmfs_volume *vol, u64 lv, void *data, size_t len)
{
	struct vmfs_buf *buf;
	bool found;

	rcu_read_lock();
	buf = xa_load(&vol->disk.bufs, lv >> VMFS_BUF_SHIFT);
	found = buf && !test_bit_acquire(VMFS_BUF_READING, &buf->flags) && !buf->err;
	if (found) {
		memcpy(data, buf->data + (lv & (VMFS_BUF_SIZE - 1)), len);
		if (!test_bit(VMFS_BUF_USED, &buf->flags))
			set_bit(VMFS_BUF_USED, &buf->flags);
	}
	rcu_read_unlock();
	return found;
}

/**
 * vmfs_buf_hold() - take another reference
 * @buf: page that the caller has a reference of
 */
void vmfs_buf_hold(struct vmfs_buf *buf)
{
	xa_lock(&buf->vol->disk.bufs);
	buf->refs++;
	xa_unlock(&buf->vol->disk.bufs);
}

/**
 * vmfs_buf_put() - be done with a page
 * @buf: of vmfs_buf_get(); NULL and errors are nothing
 */
void vmfs_buf_put(struct vmfs_buf *buf)
{
	struct vmfs_volume *vol;
	bool gone = false;

	if (IS_ERR_OR_NULL(buf))
		return;
	vol = buf->vol;
	xa_lock(&vol->disk.bufs);
	if (!--buf->refs) {
		gone = buf->err || test_bit(VMFS_BUF_DROPPED, &buf->flags);
		if (!gone) {
			list_add_tail(&buf->lru, &vol->disk.lru);
			vol->disk.lru_count++;
		}
	}
	xa_unlock(&vol->disk.bufs);
	if (gone)
		vmfs_buf_free(buf);
}

/**
 * vmfs_buf_drop() - be done with a page whose content is not needed again
 * @buf: page
 *
 * It is not found again, also where somebody still has it, as a commit that writes it may:
 * what is there next need not come through here.
 */
void vmfs_buf_drop(struct vmfs_buf *buf)
{
	struct vmfs_volume *vol = buf->vol;
	bool gone;

	xa_lock(&vol->disk.bufs);
	if (!test_and_set_bit(VMFS_BUF_DROPPED, &buf->flags))
		__xa_erase(&vol->disk.bufs, buf->index);
	gone = !--buf->refs;
	xa_unlock(&vol->disk.bufs);
	if (gone)
		vmfs_buf_free(buf);
}

/**
 * vmfs_buf_copy() - copy metadata that need not be within one page
 * @vol: volume
 * @lv: LV offset
 * @data: where to
 * @len: bytes
 *
 * Return: 0 or an error of vmfs_buf_get().
 */
int vmfs_buf_copy(struct vmfs_volume *vol, u64 lv, void *data, size_t len)
{
	while (len) {
		size_t at = lv & (VMFS_BUF_SIZE - 1);
		size_t part = min_t(size_t, len, VMFS_BUF_SIZE - at);
		struct vmfs_buf *buf = vmfs_buf_get(vol, lv);

		if (IS_ERR(buf))
			return PTR_ERR(buf);
		memcpy(data, buf->data + at, part);
		vmfs_buf_put(buf);
		lv += part;
		data += part;
		len -= part;
	}
	return 0;
}

/* Free the page longest unused, or let it go round once more if it was peeked at. */
static bool vmfs_buf_shrink(struct vmfs_volume *vol, struct vmfs_buf *buf)
{
	if (test_and_clear_bit(VMFS_BUF_USED, &buf->flags)) {
		list_move_tail(&buf->lru, &vol->disk.lru);
		return false;
	}
	list_del(&buf->lru);
	vol->disk.lru_count--;
	__xa_erase(&vol->disk.bufs, buf->index);
	vmfs_buf_free(buf);
	return true;
}

/**
 * vmfs_bufs_shrink() - free pages that nobody uses
 * @vol: volume
 * @count: how many at most
 *
 * Return: how many were freed.
 */
unsigned long vmfs_bufs_shrink(struct vmfs_volume *vol, unsigned long count)
{
	unsigned long freed = 0;
	struct vmfs_buf *buf;

	do {
		xa_lock(&vol->disk.bufs);
		buf = list_first_entry_or_null(&vol->disk.lru, struct vmfs_buf, lru);
		if (buf)
			freed += vmfs_buf_shrink(vol, buf);
		xa_unlock(&vol->disk.bufs);
		cond_resched();
	} while (buf && freed < count);
	return freed;
}

/**
 * vmfs_bufs_init() - at module load
 *
 * Return: 0 or -ENOMEM.
 */
int vmfs_bufs_init(void)
{
	vmfs_buf_cache = KMEM_CACHE(vmfs_buf, SLAB_RECLAIM_ACCOUNT);
	return vmfs_buf_cache ? 0 : -ENOMEM;
}

/**
 * vmfs_bufs_exit() - at module unload
 */
void vmfs_bufs_exit(void)
{
	rcu_barrier(); /* vmfs_buf_free() */
	kmem_cache_destroy(vmfs_buf_cache);
}
