/* SPDX-License-Identifier: GPL-2.0 */
/*
 * vmem: a filesystem whose files are the memory of guests: what its files share
 */
#ifndef _VMEM_H
#define _VMEM_H

#include <linux/atomic.h>
#include <linux/completion.h>
#include <linux/fs.h>
#include <linux/mm.h>
#include <linux/mutex.h>
#include <linux/netlink.h>
#include <linux/pagemap.h>
#include <linux/percpu.h>
#include <linux/refcount.h>
#include <linux/sched/clock.h>

#include "vmem_api.h"

/**
 * DOC: Overview
 *
 * A file (&struct vmem_file) is divided into blocks of 2 MiB (&struct
 * vmem_block).  The memory of a block is one folio of 2 MiB, or it has a slot
 * for each of its 512 pages: a word that holds the page's state and what
 * belongs to it.  The states and the changes between them are in state.c.
 *
 * The module owns the folios: they are in no page cache and on no LRU list.  A
 * fault finds the folio of a page and returns it, locked, to the core, which
 * maps it (fault.c).  Sharing, compression, swap and splits first make sure
 * that nobody can reach a page: vmem_freeze() in block.c.
 *
 * Pages that a guest has not written, or that were found to be zero and freed,
 * read as zeros from folios that all guests share (zero.c).  Equal pages share
 * one folio (store.c, share.c); tps.ko finds them.
 */

/**
 * DOC: Layers
 *
 * A file calls files to its left and above it only; make style checks that.
 *
 *   content stats place: what is in a page, counters, NUMA policies
 *   registry host policy pressure: the list of files, the host's state, who decides about
 *	memory, shortage of it
 *   alloc zero spare mapped: folios, and their mappings
 *   state store: the slots of a block, the store of shared folios
 *   compress swap_file swap: pages that are not in memory
 *   block: fills, breaks, freezes, splits and punches pages
 *   reclaim wait: takes memory, waits for memory
 *   swap_off populate share fault: operations on request
 *   sample shrink poison unused: operations in the background
 *   options file super: the filesystem
 *   usage access netlink main: what others are told, netlink, and init
 *
 * Other modules include vmem_api.h only.
 */

/**
 * DOC: Locking
 *
 * In this order, outermost first:
 *
 * 1. the inode's i_rwsem: size and kind of a file, hole punch
 * 2. mmap_lock or the lock of a VMA: taken by the core before it calls
 *    vmem_fault() and vmem_page_mkwrite()
 * 3. &vmem_file.use_lock, &vmem_file.reclaim_lock: one of them
 * 4. &vmem_block.lock: the slots of a block, its huge folio; one at a time
 * 5. lock of a folio that is mapped, replaced or taken away
 * 6. i_mmap_rwsem, MMU notifiers, page tables: inside of unmap_mapping_pages()
 * 7. &vmem_context.lock in compress.c
 * 8. a bucket's lock in store.c, &vmem_swap.lock, vmem_swaps_lock, vmem_spare_lock,
 *    vmem_files_lock, &vmem_file.wait_lock, &vmem_places.lock: leaves
 *
 * Two rules make the faults correct:
 *
 * - A fault looks a page up under the block's lock, takes the folio's lock,
 *   and only then drops the block's.  The core keeps the folio locked until
 *   the page table entry is set.  So to change a slot from folio X to anything
 *   else, hold the block's lock and X's, and unmap before unlocking X.  A zero
 *   folio counts as X if the slot is absent or zero.
 * - A folio is taken away only after vmem_freeze(), which unmaps it and then
 *   checks that its reference count is one, in this order.  From then on,
 *   while the block's lock is held, nobody can reach the folio, and its
 *   content does not change.
 *
 * Memory is allocated under a block's lock, so nothing that the allocator calls may
 * wait for one: the shrinker only wakes the reclaim thread, or uses trylock.  The same
 * holds for the lock of a folio, under which the core allocates page tables.
 */

