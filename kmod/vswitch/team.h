/* SPDX-License-Identifier: GPL-2.0 */
/*
 * Teaming: which uplinks carry the traffic of a port.
 */
#ifndef _VSWITCH_TEAM_H
#define _VSWITCH_TEAM_H

#include "snapshot.h"

/**
 * struct vsw_team - the working uplinks of a port group
 * @used: port ids of the uplinks that carry traffic, by their order
 * @used_count: of @used
 * @used_mask: @used, by bit
 * @spares: port ids of all that work, active before standby
 * @spare_count: of @spares
 * @members: all active and standby uplinks, working or not, by bit
 * @duplicate: each frame goes out on all of @used
 */
struct vsw_team {
	u16 used[VSWITCH_UPLINKS_MAX];
	u8 used_count;
	u32 used_mask;
	u16 spares[VSWITCH_UPLINKS_MAX];
	u8 spare_count;
	u32 members;
	bool duplicate;
};

/**
 * struct vsw_team_policy - how a team serves its ports
 * @choose: the position in &vsw_team.used for a port; NULL if the frame
 *	decides (vsw_ip_hash())
 * @one_uplink: it uses one uplink at a time, however many are active
 */
struct vsw_team_policy {
	unsigned int (*choose)(const struct vsw_team *team, const struct vsw_port *port, u64 mac);
	bool one_uplink;
};

extern const struct vsw_team_policy vsw_team_explicit;
extern const struct vsw_team_policy vsw_team_ip_hash;
extern const struct vsw_team_policy vsw_team_load;
extern const struct vsw_team_policy vsw_team_port_id;
extern const struct vsw_team_policy vsw_team_source_mac;

/* team.c */
void vsw_team_resolve(struct vsw_team *team, struct vsw_fwd *fwd,
		      const struct vsw_teaming *teaming, u16 vlan,
		      const struct vsw_fwd_group *before);
void vsw_team_assign(const struct vsw_team *team, u8 policy, const struct vsw_fwd *fwd,
		     struct vsw_fwd_port *fwd_port, const struct vsw_port *port);

/* team_ip_hash.c */
u32 vsw_ip_hash(const struct sk_buff *skb);

#endif /* _VSWITCH_TEAM_H */
