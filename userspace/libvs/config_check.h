/* SPDX-License-Identifier: GPL-2.0 */
/* What the files that check configurations share; see config.h. */
#ifndef VS_CONFIG_CHECK_H
#define VS_CONFIG_CHECK_H

#include <jansson.h>

/* What one object of a switch says about another.  @devices is of all switches. */
int check_references(const char *path, const json_t *sw, json_t *devices);

#endif
