/* SPDX-License-Identifier: GPL-2.0 */
/*
 * fsck.vmfs: every problem is told with the structure that it is in, and where
 * that is; what can be mended without guessing is mended.
 *
 * The steps, in their order: extents (fsck_lvm.c), heartbeats and journals
 * (fsck_heartbeat.c, fsck_written.c), file descriptors and the blocks that they
 * use (fsck_files.c), names (fsck_dirs.c), bitmaps beside what is in use
 * (fsck_clusters.c).
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
	FSCK_PREEN,		/* repair what can lose nothing: at boot */
	FSCK_REPAIR,
};

enum fsck_fd_state {
	FD_FREE,
	FD_IN_USE,
	FD_DAMAGED,		/* marked as in use, cannot be read */
	FD_UNLINKED,		/* marked as in use, belongs to nothing */
};

/**
 * struct fsck_fd - what was found out about a file descriptor
 * @state: enum fsck_fd_state
 * @is_dir: has names in it
 * @nlink: that it says it has
 * @names: that directories have for it, "." and ".." aside
 * @subdirectories: that are in it
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

/* A file that says that it has more blocks than were found */
struct fsck_short {
	uint32_t number;
	uint64_t has;
};

/* The resource cluster that was looked at last */
struct fsck_cluster {
	struct vmfs_res_cluster disk;
	enum vmfs_resource_kind kind;
	uint64_t number;
	bool is_loaded, is_good;
};

/**
 * struct fsck - a check
 * @name: of the volume, for messages
 * @wait_s: how long a host that seems to use the volume is watched, seconds
 * @out: where messages go
 * @found: problems
 * @fixed: of these
 * @is_uncertain: something could not be read, or is not what it was: what looks lost
 *	may belong to it
 * @misses_names: not all names could be read: what has none may have one there
 * @lost: items that seem lost
 * @used: items that something refers to, a bit each
 * @gone: file blocks that were the journals of hosts which are gone, a bit each
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

/* Tell of a problem; @return: whether to mend it. Afterwards, fsck_fixed(). */
bool fsck_problem(struct fsck *fsck, const char *fmt, ...) __attribute__((format(printf, 2, 3)));
/* The same where mending takes something away, which needs -y or a person's answer */
bool fsck_loss(struct fsck *fsck, const char *fmt, ...) __attribute__((format(printf, 2, 3)));
/* One that cannot be mended */
void fsck_damage(struct fsck *fsck, const char *fmt, ...) __attribute__((format(printf, 2, 3)));
/* What is no problem; fsck_note(): only where more is to be said */
void fsck_remark(const struct fsck *fsck, const char *fmt, ...)
	__attribute__((format(printf, 2, 3)));
/* @err: of the write that mended it */
void fsck_fixed(struct fsck *fsck, int err);
void fsck_note(const struct fsck *fsck, const char *fmt, ...)
	__attribute__((format(printf, 2, 3)));

/* fsck_lvm.c, fsck_heartbeat.c */
void fsck_lvm(struct fsck *fsck);
/* Fails where a host is using the volume, or left a journal that is not ours. */
int fsck_heartbeats(struct fsck *fsck);

/* fsck_written.c: complete the blocks that a journal has as written in part. */
int fsck_written(struct fsck *fsck, const struct vmfs_heartbeat *slot);

/* fsck_files.c */
uint32_t fsck_fd_number(const struct fsck *fsck, uint32_t address);
uint32_t fsck_fd_address(const struct fsck *fsck, uint32_t number);
void fsck_files(struct fsck *fsck);
/* After it is known what seems lost: files with fewer blocks than they say. */
void fsck_shorts(struct fsck *fsck);
/* Look at one file descriptor and its blocks. */
void fsck_file(struct fsck *fsck, uint32_t number);
/* Mark an item as in use; false with a message where it was already, or cannot be. */
bool fsck_use(struct fsck *fsck, uint64_t address, const char *by);
/* Write the metadata sector of a file descriptor of VMFS-5. */
int fsck_write_meta(struct fsck *fsck, const struct vmfs_inode *inode);

/* fsck_dirs.c */
void fsck_dirs(struct fsck *fsck);

/* fsck_clusters.c */
void fsck_clusters(struct fsck *fsck);
/* How many items seem lost. */
void fsck_count_lost(struct fsck *fsck);
/* Whether the bitmap has it as in use; false where it cannot be read. */
bool fsck_is_marked(struct fsck *fsck, enum vmfs_resource_kind kind, uint64_t number);

#endif
