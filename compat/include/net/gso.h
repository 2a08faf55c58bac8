/* SPDX-License-Identifier: GPL-2.0 */
/* Since 6.5; linux/skbuff.h before */
#ifdef COMPAT_HAS_NET_GSO
#include_next <net/gso.h>
#else
#include <linux/skbuff.h>
#endif