#define VMEM_SLOT_STATE		7UL
#define VMEM_SLOT_ALIGN		64	/* of pointers in slots: room for state and marks */

/* Marks: of a private or shared page in its slot, of a huge folio in the block's flags */
#define VMEM_MARK_IDLE		8UL	/* unmapped, and not touched since */
#define VMEM_MARK_SAMPLED	16UL	/* unmapped by the sampler, and not touched since */
#define VMEM_MARK_INCOMPRESSIBLE 32UL	/* did not shrink, and not touched since */
#define VMEM_MARKS		(VMEM_MARK_IDLE | VMEM_MARK_SAMPLED | VMEM_MARK_INCOMPRESSIBLE)

/* Long operations work in steps of that many jiffies, and hold nothing in between. */
#define VMEM_STEP	(HZ / 10)

/* For metadata: failures are handled, so do not invoke the OOM killer. */
#define VMEM_GFP_METADATA	(GFP_KERNEL_ACCOUNT | __GFP_NOWARN | __GFP_RETRY_MAYFAIL)

#define VMEM_BLOCK_ZERO_HUGE	1	/* parts of the huge zero folio may be mapped */
#define VMEM_BLOCK_ZERO_SMALL	2	/* small zero folios may be mapped */
#define VMEM_BLOCK_FRESH	4	/* reserved, and nobody has mapped it yet */

/**
 * struct vmem_block - 2 MiB of a file
 * @lock: protects all of it
 * @slots: one word for each page: &enum vmem_state, marks, and a pointer to a
 *	folio or &struct vmem_shared, a handle of the compressed pool, or a page
 *	number of the swap file; NULL while all pages are absent or huge
 * @huge: what backs the block, or NULL
 * @sums: checksums of the pages in the last pass of tps.ko, or NULL
 * @used: number of slots that are not absent
 * @place: where its memory should come from, 0 for nowhere in particular: see place.c
 * @flags: VMEM_BLOCK_*, and VMEM_MARK_* of @huge
 */
struct vmem_block {
	struct mutex lock; /* see above */
	unsigned long *slots;
	struct folio *huge;
	u32 *sums;
	u16 used;
	u8 place;
	u16 flags;
};

#define VMEM_FAULT_KINDS	(VMEM_FAULT_KIND_WAITING + 1)
/* Of the latency of faults: below 256 ns, below 512, ... */
#define VMEM_BUCKET_SHIFT	8
#define VMEM_BUCKETS		24

/**
 * struct vmem_stats - what a CPU has counted
 * @events: by VMEM_A_EVENTS_*
 * @faults: by &enum vmem_fault_kind and latency
 */
struct vmem_stats {
	unsigned long events[VMEM_A_EVENTS_MAX + 1];
	unsigned long faults[VMEM_FAULT_KINDS][VMEM_BUCKETS];
};

/**
 * struct vmem_mount - the options of a mount
 * @uid: owner of the root directory
 * @gid: its group
 * @mode: permissions that new files get
 * @size: sum of the files' sizes at most, in bytes; 0 for no limit
 * @used: that sum
 * @grace: seconds for which a file that nobody uses keeps its memory, 0 for ever
 */
struct vmem_mount {
	kuid_t uid;
	kgid_t gid;
	umode_t mode;
	u64 size;
	atomic64_t used;
	unsigned int grace;
};

#define VMEM_SAMPLE	100	/* pages that are sampled in a period */

