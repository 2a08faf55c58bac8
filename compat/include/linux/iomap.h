/* SPDX-License-Identifier: GPL-2.0 */
#include_next <linux/iomap.h>

#ifndef _COMPAT_LINUX_IOMAP_H
#define _COMPAT_LINUX_IOMAP_H

#include <linux/writeback.h>

/* Since 6.3 its functions are given folios; iomap_valid() is the same. */
#ifndef COMPAT_HAS_IOMAP_FOLIO_OPS
#define iomap_folio_ops	iomap_page_ops
#define folio_ops	page_ops
#endif

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

/* Since 6.12 the caller may hand something through; since 6.5 the position is moved. */
#ifndef COMPAT_HAS_IOMAP_WRITE_PRIVATE
static inline ssize_t compat_iomap_write(struct kiocb *iocb, struct iov_iter *from,
					 const struct iomap_ops *ops)
{
	loff_t pos = iocb->ki_pos;
	ssize_t ret = iomap_file_buffered_write(iocb, from, ops);

	if (ret > 0)
		iocb->ki_pos = pos + ret;
	return ret;
}

#define iomap_file_buffered_write(iocb, from, ops, unused...) \
	compat_iomap_write(iocb, from, ops)
#endif

/*
 * Since 6.8 map_blocks() is told how much is dirty.  Before, it is called for
 * each block: through the old structure, which finds the new one behind it.
 */
#ifndef COMPAT_HAS_IOMAP_MAP_LEN
struct compat_iomap_writeback_ops {
	int (*map_blocks)(struct iomap_writepage_ctx *wpc, struct inode *inode, loff_t offset,
			  unsigned int len);
	int (*prepare_ioend)(struct iomap_ioend *ioend, int status);
};

struct compat_iomap_both_ops {
	struct iomap_writeback_ops old;
	const struct compat_iomap_writeback_ops *new;
};

static inline int compat_iomap_map_blocks(struct iomap_writepage_ctx *wpc, struct inode *inode,
					  loff_t offset)
{
	const struct compat_iomap_both_ops *both =
		container_of(wpc->ops, struct compat_iomap_both_ops, old);

	return both->new->map_blocks(wpc, inode, offset, i_blocksize(inode));
}

static inline int compat_iomap_writepages(struct address_space *mapping,
					  struct writeback_control *wbc,
					  struct iomap_writepage_ctx *wpc,
					  const struct compat_iomap_writeback_ops *ops)
{
	const struct compat_iomap_both_ops both = {
		.old = {
			.map_blocks = compat_iomap_map_blocks,
			.prepare_ioend = ops->prepare_ioend,
		},
		.new = ops,
	};

	return iomap_writepages(mapping, wbc, wpc, &both.old);
}

#define iomap_writeback_ops	compat_iomap_writeback_ops
#define iomap_writepages	compat_iomap_writepages
#endif

#endif /* _COMPAT_LINUX_IOMAP_H */
