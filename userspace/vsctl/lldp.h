/* SPDX-License-Identifier: GPL-2.0 */
/* What the switches at the other end of uplinks say, as lldpd(8) has heard it */
#ifndef LLDP_H
#define LLDP_H

#include <jansson.h>

/* {device: {system, port}}, empty where lldpd does not run */
json_t *lldp_neighbors(void);
/* The same of what lldpcli -f json0 prints; members that are not said are null. */
json_t *lldp_parse(const json_t *tree);

#endif
