/* SPDX-License-Identifier: GPL-2.0 */
/*
 * Objects as netlink messages: replies, dumps and notifications.
 */
#ifndef _VSWITCH_SHOW_H
#define _VSWITCH_SHOW_H

#include <linux/genetlink.h>
#include <net/genetlink.h>

#include "vswitch.h"

struct vsw_fwd;

/**
 * struct vsw_message - where a reply or a notification goes
 * @skb: message under construction
 * @portid: netlink port id of the receiver, 0 for a notification
 * @seq: sequence number of the request
 * @flags: NLM_F_*
 * @cmd: VSWITCH_CMD_*
 * @cb: the dump that it is a part of, or NULL
 */
struct vsw_message {
	struct sk_buff *skb;
	u32 portid;
	u32 seq;
	int flags;
	u8 cmd;
	struct netlink_callback *cb;
};

/* Bytes, enough for the largest object: a port with the most addresses and a trunk of its
 * own with the most ranges, or a mirror session with the most sources.
 */
#define VSW_MESSAGE_SIZE	SZ_16K

/* netlink.c */
extern struct genl_family vsw_genl_family;

/* show.c */
void *vsw_message_start(const struct vsw_message *message);
int vsw_message_end(const struct vsw_message *message, void *header, bool complete);

/* show_policy.c */
bool vsw_put_vlan(struct sk_buff *skb, int vlan, int trunk, const struct vsw_policies *policies);
bool vsw_put_security(struct sk_buff *skb, int attr, const struct vsw_security *security);
bool vsw_put_teaming(struct sk_buff *skb, int attr, const struct vsw_fwd *fwd,
		     const struct vsw_teaming *teaming);
bool vsw_put_shaping(struct sk_buff *skb, int attr, const struct vsw_shaping *shaping);

/* show_switch.c, show_portgroup.c, show_port.c, show_pvlan.c, show_mirror.c */
int vsw_put_switch(const struct vsw_message *message, const struct vsw_switch *sw);
int vsw_put_portgroup(const struct vsw_message *message, const struct vsw_switch *sw, u16 slot);
int vsw_put_port(const struct vsw_message *message, const struct vsw_port *port);
int vsw_put_pvlan(const struct vsw_message *message, const struct vsw_switch *sw, u16 primary);
int vsw_put_mirror(const struct vsw_message *message, const struct vsw_switch *sw, u16 slot);

/* show_learned.c */
int vsw_put_learned(const struct vsw_message *message, struct vsw_switch *sw, const u8 *mac,
		    u16 vlan, struct netlink_ext_ack *extack);
int vsw_put_all_learned(const struct vsw_message *message, struct vsw_switch *sw, u32 *position);

/* netlink_notify.c */
void vsw_notify_config(struct vsw_switch *sw, const struct vsw_config *old,
		       const struct vsw_config *config);
void vsw_notify_failover(struct vsw_switch *sw, const struct vsw_fwd *old,
			 const struct vsw_fwd *fwd);
void vsw_notify_link(const struct vsw_port *port);
void vsw_notify_port(const struct vsw_port *port);
void vsw_notify_port_del(const struct vsw_port *port);

#endif /* _VSWITCH_SHOW_H */
