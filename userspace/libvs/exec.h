/* SPDX-License-Identifier: GPL-2.0 */
/* Executes a plan, see diff.h. */
#ifndef VS_EXEC_H
#define VS_EXEC_H

#include <jansson.h>
#include <stdbool.h>

struct vs_ctx;

/*
 * All or nothing: a refusal undoes the steps before it.  @before is the configuration that
 * the plan starts from.
 *
 * @stale: somebody else has changed a switch since @before was read.  Those changes stay, the
 * plan's are undone, and the caller has to make a new plan.
 */
int vs_execute(struct vs_ctx *vs, const json_t *plan, const json_t *before, bool *stale);

/*
 * Back to @before, for the switches of a plan that was executed, in whole or in part.  Best
 * effort: goes on after a failed step, leaves out devices that are gone, and keeps ports that
 * joined meanwhile.  @notes, a list, gets all differences from @before.
 */
int vs_restore(struct vs_ctx *vs, const json_t *plan, const json_t *before, json_t *notes);
/* The same, with warnings instead of notes */
void vs_undo(struct vs_ctx *vs, const json_t *plan, const json_t *before);

#endif
