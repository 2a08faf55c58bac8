/* SPDX-License-Identifier: GPL-2.0 */
/* What apply.c and boot.c share */
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
/* Makes switches be as @want says, all or nothing; *plan, which is freed, gets what changed. */
int apply_config(const struct apply_request *request, const json_t *want, json_t **plan);

/*
 * Whatever is right of the file, or of all files: each refusal is printed, and VS_REFUSED is
 * the result then.  @plan, a list, gets what changed.
 */
int apply_boot(const struct apply_request *request, json_t *plan);

#endif
