// SPDX-License-Identifier: GPL-2.0
/*
 * Allocation of items: file blocks, sub-blocks, pointer blocks, file descriptors.
 * VMFS-5 only.
 */
#include <linux/slab.h>
#include <linux/vmalloc.h>

#include "map.h"

/* A cluster, with its page */
struct cluster {
	struct vmfs_buf *buf;
	struct vmfs_cluster *disk;
	u32 number;
	u32 items;	/* fewer in the last one */
};

static const u32 vmfs_cluster_magic[VMFS_RESOURCES] = {
	[VMFS_FDC] = VMFS_MAGIC_FD_CLUSTER,
	[VMFS_PB2] = VMFS_MAGIC_PB2_CLUSTER,
	[VMFS_PBC] = VMFS_MAGIC_PB_CLUSTER,
	[VMFS_SBC] = VMFS_MAGIC_SB_CLUSTER,
	[VMFS_FBB] = VMFS_MAGIC_FB_CLUSTER,
};

static int vmfs_cluster_get(struct vmfs_resource *res, u32 number, struct cluster *c)
{
	u64 lv;
	int err;

	lockdep_assert_held(&res->lock);
	err = vmfs_resource_cluster(res, number, &lv);
	if (err)
		return err;
	c->buf = vmfs_buf_get(res->vol, lv);
	if (IS_ERR(c->buf))
		return PTR_ERR(c->buf);
	c->disk = c->buf->data + (lv & (VMFS_BUF_SIZE - 1));
	c->number = number;
	c->items = min_t(u64, res->items_per_cluster,
			 res->items - (u64)number * res->items_per_cluster);
	if (le32_to_cpu(c->disk->lock.magic) == vmfs_cluster_magic[res->kind] &&
	    le64_to_cpu(c->disk->lock.offset) == lv &&
	    le32_to_cpu(c->disk->meta.cluster) == number &&
	    le32_to_cpu(c->disk->meta.free) <= c->items)
		return 0;
	vmfs_corrupt(res->vol, res->name, lv,
		     "cluster %u: magic %#x, lock at %#llx, number %u, %u of %u items free", number,
		     le32_to_cpu(c->disk->lock.magic), le64_to_cpu(c->disk->lock.offset),
		     le32_to_cpu(c->disk->meta.cluster), le32_to_cpu(c->disk->meta.free), c->items);
	vmfs_buf_put(c->buf);
	return -EUCLEAN;
}

static bool vmfs_cluster_is_free(const struct cluster *c, u32 item)
{
	return c->disk->meta.bitmap[item / 8] & BIT(item % 8);
}

static void vmfs_cluster_set_free(struct cluster *c, u32 item, bool free)
{
	if (free)
		c->disk->meta.bitmap[item / 8] |= BIT(item % 8);
	else
		c->disk->meta.bitmap[item / 8] &= ~BIT(item % 8);
}

/* Free, not only since a transaction that is not yet written, and not being discarded? */
static bool vmfs_cluster_is_usable(struct vmfs_resource *res, const struct cluster *c, u32 item)
{
	unsigned int i;
	u64 number = (u64)c->number * res->items_per_cluster + item;

	if (!vmfs_cluster_is_free(c, item) || (number >= res->trim_first && number < res->trim_end))
		return false;
	for (i = 0; i < ARRAY_SIZE(res->busy); i++) {
		const unsigned long *busy = xa_load(&res->busy[i], c->number);

		if (busy && test_bit(item, busy))
			return false;
	}
	return true;
}

static int vmfs_cluster_lock(struct vmfs_tx *tx, struct vmfs_resource *res, struct cluster *c)
{
	int err;

	if (test_bit(c->number, res->held))
		return 0;
	err = res->vol->locks->ops->acquire(res->vol, &c->disk->lock);
	vmfs_tx_dirty(tx, c->buf, &c->disk->lock, sizeof(c->disk->lock));
	if (!err)
		__set_bit(c->number, res->held);
	return err;
}

