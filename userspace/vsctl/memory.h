/* SPDX-License-Identifier: GPL-2.0 */
/* What the verbs of vsctl memory have in files of their own. */
#ifndef VSCTL_MEMORY_H
#define VSCTL_MEMORY_H

#include "vsctl.h"

/* memory_host.c */
int memory_host(struct args *args);
/* A line for people, above a table; nothing where the module does not tell. */
void memory_print_state(void);

#endif
