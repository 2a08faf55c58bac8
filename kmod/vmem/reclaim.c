// SPDX-License-Identifier: GPL-2.0
/*
 * Reclaim: take memory from a file that has not been touched for a while.
 *
 * A clock hand goes round the file.  It unmaps pages and marks them idle; those that are
 * still idle on its next round it takes.  Huge blocks are split, those with many zero pages
 * first; pages are compressed or swapped out.  When the compressed pool is full, its oldest
 * pages move on to swap: since the hand compresses in file order, the oldest is the next
 * compressed page in front of it.
 */
#include <linux/kthread.h>
#include <linux/sched/mm.h>
#include <linux/sched/signal.h>

#include "trace.h"
#include "vmem.h"

#define VMEM_SPARSE		(VMEM_BLOCK_PAGES / 8)	/* zero pages of a sparse block */
#define VMEM_TRY_PER_PAGE	32	/* pages to look at for each that the shrinker wants */
#define VMEM_METHOD_SPLIT_SPARSE	BIT(31)			/* split only those */

static struct task_struct *vmem_reclaimer;

/* True if nobody has touched it since the hand last came by; if not, unmap it for next time. */
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

/* Move a page from the pool to the swap file. */
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

/*
 * Write completions and faults have a block for a moment.  To skip its 512 pages for that
 * would count them as seen.  Longer waits are for memory, which may be what is wanted here.
 */
static bool vmem_lock_block(struct vmem_block *block, bool try)
{
	if (mutex_trylock(&block->lock))
		return true;
	if (try)
		return false;
	schedule_timeout_uninterruptible(1);
	return mutex_trylock(&block->lock);
}

/*
 * Evict the first compressed page from @index to the end of its block.  Returns 1, 0 if
 * there is none, or an error of vmem_swap_out(); @step gets how far the search got.
 */
static long vmem_evict_oldest(struct vmem_file *file, pgoff_t index, bool try, pgoff_t *step)
{
	struct vmem_block *block = vmem_block_of(file, index);
	pgoff_t end = min(round_up(index + 1, VMEM_BLOCK_PAGES), vmem_file_pages(file)), i;
	long ret = 0;

	*step = end - index;
	if (!vmem_lock_block(block, try))
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

/*
 * Whether a block has many zero pages; only a guess while the guest writes.  A block with a
 * poisoned page, which must not be read, cannot be split.
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

/*
 * Look at the page under the hand, or its huge block.  Returns pages freed, or -EAGAIN if
 * writes must end first; @step gets how far the hand moves.
 */
static long vmem_evict(struct vmem_file *file, pgoff_t index, unsigned int methods, pgoff_t *step)
{
	struct vmem_block *block = vmem_block_of(file, index);
	long freed = 0;

	*step = min(round_up(index + 1, VMEM_BLOCK_PAGES), vmem_file_pages(file)) - index;
	if (!vmem_lock_block(block, methods & VMEM_METHOD_TRY))
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

/* Make room in a full pool.  Returns pages moved to swap, or an error of vmem_swap_out(). */
static long vmem_make_room(struct vmem_file *file, bool try)
{
	pgoff_t size = vmem_file_pages(file), step;
	long got = 0;

	while (!got && file->ahead < size && vmem_pool_is_full(file) &&
	       atomic_long_read(&file->count[VMEM_COMPRESSED])) {
		got = vmem_evict_oldest(file, (file->hand + file->ahead) % size, try, &step);
		file->ahead += step;
		cond_resched();
	}
	if (file->ahead >= size)	/* searched all of it */
		file->ahead = 0;
	return got;
}

static unsigned int vmem_methods_at_first(unsigned int methods)
{
	if (!(methods & VMEM_METHOD_SPLIT))
		return methods;
	return (methods & ~VMEM_METHOD_SPLIT) | VMEM_METHOD_SPLIT_SPARSE;
}

/* A caller that must not wait lets the thread make the pool, for next time. */
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

/* Move a page of the pool on, or move the hand.  Returns pages, or -EAGAIN. */
static long vmem_sweep_on(struct vmem_file *file, unsigned int methods, bool *make_room,
			  struct vmem_sweep *sweep)
{
	pgoff_t step = 0;
	long got = *make_room ? vmem_make_room(file, methods & VMEM_METHOD_TRY) : 0;

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
 * @methods: VMEM_METHOD_*; with %VMEM_METHOD_TRY it waits for no lock, and does not go
 *	through the whole file
 * @sweep: progress, zero for the first step
 *
 * Pages on their way to the swap file count, although their memory is not free yet.  When
 * enough are being written, the step ends: it never waits for the swap file.
 *
 * Context: process context, no lock of this module.
 * Return: number of pages; @sweep tells whether there may be more.
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
	 * Four rounds: mark; take idle pages and split sparse blocks; split other blocks;
	 * take from those.
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
 * vmem_reclaim() - take memory from a file, from where the last call stopped
 * @file: file
 * @pages: how many pages
 * @methods: VMEM_METHOD_*
 *
 * Context: process context, no lock of this module.
 * Return: number of pages; fewer if the rest is in use, or the time is over.
 */
long vmem_reclaim(struct vmem_file *file, long pages, unsigned int methods)
{
	struct vmem_sweep sweep = { .seen = READ_ONCE(file->seen) };
	long freed = vmem_reclaim_step(file, pages, methods, &sweep);

	/* Concurrent calls may lose some of their progress. */
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

/* Take some from every file that has to give; returns whether there was any progress. */
static bool vmem_reclaim_round(void)
{
	enum vmem_memory_state state;
	struct vmem_file *file;
	unsigned int methods;
	bool got_on = false;
	long pages, taken;
	pgoff_t seen;
	u64 id = 0;

	while (!kthread_should_stop()) {
		state = vmem_host_state();
		file = vmem_next_victim(id, state, &pages, &methods);
		if (!file)
			break;
		id = file->inode.i_ino;
		seen = READ_ONCE(file->seen);
		taken = vmem_reclaim(file, pages, methods);
		vmem_host_count(state, taken);
		got_on |= taken || READ_ONCE(file->seen) > seen;
		vmem_file_put(file);
	}
	return got_on;
}

/*
 * After a round without progress the thread rests, until a page was written: each round
 * unmaps pages, which costs the guests, and short memory wakes the thread all the time.
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