/* Take usable items in a row, from @item on.  Returns their number. */
static u32 vmfs_cluster_take(struct vmfs_tx *tx, struct vmfs_resource *res, struct cluster *c,
			     u32 item, u32 want)
{
	struct vmfs_cluster_meta *meta = &c->disk->meta;
	u32 count = 0;

	while (count < want && item + count < c->items &&
	       vmfs_cluster_is_usable(res, c, item + count))
		vmfs_cluster_set_free(c, item + count++, false);
	le32_add_cpu(&meta->free, -count);
	meta->first_free = cpu_to_le32(item + count);
	if (c->number < res->counted)
		res->free -= count;
	vmfs_tx_dirty(tx, c->buf, meta, sizeof(*meta));
	return count;
}

/* The first usable item from @from on, or @items */
static u32 vmfs_cluster_first_usable(struct vmfs_resource *res, const struct cluster *c, u32 from)
{
	while (from < c->items && !vmfs_cluster_is_usable(res, c, from))
		from++;
	return from;
}

/* The cluster from @from on that may have a free item, going round; or clusters */
static u32 vmfs_next_maybe(struct vmfs_resource *res, u32 from)
{
	unsigned long found = find_next_bit(res->maybe, res->clusters, from);

	return found < res->clusters ? found : find_first_bit(res->maybe, res->clusters);
}

/* Who goes on with a corrupt bitmap gives out what is in use. */
static int vmfs_alloc_check(struct vmfs_resource *res, int err)
{
	if (err == -EUCLEAN)
		vmfs_shutdown(res->vol, -EROFS, "a bitmap is corrupt");
	return err;
}

static int vmfs_alloc_locked(struct vmfs_tx *tx, struct vmfs_resource *res, u64 hint, u32 want,
			     u64 *first, u32 *got, u32 *generation)
{
	u32 number, from;

	lockdep_assert_held(&res->lock);
	number = div_u64_rem(hint < res->items ? hint : 0, res->items_per_cluster, &from);
	for (;; from = 0) {
		struct cluster c;
		u32 item;
		int err;

		number = vmfs_next_maybe(res, number);
		if (number >= res->clusters)
			return -ENOSPC;
		err = vmfs_cluster_get(res, number, &c);
		if (err)
			return err;
		item = vmfs_cluster_first_usable(res, &c, from);
		if (item == c.items)
			item = vmfs_cluster_first_usable(res, &c, 0);
		if (item == c.items) {
			__clear_bit(number, res->maybe);
			vmfs_buf_put(c.buf);
			if (fatal_signal_pending(current))
				return -EINTR;
			cond_resched();
			continue;
		}
		err = vmfs_cluster_lock(tx, res, &c);
		if (!err) {
			*got = vmfs_cluster_take(tx, res, &c, item, want);
			*first = (u64)number * res->items_per_cluster + item;
			if (generation) {
				le32_add_cpu(&c.disk->meta.last_generation, 1);
				*generation = le32_to_cpu(c.disk->meta.last_generation);
			}
		}
		vmfs_buf_put(c.buf);
		return err;
	}
}

/**
 * vmfs_alloc() - allocate items in a row
 * @tx: transaction; uses two sectors
 * @res: resource
 * @hint: item to begin the search at
 * @want: how many at most
 * @first: set to the first item
 * @got: set to their number, at least 1
 * @generation: set to the generation of a new file descriptor; NULL for others
 *
 * Return: 0, -ENOSPC (see vmfs_commit_frees()), -EBUSY, -EUCLEAN, -EIO, -ENOMEM,
 * -EINTR if killed.
 */
int vmfs_alloc(struct vmfs_tx *tx, struct vmfs_resource *res, u64 hint, u32 want, u64 *first,
	       u32 *got, u32 *generation)
{
	int err;

	mutex_lock(&res->lock);
	err = vmfs_alloc_locked(tx, res, hint, want, first, got, generation);
	mutex_unlock(&res->lock);
	return vmfs_alloc_check(res, err);
}

/**
 * vmfs_find_free() - find a free item, without taking it
 * @res: resource
 * @item: set
 *
 * Return: 0, -ENOSPC, or an error of reading.
 */
