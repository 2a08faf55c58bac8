// SPDX-License-Identifier: GPL-2.0
/*
 * Changes of mirror sessions.
 */
#include <linux/slab.h>

#include "edit.h"

/**
 * vsw_find_mirror() - find the mirror session that an attribute names
 * @sw: switch
 * @config: configuration or draft
 * @attr: attribute with its name, or NULL
 * @extack: says why a request is refused
 *
 * Return: its slot, -EINVAL without a name, or -ENOENT.
 */
int vsw_find_mirror(const struct vsw_switch *sw, const struct vsw_config *config,
		    const struct nlattr *attr, struct netlink_ext_ack *extack)
{
	int slot;

	if (!attr) {
		NL_SET_ERR_MSG(extack, "the name of the mirror session is missing");
		return -EINVAL;
	}
	slot = vsw_mirror_find(config, nla_data(attr));
	if (slot < 0)
		NL_SET_ERR_MSG_FMT(extack, "no mirror session '%.30s' on switch '%s'",
				   (const char *)nla_data(attr), sw->dev->name);
	return slot;
}

/* The slot of a named session, or a free one */
static int vsw_mirror_slot(const struct vsw_edit *edit, const struct nlattr *attr)
{
	const char *name = attr ? nla_data(attr) : "";
	int slot;

	if (!*name || strlen(name) > VSWITCH_NAME_MAX || !vsw_is_utf8(name)) {
		NL_SET_ERR_MSG_FMT(edit->extack, "mirror session '%.16s': its name must be 1-%u bytes of UTF-8",
				   name, VSWITCH_NAME_MAX);
		return -EINVAL;
	}
	slot = vsw_mirror_find(edit->draft, name);
	if (slot >= 0)
		return slot;
	for (slot = 0; slot < VSWITCH_MIRRORS_MAX; slot++)
		if (!edit->draft->mirrors[slot])
			return slot;
	NL_SET_ERR_MSG_FMT(edit->extack, "switch '%s' has %u mirror sessions, the limit",
			   edit->sw->dev->name, VSWITCH_MIRRORS_MAX);
	return -ENOSPC;
}

static int vsw_mirror_set_bits(const struct vsw_edit *edit, const struct vsw_attrs *attrs, int type,
			       const struct vsw_mirror *mirror, unsigned long *bits,
			       unsigned int limit)
{
	const struct nlattr *attr;
	int rem;
	u32 id;

	/* A list is one setting. */
	if (attrs->tb[type])
		bitmap_zero(bits, limit);
	nla_for_each_attr_type(attr, type, attrs->head, attrs->len, rem) {
		id = type == VSWITCH_A_MIRROR_VLAN ? nla_get_u16(attr) : nla_get_u32(attr);
		if (id >= limit) {
			NL_SET_ERR_MSG_FMT(edit->extack, "mirror session '%.24s': source %u is out of range (%u-%u)",
					   mirror->name, id, type != VSWITCH_A_MIRROR_VLAN,
					   limit - 1);
			return -ERANGE;
		}
		__set_bit(id, bits);
	}
	return 0;
}

static int vsw_mirror_sources(const struct vsw_edit *edit, const struct vsw_attrs *attrs,
			      struct vsw_mirror *mirror)
{
	unsigned int count;
	int err;

	err = vsw_mirror_set_bits(edit, attrs, VSWITCH_A_MIRROR_INGRESS, mirror, mirror->ingress,
				  VSWITCH_PORTS_MAX + 1);
	err = err ?: vsw_mirror_set_bits(edit, attrs, VSWITCH_A_MIRROR_EGRESS, mirror,
					 mirror->egress, VSWITCH_PORTS_MAX + 1);
	err = err ?: vsw_mirror_set_bits(edit, attrs, VSWITCH_A_MIRROR_VLAN, mirror, mirror->vlans,
					 VSWITCH_VLAN_MAX + 1);
	if (err)
		return err;
	count = bitmap_weight(mirror->ingress, VSWITCH_PORTS_MAX + 1) +
		bitmap_weight(mirror->egress, VSWITCH_PORTS_MAX + 1) +
		bitmap_weight(mirror->vlans, VLAN_N_VID);
	if (count > VSWITCH_MIRROR_SOURCES_MAX) {
		NL_SET_ERR_MSG_FMT(edit->extack, "mirror session '%.24s': %u sources, the limit is %u",
				   mirror->name, count, VSWITCH_MIRROR_SOURCES_MAX);
		return -E2BIG;
	}
	if (!count) {
		NL_SET_ERR_MSG_FMT(edit->extack, "mirror session '%.30s' has no source",
				   mirror->name);
		return -EINVAL;
	}
	return 0;
}

