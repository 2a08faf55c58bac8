/* SPDX-License-Identifier: GPL-2.0 */
/*
 * The interface of vmem to other modules.
 */
#ifndef _VMEM_API_H
#define _VMEM_API_H

#include <linux/mm.h>
#include <linux/netlink.h>
#include <linux/types.h>

#include <uapi/linux/vmem.h>

struct vmem_block;
struct vmem_file;
struct vmem_shared;

#define VMEM_BLOCK_PAGES	HPAGE_PMD_NR
#define VMEM_BLOCK_SHIFT	HPAGE_PMD_ORDER

/* Salt of a file that has not been given one: its id, and this */
#define VMEM_SALT_OWN	BIT_ULL(63)

/* Group of a file that has not been given one: its id, and this */
#define VMEM_GROUP_OWN	BIT_ULL(63)

#define VMEM_METHODS_ALL	(VMEM_METHOD_SPLIT | VMEM_METHOD_COMPRESS | VMEM_METHOD_SWAP)

/**
 * enum vmem_state - what backs a page
 * @VMEM_ABSENT: nothing; it was never written, or punched, and reads as zeros
 * @VMEM_ZERO: nothing; it was written, but found to hold only zeros
 * @VMEM_PRIVATE: a folio of its own
 * @VMEM_SHARED: a folio that other pages with equal content use too
 * @VMEM_HUGE: a part of the block's folio of 2 MiB; all pages of the block
 *	are, and there are no slots
 * @VMEM_COMPRESSED: an object of the file's compressed pool
 * @VMEM_SWAPPED: a page of the file's swap file
 * @VMEM_WRITING: a folio of its own that is on its way to the swap file
 * @VMEM_STATES: number of states; they fit the low bits of a slot
 */
enum vmem_state {
	VMEM_ABSENT,
	VMEM_ZERO,
	VMEM_PRIVATE,
	VMEM_SHARED,
	VMEM_HUGE,
	VMEM_COMPRESSED,
	VMEM_SWAPPED,
	VMEM_WRITING,
	VMEM_STATES,
};

/**
 * struct vmem_page - a private page that a scanner looks at
 * @salt: of its file, when its block was locked
 */
struct vmem_page {
	u64 salt;
	/* private: for share.c */
	struct vmem_file *file;
	struct vmem_block *block;	/* locked */
	pgoff_t index;			/* in the file */
	struct folio *folio;
	bool frozen;			/* nobody else can reach the folio, which is locked */
};

/**
 * struct vmem_sharing - sharing in all files
 * @pages: pages that share a folio
 * @saved: folios that are saved by that
 */
struct vmem_sharing {
	unsigned long pages;
	unsigned long saved;
};

#define VMEM_HOST_STATES	(VMEM_MEMORY_STATE_LOW + 1)

/**
 * struct vmem_host - the host's memory, in pages, and what was done in each state
 * @state: the state now
 * @available: what is available
 * @min_free: what should be
 * @below: a state begins when less is available
 * @until: it ends when so much is
 * @entered: how often it began
 * @taken: pages taken from guests in it
 */
struct vmem_host {
	enum vmem_memory_state state;
	u64 available;
	u64 min_free;
	u64 below[VMEM_HOST_STATES];
	u64 until[VMEM_HOST_STATES];
	unsigned long entered[VMEM_HOST_STATES];
	unsigned long taken[VMEM_HOST_STATES];
};

/**
 * struct vmem_bounds - what a policy has decided about a file
 * @target: pages that it should have while memory is short
 * @ceiling: pages that it should never have more than
 * @methods: VMEM_METHOD_* by which memory may be taken from it
 */
struct vmem_bounds {
	unsigned long target;
	unsigned long ceiling;
	unsigned int methods;
};

/**
 * struct vmem_policy - who decides about the memory of guests
 * @next_victim: the file after another (0: the first) that has to give memory, with a
 *	reference, or NULL.  Gets pages and methods as they are without a policy (no pages
 *	while memory is not short), and may change both.  The reclaim thread's.
 * @admit: 0 if a file, which has no size yet, may have this one, or an error; under its
 *	i_rwsem
 * @may_grow: whether a file may have so many pages more; under a block's lock
 */
