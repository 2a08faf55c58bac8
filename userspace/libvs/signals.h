/* SPDX-License-Identifier: GPL-2.0 */
/*
 * The first Ctrl-C ends a change at its next step and undoes it, the second one ends the
 * program.
 */
#ifndef VS_SIGNALS_H
#define VS_SIGNALS_H

/* From here on, SIGINT, SIGTERM and SIGHUP are only noted. */
void vs_catch_signals(void);
/* From here on they are ignored: nothing interrupts an undo. */
void vs_ignore_signals(void);
/* VS_OK, or a failure with a text if one of them came */
int vs_check_signals(void);

#endif