/**
 * struct vmem_file - a file: the memory of a guest, or one NUMA node of it
 * @inode: the file itself; its number is unique among all mounts
 * @link: in the list of files; under vmem_files_lock
 * @users: references: the inode's, and those of registry.c's callers, which deletion
 *	waits for
 * @unused: no reference is left
 * @kind: &enum vmem_kind; under i_rwsem, fixed once @pages is set
 * @pages: size in pages; set once, after @blocks (store release)
 * @blocks: the blocks, as many as @pages needs
 * @memcg: memory cgroup of the process that first mapped the file, or NULL
 * @entry: its entry in the shrinker's list of @memcg, or NULL
 * @shrunk: when the shrinker last began a second of taking, in jiffies
 * @shrink_share: pages that may still be taken in that second
 * @shrink_rest: when to try again after nothing was found, in jiffies
 * @wants_pool: the reclaim thread should make @pool
 * @places: NUMA policies of the blocks; made before @pages is set; NULL on a host
 *	with one node
 * @group_is_short: an allocation left little room in @memcg; the next fault should
 *	make some
 * @wait_lock: protects the next three
 * @wait_start: jiffies when the guest began to wait for memory
 * @wait_last: jiffies when it last waited; 0 if never
 * @wait_told: jiffies of the last report since @wait_start; 0 if none
 * @salt: only pages of files with equal salts share; read under a block's lock
 * @group: the VM that it belongs to, as a policy numbers them
 * @bounds: what a policy has decided; single members are read without a lock
 * @compressor: &enum vmem_compressor for pages compressed from now on
 * @compress_limit: limit of the pool's size, per cent of the file's size
 * @pool: compressed pages; made on first use, then constant
 * @swap: swap file or NULL; changes under @reclaim_lock, when it has no page
 * @seen: progress of vmem_reclaim(): see &struct vmem_sweep
 * @reclaim_lock: protects the next two, serialises reclaim; outside of block locks;
 *	held for a step at most
 * @hand: page at which reclaim goes on
 * @ahead: number of pages in front of the hand known not to be compressed
 * @sampling: @sample holds pages; this and the next four are the sampler's
 * @sampled: the averages hold something
 * @sample: pages that were marked in this period
 * @active_fast: pages in use, averaged over the last few periods
 * @active_slow: ditto, over more of them
 * @use_lock: protects the next three; outside of block locks, inside of i_rwsem
 * @opens: number of open files, which mappings hold, too
 * @unused_since: jiffies when that became 0
 * @lapsed: it lost its memory since nobody used it
 * @was_mapped: a process has mapped it since it had no memory
 * @count: number of pages in each state; none of %VMEM_ABSENT is counted
 * @stats: counters of each CPU; made before @pages is set
 */
struct vmem_file {
	struct inode inode;
	struct list_head link;
	refcount_t users;
	struct completion unused;
	u8 kind;
	pgoff_t pages;
	struct vmem_block *blocks;
	struct mem_cgroup *memcg;
	struct vmem_entry *entry;
	unsigned long shrunk;
	long shrink_share;
	unsigned long shrink_rest;
	bool wants_pool;
	struct vmem_places *places;
	bool group_is_short;
	spinlock_t wait_lock; /* see above */
	unsigned long wait_start;
	unsigned long wait_last;
	unsigned long wait_told;
	u64 salt;
	u64 group;
	struct vmem_bounds bounds;
	u8 compressor;
	u8 compress_limit;
	struct zs_pool *pool;
	struct vmem_swap __rcu *swap;
	pgoff_t seen;
	struct mutex reclaim_lock; /* see above */
	pgoff_t hand;
	pgoff_t ahead;
	bool sampling;
	bool sampled;
	pgoff_t sample[VMEM_SAMPLE];
	unsigned long active_fast;
	unsigned long active_slow;
	struct mutex use_lock; /* see above */
	unsigned int opens;
	unsigned long unused_since;
	bool lapsed;
	bool was_mapped;
	atomic_long_t count[VMEM_STATES];
	struct vmem_stats __percpu *stats;
};

static inline struct vmem_file *vmem_file_of(struct inode *inode)
{
	return container_of(inode, struct vmem_file, inode);
}

/* Number of pages, once the size is set; 0 before */
static inline pgoff_t vmem_file_pages(const struct vmem_file *file)
{
	return smp_load_acquire(&file->pages); /* see vmem_set_size() */
}

