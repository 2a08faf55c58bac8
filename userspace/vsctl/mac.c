// SPDX-License-Identifier: GPL-2.0
/* vsctl mac */
#include "../libvs/model.h"
#include "vsctl.h"

static int mac_show(struct args *args)
{
	static const struct vs_column columns[] = {
		{ "SWITCH", "switch" },
		{ "DEVICE", "device" },
		{ "VLAN", "vlan" },
		{ "MAC", "mac" },
		{ "AGE", "age" },
	};
	json_auto_t *list = NULL;
	const char *name;
	int sw, err;

	err = maybe_switch(args, &name, &sw);
	if (!err)
		err = no_more_words(args);
	if (!err)
		err = vs_learned(sw, &list);
	if (!err)
		vs_out_table(&vsctl_out, json_incref(list), columns, ARRAY_SIZE(columns));
	return err;
}

static const struct verb verbs[] = {
	{ "show", mac_show },
	{ NULL, NULL }
};

const struct object vsctl_mac = {
	.name = "mac",
	.verbs = verbs,
	.help =
	"Usage: vsctl mac [ show [ SWITCH ] ]\n"
	"\n"
	"Addresses that ports of port groups with 'learning on' have learned, and for how many\n"
	"seconds they have not been seen.\n"
	"\n"
	"Examples:\n"
	"  vsctl mac show vs0\n",
};
