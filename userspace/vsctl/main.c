// SPDX-License-Identifier: GPL-2.0
/* vsctl: the control tool of vsuite. */
#include <errno.h>
#include <fcntl.h>
#include <getopt.h>
#include <sched.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "../libvs/nl.h"
#include "vsctl.h"

#ifndef VSUITE_VERSION
#define VSUITE_VERSION "development"
#endif

struct vs_out vsctl_out;

/* Everything that vsctl knows: a new object is one file and one line. */
static const struct object *const objects[] = {
	&vsctl_switch,
	&vsctl_portgroup,
	&vsctl_port,
	&vsctl_uplink,
	&vsctl_vmk,
	&vsctl_pvlan,
	&vsctl_mirror,
	&vsctl_mac,
	&vsctl_memory,
	&vsctl_tps,
	&vsctl_datastore,
	&vsctl_disk,
	&vsctl_stats,
	&vsctl_monitor,
	&vsctl_apply,
	&vsctl_confirm,
	&vsctl_save,
};

#define OBJECTS (ARRAY_SIZE(objects))

static const struct option long_flags[] = {
	{ "json", no_argument, NULL, 'j' },
	{ "pretty", no_argument, NULL, 'p' },
	{ "netns", required_argument, NULL, 'n' },
	{ "version", no_argument, NULL, 'V' },
	{ "help", no_argument, NULL, 'h' },
	{ NULL, 0, NULL, 0 }
};

static const char usage[] =
	"Usage: vsctl [OPTIONS] OBJECT [VERB] ...\n"
	"       vsctl [OPTIONS] stats | monitor | apply | confirm | save ...\n"
	"\n"
	"OBJECT := { switch | portgroup (pg) | port | uplink | vmk | pvlan | mirror | mac |\n"
	"            memory | tps | datastore (ds) | disk }\n"
	"VERB   := { add | set | del | show | help }, or what 'vsctl OBJECT help' says\n"
	"\n"
	"  -j, --json         JSON instead of tables\n"
	"  -p, --pretty       JSON with line breaks\n"
	"  -n, --netns NAME   work in the network namespace NAME (or a path)\n"
	"  -V, --version      say which version this is\n"
	"  -h, --help         this text; 'vsctl OBJECT help' has more, with examples\n"
	"\n"
	"Words can be cut short as long as they stay unique.\n"
	"Exit status: 0 done, 1 wrong usage, 2 refused, 3 not found.\n";

static int enter_netns(const char *name)
{
	char path[4096];
	int fd, err;

	if (strchr(name, '/'))
		snprintf(path, sizeof(path), "%s", name);
	else
		snprintf(path, sizeof(path), "/run/netns/%s", name);
	fd = open(path, O_RDONLY | O_CLOEXEC);
	if (fd < 0)
		return vs_fail(errno == ENOENT ? VS_NOT_FOUND : VS_REFUSED,
			       "cannot open network namespace %s: %s", name, strerror(errno));
	err = setns(fd, CLONE_NEWNET) ? errno : 0;
	close(fd);
	if (!err)
		return VS_OK;
	return vs_fail(VS_REFUSED, "cannot enter network namespace %s: %s", name, strerror(err));
}

static int print_version(void)
{
	if (vsctl_out.json)
		vs_out_json(&vsctl_out, json_pack("{s:s}", "version", VSUITE_VERSION));
	else
		printf("vsctl, vsuite %s\n", VSUITE_VERSION);
	return VS_OK;
}

static int run_verb(const struct object *object, struct args *args)
{
	const char *words[16], *word = next_word(args);
	size_t count = 0;
	int which;

	/* Without a verb, show what there is; "list" and "ls" as ip has them. */
	if (!word || !strcmp(word, "list") || !strcmp(word, "ls"))
		return object->verbs[0].fn(args);
	for (; object->verbs[count].name; count++)
		words[count] = object->verbs[count].name;
	words[count] = "help";
	which = match_word("verb", word, words, count + 1);
	if (which < 0)
		return VS_USAGE;
	if ((size_t)which < count)
		return object->verbs[which].fn(args);
	fputs(object->help, stdout);
	return VS_OK;
}

static int run_object(const struct object *object, struct args *args)
{
	int err;

	if (object->verbs)
		err = run_verb(object, args);
	else if (args->count && !strcmp(args->words[0], "help"))
		err = fputs(object->help, stdout) < 0 ? VS_REFUSED : VS_OK;
	else
		err = object->fn(args);
	if (!err)
		return VS_OK;
	vs_print_error();
	if (err == VS_USAGE)
		fprintf(stderr, "See \"vsctl %s help\".\n", object->name);
	return err;
}

static int run(struct args *args)
{
	const char *words[OBJECTS + 2], *word = next_word(args);
	size_t i;
	int which;

	if (!word) {
		fputs(usage, stderr);
		return VS_USAGE;
	}
	for (i = 0; i < OBJECTS; i++) {
		if (objects[i]->alias && !strcmp(objects[i]->alias, word))
			return run_object(objects[i], args);
		words[i] = objects[i]->name;
	}
	words[OBJECTS] = "help";
	words[OBJECTS + 1] = "version";
	which = match_word("object", word, words, OBJECTS + 2);
	if (which < 0) {
		vs_print_error();
		fputs("See \"vsctl help\".\n", stderr);
		return VS_USAGE;
	}
	if ((size_t)which < OBJECTS)
		return run_object(objects[which], args);
	if (which == OBJECTS + 1)
		return print_version();
	fputs(usage, stdout);
	return VS_OK;
}

int main(int argc, char **argv)
{
	bool version = false, help = false;
	struct args args;
	int err = VS_OK, c;

	vs_init();
	while (!err && (c = getopt_long(argc, argv, "+jpn:Vh", long_flags, NULL)) != -1) {
		switch (c) {
		case 'p':
			vsctl_out.pretty = true;
			/* fallthrough */
		case 'j':
			vsctl_out.json = true;
			break;
		case 'n':
			err = enter_netns(optarg);
			break;
		case 'V':
			version = true;
			break;
		case 'h':
			help = true;
			break;
		default:
			fputs("See \"vsctl help\".\n", stderr);
			return VS_USAGE;
		}
	}
	if (err) {
		vs_print_error();
		return err;
	}
	args = (struct args){ .count = argc - optind, .words = argv + optind };
	if (help)
		fputs(usage, stdout);
	else
		err = version ? print_version() : run(&args);
	vs_nl_close();
	return vs_finish_output(err, VS_REFUSED);
}
