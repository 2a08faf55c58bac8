// SPDX-License-Identifier: GPL-2.0
/* vsctl apply */
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "../libvs/altname.h"
#include "../libvs/config.h"
#include "../libvs/confirm.h"
#include "../libvs/diff.h"
#include "../libvs/exec.h"
#include "../libvs/model.h"
#include "../libvs/nl.h"
#include "../libvs/rtnl.h"
#include "../libvs/rundir.h"
#include "../libvs/signals.h"
#include "../libvs/text.h"
#include "apply.h"
#include "vsctl.h"

#define FILE_BYTES_MAX	(16 << 20)
#define LOCK_SECONDS	60	/* to wait for another apply */

static int read_stream(FILE *from, const char *name, char **text, size_t *len)
{
	size_t size = 65536, got;

	*text = malloc(size);
	*len = 0;
	while (*text && (got = fread(*text + *len, 1, size - *len, from)) > 0) {
		*len += got;
		if (*len > FILE_BYTES_MAX)
			return vs_fail(VS_USAGE, "%s: is longer than %d bytes", name,
				       FILE_BYTES_MAX);
		if (*len == size)
			*text = realloc(*text, size *= 2);
	}
	if (!*text)
		return vs_fail(VS_REFUSED, "out of memory");
	if (ferror(from))
		return vs_fail(VS_REFUSED, "cannot read %s: %s", name, strerror(errno));
	return VS_OK;
}

int read_config(struct vs_ctx *vs, const char *name, json_t **tree)
{
	bool is_stdin = !strcmp(name, "-");
	FILE *from = is_stdin ? stdin : fopen(name, "re");
	char *text = NULL;
	size_t len;
	int err;

	if (!from)
		return vs_fail(errno == ENOENT ? VS_NOT_FOUND : VS_REFUSED, "cannot open %s: %s",
			       name, strerror(errno));
	if (is_stdin)
		name = "standard input";
	err = read_stream(from, name, &text, &len);
	if (!err)
		err = vs_config_parse(name, text, len, tree);
	free(text);
	if (!is_stdin)
		fclose(from);
	if (!err)
		vs_resolve_altnames(vs, *tree);
	return err;
}

static int parse_option(struct args *args, struct apply_request *request)
{
	static const char *const words[] = { "-f", "--file", "--dry-run", "--boot", "--confirm" };
	const char *word = next_word(args);
	int which = match_word("option", word, words, ARRAY_SIZE(words)), err;

	switch (which) {
	case 0:
	case 1:
		return need_word(args, "the file after -f", &request->file);
	case 2:
		request->dry_run = true;
		return VS_OK;
	case 3:
		request->boot = true;
		return VS_OK;
	case 4:
		err = need_word(args, "the number of seconds after --confirm", &word);
		return err ?: vs_parse_uint("--confirm", word, 1, VS_CONFIRM_SECONDS_MAX,
					    &request->confirm);
	}
	return VS_USAGE;
}

static int parse(struct args *args, struct apply_request *request)
{
	int err = VS_OK;

	while (!err && args->count)
		err = parse_option(args, request);
	if (!err && !request->file && !request->boot)
		err = vs_fail(VS_USAGE, "-f FILE is missing");
	if (!err && request->boot && request->confirm)
		err = vs_fail(VS_USAGE, "--boot and --confirm do not go together");
	return err;
}

static void print_old_and_new(const char *key, const json_t *change)
{
	char *old = vs_out_text(json_object_get(change, "old"));
	char *new = vs_out_text(json_object_get(change, "new"));

	printf(", %s: %s -> %s", key, old, new);
	free(old);
	free(new);
}

/* "+ vs0 portgroup prod, vlan 10" */
static void print_change(const json_t *change)
{
	const char *action = json_string_value(json_object_get(change, "action"));
	const char *object = json_string_value(json_object_get(change, "object"));
	char *name = vs_out_text(json_object_get(change, "name"));
	char *sw = vs_out_text(json_object_get(change, "switch"));
	const char *key;
	json_t *value;
	char *text;

	printf("%c ", action[0] == 'a' ? '+' : action[0] == 'c' ? '~' : '-');
	if (strcmp(object, "switch"))
		printf("%s ", sw);
	printf("%s %s", object, name);
	json_object_foreach(json_object_get(change, "changes"), key, value)
		print_old_and_new(key, value);
	json_object_foreach(json_object_get(change, "settings"), key, value) {
		text = vs_out_text(value);
		printf(", %s %s", key, text);
		free(text);
	}
	putchar('\n');
	free(name);
	free(sw);
}

