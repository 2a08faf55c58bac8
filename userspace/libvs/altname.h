/* SPDX-License-Identifier: GPL-2.0 */
/* Alternative names of network devices */
#ifndef VS_ALTNAME_H
#define VS_ALTNAME_H

#include <jansson.h>

/* The name of the device that @word names, by its name or an alternative one; else @word. */
const char *vs_device_name(const char *word);

/* The same for all devices of a configuration. */
void vs_resolve_altnames(json_t *tree);

#endif
