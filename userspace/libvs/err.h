/* SPDX-License-Identifier: GPL-2.0 */
/* Error codes, and the text of the last error in this thread. */
#ifndef VS_ERR_H
#define VS_ERR_H

#include <stdbool.h>

#define ARRAY_SIZE(a)	(sizeof(a) / sizeof((a)[0]))

/* These are the exit codes of vsctl too. */
enum {
	VS_OK = 0,
	VS_USAGE = 1,		/* wrong usage or configuration */
	VS_REFUSED = 2,		/* the kernel (or the system) refused */
	VS_NOT_FOUND = 3,	/* a named object does not exist */
};

int vs_fail(int code, const char *fmt, ...)
	__attribute__((format(printf, 2, 3)));
/* As vs_fail(); the text of the previous error follows the new one. */
int vs_fail_because(int code, const char *fmt, ...)
	__attribute__((format(printf, 2, 3)));
const char *vs_error(void);

/*
 * Undoing earlier steps must not replace the text of a refusal: take it first, and fail with
 * it (which frees it) afterwards.
 */
char *vs_take_error(void);
int vs_fail_with(int code, char *text);

void vs_print_error(void);
void vs_warn(const char *fmt, ...) __attribute__((format(printf, 1, 2)));

/*
 * Flushes stdout, at the end of main(): if output was lost, as on a full disk, prints an error
 * and returns @failed instead of 0.
 */
int vs_finish_output(int status, int failed);

/*
 * Running out of memory ends the program with this status, VS_REFUSED by default: nothing
 * here has to check for it.
 */
extern int vs_memory_status;
void *vs_malloc(unsigned long size);
/*
 * First of all in main().  Opens closed standard descriptors, so that no file or device gets
 * their numbers, and with them our output; using them fails.
 */
void vs_init(void);

#endif
