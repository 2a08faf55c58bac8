// SPDX-License-Identifier: GPL-2.0
/* vsctl: the control tool of vsuite. */
#include <errno.h>
#include <fcntl.h>
#include <getopt.h>
#include <sched.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "../libvs/ctx.h"
#include "ovs.h"
#include "vsctl.h"

#ifndef VSUITE_VERSION
#define VSUITE_VERSION "development"
#endif

struct vs_out vsctl_out;
const char vsctl_version[] = VSUITE_VERSION;
static bool may_exist, if_exists;

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
	&vsctl_capture,
	&vsctl_metrics,
	&vsctl_doctor,
	&vsctl_apply,
	&vsctl_confirm,
	&vsctl_save,
};

#define OBJECTS (ARRAY_SIZE(objects))

static const struct option long_flags[] = {
	{ "json", no_argument, NULL, 'j' },
	{ "pretty", no_argument, NULL, 'p' },
	{ "netns", required_argument, NULL, 'n' },
	{ "batch", required_argument, NULL, 'b' },
	{ "may-exist", no_argument, NULL, 'M' },
	{ "if-exists", no_argument, NULL, 'I' },
	{ "version", no_argument, NULL, 'V' },
	{ "help", no_argument, NULL, 'h' },
	{ NULL, 0, NULL, 0 }
};

static const char usage[] =
	"Usage: vsctl [OPTIONS] OBJECT [VERB] ...\n"
	"       vsctl [OPTIONS] stats | monitor | capture | metrics | doctor ...\n"
	"       vsctl [OPTIONS] apply | confirm | save ...\n"
	"\n"
	"OBJECT := { switch | portgroup (pg) | port | uplink | vmk | pvlan | mirror | mac |\n"
	"            memory | tps | datastore (ds) | disk }\n"
	"VERB   := { add | set | replace | del | show | help }, or what 'vsctl OBJECT help' says;\n"
	"          replace adds what is not there and sets what is\n"
	"\n"
	"  -j, --json         JSON instead of tables\n"
	"  -p, --pretty       JSON with line breaks\n"
	"  -n, --netns NAME   work in the network namespace NAME (or a path)\n"
	"  -b, --batch FILE   run each line of FILE (-: standard input) as a command\n"
	"      --may-exist    'add' leaves what is there as it is, and succeeds\n"
	"      --if-exists    'del' of what is not there succeeds\n"
	"  -V, --version      say which version this is\n"
	"  -h, --help         this text; 'vsctl OBJECT help' has more, with examples\n"
	"\n"
	"Options can follow the object too: vsctl switch show -j; after -- words are names.\n"
	"Words can be cut short as long as they stay unique, but for those that destroy (del,\n"
	"zero).\n"
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
		vs_out_json(&vsctl_out, json_pack("{s:s}", "version", vsctl_version));
	else
		printf("vsctl, vsuite %s\n", vsctl_version);
	return VS_OK;
}

static const struct verb *find_verb(const struct object *object, const char *name)
{
	const struct verb *verb = object->verbs;

	while (verb->name && strcmp(verb->name, name))
		verb++;
	return verb->name ? verb : NULL;
}

/* replace is add or set; --may-exist and --if-exists leave alone what is as they want it. */
static int run_known(const struct object *object, const char *name, struct args *args)
{
	bool is_add = !strcmp(name, "add"), is_del = !strcmp(name, "del"), exists = false;
	bool is_replace = !strcmp(name, "replace");
	int err = VS_OK;

	if ((may_exist && !is_add) || (if_exists && !is_del))
		return vs_fail(VS_USAGE, "--%s goes with %s only",
			       may_exist && !is_add ? "may-exist" : "if-exists",
			       may_exist && !is_add ? "add" : "del");
	if (may_exist || if_exists || is_replace)
		err = object_exists(object, *args, &exists);
	if (err || (may_exist && exists) || (if_exists && args->count && !exists))
		return err;
	if (is_replace)
		name = exists ? "set" : "add";
	/* There may be nothing that would be set. */
	if (is_replace && exists && args->count == (object == &vsctl_switch ? 1 : 2))
		return VS_OK;
	return find_verb(object, name)->fn(args);
}