int vmfs_find_free(struct vmfs_resource *res, u64 *item)
{
	struct cluster c;
	u32 number, at = 0;
	int err = -ENOSPC;

	mutex_lock(&res->lock);
	for (number = 0; number < res->clusters; number++) {
		err = vmfs_cluster_get(res, number, &c);
		if (err)
			break;
		at = vmfs_cluster_first_usable(res, &c, 0);
		vmfs_buf_put(c.buf);
		if (at < c.items)
			break;
		err = fatal_signal_pending(current) ? -EINTR : -ENOSPC;
		if (err == -EINTR)
			break;
		cond_resched();
	}
	mutex_unlock(&res->lock);
	*item = (u64)number * res->items_per_cluster + at;
	return err;
}

/**
 * vmfs_is_free() - is an item free on disk?
 * @res: resource
 * @item: number, below &vmfs_resource.items
 * @free: set
 *
 * Return: 0 or an error of reading.
 */
int vmfs_is_free(struct vmfs_resource *res, u64 item, bool *free)
{
	struct cluster c;
	u32 number, at;
	int err;

	number = div_u64_rem(item, res->items_per_cluster, &at);
	mutex_lock(&res->lock);
	err = vmfs_cluster_get(res, number, &c);
	if (!err) {
		*free = vmfs_cluster_is_free(&c, at);
		vmfs_buf_put(c.buf);
	}
	mutex_unlock(&res->lock);
	return err;
}

/* Note that an item must not be used before the running transaction is written. */
static void vmfs_cluster_set_busy(struct vmfs_resource *res, const struct cluster *c, u32 item)
{
	unsigned long *busy = xa_load(&res->busy[res->running], c->number);

	if (!busy) {
		busy = kcalloc(BITS_TO_LONGS(res->items_per_cluster), sizeof(long),
			       GFP_NOFS | __GFP_NOFAIL);
		while (xa_err(xa_store(&res->busy[res->running], c->number, busy,
				       GFP_NOFS | __GFP_NOFAIL)))
			cond_resched();
	}
	__set_bit(item, busy);
}

static int vmfs_free_in_cluster(struct vmfs_tx *tx, struct vmfs_resource *res, u64 first,
				u32 *count)
{
	struct vmfs_cluster_meta *meta;
	struct cluster c;
	u32 number, item, i;
	int err;

	number = div_u64_rem(first, res->items_per_cluster, &item);
	err = vmfs_cluster_get(res, number, &c);
	if (err)
		return err;
	*count = min(*count, c.items - item);
	meta = &c.disk->meta;
	for (i = 0; i < *count; i++) {
		if (vmfs_cluster_is_free(&c, item + i)) {
			err = vmfs_corrupt(res->vol, res->name, vmfs_buf_lv(c.buf),
					   "item %u of cluster %u is in use and marked free",
					   item + i, number);
			goto out;
		}
	}
	err = vmfs_cluster_lock(tx, res, &c);
	if (err)
		goto out;
	for (i = 0; i < *count; i++) {
		vmfs_cluster_set_free(&c, item + i, true);
		vmfs_cluster_set_busy(res, &c, item + i);
	}
	le32_add_cpu(&meta->free, *count);
	if (number < res->counted)
		res->free += *count;
	vmfs_tx_dirty(tx, c.buf, meta, sizeof(*meta));
out:
	vmfs_buf_put(c.buf);
	return err;
}

/**
 * vmfs_free() - free items in a row
 * @tx: transaction; uses two sectors for each cluster
 * @res: resource
 * @first: the first item
 * @count: their number
 *
 * Return: 0; on error some may be freed: -EUCLEAN, -EBUSY, -EIO, -ENOMEM.
 */
int vmfs_free(struct vmfs_tx *tx, struct vmfs_resource *res, u64 first, u32 count)
{
	int err = 0;

	if (first + count > res->items)
		return vmfs_corrupt(res->vol, res->name, 0, "item %llu of %llu", first, res->items);
	mutex_lock(&res->lock);
	while (!err && count) {
		u32 part = count;

		err = vmfs_free_in_cluster(tx, res, first, &part);
		first += part;
		count -= part;
	}
	mutex_unlock(&res->lock);
	return vmfs_alloc_check(res, err);
}

