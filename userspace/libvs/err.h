/* SPDX-License-Identifier: GPL-2.0 */
/* The result of everything that can fail, and the text that says why. */
#ifndef VS_ERR_H
#define VS_ERR_H

#include <stdbool.h>

#define ARRAY_SIZE(a)	(sizeof(a) / sizeof((a)[0]))

/* These are the exit codes of vsctl too. */
enum {
	VS_OK = 0,
	VS_USAGE = 1,		/* the user wrote something wrong */
	VS_REFUSED = 2,		/* the kernel (or the system) refused */
	VS_NOT_FOUND = 3,	/* it names something that is not there */
};

int vs_fail(int code, const char *fmt, ...)
	__attribute__((format(printf, 2, 3)));
/* As vs_fail(); the text of the previous error follows the new one. */
int vs_fail_because(int code, const char *fmt, ...)
	__attribute__((format(printf, 2, 3)));
const char *vs_error(void);

/*
 * Undoing what came before a refusal must not replace its text: take it before,
 * and fail with it (it is freed) afterwards.
 */
char *vs_take_error(void);
int vs_fail_with(int code, char *text);

void vs_print_error(void);
void vs_warn(const char *fmt, ...) __attribute__((format(printf, 1, 2)));

/*
 * What was printed has to arrive: a full disk is no success.  Says so, and returns @failed
 * instead of 0; the last thing before main() returns.
 */
int vs_finish_output(int status, int failed);

/*
 * Running out of memory ends the program, with this status: nothing here has to check
 * for it.  VS_REFUSED if nobody says another one.
 */
extern int vs_memory_status;
void *vs_malloc(unsigned long size);
/*
 * First of all in main().  Standard descriptors that are closed are opened, so that no file
 * or device gets their numbers, and with them what is printed; using them fails.
 */
void vs_init(void);

#endif
