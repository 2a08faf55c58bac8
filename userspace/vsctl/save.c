// SPDX-License-Identifier: GPL-2.0
/* vsctl save */
#include <stdio.h>

#include "../libvs/config.h"
#include "../libvs/json.h"
#include "../libvs/model.h"
#include "../libvs/nl.h"
#include "../libvs/yaml.h"
#include "vsctl.h"

static int save(struct args *args)
{
	json_auto_t *switches = NULL, *one = NULL, *tree = NULL;
	const char *name;
	json_t *each;
	size_t i;
	int sw, err;

	err = maybe_switch_only(args, &name, &sw);
	if (!err)
		err = vs_running(&switches);
	if (err)
		return err;
	json_array_foreach(switches, i, each) {
		/* That no guest runs now says nothing of those to come. */
		if (!json_array_size(json_object_get(each, "ports")))
			json_object_set_new(each, "ports", json_null());
	}
	if (name) {
		one = json_pack("[O*]", vs_find(switches, "name", name));
		tree = vs_config_tree(one);
	} else {
		tree = vs_config_tree(switches);
	}
	if (!vsctl_out.json)
		return vs_yaml_write(stdout, tree);
	vs_out_json(&vsctl_out, json_incref(tree));
	return VS_OK;
}

const struct object vsctl_save = {
	.name = "save",
	.fn = save,
	.help =
	"Usage: vsctl save [ SWITCH ]\n"
	"\n"
	"Writes the running configuration in the form that 'vsctl apply' reads: YAML, or JSON\n"
	"with -j.  What is as it is by default is left out.  Ports whose device is in another\n"
	"network namespace are left out too.\n"
	"\n"
	"Examples:\n"
	"  vsctl save > host.yaml\n"
	"  vsctl -p save vs0\n",
};
