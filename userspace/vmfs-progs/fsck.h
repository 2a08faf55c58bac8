/* SPDX-License-Identifier: GPL-2.0 */
/*
 * fsck.vmfs: reports every problem with its structure and place, and repairs what needs no
 * guess.
 *
 * The steps, in their order: extents (fsck_lvm.c), heartbeats and journals
 * (fsck_heartbeat.c, fsck_written.c), file descriptors and the blocks that they
 * use (fsck_files.c), names (fsck_dirs.c), bitmaps against the blocks in
 * use (fsck_clusters.c).
 */
#ifndef FSCK_H
#define FSCK_H

#include <stdio.h>

#include "../libvmfs/dir.h"
#include "../libvmfs/volume.h"
#include "../libvs/err.h"
#include "../libvs/progress.h"

/* Exit statuses, as in fsck(8) */
enum {
	FSCK_FIXED = 1,
	FSCK_LEFT = 4,
	FSCK_TROUBLE = 8,
	FSCK_USAGE = 16,
};

enum fsck_mode {
	FSCK_CHECK,		/* write nothing */
	FSCK_ASK,
	FSCK_PREEN,		/* at boot: only repairs that cannot lose data */
	FSCK_REPAIR,
};

enum fsck_fd_state {
	FD_FREE,
	FD_IN_USE,
	FD_DAMAGED,		/* marked as in use, cannot be read */
	FD_UNLINKED,		/* marked as in use, belongs to nothing */
};

/**
 * struct fsck_fd - findings about a file descriptor
 * @state: enum fsck_fd_state
 * @is_dir: has names in it
 * @nlink: as it says
 * @names: in directories, "." and ".." aside
 * @subdirectories: in it
 * @is_partial: not all of its names could be read
 * @parent: number of the directory with its name
 */
struct fsck_fd {
	uint8_t state;
	uint8_t type;
	bool is_dir, is_partial;
	uint32_t generation;
	uint32_t nlink;
	uint32_t names;
	uint32_t subdirectories;
	uint32_t parent;
};

/* A file with fewer blocks than it says */
struct fsck_short {
	uint32_t number;
	uint64_t has;
};

/* The resource cluster that was read last */
struct fsck_cluster {
	struct vmfs_res_cluster disk;
	enum vmfs_resource_kind kind;
	uint64_t number;
	bool is_loaded, is_good;
};

/**
 * struct fsck - a check
 * @name: of the volume, for messages
 * @wait_s: seconds to watch a host that seems to use the volume
 * @out: for messages
 * @found: problems
 * @fixed: repaired problems
 * @is_uncertain: something could not be read, or has changed: items that look lost may
 *	belong to it
 * @misses_names: not all names could be read: a file without a name may have one there
 * @lost: items that seem lost
 * @used: items that something refers to, a bit each
 * @gone: file blocks that were journals of hosts that are gone, a bit each
 * @shorts: files with fewer blocks than they say
 * @fds: by number: cluster * items per cluster + item
 * @journal: a transaction that is read as if it had been written; or NULL
 * @dirs: numbers of directories that are still to be looked at
 */
struct fsck {
	struct vmfs_lv lv;
	struct vmfs_volume volume;
	char name[VMFS_LABEL_SIZE + VMFS_UUID_TEXT_LEN];
	enum fsck_mode mode;
	bool is_verbose;
	unsigned int wait_s;
	FILE *out;
	unsigned int found, fixed;
	bool is_uncertain, misses_names;
	uint64_t lost;
	uint8_t *used[VMFS_RESOURCES];
	uint8_t *gone;
	struct fsck_short *shorts;
	uint32_t num_shorts;
	struct fsck_fd *fds;
	uint32_t *dirs;
	uint32_t num_dirs;
	struct fsck_cluster last;
	uint8_t *journal;
	struct vs_progress progress;
};

/* fsck_check.c */

/* @mode, @is_verbose, @wait_s, @progress and @out have to be set, nothing else. */
int fsck_check(struct fsck *fsck, const struct vmfs_dev *devs, unsigned int count);

/* Report a problem; @return: whether to repair it. Then call fsck_fixed(). */
bool fsck_problem(struct fsck *fsck, const char *fmt, ...) __attribute__((format(printf, 2, 3)));
/* The same if the repair removes something, which needs -y or a person's answer */
bool fsck_loss(struct fsck *fsck, const char *fmt, ...) __attribute__((format(printf, 2, 3)));
/* One that cannot be repaired */
void fsck_damage(struct fsck *fsck, const char *fmt, ...) __attribute__((format(printf, 2, 3)));
/* No problem; fsck_note(): only with -v */
void fsck_remark(const struct fsck *fsck, const char *fmt, ...)
	__attribute__((format(printf, 2, 3)));
/* @err: of the write that repaired it */
void fsck_fixed(struct fsck *fsck, int err);
void fsck_note(const struct fsck *fsck, const char *fmt, ...)
	__attribute__((format(printf, 2, 3)));

/* fsck_lvm.c, fsck_heartbeat.c */
void fsck_lvm(struct fsck *fsck);
/* Fails if a host uses the volume, or left a journal that is not ours. */
int fsck_heartbeats(struct fsck *fsck);

/* fsck_written.c: complete partly written blocks of a journal. */
int fsck_written(struct fsck *fsck, const struct vmfs_heartbeat *slot);

/* fsck_files.c */
uint32_t fsck_fd_number(const struct fsck *fsck, uint32_t address);
uint32_t fsck_fd_address(const struct fsck *fsck, uint32_t number);
void fsck_files(struct fsck *fsck);
/* Files with fewer blocks than they say; call it once lost blocks are known. */
void fsck_shorts(struct fsck *fsck);
/* Check one file descriptor and its blocks. */
void fsck_file(struct fsck *fsck, uint32_t number);
/* Mark an item as in use; false with a message if it already was, or is invalid. */
bool fsck_use(struct fsck *fsck, uint64_t address, const char *by);
/* Write the metadata sector of a file descriptor of VMFS-5. */
int fsck_write_meta(struct fsck *fsck, const struct vmfs_inode *inode);

/* fsck_dirs.c */
void fsck_dirs(struct fsck *fsck);

/* fsck_clusters.c */
void fsck_clusters(struct fsck *fsck);
/* Number of items that seem lost */
void fsck_count_lost(struct fsck *fsck);
/* Whether the bitmap marks it as in use; false if it cannot be read. */
bool fsck_is_marked(struct fsck *fsck, enum vmfs_resource_kind kind, uint64_t number);

#endif