static inline pgoff_t vmem_file_blocks(const struct vmem_file *file)
{
	return DIV_ROUND_UP(vmem_file_pages(file), VMEM_BLOCK_PAGES);
}

static inline struct vmem_block *vmem_block_of(const struct vmem_file *file, pgoff_t index)
{
	return &file->blocks[index >> VMEM_BLOCK_SHIFT];
}

static inline void vmem_count_event(struct vmem_file *file, unsigned int event)
{
	this_cpu_inc(file->stats->events[event]);
}

static inline void vmem_count_events(struct vmem_file *file, unsigned int event, unsigned long n)
{
	this_cpu_add(file->stats->events[event], n);
}

/* Whether its memory is allocated in advance and never taken */
static inline bool vmem_is_reserved(const struct vmem_file *file)
{
	return file->kind == VMEM_KIND_RESERVED;
}

/**
 * struct vmem_shared - a folio that pages with equal content use
 * @link: in its bucket of the store
 * @hash: of the content, with the salt
 * @salt: of the files that may use it
 * @folio: has one reference, besides those of mappings
 * @sharers: slots that point here, and lookups in progress
 */
struct vmem_shared {
	struct hlist_node link;
	u64 hash;
	u64 salt;
	struct folio *folio;
	refcount_t sharers;
} __aligned(VMEM_SLOT_ALIGN);

/* content.c */
void vmem_content_init(void);

/* stats.c */
int vmem_stats_create(struct vmem_file *file);
void vmem_stats_destroy(struct vmem_file *file);
unsigned long vmem_events(const struct vmem_file *file, unsigned int event);
void vmem_count_fault(struct vmem_file *file, enum vmem_fault_kind kind, u64 start);
unsigned long vmem_faults(const struct vmem_file *file, enum vmem_fault_kind kind,
			  unsigned int bucket, u64 *from);

/* place.c */
void vmem_place_note(struct vmem_file *file, struct vmem_block *block,
		     const struct vm_area_struct *vma);
struct folio *vmem_place_alloc(struct vmem_file *file, pgoff_t index, gfp_t gfp,
			       unsigned int order);
bool vmem_place_is_wrong(const struct vmem_file *file, const struct vmem_block *block);
int vmem_place_create(struct vmem_file *file);
void vmem_place_destroy(struct vmem_file *file);

/* registry.c */
extern const struct vmem_bounds vmem_no_bounds;
void vmem_registry_add(struct vmem_file *file);
void vmem_registry_remove(struct vmem_file *file);

/* policy.c */
struct vmem_file *vmem_next_victim(u64 after, enum vmem_memory_state state, long *pages,
				   unsigned int *methods);
int vmem_admit(struct vmem_file *file, pgoff_t pages);
bool vmem_may_grow(struct vmem_file *file, unsigned long pages);

/* host.c */
bool vmem_memory_is_short(void);
long vmem_host_batch(enum vmem_memory_state state);
void vmem_host_count(enum vmem_memory_state state, long pages);

/* pressure.c */
bool vmem_memcg_is_short(struct mem_cgroup *memcg, unsigned long pages);
bool vmem_group_is_short(const struct vmem_file *file, unsigned long pages);
void vmem_wake_reclaim(void);
void vmem_reclaim_written(void);
void vmem_pressure_wait(void);
void vmem_pressure_rest(long timeout);

/* alloc.c */
/* For a reserved file, which needs blocks: reclaim and compact, but no OOM killer */
#define VMEM_GFP_RESERVE	(GFP_HIGHUSER | __GFP_RETRY_MAYFAIL)

extern const struct address_space_operations vmem_address_space_operations;
int vmem_alloc_init(void);
void vmem_alloc_exit(void);
struct folio *vmem_folio_alloc(struct vmem_file *file, pgoff_t index, gfp_t flags);
struct folio *vmem_huge_alloc(struct vmem_file *file, pgoff_t index, gfp_t gfp);
void vmem_folio_adopt(struct vmem_file *file, struct folio *folio, pgoff_t index);
void vmem_folio_disown(struct folio *folio);
void vmem_folio_release(struct folio *folio);
void *vmem_metadata_alloc(struct vmem_file *file, size_t count, size_t size);
void vmem_huge_put(struct folio *folio);
void vmem_folio_free(struct folio *folio);

