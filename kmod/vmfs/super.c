// SPDX-License-Identifier: GPL-2.0
/*
 * A mounted volume, as the VFS sees it.
 */
#include <linux/seq_file.h>
#include <linux/statfs.h>

#include "vfs.h"

/**
 * vmfs_free_items() - how many items of a resource are free
 * @vol: volume
 * @kind: which resource
 * @free: set to the number
 *
 * Return: 0 or an error of reading.
 */
int vmfs_free_items(struct vmfs_volume *vol, enum vmfs_resource_kind kind, u64 *free)
{
	struct vmfs_resource *res = &vol->space->res[kind];

	return vmfs_is_active(vol) ? vmfs_count_free(res, free) :
				     vmfs_resource_count_free(res, free);
}

static int vmfs_statfs(struct dentry *dentry, struct kstatfs *st)
{
	struct vmfs_volume *vol = vmfs_volume(dentry->d_sb);
	u64 free_blocks, free_files;
	int err;

	err = vmfs_free_items(vol, VMFS_FBB, &free_blocks) ?:
	      vmfs_free_items(vol, VMFS_FDC, &free_files);
	if (err)
		return err;
	st->f_type = VMFS_FS_MAGIC;
	st->f_bsize = vmfs_fb_size(vol);
	st->f_frsize = vmfs_fb_size(vol);
	st->f_blocks = vol->space->res[VMFS_FBB].items;
	st->f_bfree = free_blocks;
	st->f_bavail = free_blocks;
	st->f_files = vol->space->res[VMFS_FDC].items;
	st->f_ffree = free_files;
	st->f_namelen = vol->version == 6 ? VMFS6_NAME_MAX : VMFS_NAME_MAX;
	st->f_fsid = uuid_to_fsid((u8 *)&vol->uuid);
	return 0;
}

static int vmfs_show_options(struct seq_file *seq, struct dentry *root)
{
	const struct vmfs_volume *vol = vmfs_volume(root->d_sb);
	const struct vmfs_options *options = &vol->options;
	/* add_option() in grow.c adds some. */
	unsigned int i, count = smp_load_acquire(&options->num_extents);

	if (vol->locks->ops)
		seq_printf(seq, ",lock=%s", vol->locks->ops->name);
	if (options->takeover_now)
		seq_puts(seq, ",takeover=now");
	for (i = 0; i < count; i++) {
		seq_puts(seq, ",extent=");
		seq_escape(seq, options->extents[i], " \t\n\\,");
	}
	if (READ_ONCE(options->discard))
		seq_puts(seq, ",discard");
	if (options->fallback_ro)
		seq_puts(seq, ",fallback=ro");
	return 0;
}

static long vmfs_cached(struct super_block *sb, struct shrink_control *sc)
{
	return READ_ONCE(vmfs_volume(sb)->disk.lru_count);
}

static long vmfs_free_cached(struct super_block *sb, struct shrink_control *sc)
{
	return vmfs_bufs_shrink(vmfs_volume(sb), sc->nr_to_scan);
}

static int vmfs_sync_fs(struct super_block *sb, int wait)
{
	struct vmfs_volume *vol = vmfs_volume(sb);

	if (!vmfs_is_active(vol) || !wait)
		return 0;
	/* What is frozen is copied, perhaps for other drivers: whole blocks. */
	if (sb->s_writers.frozen >= SB_FREEZE_PAGEFAULT)
		return vmfs_complete_all(vol) ?: vmfs_commit(vol);
	return vmfs_log_all_partial(vol) ?: vmfs_commit(vol);
}

/* sync_fs() was called before, and nothing changes now: only what is in caches. */
static int vmfs_freeze_fs(struct super_block *sb)
{
	struct vmfs_volume *vol = vmfs_volume(sb);

	return vmfs_is_active(vol) ? vmfs_commit(vol) : 0;
}

static void vmfs_put_super(struct super_block *sb)
{
	struct vmfs_volume *vol = vmfs_volume(sb);

	if (vmfs_deactivate(vol))
		pr_err("vmfs (%s): the volume was not closed; the next mount replays its journal\n",
		       sb->s_id);
}

/* A device is gone: of the mount, or of an extent, whose holder is the mount, too. */
static void __maybe_unused vmfs_sb_shutdown(struct super_block *sb)
{
	struct vmfs_volume *vol = vmfs_volume(sb);

	if (vol->journal)
		vmfs_shutdown(vol, -EIO, "a device is gone");
}

const struct super_operations vmfs_sops = {
	.alloc_inode = vmfs_inode_alloc,
	.free_inode = vmfs_inode_free,
	.evict_inode = vmfs_inode_evict,
	.write_inode = vmfs_write_inode,
	.put_super = vmfs_put_super,
	.sync_fs = vmfs_sync_fs,
	.freeze_fs = vmfs_freeze_fs,
	SUPER_SHUTDOWN(vmfs_sb_shutdown)
	.statfs = vmfs_statfs,
	.show_options = vmfs_show_options,
	.nr_cached_objects = vmfs_cached,
	.free_cached_objects = vmfs_free_cached,
};
