/* SPDX-License-Identifier: GPL-2.0 */
/* Alternative names of network devices */
#ifndef VS_ALTNAME_H
#define VS_ALTNAME_H

#include <jansson.h>

struct vs_ctx;

/* The name of the device that @word names, by its name or an alternative one; else @word. */
const char *vs_device_name(struct vs_ctx *vs, const char *word);

/* The same for all devices of a configuration. */
void vs_resolve_altnames(struct vs_ctx *vs, json_t *tree);

#endif
