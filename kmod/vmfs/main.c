// SPDX-License-Identifier: GPL-2.0
/*
 * Module init and exit: the table of contents of vmfs.
 */
#include <linux/module.h>

#include "vfs.h"

static int __init vmfs_init(void)
{
	int err;

	err = vmfs_bufs_init();
	if (err)
		return err;
	err = vmfs_inodes_init();
	if (err)
		goto err_bufs;
	err = vmfs_netlink_init();
	if (err)
		goto err_inodes;
	err = register_filesystem(&vmfs_type);
	if (err)
		goto err_netlink;
	return 0;

err_netlink:
	vmfs_netlink_exit();
err_inodes:
	vmfs_inodes_exit();
err_bufs:
	vmfs_bufs_exit();
	return err;
}

static void __exit vmfs_exit(void)
{
	unregister_filesystem(&vmfs_type);
	vmfs_netlink_exit();
	vmfs_inodes_exit();
	vmfs_bufs_exit();
}

module_init(vmfs_init);
module_exit(vmfs_exit);

MODULE_LICENSE("GPL");
MODULE_DESCRIPTION("VMware datastore file system");
MODULE_ALIAS_FS("vmfs");
