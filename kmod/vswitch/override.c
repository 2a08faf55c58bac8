// SPDX-License-Identifier: GPL-2.0
/*
 * What a port has otherwise than its port group.
 *
 * A port with overrides is compiled as if it were alone in a port group of its
 * own: the data path knows nothing of overrides.
 */
#include <net/netlink.h>

#include "vswitch.h"

/**
 * vsw_effective() - the policies that hold for a port with overrides
 * @effective: to be filled
 * @portgroup: the port's group
 * @own: what the port overrides
 */
void vsw_effective(struct vsw_portgroup *effective, const struct vsw_portgroup *portgroup,
		   const struct vsw_portgroup *own)
{
	*effective = *portgroup;
	if (own->overrides & VSWITCH_OVERRIDE_VLAN) {
		effective->vlan = own->vlan;
		effective->is_trunk = own->is_trunk;
		bitmap_copy(effective->trunk, own->trunk, VLAN_N_VID);
	}
	if (own->overrides & VSWITCH_OVERRIDE_SECURITY)
		effective->security = vsw_security_over(&own->security, &portgroup->security);
	if (own->overrides & VSWITCH_OVERRIDE_TEAMING)
		effective->teaming = vsw_teaming_over(&own->teaming, &portgroup->teaming);
	if (own->overrides & VSWITCH_OVERRIDE_SHAPING)
		memcpy(effective->shaping, own->shaping, sizeof(own->shaping));
}

/**
 * vsw_teaming_of_port() - the teaming that holds for a port
 * @config: configuration or draft
 * @settings: settings of a client port of it
 *
 * Return: its own, or that of its port group.
 */
struct vsw_teaming vsw_teaming_of_port(const struct vsw_config *config,
				       const struct vsw_port_config *settings)
{
	struct vsw_teaming teaming;

	teaming = vsw_teaming_of(config, config->portgroups[settings->portgroup]);
	if (settings->own && settings->own->overrides & VSWITCH_OVERRIDE_TEAMING)
		teaming = vsw_teaming_over(&settings->own->teaming, &teaming);
	return teaming;
}

static const char *vsw_override_name(u8 overrides)
{
	static const char * const names[] = { "VLAN", "security", "teaming", "shaping" };

	return names[__ffs(overrides)];
}

/**
 * vsw_check_overrides() - do all ports override only what their groups allow
 * @sw: switch
 * @config: draft
 * @extack: gets the reason of a refusal
 *
 * Of the draft as a whole, so that the order of changes in a txn is free.
 *
 * Return: 0 or -EPERM.
 */
int vsw_check_overrides(struct vsw_switch *sw, const struct vsw_config *config,
			struct netlink_ext_ack *extack)
{
	const struct vsw_port_config *settings;
	const struct vsw_portgroup *portgroup;
	const struct vsw_port *port;
	unsigned int id;
	u8 refused;

	for (id = 1; id <= VSWITCH_PORTS_MAX; id++) {
		settings = config->ports[id];
		if (!settings || !settings->own)
			continue;
		portgroup = config->portgroups[settings->portgroup];
		refused = settings->own->overrides & ~portgroup->overrides;
		if (!refused)
			continue;
		port = xa_load(&sw->ports, id);
		NL_SET_ERR_MSG_FMT(extack, "port '%s': port group '%.24s' does not allow %s of its own",
				   vsw_port_name(port), portgroup->name,
				   vsw_override_name(refused));
		return -EPERM;
	}
	return 0;
}
