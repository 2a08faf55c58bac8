/* SPDX-License-Identifier: GPL-2.0 */
/* Puts a plan into force, see diff.h. */
#ifndef VS_EXEC_H
#define VS_EXEC_H

#include <jansson.h>
#include <stdbool.h>

struct vs_ctx;

/*
 * All of it or nothing: what was done before a refusal is undone.  @before is
 * the configuration that the plan starts from.
 *
 * @stale: another changed a switch since @before was read.  His changes stay, those of the
 * plan are undone, and the plan has to be made anew.
 */
int vs_execute(struct vs_ctx *vs, const json_t *plan, const json_t *before, bool *stale);

/*
 * Back to @before, for the switches of a plan that was executed, in whole or in
 * part.  Best effort: a step that fails does not keep the others from being
 * done, what a device that is gone had is left out, and what joined meanwhile
 * stays.  @notes, a list, gets what is not as it was.
 */
int vs_restore(struct vs_ctx *vs, const json_t *plan, const json_t *before, json_t *notes);
/* The same by who made the changes, with warnings */
void vs_undo(struct vs_ctx *vs, const json_t *plan, const json_t *before);

#endif