struct vmem_policy {
	struct vmem_file *(*next_victim)(u64 after, long *pages, unsigned int *methods);
	int (*admit)(struct vmem_file *file, pgoff_t pages);
	bool (*may_grow)(struct vmem_file *file, unsigned long pages);
};

/**
 * struct vmem_usage - what a file has, in pages
 * @size: its size; 0 if it has none yet
 * @reserved: how much of that is reserved: all or nothing
 * @granted: memory that it has; a shared page counts for each user
 * @away: pages that are compressed or swapped
 * @active: pages in use
 * @measured: @active has been estimated
 */
struct vmem_usage {
	u64 size;
	u64 reserved;
	u64 granted;
	u64 away;
	u64 active;
	bool measured;
};

/* policy.c */
int vmem_policy_set(const struct vmem_policy *policy);
void vmem_policy_clear(void);

/* usage.c */
void vmem_get_usage(struct vmem_file *file, struct vmem_usage *usage);
unsigned long vmem_granted(struct vmem_file *file);

/* host.c */
enum vmem_memory_state vmem_host_state(void);
enum vmem_memory_state vmem_last_host_state(void);
void vmem_host_get(struct vmem_host *host);

/* registry.c */
struct vmem_file *vmem_file_get(u64 id);
struct vmem_file *vmem_file_next(u64 id);
void vmem_file_put(struct vmem_file *file);
u64 vmem_file_id(const struct vmem_file *file);
u64 vmem_file_salt(const struct vmem_file *file);
unsigned long vmem_file_count(const struct vmem_file *file, enum vmem_state state);
pgoff_t vmem_managed_pages(const struct vmem_file *file);
bool vmem_kind_is_reserved(const struct vmem_file *file);
u64 vmem_file_group(const struct vmem_file *file);
void vmem_set_group(struct vmem_file *file, u64 group);
void vmem_set_bounds(struct vmem_file *file, const struct vmem_bounds *bounds);
struct vmem_bounds vmem_file_bounds(const struct vmem_file *file);

/* content.c */
u64 vmem_hash(struct page *page, u64 salt);
bool vmem_is_equal(struct page *a, struct page *b);
bool vmem_is_zero(struct page *page);

/* store.c */
struct vmem_shared *vmem_shared_get(u64 hash, u64 salt);
void vmem_shared_put(struct vmem_shared *shared);
struct vmem_sharing vmem_sharing(void);
struct page *vmem_shared_page(const struct vmem_shared *shared);

/* share.c */
bool vmem_page_get(struct vmem_page *page, struct vmem_file *file, pgoff_t index);
void vmem_page_put(struct vmem_page *page);
struct page *vmem_page_content(const struct vmem_page *page);
bool vmem_page_freeze(struct vmem_page *page);
void vmem_page_zero(struct vmem_page *page);
void vmem_page_share(struct vmem_page *page, struct vmem_shared *shared);
int vmem_page_promote(struct vmem_page *page, u64 hash);
u32 *vmem_page_sum(struct vmem_page *page);
enum vmem_state vmem_page_hash(struct vmem_file *file, pgoff_t index, u64 salt, u64 *hash);
bool vmem_block_is_huge(struct vmem_file *file, pgoff_t index);
bool vmem_block_is_new(struct vmem_file *file, pgoff_t index);
int vmem_block_split(struct vmem_file *file, pgoff_t index);
int vmem_unshare(struct vmem_file *file, bool all, pgoff_t *next);
void vmem_set_salt(struct vmem_file *file, u64 salt);

/* access.c */
bool vmem_may_read(struct sk_buff *skb, struct vmem_file *file);
int vmem_check_change(struct sk_buff *skb, struct vmem_file *file, struct netlink_ext_ack *extack);
int vmem_check_admin(struct sk_buff *skb, struct netlink_ext_ack *extack);
struct vmem_file *vmem_file_find(const struct nlattr *id, struct netlink_ext_ack *extack);
struct vmem_file *vmem_file_find_own(struct sk_buff *skb, const struct nlattr *id,
				     struct netlink_ext_ack *extack);

#endif /* _VMEM_API_H */
