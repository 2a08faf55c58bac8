/* SPDX-License-Identifier: GPL-2.0 */
/* What the verbs of vsctl memory have in files of their own. */
#ifndef VSCTL_MEMORY_H
#define VSCTL_MEMORY_H

#include "../libvs/text.h"
#include "vsctl.h"

/* memory_host.c */
int memory_host(struct args *args);
/* A line for people, above a table; nothing where the module does not tell. */
void memory_print_state(struct vs_ctx *vs);
/* A member in pages, as a size for people */
void memory_pages_text(const json_t *object, const char *key, char text[VS_SIZE_TEXT]);

/* memory_vm.c */
int memory_vm(struct args *args);

/* memory.c: the words of methods in the order of their bits, VMEM_METHOD_*; NULL ends them */
extern const char *const memory_methods[];
/* The bits of a list of them; 0 without one */
json_int_t memory_method_bits(const json_t *list);

#endif
