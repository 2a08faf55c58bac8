// SPDX-License-Identifier: GPL-2.0
/*
 * Module init and exit: the table of contents of balloon.
 */
#include <linux/module.h>

#include "balloon.h"

static int __init bln_init(void)
{
	int err = bln_schedule_init();

	if (err)
		return err;
	err = bln_netlink_init();
	if (err)
		goto err_schedule;
	err = bln_policy_init();
	if (err)
		goto err_netlink;
	bln_schedule_soon();
	return 0;

err_netlink:
	bln_netlink_exit();
err_schedule:
	bln_schedule_exit();
	return err;
}

static void __exit bln_exit(void)
{
	bln_netlink_exit();
	bln_schedule_exit();
	bln_policy_exit();
	bln_vm_exit();
}

module_init(bln_init);
module_exit(bln_exit);

MODULE_LICENSE("GPL");
MODULE_DESCRIPTION("Memory scheduler for guests");