/* The running transaction is closed; nobody allocates or frees now. */
static void vmfs_alloc_closed(struct vmfs_volume *vol)
{
	enum vmfs_resource_kind kind;

	for (kind = 0; kind < VMFS_RESOURCES; kind++) {
		struct vmfs_resource *res = &vol->space->res[kind];

		WARN_ON_ONCE(!xa_empty(&res->busy[!res->running]));
		res->running = !res->running;
	}
}

/* Tell the devices what the closed transaction freed. */
static void vmfs_discard_freed(struct vmfs_volume *vol)
{
	struct vmfs_resource *res = &vol->space->res[VMFS_FBB];
	unsigned long *busy, number;
	unsigned int first, end;

	xa_for_each(&res->busy[!res->running], number, busy) {
		for_each_set_bitrange(first, end, busy, res->items_per_cluster)
			vmfs_lv_discard(vol, ((u64)number * res->items_per_cluster + first) <<
					vol->fb_shift, (u64)(end - first) << vol->fb_shift);
	}
}

/* What the closed transaction freed may be used. */
static void vmfs_busy_release(struct vmfs_resource *res)
{
	unsigned long *busy;
	unsigned long number;

	mutex_lock(&res->lock);
	xa_for_each(&res->busy[!res->running], number, busy) {
		xa_erase(&res->busy[!res->running], number);
		kfree(busy);
		__set_bit(number, res->maybe);
	}
	mutex_unlock(&res->lock);
}

static void vmfs_alloc_written(struct vmfs_volume *vol, int err)
{
	enum vmfs_resource_kind kind;

	if (!err && READ_ONCE(vol->options.discard))
		vmfs_discard_freed(vol);
	for (kind = 0; kind < VMFS_RESOURCES; kind++)
		vmfs_busy_release(&vol->space->res[kind]);
}

const struct vmfs_tx_ops vmfs_alloc_tx_ops = {
	.closed = vmfs_alloc_closed,
	.written = vmfs_alloc_written,
};

/**
 * vmfs_commit_frees() - commit if that gives free items
 * @vol: volume, of which an allocation failed with -ENOSPC
 *
 * Return: whether to try again.
 */
bool vmfs_commit_frees(struct vmfs_volume *vol)
{
	enum vmfs_resource_kind kind;
	bool busy = READ_ONCE(vol->space->res[VMFS_FBB].trim_end);

	/* FITRIM gives back what it has. */
	mutex_lock(&vol->space->trim_mutex);
	mutex_unlock(&vol->space->trim_mutex);
	for (kind = 0; kind < VMFS_RESOURCES; kind++) {
		const struct vmfs_resource *res = &vol->space->res[kind];

		busy |= !xa_empty(&res->busy[0]) || !xa_empty(&res->busy[1]);
	}
	return busy && !vmfs_commit(vol);
}

/* Count the free items of a group of clusters, with one read of their headers. */
static int vmfs_count_group(struct vmfs_resource *res, u32 first, u32 count, void *headers)
{
	struct vmfs_volume *vol = res->vol;
	size_t len = (size_t)count * VMFS_CLUSTER_SIZE, at;
	u64 lv;
	u32 i;
	int err;

	lockdep_assert_held(&res->lock);
	err = vmfs_resource_lv(res, res->cg_offset + (u64)(first / res->clusters_per_group) *
			       res->cg_size, len, &lv);
	if (!err)
		err = vmfs_lv_io(vol, REQ_OP_READ, lv, headers, round_up(len, VMFS_BUF_SIZE));
	if (err)
		return err;
	/* What is in memory is newer. */
	for (at = 0; at < len; at += VMFS_BUF_SIZE) {
		struct vmfs_buf *buf = vmfs_buf_find(vol, lv + at);

		if (buf)
			memcpy(headers + at, buf->data, VMFS_BUF_SIZE);
		vmfs_buf_put(buf);
	}
	for (i = 0; i < count; i++) {
		const struct vmfs_cluster *c = headers + (size_t)i * VMFS_CLUSTER_SIZE;
		u32 free = min(le32_to_cpu(c->meta.free), res->items_per_cluster);

		res->free += free;
		if (!free)
			__clear_bit(first + i, res->maybe);
	}
	res->counted = first + count;
	return 0;
}

