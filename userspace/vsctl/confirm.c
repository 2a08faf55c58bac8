// SPDX-License-Identifier: GPL-2.0
/* vsctl confirm */
#include <stdio.h>
#include <string.h>

#include "../libvs/confirm.h"
#include "vsctl.h"

static int ask(struct args *args, const char *what, const char *result)
{
	double left = 0;
	int err = no_more_words(args);

	if (!err)
		err = vs_guard_ask(what, &left);
	if (err)
		return err;
	if (vsctl_out.json)
		vs_out_json(&vsctl_out, json_pack("{s:f}", "seconds_left", left));
	else
		printf(result, left);
	return VS_OK;
}

static int keep(struct args *args)
{
	return ask(args, "keep", "confirmed, %.0f seconds before the changes were put back\n");
}

static int rollback(struct args *args)
{
	return ask(args, "rollback", "all is as it was before, %.0f seconds early\n");
}

static int show(struct args *args)
{
	return ask(args, "show", "changes wait for their confirmation, for %.0f more seconds\n");
}

static const struct verb verbs[] = {
	{ "keep", keep },
	{ "rollback", rollback },
	{ "show", show },
	{ NULL, NULL }
};

const struct object vsctl_confirm = {
	.name = "confirm",
	.verbs = verbs,
	.help =
	"Usage: vsctl confirm [ keep | rollback | show ]\n"
	"\n"
	"Keeps the changes of 'vsctl apply --confirm'.  'rollback' undoes them at once, 'show'\n"
	"prints the time that is left.  Exit status 3 (not found) if no changes wait.\n"
	"\n"
	"Examples:\n"
	"  vsctl apply -f host.yaml --confirm 60\n"
	"  vsctl confirm\n",
};
