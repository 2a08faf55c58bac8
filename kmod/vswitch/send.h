/* SPDX-License-Identifier: GPL-2.0 */
/*
 * Frames that the switch itself sends.
 */
#ifndef _VSWITCH_SEND_H
#define _VSWITCH_SEND_H

#include "snapshot.h"

void vsw_send_own(const struct vsw_fwd_port *uplink, const void *frame, unsigned int len, u16 vlan);

#endif /* _VSWITCH_SEND_H */
