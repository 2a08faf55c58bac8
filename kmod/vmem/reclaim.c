// SPDX-License-Identifier: GPL-2.0
/*
 * Reclaim: take memory from a file that has not been touched for a while.
 *
 * A hand goes round the file.  What it finds mapped it unmaps and marks idle;
 * what is still idle when it comes round again is taken: a block is split, those
 * with many zero pages before others; a page is compressed, or swapped out.  When
 * the compressed pool is full, what has been in it longest goes on to swap first: as
 * the hand compresses in the order in which it comes by, that is the next compressed
 * page in front of it.
 */
#include <linux/kthread.h>
#include <linux/sched/mm.h>
#include <linux/sched/signal.h>

#include "trace.h"
#include "vmem.h"

#define VMEM_RECLAIM_BATCH	256	/* pages from one file, then from the next */
#define VMEM_SPARSE		(VMEM_BLOCK_PAGES / 8)	/* a block with so many zero pages is */
#define VMEM_TRY_PER_PAGE	32	/* pages to look at for one, where it is no thread's work */
#define VMEM_METHOD_SPLIT_SPARSE	BIT(31)			/* split only those */

static struct task_struct *vmem_reclaimer;

/* True if nobody has touched it since the hand came by last; if not, it is
 * unmapped now, so that the next time it can be told.
 */
static bool vmem_is_idle(struct vmem_file *file, struct vmem_block *block, pgoff_t index,
			 struct folio *folio)
{
	if (vmem_is_marked(block, index, VMEM_MARK_IDLE))
		return true;
	if (vmem_unmap(file, folio, index))
		vmem_mark(block, index, VMEM_MARK_IDLE);
	return false;
}

static long vmem_evict_private(struct vmem_file *file, struct vmem_block *block, pgoff_t index,
			       unsigned int methods)
{
	struct folio *folio = vmem_slot_folio(vmem_slot(block, index));
	int err = -E2BIG;

	if (!vmem_is_idle(file, block, index, folio) || !vmem_freeze(file, folio, index))
		return 0;
	if (vmem_is_zero(folio_page(folio, 0))) {
		vmem_set(file, block, index, VMEM_ZERO, 0);
		vmem_folio_release(folio);
		return 1;
	}
	if ((methods & VMEM_METHOD_COMPRESS) &&
	    !vmem_is_marked(block, index, VMEM_MARK_INCOMPRESSIBLE) && !vmem_pool_is_full(file)) {
		err = vmem_compress(file, block, index, folio);
		if (err == -E2BIG)
			vmem_mark(block, index, VMEM_MARK_INCOMPRESSIBLE);
	}
	if (err && (methods & VMEM_METHOD_SWAP))
		err = vmem_swap_out(file, block, index, folio);
	if (err) {
		folio_unlock(folio);
		return err == -EAGAIN ? err : 0;
	}
	return 1;
}

/* From the pool to the swap file, by way of a folio */
static int vmem_evict_compressed(struct vmem_file *file, struct vmem_block *block, pgoff_t index)
{
	unsigned long handle = vmem_slot(block, index) & ~VMEM_SLOT_STATE;
	struct folio *folio = vmem_folio_alloc(file, index, 0);
	int err;

	if (!folio)
		return -ENOMEM;
	folio_lock(folio);
	err = vmem_decompress(file, handle, folio) ?: vmem_swap_out(file, block, index, folio);
	if (err) {
		vmem_folio_release(folio);
		return err;
	}
	vmem_compressed_free(file, handle);
	return 0;
}

/* Look for a compressed page from @index to the end of its block, and evict it.
 * Returns 1, 0 where there is none, or why it cannot be swapped out; and how far
 * the search goes on.
 */
static long vmem_evict_oldest(struct vmem_file *file, pgoff_t index, pgoff_t *step)
{
	struct vmem_block *block = vmem_block_of(file, index);
	pgoff_t end = min(round_up(index + 1, VMEM_BLOCK_PAGES), vmem_file_pages(file)), i;
	long ret = 0;

	*step = end - index;
	if (!mutex_trylock(&block->lock))
		return 0;
	for (i = index; i < end && !block->huge; i++)
		if (vmem_slot_state(vmem_slot(block, i)) == VMEM_COMPRESSED)
			break;
	if (i < end && !block->huge) {
		*step = i - index;
		ret = vmem_evict_compressed(file, block, i) ?: 1;
	}
	mutex_unlock(&block->lock);
	return ret;
}

/* Many zero pages; how many is about to change where somebody writes meanwhile.  A
 * poisoned page must not be read, and its block cannot be split.
 */