static int run_verb(const struct object *object, struct args *args)
{
	const char *words[16], *word = next_word(args);
	const struct verb *verb;
	size_t count = 0;
	int which;

	/* Without a verb, show what there is; "list" and "ls" as ip has them. */
	if (!word || !strcmp(word, "list") || !strcmp(word, "ls"))
		return object->verbs[0].fn(args);
	for (; object->verbs[count].name; count++)
		words[count] = object->verbs[count].name;
	words[count++] = "help";
	if (find_verb(object, "add") && find_verb(object, "set"))
		words[count++] = "replace";
	which = match_word("verb", word, words, count);
	if (which < 0)
		return VS_USAGE;
	verb = find_verb(object, words[which]);
	if (verb && verb->destroys && strcmp(word, verb->name))
		return vs_fail(VS_USAGE,
			       "'%s' is not enough for '%s', which destroys: write the whole word",
			       word, words[which]);
	if (strcmp(words[which], "help"))
		return run_known(object, words[which], args);
	if (!no_more_words(args))
		return fputs(object->help, stdout) < 0 ? VS_REFUSED : VS_OK;
	return VS_USAGE;
}

static int run_object(const struct object *object, struct args *args)
{
	int err;

	if (object->verbs)
		err = run_verb(object, args);
	else if (args->count == 1 && !strcmp(args->words[0], "help"))
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

/*
 * What completion offers: the options of OBJECT VERB, or the words that OPTION takes;
 * VS_NOT_FOUND if it takes none.
 */
static int complete(struct args *args)
{
	const char *name = next_word(args) ?: "", *verb = next_word(args) ?: "";
	const char *option = next_word(args);
	size_t i;

	for (i = 0; i < OBJECTS; i++) {
		if (objects[i]->rows && !strcmp(objects[i]->name, name))
			return complete_options(objects[i]->rows,
						strcmp(verb, "set") ? VS_ADD : VS_SET, option);
	}
	return VS_NOT_FOUND;
}

/*
 * Options go after the object as well, up to "--".  Takes them out of @args; true if one of
 * them asks for help.
 */
static bool take_options(struct args *args)
{
	int left = 0, i;
	bool help = false;

	for (i = 0; i < args->count && strcmp(args->words[i], "--"); i++) {
		const char *word = args->words[i];
		bool pretty = !strcmp(word, "-p") || !strcmp(word, "--pretty");

		if (pretty || !strcmp(word, "-j") || !strcmp(word, "--json"))
			vsctl_out.json = true;
		else if (!strcmp(word, "-h") || !strcmp(word, "--help"))
			help = true;
		else if (!strcmp(word, "--may-exist"))
			may_exist = true;
		else if (!strcmp(word, "--if-exists"))
			if_exists = true;
		else
			args->words[left++] = args->words[i];
		vsctl_out.pretty = vsctl_out.pretty || pretty;
	}
	for (i += i < args->count; i < args->count; i++)
		args->words[left++] = args->words[i];
	args->count = left;
	return help;
}

static int run_words(struct args *args)
{
	const char *words[OBJECTS + 2], *word = next_word(args);
	size_t i;
	int which;

	if (!word) {
		fputs(usage, stderr);
		return VS_USAGE;
	}
	if (!strcmp(word, "complete"))
		return complete(args);
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
	if (no_more_words(args)) {
		vs_print_error();
		return VS_USAGE;
	}
	if (which == OBJECTS + 1)
		return print_version();
	fputs(usage, stdout);
	return VS_OK;
}

/* A command; what its options say holds for it alone. */
static int run(struct args *args)
{
	static char *words[2];
	const struct vs_out out = vsctl_out;
	const bool may = may_exist, if_there = if_exists;
	int err;

	if (take_options(args)) {
		words[0] = args->count ? args->words[0] : (char *)"help";
		words[1] = (char *)"help";
		args->count = args->count ? 2 : 1;
		args->words = words;
	}
	err = run_words(args);
	vsctl_out = out;
	may_exist = may;
	if_exists = if_there;
	return err;
}

static int run_all(const char *batch, struct args *args)
{
	if (!batch)
		return run(args);
	if (!args->count)
		return run_batch(args->vs, batch, run);
	vs_fail(VS_USAGE, "'%s' is one word too many beside --batch", args->words[0]);
	vs_print_error();
	return VS_USAGE;
}

int main(int argc, char **argv)
{
	bool version = false, help = false;
	const char *batch = NULL;
	struct vs_ctx vs = { 0 };
	struct args args;
	int err = VS_OK, c;

	vs_init();
	if (ovs_is_called(argv[0]))
		return ovs_main(argc, argv);
	while (!err && (c = getopt_long(argc, argv, "+jpn:b:Vh", long_flags, NULL)) != -1) {
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
		case 'b':
			batch = optarg;
			break;
		case 'M':
			may_exist = true;
			break;
		case 'I':
			if_exists = true;
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
	args = (struct args){ .vs = &vs, .count = argc - optind, .words = argv + optind };
	if (help)
		fputs(usage, stdout);
	else
		err = version ? print_version() : run_all(batch, &args);
	vs_ctx_close(&vs);
	return vs_finish_output(err, VS_REFUSED);
}
