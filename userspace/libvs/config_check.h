/* SPDX-License-Identifier: GPL-2.0 */
/* Shared by the files that check configurations; see config.h. */
#ifndef VS_CONFIG_CHECK_H
#define VS_CONFIG_CHECK_H

#include <jansson.h>

/* Checks references between objects of a switch.  @devices is of all switches. */
int check_references(const char *path, const json_t *sw, json_t *devices);

#endif
