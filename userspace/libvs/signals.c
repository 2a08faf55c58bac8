// SPDX-License-Identifier: GPL-2.0
#include <signal.h>
#include <string.h>

#include "err.h"
#include "signals.h"

static sig_atomic_t came;	/* system calls lie between its readings */

static void on_signal(int signal)
{
	came = signal;
}

void vs_catch_signals(void)
{
	/* System calls that wait end with EINTR. */
	const struct sigaction action = { .sa_handler = on_signal, .sa_flags = SA_RESETHAND };
	static const int signals[] = { SIGINT, SIGTERM, SIGHUP };
	struct sigaction old;
	sigset_t all;
	unsigned int i;

	sigemptyset(&all);
	for (i = 0; i < ARRAY_SIZE(signals); i++) {
		/* nohup stays as it is. */
		if (!sigaction(signals[i], NULL, &old) && old.sa_handler != SIG_IGN)
			sigaction(signals[i], &action, NULL);
		sigaddset(&all, signals[i]);
	}
	/* A signal that is inherited as blocked would never interrupt. */
	sigprocmask(SIG_UNBLOCK, &all, NULL);
}

void vs_ignore_signals(void)
{
	signal(SIGINT, SIG_IGN);
	signal(SIGTERM, SIG_IGN);
	signal(SIGHUP, SIG_IGN);
	came = 0;
}

int vs_check_signals(void)
{
	return came ? vs_fail(VS_REFUSED, "interrupted (%s): undone", strsignal(came)) : VS_OK;
}
