// SPDX-License-Identifier: GPL-2.0
#include <errno.h>
#include <fcntl.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include <jansson.h>

#include "err.h"
#include "text.h"

/* Of the last failure in this thread */
static _Thread_local char error_text[1024];

int vs_fail(int code, const char *fmt, ...)
{
	va_list ap;

	va_start(ap, fmt);
	vs_vformat(error_text, sizeof(error_text), fmt, ap);
	va_end(ap);
	return code;
}

int vs_fail_because(int code, const char *fmt, ...)
{
	char text[sizeof(error_text)];
	va_list ap;

	va_start(ap, fmt);
	vs_vformat(text, sizeof(text), fmt, ap);
	va_end(ap);
	return vs_fail(code, "%s: %s", text, error_text);
}

const char *vs_error(void)
{
	return error_text;
}

char *vs_take_error(void)
{
	size_t size = strlen(error_text) + 1;

	return memcpy(vs_malloc(size), error_text, size);
}

int vs_fail_with(int code, char *text)
{
	vs_fail(code, "%s", text);
	free(text);
	return code;
}

static void print_sentence(const char *kind, const char *text)
{
	char *safe = vs_escape(text);
	size_t len = strlen(safe);
	const char *stop = len && strchr(".?!", safe[len - 1]) ? "" : ".";

	fprintf(stderr, "%s: %s%s\n", kind, safe, stop);
	free(safe);
}

void vs_print_error(void)
{
	fflush(stdout);
	print_sentence("Error", error_text);
}

void vs_warn(const char *fmt, ...)
{
	char text[1024];
	va_list ap;

	va_start(ap, fmt);
	vs_vformat(text, sizeof(text), fmt, ap);
	va_end(ap);
	fflush(stdout);
	print_sentence("Warning", text);
}

int vs_memory_status = VS_REFUSED;

void *vs_malloc(unsigned long size)
{
	void *p = malloc(size ? size : 1);

	if (!p) {
		fputs("Error: out of memory.\n", stderr);
		exit(vs_memory_status);
	}
	return p;
}

static void *json_alloc(size_t size)
{
	return vs_malloc(size);
}

int vs_finish_output(int status, int failed)
{
	bool lost = ferror(stdout);

	errno = 0;
	if (!fclose(stdout) && !lost)
		return status;
	vs_fail(failed, "cannot write to standard output%s%s",
		errno ? ": " : "", errno ? strerror(errno) : "");
	print_sentence("Error", error_text);
	return status ? status : failed;
}

static void open_standard(void)
{
	int fd;

	for (fd = STDIN_FILENO; fd <= STDERR_FILENO; fd++) {
		if (fcntl(fd, F_GETFD) >= 0)
			continue;
		/* The lowest that is free is this one. */
		if (open("/dev/null", fd == STDIN_FILENO ? O_WRONLY : O_RDONLY) != fd)
			_exit(VS_REFUSED);
	}
}

void vs_init(void)
{
	open_standard();
	json_set_alloc_funcs(json_alloc, free);
	/* The order of members in output must not change from run to run. */
	json_object_seed(1);
}
