// SPDX-License-Identifier: GPL-2.0
#include <stdio.h>
#include <time.h>
#include <unistd.h>

#include "progress.h"

#define PATIENCE_MS	2000u
#define TERMINAL_MS	200u
#define LOG_MS		10000u

static uint64_t now_ms(void)
{
	struct timespec now;

	clock_gettime(CLOCK_MONOTONIC, &now);
	return now.tv_sec * 1000ull + now.tv_nsec / 1000000;
}

void vs_progress_start(struct vs_progress *progress, const char *what, bool quiet)
{
	*progress = (struct vs_progress){ .what = what, .quiet = quiet, .started = now_ms() };
}

void vs_progress(struct vs_progress *progress, uint64_t done, uint64_t total)
{
	uint64_t now = now_ms();
	bool terminal;

	if (progress->quiet || now - progress->started < PATIENCE_MS)
		return;
	terminal = isatty(STDERR_FILENO);
	/* What is logged is of interest where it takes really long. */
	if (!terminal && now - progress->started < LOG_MS)
		return;
	if (now - progress->last < (terminal ? TERMINAL_MS : LOG_MS))
		return;
	progress->last = now;
	progress->shown = true;
	fprintf(stderr, "%s%s: %u %%%s", terminal ? "\r" : "", progress->what,
		total ? (unsigned int)(done * 100.0 / total) : 100, terminal ? "\033[K" : "\n");
}

void vs_progress_fn(void *data, uint64_t done, uint64_t total)
{
	vs_progress(data, done, total);
}

void vs_progress_stop(struct vs_progress *progress)
{
	if (progress->shown && isatty(STDERR_FILENO))
		fputs("\r\033[K", stderr);
	progress->shown = false;
}
