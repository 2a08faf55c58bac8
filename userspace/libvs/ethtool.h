/* SPDX-License-Identifier: GPL-2.0 */
/* What the driver of a network device says, as ethtool(8) shows it */
#ifndef VS_ETHTOOL_H
#define VS_ETHTOOL_H

#include <jansson.h>

/*
 * {speed, duplex} of the link: in Mbit/s, and "full" or "half"; null where the driver does
 * not know, which is no failure.
 */
json_t *vs_link_settings(const char *device);
/*
 * The offloads that can be changed, by their names in the kernel: is it on?  Those that
 * cannot are there where they are on.  Empty for a device that is not there.
 */
json_t *vs_link_features(const char *device);

#endif
