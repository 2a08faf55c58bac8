/* SPDX-License-Identifier: GPL-2.0 */
#include_next <linux/netdevice.h>

#ifndef _COMPAT_LINUX_NETDEVICE_H
#define _COMPAT_LINUX_NETDEVICE_H

/* net_device.lltx since 6.12, a feature before */
static inline void netdev_set_lltx(struct net_device *dev)
{
#ifdef COMPAT_HAS_NETDEV_LLTX
	dev->lltx = true;
#else
	dev->features |= NETIF_F_LLTX;
#endif
}

/* net_device.netns_immutable since 6.15, netns_local since 6.12, a feature before */
static inline void netdev_set_netns_immutable(struct net_device *dev)
{
#ifdef COMPAT_HAS_NETNS_IMMUTABLE
	dev->netns_immutable = true;
#elif defined(COMPAT_HAS_NETNS_LOCAL)
	dev->netns_local = true;
#else
	dev->features |= NETIF_F_NETNS_LOCAL;
#endif
}

#endif /* _COMPAT_LINUX_NETDEVICE_H */
