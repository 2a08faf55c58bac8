// SPDX-License-Identifier: GPL-2.0
/* ovs-vsctl: which port group is meant by a VLAN */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <linux/vswitch.h>

#include "../libvs/json.h"
#include "../libvs/model.h"
#include "ovs.h"
#include "vsctl.h"

/* @wanted is what a port group of these VLANs has: { trunk } or { vlan }. */
static int want_trunk(const char *text, json_t *wanted)
{
	struct vs_trunk trunk;
	char *ranges;
	int err = vs_parse_trunk(text, &trunk);

	if (err)
		return err;
	ranges = vs_format_trunk(&trunk);
	json_object_set_new(wanted, "trunk", json_string(ranges));
	free(ranges);
	return VS_OK;
}

/* What has neither tag nor trunks is untagged: a guest is not given every VLAN by default. */
static int read_wanted(const json_t *change, json_t *wanted)
{
	const char *tag = vs_text_of(change, "tag"), *trunks = vs_text_of(change, "trunks");
	const char *mode = vs_text_of(change, "vlan_mode");
	const char *expected = trunks ? "trunk" : "access";
	unsigned long vlan = 0;
	int err;

	if (tag && trunks)
		return vs_fail(VS_USAGE, "tag %s and trunks %s do not go together: there is no native VLAN here, a port group tags, or its guests do",
			       tag, trunks);
	if (mode && strcmp(mode, expected))
		return vs_fail(VS_USAGE, "vlan_mode %s does not go with %s: it must be %s", mode,
			       trunks ? "trunks" : tag ? "a tag" : "no VLAN", expected);
	if (trunks)
		return want_trunk(trunks, wanted);
	err = tag ? vs_parse_uint("tag", tag, 0, VSWITCH_VLAN_MAX, &vlan) : VS_OK;
	json_object_set_new(wanted, "vlan", json_integer(vlan));
	return err;
}

static bool fits(const json_t *group, const json_t *wanted)
{
	const char *key = json_object_get(wanted, "trunk") ? "trunk" : "vlan";

	return json_equal(json_object_get(group, key), json_object_get(wanted, key));
}

/* As the user would say it to vsctl */
static void say(const json_t *wanted, char *text, size_t size)
{
	const char *trunk = vs_text_of(wanted, "trunk");

	if (trunk)
		snprintf(text, size, "trunk %s", trunk);
	else
		snprintf(text, size, "vlan %lld",
			 json_integer_value(json_object_get(wanted, "vlan")));
}

static int choose_by_vlan(json_t *groups, const json_t *wanted, const char *sw_name,
			  json_t **group)
{
	char names[256] = "", what[128];
	size_t i, len, count = 0;
	json_t *each;

	json_array_foreach(groups, i, each) {
		if (!fits(each, wanted))
			continue;
		len = strlen(names);
		snprintf(names + len, sizeof(names) - len, "%s%s", count++ ? ", " : "",
			 vs_text_of(each, "name"));
		*group = each;
	}
	if (count == 1)
		return VS_OK;
	say(wanted, what, sizeof(what));
	if (count)
		return vs_fail(VS_REFUSED, "switch %s has %zu port groups with %s (%s): name one, as libvirt does with profileid",
			       sw_name, count, what, names);
	return vs_fail(VS_REFUSED, "switch %s has no port group with %s: add one (vsctl portgroup add %s NAME %s), or name one, as libvirt does with profileid",
		       sw_name, what, sw_name, what);
}

/* One that is named may be of any VLAN, but not of another than the one that is given too. */
static int choose_by_name(json_t *groups, const char *profile, const json_t *wanted,
			  bool given, const char *sw_name, json_t **group)
{
	char what[128];
	int err = vs_find_portgroup(groups, sw_name, profile, group);

	if (err)
		return vs_fail_because(err, "port-profile '%s'", profile);
	if (!given || fits(*group, wanted))
		return VS_OK;
	say(wanted, what, sizeof(what));
	return vs_fail(VS_REFUSED, "port group '%s' of switch %s does not have %s", profile,
		       sw_name, what);
}

int ovs_choose_group(struct vs_ctx *vs, const json_t *change, const char *sw_name, const char *now,
		     json_t **group)
{
	const char *profile = vs_text_of(change, "profile");
	bool given = vs_text_of(change, "tag") || vs_text_of(change, "trunks");
	json_auto_t *groups = NULL, *wanted = json_object();
	json_t *found = NULL;
	int sw, err;

	err = read_wanted(change, wanted);
	if (!err)
		err = vs_switch_index(vs, sw_name, &sw);
	if (!err)
		err = vs_portgroups(vs, sw, &groups);
	if (err)
		return err;
	if (profile)
		err = choose_by_name(groups, profile, wanted, given, sw_name, &found);
	else if (now && fits(vs_find(groups, "name", now), wanted))
		found = vs_find(groups, "name", now);
	else
		err = choose_by_vlan(groups, wanted, sw_name, &found);
	*group = err ? NULL : json_incref(found);
	return err;
}
