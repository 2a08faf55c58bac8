/* SPDX-License-Identifier: GPL-2.0 */
/* Tell people how far a long command is. */
#ifndef VS_PROGRESS_H
#define VS_PROGRESS_H

#include <stdbool.h>
#include <stdint.h>

/**
 * struct vs_progress - one thing that may take long
 * @what: "zeroing disk.vmdk"
 * @quiet: say nothing
 */
struct vs_progress {
	const char *what;
	bool quiet;
	uint64_t started, last;
	bool shown;
};

/* On standard error, from two seconds on: a line that changes, or one every ten seconds. */
void vs_progress_start(struct vs_progress *progress, const char *what, bool quiet);
void vs_progress(struct vs_progress *progress, uint64_t done, uint64_t total);
/* As a callback, with a struct vs_progress as @data */
void vs_progress_fn(void *data, uint64_t done, uint64_t total);
void vs_progress_stop(struct vs_progress *progress);

#endif
