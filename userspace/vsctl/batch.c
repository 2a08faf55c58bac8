// SPDX-License-Identifier: GPL-2.0
/* vsctl -b FILE: a command a line */
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "../libvs/text.h"
#include "vsctl.h"

#define WORDS_MAX	256

/*
 * Splits a line into words, in place: by spaces, except in quotes; # begins a comment.
 * Returns their number, -1 for an open quote, -2 for too many.
 */
static int split(char *line, char *words[WORDS_MAX])
{
	char *to = line, quote;
	int count = 0;

	for (;;) {
		line += strspn(line, " \t\r\n");
		if (!*line || *line == '#')
			return count;
		if (count == WORDS_MAX)
			return -2;
		words[count++] = to;
		while (*line && !strchr(" \t\r\n", *line)) {
			if (*line != '"' && *line != '\'') {
				*to++ = *line++;
				continue;
			}
			for (quote = *line++; *line && *line != quote; line++)
				*to++ = *line;
			if (!*line++)
				return -1;
		}
		/* The word is shorter than what it was made of, or a space follows. */
		if (*line)
			line++;
		*to++ = '\0';
	}
}

static int run_line(struct vs_ctx *vs, char *line, int (*run)(struct args *args))
{
	char *words[WORDS_MAX];
	int count = split(line, words), err;

	if (!count)
		return VS_OK;
	if (count > 0)
		return run(&(struct args){ .vs = vs, .count = count, .words = words });
	err = vs_fail(VS_USAGE, count == -1 ? "a quote is left open" : "there are too many words");
	vs_print_error();
	return err;
}

int run_batch(struct vs_ctx *vs, const char *name, int (*run)(struct args *args))
{
	bool is_stdin = !strcmp(name, "-");
	FILE *from = is_stdin ? stdin : fopen(name, "re");
	unsigned int number = 0;
	char *line = NULL;
	size_t size = 0;
	ssize_t len;
	int err = VS_OK;

	if (!from) {
		err = vs_fail(errno == ENOENT ? VS_NOT_FOUND : VS_REFUSED, "cannot open %s: %s",
			      name, strerror(errno));
		vs_print_error();
		return err;
	}
	while (!err && (len = getline(&line, &size, from)) >= 0) {
		number++;
		if (strlen(line) != (size_t)len) {
			err = vs_fail(VS_USAGE, "there is a NUL character");
			vs_print_error();
		} else {
			err = run_line(vs, line, run);
		}
		/* A reader sees each answer at once. */
		fflush(stdout);
	}
	if (err) {
		vs_say(stderr, "%s:%u: this was the command; those after it are not run.",
		       is_stdin ? "standard input" : name, number);
		fputc('\n', stderr);
	}
	free(line);
	if (!is_stdin)
		fclose(from);
	return err;
}