static bool vmem_is_sparse(struct folio *huge)
{
	unsigned int i, zero = 0;

	for (i = 0; i < VMEM_BLOCK_PAGES && zero < VMEM_SPARSE; i++) {
		if (PageHWPoison(folio_page(huge, i)))
			return false;
		zero += vmem_is_zero(folio_page(huge, i));
	}
	return zero == VMEM_SPARSE;
}

static long vmem_evict_huge(struct vmem_file *file, struct vmem_block *block, pgoff_t index,
			    unsigned int methods)
{
	pgoff_t first = round_down(index, VMEM_BLOCK_PAGES);
	long before;

	if (!(methods & (VMEM_METHOD_SPLIT | VMEM_METHOD_SPLIT_SPARSE)))
		return 0;
	if (!vmem_is_idle(file, block, first, block->huge))
		return 0;
	if (!(methods & VMEM_METHOD_SPLIT) && !vmem_is_sparse(block->huge))
		return 0;
	before = atomic_long_read(&file->count[VMEM_ZERO]);
	if (vmem_split(file, block, index))
		return 0;
	return max(atomic_long_read(&file->count[VMEM_ZERO]) - before, 0L);
}

/* Look at the page under the hand, or the whole block; returns pages freed, or
 * -EAGAIN where writes must end first, and how far the hand moves.
 */
static long vmem_evict(struct vmem_file *file, pgoff_t index, unsigned int methods, pgoff_t *step)
{
	struct vmem_block *block = vmem_block_of(file, index);
	long freed = 0;

	*step = min(round_up(index + 1, VMEM_BLOCK_PAGES), vmem_file_pages(file)) - index;
	if (!mutex_trylock(&block->lock))	/* somebody uses it */
		return 0;
	if (block->huge) {
		freed = vmem_evict_huge(file, block, index, methods);
	} else if (block->slots) {
		*step = 1;
		if (vmem_slot_state(vmem_slot(block, index)) == VMEM_PRIVATE)
			freed = vmem_evict_private(file, block, index, methods);
	}
	mutex_unlock(&block->lock);
	return freed;
}

/* Make room in a pool that is full: returns pages that went on to swap, or why none did. */
static long vmem_make_room(struct vmem_file *file)
{
	pgoff_t size = vmem_file_pages(file), step;
	long got = 0;

	while (!got && file->ahead < size && vmem_pool_is_full(file) &&
	       atomic_long_read(&file->count[VMEM_COMPRESSED])) {
		got = vmem_evict_oldest(file, (file->hand + file->ahead) % size, &step);
		file->ahead += step;
		cond_resched();
	}
	if (file->ahead >= size)	/* once round */
		file->ahead = 0;
	return got;
}

static unsigned int vmem_methods_at_first(unsigned int methods)
{
	if (!(methods & VMEM_METHOD_SPLIT))
		return methods;
	return (methods & ~VMEM_METHOD_SPLIT) | VMEM_METHOD_SPLIT_SPARSE;
}

/* Where nothing may be waited for, the thread makes the pool, for the next time. */
static bool vmem_has_pool(struct vmem_file *file, bool try)
{
	if (!try)
		return vmem_pool_create(file);
	if (!file->pool) {
		WRITE_ONCE(file->wants_pool, true);
		vmem_wake_reclaim();
	}
	return file->pool;
}

static void vmem_move_hand(struct vmem_file *file, pgoff_t step)
{
	file->hand = (file->hand + step) % vmem_file_pages(file);
	file->ahead -= min(file->ahead, step);
}

/* Once more with the hand, or for a page of the pool: returns pages, or -EAGAIN. */
static long vmem_sweep_on(struct vmem_file *file, unsigned int methods, bool *make_room,
			  struct vmem_sweep *sweep)
{
	pgoff_t step = 0;
	long got = *make_room ? vmem_make_room(file) : 0;

	if (got < 0 && got != -EAGAIN) {
		*make_room = false;	/* nowhere to put it */
		got = 0;
	}
	if (!got)
		got = vmem_evict(file, file->hand,
				 sweep->seen < 2 * vmem_file_pages(file) ?
				 vmem_methods_at_first(methods) : methods, &step);
	if (got == -EAGAIN)
		return got;
	vmem_move_hand(file, step);
	sweep->seen += step;
	return got;
}

/**
 * vmem_reclaim_step() - take memory from a file, for a tenth of a second at most
 * @file: file
 * @pages: how many pages
 * @methods: VMEM_METHOD_*, how; with %VMEM_METHOD_TRY it waits for no lock, and does not look
 *	through all of the file
 * @sweep: how far it has come; at first all of it is 0
 *
 * What is being swapped out counts, although its memory is free only when it
 * is written.  When enough is being written, the step ends: it never waits for the
 * swap file.
 *
 * Context: process context, no lock of this module.
 * Return: number of pages, and @sweep tells whether there may be more.
 */
