// SPDX-License-Identifier: GPL-2.0
/*
 * Module init and exit: the table of contents of vswitch.
 */
#include <linux/module.h>
#include <net/genetlink.h>
#include <net/rtnetlink.h>

#include "vswitch.h"

static int __init vsw_init(void)
{
	int err;

	err = register_netdevice_notifier(&vsw_netdev_notifier);
	if (err)
		return err;
	err = rtnl_link_register(&vsw_switch_link_ops);
	if (err)
		goto err_notifier;
	err = rtnl_link_register(&vsw_vmknic_link_ops);
	if (err)
		goto err_switch;
	err = vsw_netlink_init();
	if (err)
		goto err_vmknic;
	return 0;

err_vmknic:
	rtnl_link_unregister(&vsw_vmknic_link_ops);
err_switch:
	rtnl_link_unregister(&vsw_switch_link_ops);
err_notifier:
	unregister_netdevice_notifier(&vsw_netdev_notifier);
	return err;
}

static void __exit vsw_exit(void)
{
	vsw_netlink_exit();
	rtnl_link_unregister(&vsw_vmknic_link_ops);
	rtnl_link_unregister(&vsw_switch_link_ops);
	unregister_netdevice_notifier(&vsw_netdev_notifier);
	rcu_barrier(); /* vsw_port_free_rcu() */
}

module_init(vsw_init);
module_exit(vsw_exit);

MODULE_LICENSE("GPL");
MODULE_DESCRIPTION("vSphere-style virtual switch");
MODULE_ALIAS_RTNL_LINK("vswitch");
MODULE_ALIAS_RTNL_LINK("vmknic");
MODULE_ALIAS_GENL_FAMILY(VSWITCH_FAMILY_NAME);