static void print_plan(const json_t *plan)
{
	json_t *all = json_array();
	const json_t *one, *change;
	size_t i;

	json_array_foreach(plan, i, one)
		json_array_extend(all, json_object_get(one, "changes"));
	if (vsctl_out.json) {
		vs_out_json(&vsctl_out, all);
		return;
	}
	json_array_foreach(all, i, change)
		print_change(change);
	if (!i)
		puts("nothing to change");
	json_decref(all);
}

/* Attempts to plan, as others may change the configuration meanwhile */
#define ATTEMPTS	20

static int execute(const struct apply_request *request, const json_t *plan, const json_t *have,
		   bool *stale)
{
	struct vs_ctx *vs = request->vs;
	char *refusal;
	int guard, err;

	/* Ctrl-C ends it at the next step, and undoes it. */
	vs_catch_signals();
	if (!request->confirm || !json_array_size(plan))
		return vs_execute(vs, plan, have, stale);
	err = vs_guard_start(plan, have, request->confirm, &guard);
	if (err)
		return err;
	err = vs_execute(vs, plan, have, stale);
	if (err) {
		refusal = vs_take_error();
		vs_guard_cancel(guard);
		return vs_fail_with(err, refusal);
	}
	err = vs_guard_done(guard);
	if (!err)
		return VS_OK;
	refusal = vs_take_error();
	vs_undo(vs, plan, have);
	return vs_fail_with(err, refusal);
}

static int make_plan(struct vs_ctx *vs, const json_t *want, json_t **have, json_t **plan)
{
	json_auto_t *links = NULL;
	int err = vs_running(vs, have);

	if (!err)
		err = vs_links(vs, &links);
	return err ? err : vs_diff(*have, want, links, plan);
}

static int apply_once(const struct apply_request *request, const json_t *want, json_t **plan,
		      bool *stale)
{
	json_auto_t *have = NULL;
	int err = make_plan(request->vs, want, &have, plan);

	return err ? err : execute(request, *plan, have, stale);
}

int apply_config(const struct apply_request *request, const json_t *want, json_t **plan)
{
	json_auto_t *have = NULL;
	int attempt, lock, err;
	bool stale;

	if (request->dry_run)
		return make_plan(request->vs, want, &have, plan);
	err = vs_run_lock(LOCK_SECONDS, &lock);
	if (err)
		return err;
	err = vs_guard_none();
	stale = !err;
	for (attempt = 0; stale && attempt < ATTEMPTS; attempt++) {
		json_decref(*plan);
		*plan = NULL;
		stale = false;
		err = apply_once(request, want, plan, &stale);
	}
	close(lock);
	return err;
}

static int apply(struct args *args)
{
	json_auto_t *tree = NULL, *want = NULL, *plan = NULL;
	struct apply_request request = { .vs = args->vs };
	int err;

	err = parse(args, &request);
	if (!err && request.boot) {
		plan = json_array();
		err = apply_boot(&request, plan);
		print_plan(plan);
		return err;
	}
	if (!err)
		err = read_config(args->vs, request.file, &tree);
	if (!err)
		err = vs_config_check(tree, &want);
	if (!err)
		err = apply_config(&request, want, &plan);
	if (err)
		return err;
	print_plan(plan);
	if (request.confirm && !request.dry_run && json_array_size(plan) && !vsctl_out.json)
		printf("all of this is put back in %lu seconds, unless you say: vsctl confirm\n",
		       request.confirm);
	return VS_OK;
}

const struct object vsctl_apply = {
	.name = "apply",
	.fn = apply,
	.help =
	"Usage: vsctl apply -f { FILE | - } [ --dry-run ] [ --confirm SECONDS ]\n"
	"       vsctl apply --boot [ -f { FILE | - } ] [ --dry-run ]\n"
	"\n"
	"Brings switches to the state that a file describes (YAML or JSON, see vsctl-apply(8)).\n"
	"It removes from them what the file does not list; it leaves other switches alone, and\n"
	"the ports of guests unless the file has 'ports'.  It changes only what differs, all or\n"
	"nothing.  --dry-run shows the changes: + added, ~ changed, - removed.  With --confirm,\n"
	"they are undone unless 'vsctl confirm' follows within so many seconds; also when vsctl\n"
	"is killed, or the connection is lost.\n"
	"With --boot, which vsuite.service runs, everything of /etc/vsuite/*.yaml that is right\n"
	"comes up; each refusal is printed, and makes the exit status 2.\n"
	"\n"
	"Examples:\n"
	"  vsctl apply -f host.yaml --dry-run\n"
	"  vsctl apply -f host.yaml --confirm 60 && vsctl confirm\n"
	"  vsctl save vs0 | sed 's/vlan: 10/vlan: 11/' | vsctl apply -f -\n",
};
