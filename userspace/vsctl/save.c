// SPDX-License-Identifier: GPL-2.0
/* vsctl save */
#include <stdio.h>
#include <string.h>

#include "../libvs/config.h"
#include "../libvs/json.h"
#include "../libvs/model.h"
#include "../libvs/nl.h"
#include "../libvs/yaml.h"
#include "vsctl.h"

/* Takes "--ports" out of the words. */
static bool take_ports_flag(struct args *args)
{
	int left = 0, i;

	for (i = 0; i < args->count; i++)
		if (strcmp(args->words[i], "--ports"))
			args->words[left++] = args->words[i];
	i = args->count - left;
	args->count = left;
	return i;
}

/* Guests bring their ports: those of today say nothing about the next boot. */
static size_t leave_out_ports(json_t *switches, bool with_ports)
{
	size_t i, ports, count = 0;
	json_t *sw;

	json_array_foreach(switches, i, sw) {
		ports = json_array_size(json_object_get(sw, "ports"));
		if (with_ports && ports)
			continue;
		json_object_set_new(sw, "ports", json_null());
		count += ports;
	}
	return count;
}

static int save(struct args *args)
{
	json_auto_t *switches = NULL, *one = NULL, *tree = NULL;
	bool with_ports = take_ports_flag(args);
	const char *name;
	size_t left_out;
	int sw, err;

	err = maybe_switch_only(args, &name, &sw);
	if (!err)
		err = vs_running(args->vs, &switches);
	if (err)
		return err;
	if (name)
		one = json_pack("[O*]", vs_find(switches, "name", name));
	left_out = leave_out_ports(one ?: switches, with_ports);
	tree = vs_config_tree(one ?: switches);
	if (!vsctl_out.json) {
		if (left_out)
			printf("# without %zu ports of guests, see vsctl save --ports\n", left_out);
		return vs_yaml_write(stdout, tree);
	}
	vs_out_json(&vsctl_out, json_incref(tree));
	return VS_OK;
}

const struct object vsctl_save = {
	.name = "save",
	.fn = save,
	.help =
	"Usage: vsctl save [ SWITCH ] [ --ports ]\n"
	"\n"
	"Writes the running configuration in the form that 'vsctl apply' reads: YAML, or JSON\n"
	"with -j.  It leaves out defaults, and ports, which guests bring with them.  --ports\n"
	"writes these too, unless their device is in another network namespace.\n"
	"\n"
	"Examples:\n"
	"  vsctl save > /etc/vsuite/host.yaml\n"
	"  vsctl -p save vs0\n",
};
