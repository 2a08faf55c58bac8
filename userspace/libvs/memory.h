/* SPDX-License-Identifier: GPL-2.0 */
/* Memory of guests: the families vmem, tps and balloon. */
#ifndef VS_MEMORY_H
#define VS_MEMORY_H

#include <stdbool.h>

#include <jansson.h>

struct vs_ctx;

#define VS_PAGE_BYTES	4096

/* The file that @word names: a path, a name below /dev/vmem or as shown, or an id. */
int vs_memory_id(struct vs_ctx *vs, const char *word, json_int_t *id);
/* A file, or all for 0. */
int vs_memory_files(struct vs_ctx *vs, json_int_t id, json_t **list);
/* @change has the id, and members as in vs_memory_files(). */
int vs_memory_change(struct vs_ctx *vs, const json_t *change);
/* @request: id, pages, methods; it is used up.  How many pages there were. */
int vs_memory_reclaim(struct vs_ctx *vs, json_t *request, json_int_t *pages);
/* Nothing is swapped any more, when all is read back. */
int vs_memory_swap_off(struct vs_ctx *vs, json_int_t id, bool quiet);
/* How long the page faults of a file took. */
int vs_memory_latency(struct vs_ctx *vs, json_int_t id, json_t **latency);
/* How short of memory the host is. */
int vs_memory_host(struct vs_ctx *vs, json_t **host);
/* The VMs of the memory scheduler; one, or all for NULL. */
int vs_memory_vms(struct vs_ctx *vs, const char *name, json_t **list);
/* @cmd: BALLOON_CMD_VM_*; @request has the name, and members as in vs_memory_vms(). */
int vs_memory_change_vm(struct vs_ctx *vs, int cmd, const json_t *request);
int vs_memory_scheduler(struct vs_ctx *vs, json_t **scheduler);

int vs_tps_scanner(struct vs_ctx *vs, json_t **scanner);
int vs_tps_change_scanner(struct vs_ctx *vs, const json_t *change);
/* Salts by file. */
int vs_tps_files(struct vs_ctx *vs, json_t **list);
int vs_tps_change_file(struct vs_ctx *vs, const json_t *change);
int vs_tps_unshare(struct vs_ctx *vs, json_int_t id);
int vs_tps_estimate(struct vs_ctx *vs, json_t **estimate, bool quiet);

#endif
