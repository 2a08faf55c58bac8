/* SPDX-License-Identifier: GPL-2.0 */
#include_next <net/mld.h>

#ifndef _COMPAT_NET_MLD_H
#define _COMPAT_NET_MLD_H

/* Since 7.2 or earlier, where mldv2_mrc() is the inverse */
#ifndef COMPAT_HAS_MLDV2_MRD
#define mldv2_mrd mldv2_mrc
#endif

#endif /* _COMPAT_NET_MLD_H */
