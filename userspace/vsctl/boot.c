// SPDX-License-Identifier: GPL-2.0
/* vsctl apply --boot: nobody can correct a file, so all that is right in it comes up. */
#include <glob.h>
#include <stdlib.h>
#include <string.h>

#include "../libvs/config.h"
#include "../libvs/json.h"
#include "../libvs/model.h"
#include "../libvs/restore.h"
#include "../libvs/rtnl.h"
#include "apply.h"
#include "vsctl.h"

#define BOOT_FILES	"/etc/vsuite/*.yaml"

struct boot {
	const struct apply_request *request;
	const char *file;
	json_t *plan;		/* what was changed */
	json_t *names;		/* of switches and devices, in all files so far */
	unsigned int refused;
};

/* Prints the error. */
static void refuse(struct boot *boot)
{
	vs_print_error();
	boot->refused++;
}

static void refuse_in_file(struct boot *boot, int err)
{
	vs_fail_because(err, "%s", strcmp(boot->file, "-") ? boot->file : "standard input");
	refuse(boot);
}

static void refuse_notes(struct boot *boot, const json_t *notes)
{
	const json_t *note;
	size_t i;

	json_array_foreach(notes, i, note)
		refuse_in_file(boot, vs_fail(VS_REFUSED, "%s", json_string_value(note)));
}

static int apply_one(struct boot *boot, const json_t *sw)
{
	json_auto_t *want = json_pack("[O]", sw), *part = NULL;
	int err = apply_config(boot->request, want, &part);

	if (!err)
		json_array_extend(boot->plan, part);
	return err;
}

/* Mirror sessions need all of their devices. */
static void refuse_mirrors(struct boot *boot, const json_t *sw, const json_t *made)
{
	const json_t *mirror;
	size_t i;

	json_array_foreach(json_object_get(sw, "mirrors"), i, mirror) {
		const char *name = vs_text_of(mirror, "name");

		if (!vs_find(json_object_get(made, "mirrors"), "name", name))
			refuse_in_file(boot, vs_fail(VS_REFUSED,
						     "mirror session %s of switch %s is left out",
						     name, vs_text_of(sw, "name")));
	}
}

/* A new switch that was refused: first without its members, then with one more each time */
static void apply_by_member(struct boot *boot, const json_t *sw)
{
	static const char *const lists[] = { "uplinks", "ports", "vmks" };
	json_auto_t *devices = json_object(), *notes = json_array();
	json_auto_t *made = vs_with_devices(sw, devices, notes);
	const json_t *item;
	size_t i, l;
	int err = apply_one(boot, made);

	if (err) {
		refuse_in_file(boot, err);
		return;
	}
	for (l = 0; l < ARRAY_SIZE(lists); l++) {
		json_array_foreach(json_object_get(sw, lists[l]), i, item) {
			const char *name = vs_text_of(item, l == 2 ? "name" : "device");
			json_auto_t *want = NULL;

			json_object_set_new(devices, name, json_true());
			want = vs_with_devices(sw, devices, notes);
			err = apply_one(boot, want);
			if (err) {
				refuse_in_file(boot, err);
				json_object_del(devices, name);
				continue;
			}
			json_decref(made);
			made = json_incref(want);
		}
	}
	refuse_mirrors(boot, sw, made);
}

static void boot_switch(struct boot *boot, const json_t *sw)
{
	json_auto_t *links = NULL, *notes = json_array(), *want = NULL;
	int err = vs_links(boot->request->vs, &links);

	if (err) {
		refuse_in_file(boot, err);
		return;
	}
	want = vs_possible(sw, links, notes);
	refuse_notes(boot, notes);
	err = apply_one(boot, want);
	/* A switch that is there stays as it is. */
	if (err && vs_find(links, "name", vs_text_of(sw, "name")))
		refuse_in_file(boot, err);
	else if (err)
		apply_by_member(boot, want);
}

static void boot_tree(struct boot *boot, const json_t *tree)
{
	const json_t *list = json_object_get(tree, "switches");
	unsigned int before = boot->refused;
	json_auto_t *all = NULL;
	char *whole = NULL;
	size_t i;

	if (vs_config_check(tree, &all))
		whole = vs_take_error();
	for (i = 0; i < json_array_size(list); i++) {
		json_auto_t *sw = NULL;
		int err = vs_config_check_one(tree, i, boot->names, &sw);

		if (err)
			refuse_in_file(boot, err);
		else
			boot_switch(boot, sw);
	}
	/* What is wrong outside of switches */
	if (whole && boot->refused == before)
		refuse_in_file(boot, vs_fail(VS_USAGE, "%s", whole));
	free(whole);
}

static void boot_file(struct boot *boot, const char *file)
{
	json_auto_t *tree = NULL;

	boot->file = file;
	if (read_config(boot->request->vs, file, &tree))
		refuse(boot);
	else
		boot_tree(boot, tree);
}

int apply_boot(const struct apply_request *request, json_t *plan)
{
	json_auto_t *names = json_object();
	struct boot boot = { .request = request, .plan = plan, .names = names };
	glob_t files = { 0 };
	size_t i;

	if (request->file)
		boot_file(&boot, request->file);
	else if (!glob(BOOT_FILES, 0, NULL, &files))
		for (i = 0; i < files.gl_pathc; i++)
			boot_file(&boot, files.gl_pathv[i]);
	globfree(&files);
	if (!boot.refused)
		return VS_OK;
	return vs_fail(VS_REFUSED, "%u of what is configured was refused; the rest is in force",
		       boot.refused);
}
