// SPDX-License-Identifier: GPL-2.0
/*
 * Mounting: options, and what happens in which order.
 */
#include <linux/fs_context.h>
#include <linux/fs_parser.h>
#include <linux/slab.h>

#include "vfs.h"

/* What ESXi names as the largest file of VMFS-5, bytes */
#define VMFS5_MAX_FILE	69201586814976ll

enum vmfs_param {
	OPT_DISCARD,
	OPT_EXTENT,
	OPT_FALLBACK,
	OPT_GROW,
	OPT_LOCK,
	OPT_TAKEOVER,
};

static const struct fs_parameter_spec vmfs_params[] = {
	fsparam_flag_no("discard", OPT_DISCARD),
	fsparam_string("extent", OPT_EXTENT),
	fsparam_string("fallback", OPT_FALLBACK),
	fsparam_flag("grow", OPT_GROW),
	fsparam_string("lock", OPT_LOCK),
	fsparam_string("takeover", OPT_TAKEOVER),
	{}
};

static void vmfs_free_options(struct vmfs_options *options)
{
	while (options->num_extents)
		kfree(options->extents[--options->num_extents]);	/* those used are NULL */
}

static int vmfs_parse_param(struct fs_context *fc, struct fs_parameter *param)
{
	struct vmfs_options *options = fc->fs_private;
	struct fs_parse_result result;
	int opt;

	opt = fs_parse(fc, vmfs_params, param, &result);
	if (opt < 0)
		return opt;
	switch (opt) {
	case OPT_DISCARD:
		options->discard = !result.negated;
		options->sets_discard = true;
		break;
	case OPT_FALLBACK:
		if (strcmp(param->string, "ro"))
			return invalf(fc, "vmfs: fallback=%s is not known; there is: ro",
				      param->string);
		options->fallback_ro = true;
		break;
	case OPT_EXTENT:
		if (options->num_extents == VMFS_MAX_EXTENTS - 1)
			return invalf(fc, "vmfs: extent=%s: a volume has %u extents at most",
				      param->string, VMFS_MAX_EXTENTS);
		options->extents[options->num_extents++] = param->string;
		param->string = NULL;
		break;
	case OPT_GROW:
		if (fc->purpose != FS_CONTEXT_FOR_RECONFIGURE)
			return invalf(fc, "vmfs: grow: a volume grows while it is mounted: mount -o remount,grow");
		options->grow = true;
		break;
	case OPT_LOCK:
		if (strcmp(param->string, vmfs_lock_local.name))
			return invalf(fc, "vmfs: lock=%s is not known; there is: local",
				      param->string);
		break;
	case OPT_TAKEOVER:
		options->takeover_now = !strcmp(param->string, "now");
		if (!options->takeover_now && strcmp(param->string, "watch"))
			return invalf(fc, "vmfs: takeover=%s is not known; there are: watch, now",
				      param->string);
		break;
	}
	return 0;
}

static void vmfs_free_volume(struct vmfs_volume *vol)
{
	enum vmfs_resource_kind kind;

	if (!vol)
		return;
	for (kind = 0; kind < VMFS_RESOURCES; kind++)
		vmfs_resource_close(&vol->space->res[kind]);
	vmfs_partial_forget_all(vol);
	vmfs_bufs_shrink(vol, ULONG_MAX);
	WARN_ON_ONCE(!xa_empty(&vol->disk.bufs));
	vmfs_lvm_close(vol);
	vmfs_free_options(&vol->options);
	kfree(vmfs_mount(vol));
}

static struct vmfs_volume *vmfs_new_volume(struct super_block *sb, struct vmfs_options *options)
{
	struct vmfs_mount *mount = kzalloc(sizeof(*mount), GFP_KERNEL);
	enum vmfs_resource_kind kind;
	struct vmfs_volume *vol;

