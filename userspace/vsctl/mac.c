// SPDX-License-Identifier: GPL-2.0
/* vsctl mac */
#include "../libvs/model.h"
#include "vsctl.h"

static int mac_show(struct args *args)
{
	return show_list(args, vs_learned, vs_learned_rows);
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
	"Addresses that ports of port groups with 'learning on' have learned, and the seconds\n"
	"since they were last seen.\n"
	"\n"
	"Examples:\n"
	"  vsctl mac show vs0\n",
};