static int vsw_mirror_fill(const struct vsw_edit *edit, const struct vsw_attrs *attrs,
			   struct vsw_mirror *mirror)
{
	struct nlattr **tb = attrs->tb;

	if (!mirror->destination && !tb[VSWITCH_A_MIRROR_DESTINATION]) {
		NL_SET_ERR_MSG_FMT(edit->extack, "mirror session '%.30s' needs a destination",
				   mirror->name);
		return -EINVAL;
	}
	if (tb[VSWITCH_A_MIRROR_DESTINATION])
		mirror->destination = min_t(u32, nla_get_u32(tb[VSWITCH_A_MIRROR_DESTINATION]),
					    U16_MAX);
	if (tb[VSWITCH_A_MIRROR_RSPAN_VLAN])
		mirror->rspan_vlan = nla_get_u16(tb[VSWITCH_A_MIRROR_RSPAN_VLAN]);
	if (tb[VSWITCH_A_MIRROR_LENGTH])
		mirror->length = nla_get_u32(tb[VSWITCH_A_MIRROR_LENGTH]);
	if (tb[VSWITCH_A_MIRROR_SAMPLING])
		mirror->sampling = nla_get_u32(tb[VSWITCH_A_MIRROR_SAMPLING]);
	if (mirror->length && mirror->length < ETH_ZLEN) {
		NL_SET_ERR_MSG_FMT(edit->extack, "mirror session '%.24s': length %u is below %u",
				   mirror->name, mirror->length, ETH_ZLEN);
		return -ERANGE;
	}
	if (!mirror->sampling) {
		NL_SET_ERR_MSG_FMT(edit->extack, "mirror session '%.24s': sampling one frame of 0",
				   mirror->name);
		return -ERANGE;
	}
	return vsw_mirror_sources(edit, attrs, mirror);
}

/**
 * vsw_edit_mirror_set() - mirror-set: add or change a session
 * @edit: change under way
 * @attrs: VSWITCH_A_MIRROR_*
 *
 * Return: 0, or an error after which the draft must be discarded.
 */
int vsw_edit_mirror_set(struct vsw_edit *edit, const struct vsw_attrs *attrs)
{
	struct vsw_mirror *mirror, *old;
	int slot, err;

	slot = vsw_mirror_slot(edit, attrs->tb[VSWITCH_A_MIRROR_NAME]);
	if (slot < 0)
		return slot;
	old = edit->draft->mirrors[slot];
	mirror = old ? vsw_mirror_clone(old, GFP_KERNEL_ACCOUNT) :
		       kzalloc(sizeof(*mirror), GFP_KERNEL_ACCOUNT);
	if (!mirror)
		return -ENOMEM;
	if (!old) {
		kref_init(&mirror->ref);
		mirror->sampling = 1;
	}
	nla_strscpy(mirror->name, attrs->tb[VSWITCH_A_MIRROR_NAME], sizeof(mirror->name));
	err = vsw_mirror_fill(edit, attrs, mirror);
	if (err) {
		vsw_mirror_put(mirror);
		return err;
	}
	vsw_mirror_put(old);
	edit->draft->mirrors[slot] = mirror;
	return 0;
}

/**
 * vsw_edit_mirror_del() - mirror-del: end a session
 * @edit: change under way
 * @attrs: VSWITCH_A_MIRROR_*
 *
 * Return: 0, or an error after which the draft must be discarded.
 */
int vsw_edit_mirror_del(struct vsw_edit *edit, const struct vsw_attrs *attrs)
{
	int slot;

	slot = vsw_find_mirror(edit->sw, edit->draft, attrs->tb[VSWITCH_A_MIRROR_NAME],
			       edit->extack);
	if (slot < 0)
		return slot;
	vsw_mirror_put(edit->draft->mirrors[slot]);
	edit->draft->mirrors[slot] = NULL;
	return 0;
}
