// SPDX-License-Identifier: GPL-2.0
#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <syslog.h>
#include <time.h>
#include <unistd.h>

#include "confirm.h"
#include "err.h"
#include "exec.h"
#include "nl.h"
#include "rundir.h"
#include "text.h"

#define ANSWER_BYTES	4096
#define BACKLOG		8
#define PATIENCE	5	/* seconds that the guard waits for a client */
#define PATIENCE_ASK	300	/* and a client for the guard: it may be restoring */
#define ASK_TRIES	3
#define LOCK_SECONDS	10	/* until a rollback goes on without the lock */

struct guard {
	struct vs_ctx vs;	/* its own: it must not read from its parent's sockets */
	const json_t *plan;
	const json_t *before;
	int listener;
	int client;		/* the vsctl that makes the changes */
	double deadline;
};

static sig_atomic_t terminated;	/* poll() and read() lie between its readings */

static double now(void)
{
	struct timespec time;

	/* A suspended host does not answer its administrator either. */
	clock_gettime(CLOCK_BOOTTIME, &time);
	return time.tv_sec + time.tv_nsec / 1e9;
}

static int name_socket(struct sockaddr_un *address)
{
	address->sun_family = AF_UNIX;
	return vs_run_path("confirm", address->sun_path, sizeof(address->sun_path));
}

/* The folder keeps others from the socket; check the peer all the same. */
static bool is_one_of_us(int fd, struct ucred *peer)
{
	socklen_t len = sizeof(*peer);

	return !getsockopt(fd, SOL_SOCKET, SO_PEERCRED, peer, &len) && peer->uid == geteuid();
}

static void set_patience(int fd, int seconds)
{
	const struct timeval patience = { .tv_sec = seconds };

	setsockopt(fd, SOL_SOCKET, SO_RCVTIMEO, &patience, sizeof(patience));
	setsockopt(fd, SOL_SOCKET, SO_SNDTIMEO, &patience, sizeof(patience));
}

static void log_text(int priority, const char *what, const char *text)
{
	char *safe = vs_escape(text);

	syslog(priority, "%s%s%s", what, *safe ? ": " : "", safe);
	free(safe);
}

/* @notes gets whatever could not be restored. */
static int rollback(struct guard *guard, json_t *notes)
{
	const json_t *note;
	int lock, err;
	size_t i;

	/* The vsctl that made the changes may hold it, but not for ever. */
	vs_run_lock(LOCK_SECONDS, &lock);
	err = vs_restore(&guard->vs, guard->plan, guard->before, notes);
	if (lock >= 0)
		close(lock);
	json_array_foreach(notes, i, note)
		log_text(LOG_WARNING, "not as it was before", json_string_value(note));
	if (err)
		log_text(LOG_ERR, "what was there before could not be restored", vs_error());
	else
		syslog(LOG_WARNING, "the configuration from before is restored");
	return err;
}

static void answer(int fd, double seconds_left, const char *error, json_t *notes)
{
	json_t *why = error ? vs_json_text(error) : NULL;
	json_auto_t *object = json_pack("{s:f, s:o*, s:O*}", "seconds_left", seconds_left,
					"error", why, "notes", notes);
	char *text = json_dumps(object, JSON_COMPACT);

	if (text && send(fd, text, strlen(text), MSG_NOSIGNAL) < 0)
		syslog(LOG_INFO, "who asked did not wait for the answer");
	free(text);
}

/* Serves one client; true if the guard is done. */
static bool serve(struct guard *guard)
{
	int fd = accept4(guard->listener, NULL, NULL, SOCK_CLOEXEC);
	double left = guard->deadline - now();
	json_auto_t *notes = json_array();
	char what[16] = "";
	struct ucred peer;
	bool over = false;

	if (fd < 0)
		return false;
	set_patience(fd, PATIENCE);
	if (!is_one_of_us(fd, &peer) || recv(fd, what, sizeof(what) - 1, 0) <= 0) {
		close(fd);
		return false;
	}
	if (!strcmp(what, "keep")) {
		over = true;
		answer(fd, left, NULL, NULL);
	} else if (!strcmp(what, "rollback")) {
		over = true;
		answer(fd, left, rollback(guard, notes) ? vs_error() : NULL, notes);
	} else {
		answer(fd, left, NULL, NULL);
	}
	close(fd);
	return over;
}

static void on_term(int signal)
{
	(void)signal;
	terminated = 1;
}