/**
 * vmfs_count_free() - how many items are free
 * @res: resource
 * @free: set
 *
 * The first call reads all clusters.
 *
 * Return: 0, -EIO, -EUCLEAN, -ENOMEM, -EINTR if killed.
 */
int vmfs_count_free(struct vmfs_resource *res, u64 *free)
{
	void *headers;
	int err = 0;

	/* Who has the lock may wait for a device that hangs; df and vsctl need not. */
	if (READ_ONCE(res->counted) >= READ_ONCE(res->clusters)) {
		*free = READ_ONCE(res->free);
		return 0;
	}
	headers = vmalloc(round_up((size_t)res->clusters_per_group * VMFS_CLUSTER_SIZE,
				   VMFS_BUF_SIZE));
	if (!headers)
		return -ENOMEM;
	mutex_lock(&res->lock);
	while (!err && res->counted < res->clusters) {
		u32 count = min(res->clusters - res->counted, res->clusters_per_group);

		err = vmfs_count_group(res, res->counted, count, headers);
		if (fatal_signal_pending(current))
			err = err ?: -EINTR;
		/* Let those who allocate have a turn. */
		mutex_unlock(&res->lock);
		cond_resched();
		mutex_lock(&res->lock);
	}
	*free = res->free;
	mutex_unlock(&res->lock);
	vfree(headers);
	return err;
}

/* The next usable items in a row of a cluster, from *@item on; their number in @count */
static int vmfs_cluster_next_run(struct vmfs_resource *res, u32 number, u32 *item, u64 first,
				 u64 last, u32 *count)
{
	u64 base = (u64)number * res->items_per_cluster;
	struct cluster c;
	int err;

	err = vmfs_cluster_get(res, number, &c);
	if (err)
		return err;
	if (base < first)
		*item = max_t(u64, *item, first - base);
	*item = vmfs_cluster_first_usable(res, &c, *item);
	*count = 0;
	while (*item + *count < c.items && base + *item + *count <= last &&
	       vmfs_cluster_is_usable(res, &c, *item + *count))
		++*count;
	vmfs_buf_put(c.buf);
	return 0;
}

/* Nobody can take the items while they are discarded. */
static int vmfs_trim_run(struct vmfs_resource *res, u64 first, u32 count)
{
	struct vmfs_volume *vol = res->vol;
	int err;

	res->trim_first = first;
	WRITE_ONCE(res->trim_end, first + count);
	mutex_unlock(&res->lock);
	err = vmfs_lv_discard(vol, first << vol->fb_shift, (u64)count << vol->fb_shift);
	mutex_lock(&res->lock);
	WRITE_ONCE(res->trim_end, 0);
	__set_bit(div_u64(first, res->items_per_cluster), res->maybe);
	return err;
}

static int vmfs_trim_cluster(struct vmfs_resource *res, u32 number, u64 first, u64 last,
			     u32 min_count, u64 *trimmed)
{
	struct vmfs_volume *vol = res->vol;
	u32 item = 0, count;
	int err;

	do {
		mutex_lock(&vol->space->trim_mutex);
		mutex_lock(&res->lock);
		err = vmfs_cluster_next_run(res, number, &item, first, last, &count);
		if (!err && count >= min_count) {
			err = vmfs_trim_run(res, (u64)number * res->items_per_cluster + item,
					    count);
			if (!err)
				*trimmed += (u64)count << vol->fb_shift;
		}
		mutex_unlock(&res->lock);
		mutex_unlock(&vol->space->trim_mutex);
		item += count;
		cond_resched();
		if (!err && fatal_signal_pending(current))
			err = -EINTR;
	} while (!err && count);
	return err;
}

/**
 * vmfs_trim() - discard free file blocks
 * @vol: volume
 * @start: LV offset, bytes
 * @len: bytes
 * @min_len: do not discard less at a time, bytes
 * @trimmed: set to the number of bytes
 *
 * Only blocks that are in the range as a whole are discarded.
 *
 * Return: 0, -EINVAL where the range has no room for a block, or another error.
 */
