/* SPDX-License-Identifier: GPL-2.0 */
/* Puts a plan into force, see diff.h. */
#ifndef VS_EXEC_H
#define VS_EXEC_H

#include <jansson.h>

/*
 * All of it or nothing: what was done before a refusal is undone.  @before is
 * the configuration that the plan starts from.
 */
int vs_execute(const json_t *plan, const json_t *before);

#endif
