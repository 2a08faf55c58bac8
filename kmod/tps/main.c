// SPDX-License-Identifier: GPL-2.0
/*
 * Module init and exit: the table of contents of tps.
 */
#include <linux/module.h>

#include "tps.h"

static int __init tps_init(void)
{
	return tps_netlink_init();
}

static void __exit tps_exit(void)
{
	tps_netlink_exit();
	tps_estimate_stop();
	tps_stop();
}

module_init(tps_init);
module_exit(tps_exit);

MODULE_LICENSE("GPL");
MODULE_DESCRIPTION("Transparent page sharing for the memory of guests");