	if (!mount)
		return NULL;
	vol = &mount->vol;
	vol->locks = &mount->locks;
	vol->space = &mount->space;
	vol->sb = sb;
	vol->options = *options;
	memset(options, 0, sizeof(*options));
	xa_init(&vol->disk.bufs);
	INIT_LIST_HEAD(&vol->disk.lru);
	mutex_init(&vol->space->trim_mutex);
	INIT_LIST_HEAD(&vol->disk.mounted);
	xa_init(&vol->space->partial_files);
	INIT_LIST_HEAD(&mount->ioends);
	spin_lock_init(&mount->ioends_lock);
	spin_lock_init(&mount->orphans_lock);
	INIT_WORK(&mount->ioends_work, vmfs_ioends_work);
	vol->locks->ops = &vmfs_lock_local;
	vmfs_hb_host_uuid(&vol->locks->host);
	for (kind = 0; kind < VMFS_RESOURCES; kind++) {
		mutex_init(&vol->space->res[kind].lock);
		xa_init(&vol->space->res[kind].busy[0]);
		xa_init(&vol->space->res[kind].busy[1]);
	}
	ratelimit_state_init(&vol->disk.complaints, DEFAULT_RATELIMIT_INTERVAL,
			     DEFAULT_RATELIMIT_BURST);
	return vol;
}

static void vmfs_init_super(struct super_block *sb)
{
	sb->s_magic = VMFS_FS_MAGIC;
	sb->s_op = &vmfs_sops;
	sb->s_export_op = &vmfs_export_ops;
	sb->s_maxbytes = MAX_LFS_FILESIZE;
	sb->s_time_gran = NSEC_PER_SEC;
	sb->s_time_min = 0;
	sb->s_time_max = U32_MAX;
	sb->s_flags |= SB_NOSEC;
}

/*
 * Get ready to write.  What is mounted read-only is never written to, not even to replay
 * the journal of a crash.  A volume that cannot be written to is mounted read-only if the
 * options say so.  Else, VMFS-3 and VMFS-6 are EROFS, and mount(8) tries again with ro, as
 * with an image of ISO 9660.  A VMFS-5 that cannot be written to is one that was meant to
 * be, and mount(8) must not take that for good.
 */
static int vmfs_activate_or_ro(struct super_block *sb, struct fs_context *fc)
{
	struct vmfs_volume *vol = vmfs_volume(sb);
	int err;

	if (!sb_rdonly(sb)) {
		err = vmfs_activate(vol, fc);
		if (err != -EROFS)
			return err;
		if (!vol->options.fallback_ro) {
			errorf(fc, "vmfs: %s cannot be written to: mount it with ro or fallback=ro",
			       sb->s_id);
			return vol->version == 5 ? -EBUSY : -EROFS;
		}
		warnf(fc, "vmfs: %s is mounted read-only", sb->s_id);
		sb->s_flags |= SB_RDONLY;
	}
	return vol->version == 5 ? vmfs_hb_look(vol, fc) : 0;
}

static int vmfs_make_root(struct super_block *sb, struct fs_context *fc)
{
	struct inode *root = vmfs_iget(sb, VMFS_FD_ROOT, 0);

	if (IS_ERR(root)) {
		errorf(fc, "vmfs: %s: the root directory is corrupt or cannot be read", sb->s_id);
		return PTR_ERR(root);
	}
	if (!S_ISDIR(root->i_mode)) {
		iput(root);
		return invalf(fc, "vmfs: %s: the root is no directory", sb->s_id);
	}
	sb->s_root = d_make_root(root);
	return sb->s_root ? 0 : -ENOMEM;
}

