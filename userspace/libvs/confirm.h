/* SPDX-License-Identifier: GPL-2.0 */
/*
 * Changes that are undone unless somebody confirms them in time.
 *
 * A guard keeps the time: a separate process, started before the changes, that
 * holds the previous configuration.  The kernel cannot do this, because much
 * of a plan (links, addresses) is not vswitch's to restore; neither can vsctl,
 * which may lose its terminal.  The guard has left the session and holds none
 * of its descriptors.  It listens on a socket in the folder of rundir.h, one
 * for each network namespace, where only root can interfere.  Callers of
 * vs_guard_start() and vs_guard_none() hold the lock of rundir.h.
 */
#ifndef VS_CONFIRM_H
#define VS_CONFIRM_H

#include <stdbool.h>

#include <jansson.h>

#define VS_CONFIRM_SECONDS_MAX	86400

/*
 * Starts the guard of a plan.  If this process ends before it calls vs_guard_done(), the
 * guard restores everything at once; after the call, @seconds later without a confirmation.
 * @fd is for the two below, which close it.
 */
int vs_guard_start(const json_t *plan, const json_t *before, unsigned int seconds, int *fd);
/*
 * The plan is in force: starts the time; an error if the guard is gone, so that nothing
 * would restore the previous state.  Or the plan failed: ends the guard.
 */
int vs_guard_done(int fd);
void vs_guard_cancel(int fd);

/*
 * "keep", "rollback" or "show" for the guard of this network namespace.  Gives
 * the seconds that were left; VS_NOT_FOUND without a guard.
 */
int vs_guard_ask(const char *what, double *seconds_left);
/* Parses a guard's answer; its notes become warnings. */
int vs_guard_read_answer(const char *text, size_t len, double *seconds_left);
/* VS_REFUSED while a guard waits */
int vs_guard_none(void);

#endif
