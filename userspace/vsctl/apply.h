/* SPDX-License-Identifier: GPL-2.0 */
/* Shared by apply.c and boot.c */
#ifndef APPLY_H
#define APPLY_H

#include <stdbool.h>

#include <jansson.h>

struct vs_ctx;

struct apply_request {
	struct vs_ctx *vs;
	const char *file;	/* NULL with boot: those of /etc/vsuite */
	bool dry_run, boot;
	unsigned long confirm;	/* seconds; 0: the changes stay */
};

/* The tree of a file ("-": standard input), not checked yet */
int read_config(struct vs_ctx *vs, const char *name, json_t **tree);
/* Brings switches to @want, all or nothing; *plan, which is freed, gets the changes. */
int apply_config(const struct apply_request *request, const json_t *want, json_t **plan);

/*
 * As much of the file, or of all files, as possible: prints each refusal, and then returns
 * VS_REFUSED.  @plan, a list, gets the changes.
 */
int apply_boot(const struct apply_request *request, json_t *plan);

#endif