static int vmfs_fill_super(struct super_block *sb, struct fs_context *fc)
{
	struct vmfs_volume *vol = vmfs_new_volume(sb, fc->fs_private);
	int err;

	if (!vol)
		return -ENOMEM;
	sb->s_fs_info = vol;
	vmfs_init_super(sb);
	if (!sb_set_blocksize(sb, VMFS_BLOCK_SIZE))
		return invalf(fc, "vmfs: %pg: blocks of %u bytes are too large", sb->s_bdev,
			      bdev_logical_block_size(sb->s_bdev));
	err = vmfs_lvm_open(vol, fc) ?: vmfs_lvm_claim(vol, fc) ?: vmfs_volume_read(vol, fc);
	if (!err)
		super_set_uuid(sb, (const u8 *)&vol->uuid, sizeof(vol->uuid));
	err = err ?: vmfs_activate_or_ro(sb, fc);
	if (!err && vol->version == 5)
		sb->s_maxbytes = VMFS5_MAX_FILE;
	if (!err)
		err = (vol->version == 5 && !vol->active ? vmfs_written_look(vol) : 0) ?:
		      vmfs_make_root(sb, fc);
	if (!err && vol->active)
		err = vmfs_orphans_release(vol) ?: vmfs_complete_recovered(vol);
	return err ?: vmfs_netlink_add(vol);
}

static int vmfs_get_tree(struct fs_context *fc)
{
	return get_tree_bdev(fc, vmfs_fill_super);
}

static int vmfs_reconfigure(struct fs_context *fc)
{
	struct vmfs_options *options = fc->fs_private;
	struct super_block *sb = fc->root->d_sb;
	struct vmfs_volume *vol = vmfs_volume(sb);
	bool read_only = (fc->sb_flags_mask & SB_RDONLY ? fc->sb_flags : sb->s_flags) & SB_RDONLY;
	bool was_active = vol->active;
	int err = 0;

	/* The heartbeat stays ours until the volume is unmounted. */
	if (read_only && vol->active)
		err = sync_filesystem(sb);
	else if (!read_only && !vol->active)
		err = vmfs_activate(vol, fc) ?: vmfs_orphans_release(vol);
	if (!err && !read_only && !vmfs_may_write(vol)) {
		errorf(fc, "vmfs: writing has failed: unmount the volume first");
		err = -EROFS;
	}
	if (!err && !was_active && vol->active)
		vmfs_event(vol, VMFS_EVENT_MOUNT, NULL);
	if (!err && options->sets_discard)
		WRITE_ONCE(vol->options.discard, options->discard);
	return err ?: vmfs_grow(vol, options, read_only, fc);
}

static void vmfs_free_fc(struct fs_context *fc)
{
	if (!fc->fs_private)
		return;
	vmfs_free_options(fc->fs_private);
	kfree(fc->fs_private);
}

static const struct fs_context_operations vmfs_context_ops = {
	.parse_param = vmfs_parse_param,
	.get_tree = vmfs_get_tree,
	.reconfigure = vmfs_reconfigure,
	.free = vmfs_free_fc,
};

static int vmfs_init_fs_context(struct fs_context *fc)
{
	struct vmfs_options *options = kzalloc(sizeof(*options), GFP_KERNEL);

	if (!options)
		return -ENOMEM;
	fc->fs_private = options;
	fc->ops = &vmfs_context_ops;
	return 0;
}

static void vmfs_kill_sb(struct super_block *sb)
{
	struct vmfs_volume *vol = vmfs_volume(sb);
	bool was_mounted = false;

	if (vol) {
		was_mounted = vmfs_netlink_remove(vol);
		vmfs_stop_commits(vol);
	}
	/* Without a root, put_super() is not called. */
	if (vol && !sb->s_root)
		vmfs_deactivate(vol);
	kill_block_super(sb);
	if (was_mounted)
		vmfs_event(vol, VMFS_EVENT_UNMOUNT, NULL);
	vmfs_free_volume(vol);
}

struct file_system_type vmfs_type = {
	.owner = THIS_MODULE,
	.name = "vmfs",
	.fs_flags = FS_REQUIRES_DEV | FS_ALLOW_IDMAP,
	.init_fs_context = vmfs_init_fs_context,
	.parameters = vmfs_params,
	.kill_sb = vmfs_kill_sb,
};