int vmfs_trim(struct vmfs_volume *vol, u64 start, u64 len, u64 min_len, u64 *trimmed)
{
	struct vmfs_resource *res = &vol->space->res[VMFS_FBB];
	u64 size = res->items << vol->fb_shift;
	u64 first, end, number;
	u32 min_count = clamp_t(u64, min_len >> vol->fb_shift, 1, U32_MAX);
	int err = 0;

	*trimmed = 0;
	if (start >= size || len < vmfs_fb_size(vol))
		return -EINVAL;
	first = DIV_ROUND_UP_ULL(start, vmfs_fb_size(vol));
	end = (len < size - start ? start + len : size) >> vol->fb_shift;
	for (number = div_u64(first, res->items_per_cluster);
	     !err && number < res->clusters && first < end &&
	     number * res->items_per_cluster < end; number++)
		err = vmfs_trim_cluster(res, number, first, end - 1, min_count, trimmed);
	return err;
}

/**
 * vmfs_alloc_open() - make ready to allocate
 * @res: resource that is open
 *
 * Return: 0, -EUCLEAN or -ENOMEM; vmfs_alloc_close() cleans up in any case.
 */
int vmfs_alloc_open(struct vmfs_resource *res)
{
	size_t longs = BITS_TO_LONGS(res->clusters + 1);

	if (res->kind == VMFS_FBB && res->items > res->vol->disk.size >> res->vol->fb_shift)
		return vmfs_corrupt(res->vol, res->name, 0, "%llu blocks on a volume of %llu bytes",
				    res->items, res->vol->disk.size);
	res->maybe = kvmalloc_array(longs, sizeof(long), GFP_KERNEL);
	res->held = kvcalloc(longs, sizeof(long), GFP_KERNEL);
	if (!res->maybe || !res->held)
		return -ENOMEM;
	memset(res->maybe, 0xFF, longs * sizeof(long));
	res->counted = 0;
	res->free = 0;
	return 0;
}

/**
 * vmfs_alloc_close() - undo vmfs_alloc_open()
 * @res: resource; nothing is busy
 */
void vmfs_alloc_close(struct vmfs_resource *res)
{
	kvfree(res->maybe);
	kvfree(res->held);
	res->maybe = NULL;
	res->held = NULL;
}

static int vmfs_cluster_unlock(struct vmfs_resource *res, u32 number)
{
	struct vmfs_volume *vol = res->vol;
	struct vmfs_lock *lock;
	struct vmfs_buf *buf;
	struct vmfs_tx tx;
	u64 lv;
	int err;

	err = vmfs_resource_cluster(res, number, &lv);
	if (err)
		return err;
	buf = vmfs_buf_get(vol, lv);
	if (IS_ERR(buf))
		return PTR_ERR(buf);
	err = vmfs_tx_begin(vol, &tx, 1);
	if (!err) {
		mutex_lock(&res->lock);
		lock = buf->data + (lv & (VMFS_BUF_SIZE - 1));
		err = vol->locks->ops->release(vol, lock);
		vmfs_tx_dirty(&tx, buf, lock, sizeof(*lock));
		__clear_bit(number, res->held);
		mutex_unlock(&res->lock);
		vmfs_tx_end(&tx);
	}
	vmfs_buf_put(buf);
	return err;
}

/**
 * vmfs_unlock_clusters() - give all clusters up
 * @vol: volume that is unmounted
 *
 * Return: 0 or the first error.
 */
int vmfs_unlock_clusters(struct vmfs_volume *vol)
{
	enum vmfs_resource_kind kind;
	int err = 0;

	for (kind = 0; kind < VMFS_RESOURCES; kind++) {
		struct vmfs_resource *res = &vol->space->res[kind];
		unsigned long number;

		if (!res->held)
			continue;
		for_each_set_bit(number, res->held, res->clusters) {
			int one = vmfs_cluster_unlock(res, number);

			err = err ?: one;
		}
	}
	return err;
}
