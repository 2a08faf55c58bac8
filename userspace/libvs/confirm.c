// SPDX-License-Identifier: GPL-2.0
#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/un.h>
#include <syslog.h>
#include <time.h>
#include <unistd.h>

#include "confirm.h"
#include "err.h"
#include "exec.h"
#include "nl.h"

#define ANSWER_BYTES	1024
#define BACKLOG		8

struct guard {
	const json_t *plan;
	const json_t *before;
	int listener;
	int client;		/* the vsctl that makes the changes */
	double deadline;
};

static int guard_fd = -1;
static sig_atomic_t terminated;	/* poll() and read() lie between its readings */

static double now(void)
{
	struct timespec time;

	/* A suspended host does not answer its administrator either. */
	clock_gettime(CLOCK_BOOTTIME, &time);
	return time.tv_sec + time.tv_nsec / 1e9;
}

/* An abstract name: it belongs to the network namespace. */
static socklen_t guard_address(struct sockaddr_un *address)
{
	static const char name[] = "vsctl-confirm";

	memset(address, 0, sizeof(*address));
	address->sun_family = AF_UNIX;
	memcpy(address->sun_path + 1, name, sizeof(name));
	return offsetof(struct sockaddr_un, sun_path) + 1 + sizeof(name);
}

/* Anyone can connect, and anyone can take the name first. */
static bool is_one_of_us(int fd, struct ucred *peer)
{
	socklen_t len = sizeof(*peer);

	return !getsockopt(fd, SOL_SOCKET, SO_PEERCRED, peer, &len) && peer->uid == geteuid();
}

static int rollback(struct guard *guard)
{
	int err = vs_restore(guard->plan, guard->before);

	if (err)
		syslog(LOG_ERR, "the configuration from before could not be restored: %s",
		       vs_error());
	else
		syslog(LOG_WARNING, "the configuration from before is restored");
	return err;
}

static void answer(int fd, double seconds_left, const char *error)
{
	json_auto_t *object = json_pack("{s:f, s:s*}", "seconds_left", seconds_left, "error",
					error);
	char *text = json_dumps(object, JSON_COMPACT);

	if (text && send(fd, text, strlen(text), MSG_NOSIGNAL) < 0)
		syslog(LOG_INFO, "who asked did not wait for the answer");
	free(text);
}

/* Whether that was the end of it */
static bool serve(struct guard *guard)
{
	int fd = accept4(guard->listener, NULL, NULL, SOCK_CLOEXEC);
	const struct timeval patience = { .tv_sec = 2 };
	double left = guard->deadline - now();
	char what[16] = "";
	struct ucred peer;
	bool over = false;

	if (fd < 0)
		return false;
	setsockopt(fd, SOL_SOCKET, SO_RCVTIMEO, &patience, sizeof(patience));
	if (recv(fd, what, sizeof(what) - 1, 0) <= 0 || !is_one_of_us(fd, &peer)) {
		close(fd);
		return false;
	}
	if (!strcmp(what, "keep")) {
		over = true;
		answer(fd, left, NULL);
	} else if (!strcmp(what, "rollback")) {
		over = true;
		answer(fd, left, rollback(guard) ? vs_error() : NULL);
	} else {
		answer(fd, left, NULL);
	}
	close(fd);
	return over;
}

static void on_term(int signal)
{
	(void)signal;
	terminated = 1;
}

/* How the client got on: 'd' done, 'c' cancelled, 0 it is gone */
static char await_client(int fd)
{
	char word = 0;
	ssize_t got;

	do {
		got = read(fd, &word, 1);
	} while (got < 0 && errno == EINTR && !terminated);
	close(fd);
	return got == 1 ? word : 0;
}

static void await_confirmation(struct guard *guard)
{
	struct pollfd poll_fd = { .fd = guard->listener, .events = POLLIN };
	double left;

	/* Who ends the guard politely, as a shutdown does, ends the waiting. */
	while (!terminated && (left = guard->deadline - now()) > 0) {
		if (poll(&poll_fd, 1, left * 1000 + 1) > 0 && serve(guard))
			return;
	}
	syslog(LOG_WARNING, "the changes were not confirmed in time");
	rollback(guard);
}

static void leave_session(void)
{
	const struct sigaction action = { .sa_handler = on_term };
	int null = open("/dev/null", O_RDWR);

	setsid();
	signal(SIGHUP, SIG_IGN);
	signal(SIGINT, SIG_IGN);
	sigaction(SIGTERM, &action, NULL);
	if (chdir("/"))
		syslog(LOG_INFO, "cannot leave the working directory: %m");
	dup2(null, STDIN_FILENO);
	dup2(null, STDOUT_FILENO);
	dup2(null, STDERR_FILENO);
}

