/* SPDX-License-Identifier: GPL-2.0 */
#include_next <linux/fs.h>

#ifndef _COMPAT_LINUX_FS_H
#define _COMPAT_LINUX_FS_H

/* Since 6.3 the mapping of users has a type of its own. */
#ifndef COMPAT_HAS_MNT_IDMAP
#define mnt_idmap	user_namespace
#define nop_mnt_idmap	init_user_ns
#endif

/* Since 6.5; before, splicing went through pages of its own choice. */
#ifndef COMPAT_HAS_FILEMAP_SPLICE_READ
#define filemap_splice_read generic_file_splice_read
#endif

/* Since 6.8 it is given a folio. */
#ifndef COMPAT_HAS_ERROR_REMOVE_FOLIO
#define error_remove_folio		error_remove_page
#define generic_error_remove_folio	generic_error_remove_page
#endif

/* Since 6.7 (some stable kernels: a part of them) */
#ifndef COMPAT_HAS_INODE_TIME_ACCESSORS
static inline struct timespec64 inode_get_atime(const struct inode *inode)
{
	return inode->i_atime;
}

static inline struct timespec64 inode_get_mtime(const struct inode *inode)
{
	return inode->i_mtime;
}

static inline struct timespec64 inode_set_atime_to_ts(struct inode *inode, struct timespec64 ts)
{
	inode->i_atime = ts;
	return ts;
}

static inline struct timespec64 inode_set_mtime_to_ts(struct inode *inode, struct timespec64 ts)
{
	inode->i_mtime = ts;
	return ts;
}

static inline void inode_set_atime(struct inode *inode, time64_t sec, long nsec)
{
	inode->i_atime.tv_sec = sec;
	inode->i_atime.tv_nsec = nsec;
}

static inline void inode_set_mtime(struct inode *inode, time64_t sec, long nsec)
{
	inode->i_mtime.tv_sec = sec;
	inode->i_mtime.tv_nsec = nsec;
}
#endif

/* Since 6.6, and in later 6.1 */
#ifndef COMPAT_HAS_INODE_SET_CTIME_CURRENT
static inline struct timespec64 inode_set_ctime_current(struct inode *inode)
{
	inode->i_ctime = current_time(inode);
	return inode->i_ctime;
}
#endif

/* Since 6.7 */
#ifndef COMPAT_HAS_SIMPLE_INODE_INIT_TS
static inline void simple_inode_init_ts(struct inode *inode)
{
	inode->i_atime = inode_set_ctime_current(inode);
	inode->i_mtime = inode->i_ctime;
}
#endif

/*
 * Since 6.8 vfs_iter_write() tells the filesystem itself that a write begins;
 * file_write_not_started() came with that.
 */
#ifndef COMPAT_HAS_FILE_WRITE_NOT_STARTED
static inline ssize_t compat_vfs_iter_write(struct file *file, struct iov_iter *iter,
					    loff_t *offset, rwf_t flags)
{
	ssize_t done;

	file_start_write(file);
	done = vfs_iter_write(file, iter, offset, flags);
	file_end_write(file);
	return done;
}

#define vfs_iter_write compat_vfs_iter_write
#endif

/* Since 6.9 */
#ifndef COMPAT_HAS_SUPER_SET_UUID
static inline void super_set_uuid(struct super_block *sb, const u8 *uuid, unsigned int len)
{
	memcpy(&sb->s_uuid, uuid, len);
}
#endif

/* Since 6.5, struct super_operations has a function for devices that are gone. */
#ifdef COMPAT_HAS_SUPER_SHUTDOWN
#define SUPER_SHUTDOWN(function) .shutdown = (function),
#else
#define SUPER_SHUTDOWN(...)
#endif

/* Since 6.6 it is told what is asked for. */
#ifndef COMPAT_HAS_FILLATTR_MASK
static inline void compat_generic_fillattr(struct mnt_idmap *idmap, u32 request_mask,
					   struct inode *inode, struct kstat *stat)
{
	generic_fillattr(idmap, inode, stat);
}

#define generic_fillattr compat_generic_fillattr
#endif

/* Since 6.10: io_uring begins direct writes of one file side by side. */
#ifdef FOP_DIO_PARALLEL_WRITE
#define FILE_DIO_PARALLEL_WRITE	.fop_flags = FOP_DIO_PARALLEL_WRITE,
#else
#define FILE_DIO_PARALLEL_WRITE
#endif

/* Since 6.18 */
#ifndef COMPAT_HAS_INODE_JUST_DROP
#define inode_just_drop generic_delete_inode
#endif

/* Since 6.19 */
#ifndef COMPAT_HAS_INODE_STATE_READ
#define inode_state_read_once(inode) READ_ONCE((inode)->i_state)
#endif

/* Until then a filesystem in memory had to drop its names itself. */
#ifdef COMPAT_HAS_KILL_LITTER_SUPER
#define kill_anon_super kill_litter_super
#endif

/*
 * Operations whose type has changed.  Where a filesystem defines NAME, which it does not
 * call, these define NAME of the old type, too, which calls it.
 */

/* Since 7.3 not told whether O_EXCL is given, as there is nothing to do about it */
#ifdef COMPAT_HAS_CREATE_EXCL
#define COMPAT_CREATE(name, ...)							\
	compat_##name(__VA_ARGS__);							\
	static int name(struct mnt_idmap *_idmap, struct inode *_dir,			\
			struct dentry *_dentry, umode_t _mode, bool _excl)		\
	{										\
		return compat_##name(_idmap, _dir, _dentry, _mode);			\
	}										\
	static int compat_##name(__VA_ARGS__)

#define vmem_create(...) COMPAT_CREATE(vmem_create, __VA_ARGS__)
#define vmfs_create(...) COMPAT_CREATE(vmfs_create, __VA_ARGS__)
#endif

/* Since 6.15 it returns a dentry if that is another one than it was given. */
#ifndef COMPAT_HAS_MKDIR_DENTRY
#define COMPAT_MKDIR(name, ...)								\
	compat_##name(__VA_ARGS__);							\
	static int name(struct mnt_idmap *_idmap, struct inode *_dir,			\
			struct dentry *_dentry, umode_t _mode)				\
	{										\
		return PTR_ERR_OR_ZERO(compat_##name(_idmap, _dir, _dentry, _mode));	\
	}										\
	static struct dentry *compat_##name(__VA_ARGS__)

#define vmem_mkdir(...) COMPAT_MKDIR(vmem_mkdir, __VA_ARGS__)
#define vmfs_mkdir(...) COMPAT_MKDIR(vmfs_mkdir, __VA_ARGS__)
#endif

#endif /* _COMPAT_LINUX_FS_H */