/* The client's verdict: 'd' done, 'c' cancelled, 0 it is gone */
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
	json_auto_t *notes = json_array();
	double left;

	/* SIGTERM, as from a shutdown, ends the waiting. */
	while (!terminated && (left = guard->deadline - now()) > 0) {
		if (poll(&poll_fd, 1, left * 1000 + 1) > 0 && serve(guard))
			return;
	}
	syslog(LOG_WARNING, "the changes were not confirmed in time");
	rollback(guard, notes);
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
	json_auto_t *notes = json_array();

	leave_session();
	keep_only(guard->listener, guard->client);
	listen(guard->listener, BACKLOG);	/* peers see this process's credentials */
	openlog("vsctl", LOG_PID, LOG_DAEMON);
	if (send(guard->client, "r", 1, MSG_NOSIGNAL) != 1)
		return;
	switch (await_client(guard->client)) {
	case 'c':
		break;
	case 'd':
		guard->deadline = now() + seconds;
		await_confirmation(guard);
		break;
	default:
		syslog(LOG_WARNING, "vsctl ended while it made changes");
		rollback(guard, notes);
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

/* The lock is held and nobody answers: the socket is a leftover. */
static int open_listener(int *fd)
{
	struct sockaddr_un address = { 0 };
	int err = name_socket(&address);

	if (err)
		return err;
	unlink(address.sun_path);
	*fd = socket(AF_UNIX, SOCK_SEQPACKET | SOCK_CLOEXEC, 0);
	if (*fd >= 0 && !bind(*fd, (struct sockaddr *)&address, sizeof(address)) &&
	    !listen(*fd, BACKLOG))
		return VS_OK;
	return vs_fail(VS_REFUSED, "cannot wait for a confirmation: %s", strerror(errno));
}

static int no_guard(void)
{
	return vs_fail(VS_REFUSED,
		       "the guard of the changes has ended: without it nothing would be put back");
}

int vs_guard_start(const json_t *plan, const json_t *before, unsigned int seconds, int *fd)
{
	struct guard guard = { .plan = plan, .before = before };
	int pair[2] = { -1, -1 }, err;
	char word;
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
	*fd = pair[0];
	/* It is ready. */
	if (!err && recv(*fd, &word, 1, 0) != 1)
		err = no_guard();
	if (err)
		close(*fd);
	return err;
}

static int tell_guard(int fd, char word)
{
	bool told = send(fd, &word, 1, MSG_NOSIGNAL) == 1;

	close(fd);
	return told ? VS_OK : no_guard();
}

int vs_guard_done(int fd)
{
	return tell_guard(fd, 'd');
}

void vs_guard_cancel(int fd)
{
	tell_guard(fd, 'c');
}

int vs_guard_read_answer(const char *text, size_t len, double *seconds_left)
{
	json_auto_t *object = json_loadb(text, len, 0, NULL);
	const char *error = json_string_value(json_object_get(object, "error"));
	const json_t *note;
	size_t i;

	*seconds_left = 0;
	if (!json_is_number(json_object_get(object, "seconds_left")))
		return vs_fail(VS_REFUSED, "the guard of the changes gave no answer");
	*seconds_left = json_number_value(json_object_get(object, "seconds_left"));
	json_array_foreach(json_object_get(object, "notes"), i, note)
		vs_warn("%s", json_string_value(note) ?: "");
	return error ? vs_fail(VS_REFUSED, "%s", error) : VS_OK;
}

static int connect_guard(int *fd)
{
	struct sockaddr_un address = { 0 };
	struct ucred peer = { 0 };
	int err = name_socket(&address);

	if (err)
		return err;
	*fd = socket(AF_UNIX, SOCK_SEQPACKET | SOCK_CLOEXEC, 0);
	set_patience(*fd, PATIENCE_ASK);
	if (connect(*fd, (struct sockaddr *)&address, sizeof(address))) {
		err = errno;
		return err == ECONNREFUSED || err == ENOENT ?
		       vs_fail(VS_NOT_FOUND, "no changes wait for a confirmation") :
		       vs_fail(VS_REFUSED, "cannot reach the guard: %s", strerror(err));
	}
	if (!is_one_of_us(*fd, &peer))
		return vs_fail(VS_REFUSED, "process %d of user %u stands in for the guard",
			       peer.pid, peer.uid);
	return VS_OK;
}

int vs_guard_ask(const char *what, double *seconds_left)
{
	char text[ANSWER_BYTES];
	unsigned int tries;
	ssize_t got = 0;
	int fd, err;

	/* A guard that ends does not answer the last client: try again, and find none. */
	for (tries = 0; !got && tries < ASK_TRIES; tries++) {
		fd = -1;
		err = connect_guard(&fd);
		if (!err && send(fd, what, strlen(what), MSG_NOSIGNAL) > 0)
			got = recv(fd, text, sizeof(text), 0);
		if (got < 0 && errno == ECONNRESET)
			got = 0;
		if (fd >= 0)
			close(fd);
		if (err)
			return err;
	}
	return vs_guard_read_answer(text, got > 0 ? got : 0, seconds_left);
}