long vmem_reclaim_step(struct vmem_file *file, long pages, unsigned int methods,
		       struct vmem_sweep *sweep)
{
	pgoff_t size = vmem_file_pages(file), limit = 4 * size;
	bool make_room, try = methods & VMEM_METHOD_TRY;
	unsigned long until = jiffies + VMEM_STEP;
	unsigned int flags;
	long freed = 0, got;

	sweep->more = false;
	sweep->writing = false;
	if (!size || vmem_is_reserved(file))
		return 0;
	sweep->more = true;
	if (try ? !mutex_trylock(&file->reclaim_lock) : mutex_lock_killable(&file->reclaim_lock))
		return 0;
	if (try)
		limit = min_t(pgoff_t, limit, sweep->seen + pages * VMEM_TRY_PER_PAGE);
	flags = memalloc_noreclaim_save();
	if ((methods & VMEM_METHOD_COMPRESS) && !vmem_has_pool(file, try))
		methods &= ~VMEM_METHOD_COMPRESS;
	if (!vmem_swap_has_room(file))
		methods &= ~VMEM_METHOD_SWAP;
	make_room = methods & VMEM_METHOD_SWAP;
	/*
	 * Once round to mark what is in use, once to take and to split the blocks that
	 * give something at once, once to split others, once to take from those.
	 */
	while (freed < pages && sweep->seen < limit && !fatal_signal_pending(current) &&
	       time_before(jiffies, until)) {
		got = vmem_sweep_on(file, methods, &make_room, sweep);
		sweep->writing = got == -EAGAIN;
		if (sweep->writing)
			break;
		freed += got;
		cond_resched();
	}
	sweep->more = freed < pages && sweep->seen < 4 * size;
	memalloc_noreclaim_restore(flags);
	mutex_unlock(&file->reclaim_lock);
	trace_vmem_reclaim(file, pages, freed);
	return freed;
}

/**
 * vmem_reclaim() - take memory from a file, and go on next time where this ended
 * @file: file
 * @pages: how many pages
 * @methods: VMEM_METHOD_*, how
 *
 * Context: process context, no lock of this module.
 * Return: number of pages, fewer where everything is in use, or time is over.
 */
long vmem_reclaim(struct vmem_file *file, long pages, unsigned int methods)
{
	struct vmem_sweep sweep = { .seen = READ_ONCE(file->seen) };
	long freed = vmem_reclaim_step(file, pages, methods, &sweep);

	/* Those who do this side by side may lose some of what they have seen. */
	WRITE_ONCE(file->seen, sweep.more ? sweep.seen : 0);
	return freed;
}
EXPORT_SYMBOL_GPL(vmem_reclaim);

static void vmem_make_pools(void)
{
	struct vmem_file *file;
	u64 id = 0;

	while ((file = vmem_file_next(id))) {
		id = file->inode.i_ino;
		if (READ_ONCE(file->wants_pool)) {
			mutex_lock(&file->reclaim_lock);
			WRITE_ONCE(file->wants_pool, !vmem_pool_create(file));
			mutex_unlock(&file->reclaim_lock);
		}
		vmem_file_put(file);
	}
}

/* A batch from every file; returns whether that got anywhere */
static bool vmem_reclaim_round(void)
{
	struct vmem_file *file;
	bool got_on = false;
	pgoff_t seen;
	u64 id = 0;

	while (!kthread_should_stop() && vmem_memory_is_short() && (file = vmem_file_next(id))) {
		id = file->inode.i_ino;
		seen = READ_ONCE(file->seen);
		got_on |= vmem_reclaim(file, VMEM_RECLAIM_BATCH, VMEM_METHODS_ALL);
		got_on |= READ_ONCE(file->seen) > seen;
		vmem_file_put(file);
	}
	return got_on;
}

/*
 * When a round found nothing, or what it found is still being written, the thread rests:
 * what it unmaps costs the guests, and somebody wakes it again and again.
 */
static int vmem_reclaim_thread(void *unused)
{
	while (!kthread_should_stop()) {
		vmem_pressure_wait();
		vmem_make_pools();
		while (!kthread_should_stop() && vmem_reclaim_round())
			cond_resched();
		vmem_pressure_rest(VMEM_STEP);
	}
	return 0;
}

/**
 * vmem_reclaim_init() - start the reclaim thread
 *
 * Return: 0 or an error.
 */
int __init vmem_reclaim_init(void)
{
	vmem_reclaimer = kthread_run(vmem_reclaim_thread, NULL, "vmem_reclaim");
	return PTR_ERR_OR_ZERO(vmem_reclaimer);
}

/**
 * vmem_reclaim_exit() - end the reclaim thread
 */
void vmem_reclaim_exit(void)
{
	kthread_stop(vmem_reclaimer);
}
