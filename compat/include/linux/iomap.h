/* SPDX-License-Identifier: GPL-2.0 */
#include_next <linux/iomap.h>

#ifndef _COMPAT_LINUX_IOMAP_H
#define _COMPAT_LINUX_IOMAP_H

#include <linux/writeback.h>

/*
 * Since 6.17 the functions that a write calls are arguments of it; before, each mapping had
 * them; since 6.3 they are given folios, but iomap_valid() is the same.
 */
#ifdef COMPAT_HAS_IOMAP_WRITE_OPS
static inline void iomap_set_write_ops(struct iomap *iomap, const struct iomap_write_ops *ops)
{
}
#else
#ifdef COMPAT_HAS_IOMAP_FOLIO_OPS
#define iomap_write_ops	iomap_folio_ops
#else
#define iomap_write_ops	iomap_page_ops
#define folio_ops	page_ops
#endif

static inline void iomap_set_write_ops(struct iomap *iomap, const struct iomap_write_ops *ops)
{
	iomap->folio_ops = ops;
}

/* Since 6.12 the caller may hand something through; since 6.5 the position is moved. */
#ifdef COMPAT_HAS_IOMAP_WRITE_PRIVATE
static inline ssize_t compat_iomap_write(struct kiocb *iocb, struct iov_iter *from,
					 const struct iomap_ops *ops,
					 const struct iomap_write_ops *write_ops, void *private)
{
	return iomap_file_buffered_write(iocb, from, ops, private);
}
#else
static inline ssize_t compat_iomap_write(struct kiocb *iocb, struct iov_iter *from,
					 const struct iomap_ops *ops,
					 const struct iomap_write_ops *write_ops, void *private)
{
	loff_t pos = iocb->ki_pos;
	ssize_t ret = iomap_file_buffered_write(iocb, from, ops);

	if (ret > 0)
		iocb->ki_pos = pos + ret;
	return ret;
}
#endif

#define iomap_file_buffered_write compat_iomap_write
#endif

#ifndef COMPAT_HAS_IOMAP_ZERO_PRIVATE
#define iomap_zero_range(inode, pos, len, did_zero, ops, unused...) \
	iomap_zero_range(inode, pos, len, did_zero, ops)
#endif

#ifndef COMPAT_HAS_IOMAP_MKWRITE_PRIVATE
#define iomap_page_mkwrite(vmf, ops, unused...) iomap_page_mkwrite(vmf, ops)
#endif

/* Since 6.19 there are other ways to read than by bios. */
#ifndef COMPAT_HAS_IOMAP_BIO_READ
#define iomap_bio_read_folio	iomap_read_folio
#define iomap_bio_readahead	iomap_readahead
#endif

/* Since 6.15 flags say of what type the blocks of an ioend were. */
static inline bool iomap_ioend_is_unwritten(const struct iomap_ioend *ioend)
{
#ifdef IOMAP_IOEND_UNWRITTEN
	return ioend->io_flags & IOMAP_IOEND_UNWRITTEN;
#else
	return ioend->io_type == IOMAP_UNWRITTEN;
#endif
}

/* Since 6.9 the bio is a part of the ioend. */
#ifdef COMPAT_HAS_IOMAP_IOEND_BIO
static inline struct bio *iomap_ioend_bio(struct iomap_ioend *ioend)
{
	return &ioend->io_bio;
}
#else
static inline struct bio *iomap_ioend_bio(struct iomap_ioend *ioend)
{
	return ioend->io_bio;
}

static inline struct iomap_ioend *iomap_ioend_from_bio(struct bio *bio)
{
	return bio->bi_private;
}
#endif

/* Since 6.6; before, a page's state of its blocks was made when it was needed. */
#ifndef COMPAT_HAS_IOMAP_DIRTY_FOLIO
#define iomap_dirty_folio filemap_dirty_folio
#endif

/*
 * Since 6.17 a filesystem adds what is to be written to an ioend, and submits it.  Before,
 * iomap did both, asked map_blocks() where to, and told prepare_ioend() of the ioend only.
 * Here the new functions are called by the old ones.
 */
#ifndef COMPAT_HAS_IOMAP_WRITEBACK_RANGE
struct compat_iomap_writepage_ctx;

struct compat_iomap_writeback_ops {
	ssize_t (*writeback_range)(struct compat_iomap_writepage_ctx *wpc, struct folio *folio,
				   u64 pos, unsigned int len, u64 end_pos);
	int (*writeback_submit)(struct compat_iomap_writepage_ctx *wpc, int error);
};

struct compat_iomap_writepage_ctx {
	union {
		struct iomap_writepage_ctx old;
		struct iomap iomap;	/* the first member of the old one */
	};
	struct inode *inode;
	struct writeback_control *wbc;
	const struct compat_iomap_writeback_ops *ops;
	void *wb_ctx;
};

static_assert(offsetof(struct iomap_writepage_ctx, iomap) == 0);

static inline ssize_t iomap_add_to_ioend(struct compat_iomap_writepage_ctx *wpc,
					 struct folio *folio, loff_t pos, loff_t end_pos,
					 unsigned int len)
{
	return len;
}

static inline int iomap_ioend_writeback_submit(struct compat_iomap_writepage_ctx *wpc, int error)
{
	return error;
}

static inline int compat_iomap_map(struct iomap_writepage_ctx *old, loff_t pos, unsigned int len)
{
	struct compat_iomap_writepage_ctx *wpc =
		container_of(old, struct compat_iomap_writepage_ctx, old);
	ssize_t ret = wpc->ops->writeback_range(wpc, NULL, pos, len, pos + len);

	return ret < 0 ? ret : 0;
}

/* Since 6.8 told how much is dirty; before, called for each block */
#ifdef COMPAT_HAS_IOMAP_MAP_LEN
static inline int compat_iomap_map_blocks(struct iomap_writepage_ctx *old, struct inode *inode,
					  loff_t pos, unsigned int len)
{
	return compat_iomap_map(old, pos, len);
}
#else
static inline int compat_iomap_map_blocks(struct iomap_writepage_ctx *old, struct inode *inode,
					  loff_t pos)
{
	return compat_iomap_map(old, pos, i_blocksize(inode));
}
#endif

/* What a source file calls iomap_writepages() with, for prepare_ioend(): always the same. */
static const struct compat_iomap_writeback_ops *compat_iomap_new_ops;

static inline int compat_iomap_prepare_ioend(struct iomap_ioend *ioend, int status)
{
	struct compat_iomap_writepage_ctx wpc = { .inode = ioend->io_inode, .wb_ctx = ioend };

	return compat_iomap_new_ops->writeback_submit(&wpc, status);
}

static inline int compat_iomap_writepages(struct compat_iomap_writepage_ctx *wpc)
{
	static const struct iomap_writeback_ops old_ops = {
		.map_blocks = compat_iomap_map_blocks,
		.prepare_ioend = compat_iomap_prepare_ioend,
	};

	if (compat_iomap_new_ops != wpc->ops)
		WRITE_ONCE(compat_iomap_new_ops, wpc->ops);
	return iomap_writepages(wpc->inode->i_mapping, wpc->wbc, &wpc->old, &old_ops);
}

#define iomap_writepage_ctx	compat_iomap_writepage_ctx
#define iomap_writeback_ops	compat_iomap_writeback_ops
#define iomap_writepages	compat_iomap_writepages
#endif

#endif /* _COMPAT_LINUX_IOMAP_H */
