// SPDX-License-Identifier: GPL-2.0
/* vsctl monitor */
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

#include <netlink/genl/genl.h>

#include <linux/vswitch.h>

#include "../libvs/model.h"
#include "../libvs/nl.h"
#include "vsctl.h"

/* "[config] port switch vs0 id 3 device tap0 ..." */
static void print_text(const char *group, const char *name, json_t *object)
{
	json_t *value;
	const char *key;
	char *text;

	printf("[%s] %s", group, name);
	json_object_foreach(object, key, value) {
		if (json_is_null(value) || (json_is_array(value) && !json_array_size(value)))
			continue;
		text = vs_out_text(value);
		printf(" %s %s", key, text);
		free(text);
	}
	putchar('\n');
}

static void print_json(const char *group, const char *name, json_t *object)
{
	struct timespec now;
	json_t *out;

	clock_gettime(CLOCK_REALTIME, &now);
	out = json_pack("{s:f, s:s, s:s}", "time", now.tv_sec + now.tv_nsec / 1e9, "group", group,
			"event", name);
	json_object_update(out, object);
	json_dumpf(out, stdout, JSON_COMPACT | JSON_REAL_PRECISION(16) |
		   (isatty(STDOUT_FILENO) ? JSON_ENSURE_ASCII : 0));
	putchar('\n');
	json_decref(out);
}

bool print_event(const char *group, const char *name, json_t *object)
{
	if (vsctl_out.json)
		print_json(group, name, object);
	else
		print_text(group, name, object);
	fflush(stdout);
	return !ferror(stdout);
}

static void on_event(struct nlmsghdr *header, void *arg)
{
	const struct genlmsghdr *genl = nlmsg_data(header);
	bool is_event = genl->cmd == VSWITCH_CMD_LINK_NTF || genl->cmd == VSWITCH_CMD_FAILOVER_NTF;
	json_auto_t *object = NULL;
	const char *name = "";

	object = vs_decode_event(arg, header, &name);
	if (object)
		print_event(is_event ? VSWITCH_MCGRP_EVENT : VSWITCH_MCGRP_CONFIG, name, object);
}

static int monitor(struct args *args)
{
	static const char *const groups[] = { VSWITCH_MCGRP_CONFIG, VSWITCH_MCGRP_EVENT, NULL };
	struct nl_sock *sk;
	int err = no_more_words(args);

	if (err)
		return err;
	sk = vs_family_listen(args->vs, VS_VSWITCH, groups);
	if (!sk || vs_learn_names(args->vs))
		return VS_REFUSED;
	do {
		err = vs_family_receive(args->vs, sk, VS_VSWITCH, on_event, args->vs);
		if (err == -ENOBUFS) {
			/* Followers have to read the state again. */
			json_auto_t *nothing = json_object();

			print_event("monitor", "lost", nothing);
			err = 0;
		}
	} while (!err && !ferror(stdout));
	nl_socket_free(sk);
	return err ? VS_REFUSED : vs_fail(VS_REFUSED, "nobody reads the events any more");
}

const struct object vsctl_monitor = {
	.name = "monitor",
	.fn = monitor,
	.help =
	"Usage: vsctl monitor\n"
	"\n"
	"Prints the events of switches, one per line: switch, portgroup, port, pvlan, mirror,\n"
	"and each of the last four with _del (group config); link, failover (group event); and\n"
	"lost if events came faster than they could be read.  With\n"
	"-j, each line is a JSON object with time, group and event.\n"
	"\n"
	"Examples:\n"
	"  vsctl monitor\n"
	"  vsctl -j monitor | jq -c 'select(.event == \"failover\")'\n",
};
