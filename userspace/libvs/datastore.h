/* SPDX-License-Identifier: GPL-2.0 */
/* Mounted datastores: the family vmfs. */
#ifndef VS_DATASTORE_H
#define VS_DATASTORE_H

#include <stdbool.h>
#include <sys/types.h>

#include <jansson.h>

struct vs_ctx;

/* The kernel's state of the volume whose files have this st_dev */
int vs_datastore(struct vs_ctx *vs, dev_t dev, json_t **datastore);
/* All that are mounted */
int vs_datastores(struct vs_ctx *vs, json_t **list);
/* Calls @fn for each event until it returns false; "lost" where some were missed. */
int vs_datastore_events(struct vs_ctx *vs,
			bool (*fn)(const char *group, const char *name, json_t *object));

#endif
