/* SPDX-License-Identifier: GPL-2.0 */
/*
 * Apply netlink requests to a draft of the configuration.
 */
#ifndef _VSWITCH_EDIT_H
#define _VSWITCH_EDIT_H

#include <net/netlink.h>

#include "vswitch.h"

/**
 * struct vsw_edit - a change under way
 * @sw: switch
 * @draft: draft of its configuration
 * @extack: says why a request is refused
 */
struct vsw_edit {
	struct vsw_switch *sw;
	struct vsw_config *draft;
	struct netlink_ext_ack *extack;
};

/**
 * struct vsw_attrs - attributes of a request, validated
 * @tb: by type; of those given more than once, the last
 * @head: all of them, in their order
 * @len: length of @head in bytes
 */
struct vsw_attrs {
	struct nlattr **tb;
	const struct nlattr *head;
	int len;
};

/**
 * struct vsw_policy_attrs - numbers of the attributes of policies
 * @vlan: VLAN
 * @trunk: VLANs of a trunk
 * @security: nest of security policies
 * @teaming: nest of the teaming policy
 * @shaping: nests of shaping, by &enum vsw_direction
 */
struct vsw_policy_attrs {
	int vlan;
	int trunk;
	int security;
	int teaming;
	int shaping[VSW_DIRECTIONS];
};

/**
 * struct vsw_policy_edit - a change of the policies of a port group or a port
 * @edit: change under way
 * @attrs: attributes of the request
 * @types: which of @attrs are policies
 * @noun: kind of the object, for refusals
 * @name: its name, for refusals
 * @policies: policies to change
 */
struct vsw_policy_edit {
	const struct vsw_edit *edit;
	const struct vsw_attrs *attrs;
	const struct vsw_policy_attrs *types;
	const char *noun;
	const char *name;
	struct vsw_policies *policies;
};

/* edit_policy.c */
int vsw_edit_policies(const struct vsw_policy_edit *change);
int vsw_edit_overrides(struct vsw_edit *edit, const struct vsw_port *port,
		       const struct vsw_attrs *attrs, struct vsw_port_config *settings);

/* edit_mirror.c */
int vsw_edit_mirror_set(struct vsw_edit *edit, const struct vsw_attrs *attrs);
int vsw_edit_mirror_del(struct vsw_edit *edit, const struct vsw_attrs *attrs);
int vsw_find_mirror(const struct vsw_switch *sw, const struct vsw_config *config,
		    const struct nlattr *attr, struct netlink_ext_ack *extack);

/* edit_pvlan.c */
int vsw_edit_pvlan_set(struct vsw_edit *edit, const struct vsw_attrs *attrs);
int vsw_edit_pvlan_del(struct vsw_edit *edit, const struct vsw_attrs *attrs);
int vsw_find_pvlan(const struct vsw_switch *sw, const struct vsw_config *config,
		   const struct nlattr *attr, u16 *primary, struct netlink_ext_ack *extack);

/* edit_switch.c */
int vsw_edit_switch(struct vsw_edit *edit, const struct vsw_attrs *attrs);
int vsw_edit_security(const struct nlattr *nest, bool may_inherit, struct vsw_security *security,
		      struct netlink_ext_ack *extack);
int vsw_edit_teaming(const struct vsw_edit *edit, const struct nlattr *nest,
		     const struct vsw_teaming *absent, struct vsw_teaming *teaming);

/* edit_portgroup.c */
int vsw_edit_portgroup_new(struct vsw_edit *edit, const struct vsw_attrs *attrs);
int vsw_edit_portgroup_set(struct vsw_edit *edit, const struct vsw_attrs *attrs);
int vsw_edit_portgroup_del(struct vsw_edit *edit, const struct vsw_attrs *attrs);
int vsw_find_portgroup(const struct vsw_config *config, const struct nlattr *name,
		       const struct vsw_switch *sw, struct netlink_ext_ack *extack);

bool vsw_is_utf8(const char *text);

/* edit_port.c */
int vsw_edit_port(struct vsw_edit *edit, const struct vsw_attrs *attrs);
struct vsw_port *vsw_find_port(struct vsw_switch *sw, struct nlattr **tb,
			       struct netlink_ext_ack *extack);

#endif /* _VSWITCH_EDIT_H */
