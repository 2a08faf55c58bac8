/* SPDX-License-Identifier: GPL-2.0 */
/*
 * Changes that are put back unless somebody confirms them in time.
 *
 * A guard keeps the time: a process of its own, started before the changes are
 * made, that holds the configuration from before.  It is not the kernel,
 * because much of what a plan does (links, addresses) is not vswitch's to put
 * back; and it is not vsctl itself, which may lose its terminal.  The guard
 * has left its session and holds no descriptor of it.  It can be reached
 * through a socket in the folder of rundir.h, one for each network namespace,
 * where nobody but root can be in its way.  Whoever calls vs_guard_start() or
 * vs_guard_none() holds the lock of rundir.h.
 */
#ifndef VS_CONFIRM_H
#define VS_CONFIRM_H

#include <stdbool.h>

#include <jansson.h>

#define VS_CONFIRM_SECONDS_MAX	86400

/*
 * Starts the guard of a plan.  If this process ends before it says
 * vs_guard_done(), the guard puts everything back at once; after that, when
 * @seconds have gone by without a confirmation.  @fd is for the two below, which close it.
 */
int vs_guard_start(const json_t *plan, const json_t *before, unsigned int seconds, int *fd);
/*
 * The plan is in force: the time starts; an error if the guard is gone, and with it what
 * would put things back.  Or it is not: the guard goes.
 */
int vs_guard_done(int fd);
void vs_guard_cancel(int fd);

/*
 * "keep", "rollback" or "show" for the guard of this network namespace.  Gives
 * the seconds that were left; VS_NOT_FOUND without a guard.
 */
int vs_guard_ask(const char *what, double *seconds_left);
/* What a guard answered; notes of it become warnings. */
int vs_guard_read_answer(const char *text, size_t len, double *seconds_left);
/* VS_REFUSED where a guard waits. */
int vs_guard_none(void);

#endif