/* Everything but the two sockets was its parent's. */
static void keep_only(int a, int b)
{
	int low = a < b ? a : b, high = a < b ? b : a;

	close_range(STDERR_FILENO + 1, low - 1, 0);
	close_range(low + 1, high - 1, 0);
	close_range(high + 1, ~0U, 0);
}

static void run_guard(struct guard *guard, unsigned int seconds)
{
	leave_session();
	vs_nl_forget();
	keep_only(guard->listener, guard->client);
	listen(guard->listener, BACKLOG);	/* now in the name of this process */
	openlog("vsctl", LOG_PID, LOG_DAEMON);
	switch (await_client(guard->client)) {
	case 'c':
		break;
	case 'd':
		guard->deadline = now() + seconds;
		await_confirmation(guard);
		break;
	default:
		syslog(LOG_WARNING, "vsctl ended while it made changes");
		rollback(guard);
	}
}

int vs_guard_none(void)
{
	double left;
	int err = vs_guard_ask("show", &left);

	if (err == VS_NOT_FOUND)
		return VS_OK;
	if (err)
		return err;
	return vs_fail(VS_REFUSED,
		       "changes wait for their confirmation, for %.0f more seconds: say 'vsctl confirm' or 'vsctl confirm rollback' first",
		       left);
}

static int open_listener(int *fd)
{
	struct sockaddr_un address;
	socklen_t len = guard_address(&address);

	*fd = socket(AF_UNIX, SOCK_SEQPACKET | SOCK_CLOEXEC, 0);
	if (*fd >= 0 && !bind(*fd, (struct sockaddr *)&address, len) && !listen(*fd, BACKLOG))
		return VS_OK;
	return vs_fail(VS_REFUSED, "cannot wait for a confirmation: %s", strerror(errno));
}

int vs_guard_start(const json_t *plan, const json_t *before, unsigned int seconds)
{
	struct guard guard = { .plan = plan, .before = before };
	int pair[2] = { -1, -1 }, err;
	pid_t pid;

	err = open_listener(&guard.listener);
	if (err)
		return err;
	pid = socketpair(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0, pair) ? -1 : fork();
	if (!pid) {
		guard.client = pair[1];
		run_guard(&guard, seconds);
		_exit(0);
	}
	if (pid < 0)
		err = vs_fail(VS_REFUSED, "cannot start the guard: %s", strerror(errno));
	close(guard.listener);
	close(pair[1]);
	guard_fd = pair[0];
	return err;
}

static void tell_guard(char word)
{
	/* A guard that is gone leaves nothing that could be put back. */
	if (send(guard_fd, &word, 1, MSG_NOSIGNAL) != 1)
		vs_warn("the guard of the changes has ended: nothing will be put back");
	close(guard_fd);
	guard_fd = -1;
}

void vs_guard_done(void)
{
	tell_guard('d');
}

void vs_guard_cancel(void)
{
	tell_guard('c');
}

static int read_answer(const char *text, size_t len, double *seconds_left)
{
	json_auto_t *object = json_loadb(text, len, 0, NULL);
	const char *error = json_string_value(json_object_get(object, "error"));

	if (!json_is_object(object))
		return vs_fail(VS_REFUSED, "the guard of the changes gave no answer");
	*seconds_left = json_number_value(json_object_get(object, "seconds_left"));
	return error ? vs_fail(VS_REFUSED, "%s", error) : VS_OK;
}

int vs_guard_ask(const char *what, double *seconds_left)
{
	int fd = socket(AF_UNIX, SOCK_SEQPACKET | SOCK_CLOEXEC, 0), err;
	struct sockaddr_un address;
	socklen_t len = guard_address(&address);
	char text[ANSWER_BYTES];
	struct ucred peer = { 0 };
	ssize_t got = -1;

	if (connect(fd, (struct sockaddr *)&address, len)) {
		err = errno;
		close(fd);
		return err == ECONNREFUSED ?
		       vs_fail(VS_NOT_FOUND, "no changes wait for a confirmation") :
		       vs_fail(VS_REFUSED, "cannot reach the guard: %s", strerror(err));
	}
	if (!is_one_of_us(fd, &peer)) {
		close(fd);
		return vs_fail(VS_REFUSED, "process %d of user %u stands in for the guard",
			       peer.pid, peer.uid);
	}
	if (send(fd, what, strlen(what), MSG_NOSIGNAL) > 0)
		got = recv(fd, text, sizeof(text), 0);
	close(fd);
	return read_answer(text, got > 0 ? got : 0, seconds_left);
}