/* zero.c */
int vmem_zero_init(void);
void vmem_zero_exit(void);
struct folio *vmem_zero_small(const struct vmem_file *file, pgoff_t index);
struct folio *vmem_zero_huge(void);

/* spare.c */
int vmem_spare_init(void);
void vmem_spare_exit(void);
bool vmem_spare_release(void);
void vmem_spare_replace(void);

/* mapped.c */
bool vmem_is_locked(struct vmem_file *file, pgoff_t index, unsigned long count);
void vmem_tell_of_poison(struct vmem_file *file, pgoff_t index);
void vmem_tell_reader(unsigned long pfn);

/* state.c */
void vmem_set(struct vmem_file *file, struct vmem_block *block, pgoff_t index,
	      enum vmem_state state, unsigned long payload);
void vmem_set_huge(struct vmem_file *file, struct vmem_block *block, struct folio *folio);
void vmem_set_split(struct vmem_file *file, struct vmem_block *block, unsigned long *slots);
void vmem_mark(struct vmem_block *block, pgoff_t index, unsigned long mark);
bool vmem_is_marked(const struct vmem_block *block, pgoff_t index, unsigned long mark);
void vmem_touch(struct vmem_block *block, pgoff_t index);
int vmem_make_slots(struct vmem_file *file, struct vmem_block *block, pgoff_t index);
unsigned long vmem_slot(const struct vmem_block *block, pgoff_t index);
struct folio *vmem_block_folio(const struct vmem_block *block, pgoff_t index);

static inline enum vmem_state vmem_slot_state(unsigned long slot)
{
	return slot & VMEM_SLOT_STATE;
}

static inline struct folio *vmem_slot_folio(unsigned long slot)
{
	return (struct folio *)(slot & ~(VMEM_SLOT_STATE | VMEM_MARKS));
}

static inline struct vmem_shared *vmem_slot_shared(unsigned long slot)
{
	return (struct vmem_shared *)(slot & ~(VMEM_SLOT_STATE | VMEM_MARKS));
}

/* store.c */
int vmem_store_init(void);
void vmem_store_exit(void);
struct vmem_shared *vmem_shared_alloc(struct vmem_file *file, struct folio *folio, u64 hash,
				      u64 salt);
void vmem_shared_add(struct vmem_shared *shared);

/* compress.c */
int vmem_compress_init(void);
void vmem_compress_exit(void);
bool vmem_pool_create(struct vmem_file *file);
unsigned long vmem_pool_pages(struct vmem_file *file);
bool vmem_pool_is_full(struct vmem_file *file);
void vmem_pool_destroy(struct vmem_file *file);
int vmem_compress(struct vmem_file *file, struct vmem_block *block, pgoff_t index,
		  struct folio *folio);
int vmem_decompress(struct vmem_file *file, unsigned long handle, struct folio *folio);
void vmem_compressed_free(struct vmem_file *file, unsigned long handle);

/* swap_file.c */
int vmem_swap_init(void);
void vmem_swap_exit(void);
int vmem_swap_set(struct vmem_file *file, int fd, struct netlink_ext_ack *extack);
void vmem_swap_destroy(struct vmem_file *file);
enum vmem_swap_state vmem_swap_state(struct vmem_file *file);
bool vmem_swap_has_room(struct vmem_file *file);
bool vmem_swap_wait(struct vmem_file *file, long timeout);

/* swap.c */
int vmem_swap_out(struct vmem_file *file, struct vmem_block *block, pgoff_t index,
		  struct folio *folio);
int vmem_swap_in(struct vmem_file *file, pgoff_t index);
void vmem_swap_free(struct vmem_file *file, unsigned long slot);

