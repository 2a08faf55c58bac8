// SPDX-License-Identifier: GPL-2.0
/*
 * Module init and exit: the table of contents of vmem.
 */
#include <linux/module.h>

#include "vmem.h"

static int __init vmem_init(void)
{
	int err;

	err = vmem_spare_init();
	if (err)
		return err;
	err = vmem_alloc_init();
	if (err)
		goto err_spare;
	err = vmem_zero_init();
	if (err)
		goto err_alloc;
	err = vmem_share_init();
	if (err)
		goto err_zero;
	err = vmem_compress_init();
	if (err)
		goto err_share;
	err = vmem_swap_init();
	if (err)
		goto err_compress;
	err = vmem_reclaim_init();
	if (err)
		goto err_swap;
	err = vmem_unused_init();
	if (err)
		goto err_reclaim;
	err = vmem_netlink_init();
	if (err)
		goto err_unused;
	err = vmem_super_init();
	if (err)
		goto err_netlink;
	vmem_sample_init();
	return 0;

err_netlink:
	vmem_netlink_exit();
err_unused:
	vmem_unused_exit();
err_reclaim:
	vmem_reclaim_exit();
err_swap:
	vmem_swap_exit();
err_compress:
	vmem_compress_exit();
err_share:
	vmem_share_exit();
err_zero:
	vmem_zero_exit();
err_alloc:
	vmem_alloc_exit();
err_spare:
	vmem_spare_exit();
	return err;
}

static void __exit vmem_exit(void)
{
	vmem_super_exit();
	vmem_sample_exit();
	vmem_netlink_exit();
	vmem_unused_exit();
	vmem_reclaim_exit();
	vmem_swap_exit();
	vmem_compress_exit();
	vmem_share_exit();
	vmem_zero_exit();
	vmem_alloc_exit();
	vmem_spare_exit();
}

module_init(vmem_init);
module_exit(vmem_exit);

MODULE_LICENSE("GPL");
MODULE_DESCRIPTION("Filesystem for the memory of guests");
