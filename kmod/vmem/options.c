// SPDX-License-Identifier: GPL-2.0
/*
 * Mount options.
 */
#include <linux/fs_context.h>
#include <linux/fs_parser.h>
#include <linux/seq_file.h>
#include <linux/slab.h>

#include "vmem.h"

#define VMEM_GRACE	60	/* seconds, unless set otherwise */
#define VMEM_GRACE_MAX	(7 * 24 * 3600)

enum {
	VMEM_OPT_MODE,
	VMEM_OPT_UID,
	VMEM_OPT_GID,
	VMEM_OPT_SIZE,
	VMEM_OPT_GRACE,
};

static const struct fs_parameter_spec vmem_parameters[] = {
	fsparam_u32oct("mode", VMEM_OPT_MODE),
	fsparam_u32("uid", VMEM_OPT_UID),
	fsparam_u32("gid", VMEM_OPT_GID),
	fsparam_string("size", VMEM_OPT_SIZE),
	fsparam_u32("grace", VMEM_OPT_GRACE),
	{}
};

/* "4G", or "50%" of the host's memory */
static int vmem_parse_size(struct fs_context *fc, struct vmem_mount *mount, const char *text)
{
	char *end;
	u64 size = memparse(text, &end);

	if (*end == '%') {
		size = div_u64(size * totalram_pages(), 100) << PAGE_SHIFT;
		end++;
	}
	if (end == text || *end)
		return invalfc(fc, "size '%s' is not a number, with k, m, g or %% after it", text);
	if (size && size < atomic64_read(&mount->used))
		return invalfc(fc, "size %llu is less than the files have, %lld", size,
			       (s64)atomic64_read(&mount->used));
	mount->size = size;
	return 0;
}

/**
 * vmem_default_options() - set the options that a mount has unless told
 * @mount: gets filled in
 */
void vmem_default_options(struct vmem_mount *mount)
{
	mount->mode = 0600;
	mount->grace = VMEM_GRACE;
	mount->uid = current_fsuid();
	mount->gid = current_fsgid();
}

/**
 * vmem_parse_option() - parse an option of a mount
 * @fc: context
 * @param: option
 *
 * Return: 0; -EINVAL, with the reason in the context's log; -ENOPARAM if it is not ours.
 */
int vmem_parse_option(struct fs_context *fc, struct fs_parameter *param)
{
	struct vmem_mount *mount = fc->s_fs_info;
	struct fs_parse_result result;
	int option = fs_parse(fc, vmem_parameters, param, &result);

	switch (option) {
	case VMEM_OPT_MODE:
		if (result.uint_32 & ~0666)
			return invalfc(fc, "mode %o is not one of a file's, 0 to 666",
				       result.uint_32);
		mount->mode = result.uint_32;
		return 0;
	case VMEM_OPT_UID:
		mount->uid = make_kuid(current_user_ns(), result.uint_32);
		return uid_valid(mount->uid) ? 0 : invalfc(fc, "uid %u is none", result.uint_32);
	case VMEM_OPT_GID:
		mount->gid = make_kgid(current_user_ns(), result.uint_32);
		return gid_valid(mount->gid) ? 0 : invalfc(fc, "gid %u is none", result.uint_32);
	case VMEM_OPT_SIZE:
		return vmem_parse_size(fc, mount, param->string);
	case VMEM_OPT_GRACE:
		if (result.uint_32 > VMEM_GRACE_MAX)
			return invalfc(fc, "grace %u is above the longest, %u s", result.uint_32,
				       VMEM_GRACE_MAX);
		mount->grace = result.uint_32;
		return 0;
	default:
		return option;
	}
}

/**
 * vmem_reconfigure() - change the options of a mount, but for its owner
 * @fc: context
 *
 * Return: 0.
 */
int vmem_reconfigure(struct fs_context *fc)
{
	struct vmem_mount *mount = fc->root->d_sb->s_fs_info, *now = fc->s_fs_info;

	WRITE_ONCE(mount->mode, now->mode);
	WRITE_ONCE(mount->size, now->size);
	WRITE_ONCE(mount->grace, now->grace);
	return 0;
}

/**
 * vmem_show_options() - print the options for /proc/mounts
 * @seq: gets the text
 * @root: of the mount
 *
 * Return: 0.
 */
int vmem_show_options(struct seq_file *seq, struct dentry *root)
{
	const struct vmem_mount *mount = root->d_sb->s_fs_info;

	seq_printf(seq, ",mode=%03o,grace=%u", mount->mode, mount->grace);
	if (!uid_eq(mount->uid, GLOBAL_ROOT_UID))
		seq_printf(seq, ",uid=%u", from_kuid_munged(&init_user_ns, mount->uid));
	if (!gid_eq(mount->gid, GLOBAL_ROOT_GID))
		seq_printf(seq, ",gid=%u", from_kgid_munged(&init_user_ns, mount->gid));
	if (mount->size)
		seq_printf(seq, ",size=%lluk", mount->size >> 10);
	return 0;
}

/**
 * vmem_mount_take() - reserve the size of a file
 * @mount: mount
 * @bytes: size of the file
 *
 * Return: true, undone by vmem_mount_give(); false if the files of the mount would exceed
 * its limit.
 */
bool vmem_mount_take(struct vmem_mount *mount, u64 bytes)
{
	u64 used = atomic64_add_return(bytes, &mount->used), size = READ_ONCE(mount->size);

	if (!size || used <= size)
		return true;
	vmem_mount_give(mount, bytes);
	return false;
}

/**
 * vmem_mount_give() - give back the size of a file
 * @mount: mount
 * @bytes: size of the file
 */
void vmem_mount_give(struct vmem_mount *mount, u64 bytes)
{
	atomic64_sub(bytes, &mount->used);
}
