/* SPDX-License-Identifier: GPL-2.0 */
/* Since 6.12; asm/unaligned.h before */
#ifdef COMPAT_HAS_LINUX_UNALIGNED
#include_next <linux/unaligned.h>
#else
#include <asm/unaligned.h>
#endif