/* block.c */
struct page *vmem_find_page(struct vmem_file *file, struct vmem_block *block, pgoff_t index,
			    bool write);
int vmem_make_private(struct vmem_file *file, struct vmem_block *block, pgoff_t index);
bool vmem_unmap(struct vmem_file *file, struct folio *folio, pgoff_t index);
bool vmem_freeze(struct vmem_file *file, struct folio *folio, pgoff_t index);
int vmem_split(struct vmem_file *file, struct vmem_block *block, pgoff_t index);
void vmem_install_huge(struct vmem_file *file, struct vmem_block *block, pgoff_t first,
		       struct folio *folio);
void vmem_punch_block(struct vmem_file *file, pgoff_t first, pgoff_t end);
void vmem_punch(struct vmem_file *file, pgoff_t first, pgoff_t end);

/* reclaim.c */
#define VMEM_METHOD_TRY	BIT(30)		/* inside an allocation: wait for nothing */

/**
 * struct vmem_sweep - progress of reclaim in steps
 * @seen: pages that the hand has passed, of four rounds
 * @more: there may be more to find
 * @writing: the step ended since enough pages are being written
 */
struct vmem_sweep {
	pgoff_t seen;
	bool more;
	bool writing;
};

int vmem_reclaim_init(void);
void vmem_reclaim_exit(void);
long vmem_reclaim_step(struct vmem_file *file, long pages, unsigned int methods,
		       struct vmem_sweep *sweep);
long vmem_reclaim(struct vmem_file *file, long pages, unsigned int methods);

/* wait.c */
/* Attempts before a system call fails for lack of memory: 10 s at least */
#define VMEM_WAIT_ATTEMPTS	1000

long vmem_reclaim_own(struct vmem_file *file);
int vmem_wait_for_memory(struct vmem_file *file);
u64 vmem_waiting(struct vmem_file *file);
void vmem_tell_waits_to(void (*tell)(struct vmem_file *file, u64 ms));

/* swap_off.c */
int vmem_swap_off(struct vmem_file *file, unsigned long *left);

/* populate.c */
int vmem_populate(struct vmem_file *file, pgoff_t first, pgoff_t end);
int vmem_reserve(struct vmem_file *file, pgoff_t pages);

/* fault.c */
extern const struct vm_operations_struct vmem_managed_vm_ops;
extern const struct vm_operations_struct vmem_reserved_vm_ops;

/* sample.c */
int vmem_sample_init(void);
void vmem_sample_exit(void);
unsigned long vmem_active(const struct vmem_file *file);

/* shrink.c */
int vmem_shrink_init(void);
void vmem_shrink_exit(void);
void vmem_shrink_add(struct vmem_file *file);
void vmem_shrink_remove(struct vmem_file *file);

/* poison.c */
int vmem_poison_init(void);
void vmem_poison_exit(void);

/* unused.c */
int vmem_unused_init(void);
void vmem_unused_exit(void);
int vmem_open(struct inode *inode, struct file *f);
int vmem_release(struct inode *inode, struct file *f);

/* options.c */
void vmem_default_options(struct vmem_mount *mount);
int vmem_parse_option(struct fs_context *fc, struct fs_parameter *param);
int vmem_reconfigure(struct fs_context *fc);
int vmem_show_options(struct seq_file *seq, struct dentry *root);
bool vmem_mount_take(struct vmem_mount *mount, u64 bytes);
void vmem_mount_give(struct vmem_mount *mount, u64 bytes);

/* file.c */
extern const struct file_operations vmem_file_operations;
extern const struct inode_operations vmem_file_inode_operations;
void vmem_file_publish(struct vmem_file *file);
void vmem_file_destroy(struct vmem_file *file);

/* super.c */
int vmem_super_init(void);
void vmem_super_exit(void);

/* netlink.c */
int vmem_netlink_init(void);
void vmem_netlink_exit(void);

#endif /* _VMEM_H */
