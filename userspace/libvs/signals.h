/* SPDX-License-Identifier: GPL-2.0 */
/*
 * Ctrl-C in the middle: what goes on ends at its next step and is undone.  The second one
 * ends the program.
 */
#ifndef VS_SIGNALS_H
#define VS_SIGNALS_H

/* From here on, SIGINT, SIGTERM and SIGHUP are only noted. */
void vs_catch_signals(void);
/* From here on, not even that: what is undone is undone to its end. */
void vs_ignore_signals(void);
/* VS_OK, or a failure with a text if one of them came */
int vs_check_signals(void);

#endif
