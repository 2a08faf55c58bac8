/* SPDX-License-Identifier: GPL-2.0 */
/* What the verbs of vsctl memory have in files of their own. */
#ifndef VSCTL_MEMORY_H
#define VSCTL_MEMORY_H

#include "../libvs/text.h"
#include "vsctl.h"

/* memory_host.c */
int memory_host(struct args *args);
/* A line for people, above a table; nothing where the module does not tell. */
void memory_print_state(void);
/* A member in pages, as a size for people */
void memory_pages_text(const json_t *object, const char *key, char text[VS_SIZE_TEXT]);

/* memory_vm.c */
int memory_vm(struct args *args);

/* memory.c: "compress,swap" */
int memory_parse_methods(const char *list, json_int_t *methods);

#endif
