// SPDX-License-Identifier: GPL-2.0
/* vsctl capture: frames of a port, by tcpdump, which knows how to print and write them */
#include <errno.h>
#include <fcntl.h>
#include <net/if.h>
#include <signal.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/wait.h>
#include <unistd.h>

#include "../libvs/json.h"
#include "../libvs/model.h"
#include "vsctl.h"

#define NOT_THERE	127	/* exit status of who could not become tcpdump */

static const char *const directions[] = { "in", "out", NULL };

static const struct vs_row capture_rows[] = {
	{ "direction", VS_WORD, "direction", .flags = VS_SET, .words = directions },
	{ "count", VS_NUMBER, "count", .flags = VS_SET, .min = 1, .max = INT32_MAX },
	{ "length", VS_NUMBER, "length", .flags = VS_SET, .min = 14, .max = 262144 },
	{ "file", VS_TEXT, "file", .flags = VS_SET },
	{ "filter", VS_TEXT, "filter", .flags = VS_SET },
	{ NULL }
};

/* The port, whose device has to be here */
static int find_port(struct args *args, struct port_name *name, bool *is_adapter)
{
	json_auto_t *ports = NULL;
	json_t *port = NULL;
	int err = need_port(args, "the device of the port", name);

	if (!err)
		err = vs_ports(args->vs, name->sw, &ports);
	if (!err)
		err = vs_find_port(ports, name->sw_name, name->device, &port);
	if (err)
		return err;
	*is_adapter = is_vmk(port);
	if (!if_nametoindex(name->device))
		return vs_fail(VS_NOT_FOUND,
			       "the device %s is absent, or in another network namespace",
			       name->device);
	return VS_OK;
}

/* Becomes tcpdump; does not return. */
static void run_tcpdump(const struct port_name *name, const json_t *options, bool is_adapter,
			int file)
{
	const char *direction = vs_text_of(options, "direction");
	char count[16], length[16];
	const char *words[20] = { "tcpdump", "-n", "-i", name->device };
	const json_t *number;
	size_t at = 4;

	/* What an adapter sends goes into the switch, what others receive does. */
	if (direction) {
		words[at++] = "-Q";
		words[at++] = is_adapter == !strcmp(direction, "in") ? "out" : "in";
	}
	number = json_object_get(options, "count");
	if (number) {
		snprintf(count, sizeof(count), "%lld", json_integer_value(number));
		words[at++] = "-c";
		words[at++] = count;
	}
	number = json_object_get(options, "length");
	if (number) {
		snprintf(length, sizeof(length), "%lld", json_integer_value(number));
		words[at++] = "-s";
		words[at++] = length;
	}
	/* tcpdump gives up being root before it opens a file: it gets one that is open. */
	words[at++] = file < 0 ? "-el" : "-Uw-";
	words[at++] = "--";
	if (vs_text_of(options, "filter"))
		words[at++] = vs_text_of(options, "filter");
	prctl(PR_SET_PDEATHSIG, SIGTERM);
	if (file >= 0)
		dup2(file, STDOUT_FILENO);
	execvp(words[0], (char *const *)words);
	_exit(NOT_THERE);
}

static int wait_for(pid_t child)
{
	int status = -1;

	while (waitpid(child, &status, 0) < 0 && errno == EINTR)
		;
	if (WIFEXITED(status) && WEXITSTATUS(status) == NOT_THERE)
		return vs_fail(VS_REFUSED, "tcpdump is not installed: install the package of that name");
	if (status)
		return vs_fail(VS_REFUSED, "tcpdump has failed");
	return VS_OK;
}

static int capture_into(const struct port_name *name, const json_t *options, bool is_adapter,
			int file)
{
	struct sigaction ignore = { .sa_handler = SIG_IGN }, before;
	pid_t child;
	int err;

	fflush(stdout);
	child = fork();
	if (!child)
		run_tcpdump(name, options, is_adapter, file);
	if (child < 0)
		return vs_fail(VS_REFUSED, "cannot start tcpdump: %s", strerror(errno));
	/* Ctrl-C is for tcpdump, which says how many frames there were. */
	sigaction(SIGINT, &ignore, &before);
	err = wait_for(child);
	sigaction(SIGINT, &before, NULL);
	return err;
}

static int capture(struct args *args)
{
	json_auto_t *options = json_object();
	struct port_name name;
	bool is_adapter = false;
	const char *path;
	int file = -1, err = find_port(args, &name, &is_adapter);

	if (!err)
		err = parse_rows(args, capture_rows, VS_SET, options);
	if (!err && vsctl_out.json)
		err = vs_fail(VS_USAGE, "frames are not printed as JSON: write them to a file");
	if (err)
		return err;
	path = vs_text_of(options, "file");
	if (path) {
		file = open(path, O_WRONLY | O_CREAT | O_TRUNC | O_NOFOLLOW | O_CLOEXEC, 0600);
		if (file < 0)
			return vs_fail(VS_REFUSED, "%s: %s", path, strerror(errno));
	}
	err = capture_into(&name, options, is_adapter, file);
	if (file >= 0)
		close(file);
	return err;
}

const struct object vsctl_capture = {
	.name = "capture",
	.rows = capture_rows,
	.fn = capture,
	.help =
	"Usage: vsctl capture SWITCH DEV [ direction { in | out } ] [ count N ] [ length N ]\n"
	"                     [ file FILE ] [ filter EXPRESSION ]\n"
	"\n"
	"Prints the frames of a port, an uplink or a VMkernel adapter, or writes them to FILE in\n"
	"the format pcap, which Wireshark reads.  'in' is what the device sends into the switch,\n"
	"'out' what it gets from it; both without a direction.  Ends after N frames, or with\n"
	"Ctrl-C.  No more than length bytes of each are kept.  EXPRESSION is one word, as in\n"
	"pcap-filter(7).  tcpdump does the work.\n"
	"\n"
	"Examples:\n"
	"  vsctl capture vs0 tap0\n"
	"  vsctl capture vs0 eth0 direction in count 100 file /tmp/eth0.pcap\n"
	"  vsctl capture vs0 vmk0 filter 'port 3260'\n",
};
