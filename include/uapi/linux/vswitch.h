/* SPDX-License-Identifier: ((GPL-2.0 WITH Linux-syscall-note) OR BSD-3-Clause) */
/* Do not edit directly, auto-generated from: */
/*	Documentation/netlink/specs/vswitch.yaml */
/* YNL-GEN uapi header */

#ifndef _UAPI_LINUX_VSWITCH_H
#define _UAPI_LINUX_VSWITCH_H

#define VSWITCH_FAMILY_NAME	"vswitch"
#define VSWITCH_FAMILY_VERSION	1

#define VSWITCH_NAME_MAX		80
#define VSWITCH_PORTS_MAX		4096
#define VSWITCH_PORTGROUPS_MAX		1024
#define VSWITCH_UPLINKS_MAX		32
#define VSWITCH_PORT_MACS_MAX		256
#define VSWITCH_TRUNK_RANGES_MAX	256
#define VSWITCH_VLAN_MAX		4094
#define VSWITCH_VLAN_GUEST		4095
#define VSWITCH_UP_DELAY_MAX		600000

/**
 * enum vswitch_policy - Verdict of a security policy.
 * @VSWITCH_POLICY_REJECT: Refuse (the default of a switch).
 * @VSWITCH_POLICY_ACCEPT: Allow.
 * @VSWITCH_POLICY_INHERIT: As the switch has it (the default of a port group).
 */
enum vswitch_policy {
	VSWITCH_POLICY_REJECT,
	VSWITCH_POLICY_ACCEPT,
	VSWITCH_POLICY_INHERIT,
};

/**
 * enum vswitch_role - What a port is for.
 * @VSWITCH_ROLE_UNASSIGNED: Joined the switch, carries nothing yet.
 * @VSWITCH_ROLE_CLIENT: In a port group, a VM's vNIC or a VMkernel adapter.
 * @VSWITCH_ROLE_UPLINK: A physical NIC (or bond) that leads out of the host.
 */
enum vswitch_role {
	VSWITCH_ROLE_UNASSIGNED,
	VSWITCH_ROLE_CLIENT,
	VSWITCH_ROLE_UPLINK,
};

/**
 * enum vswitch_teaming_policy - How the uplink of a port is chosen.
 * @VSWITCH_TEAMING_POLICY_EXPLICIT: The first usable uplink of the active
 *   list, then of the standby list.
 * @VSWITCH_TEAMING_POLICY_PORT_ID: The uplinks in turn, by the id of the port
 *   (the default).
 * @VSWITCH_TEAMING_POLICY_SOURCE_MAC: By the first address of the port.
 * @VSWITCH_TEAMING_POLICY_IP_HASH: By the addresses of each packet. The
 *   physical switch must have the uplinks in one static link aggregation.
 * @VSWITCH_TEAMING_POLICY_LOAD: By port id at first; every 30 seconds the
 *   busiest port of an uplink that is loaded by more than 75 % moves to
 *   another.
 */
enum vswitch_teaming_policy {
	VSWITCH_TEAMING_POLICY_EXPLICIT,
	VSWITCH_TEAMING_POLICY_PORT_ID,
	VSWITCH_TEAMING_POLICY_SOURCE_MAC,
	VSWITCH_TEAMING_POLICY_IP_HASH,
	VSWITCH_TEAMING_POLICY_LOAD,
};

/**
 * enum vswitch_detection - How the failure of an uplink is noticed.
 * @VSWITCH_DETECTION_LINK: By its link (the default).
 * @VSWITCH_DETECTION_BEACON: By its link, and by probes that the uplinks of a
 *   team send each other.
 */
enum vswitch_detection {
	VSWITCH_DETECTION_LINK,
	VSWITCH_DETECTION_BEACON,
};

/**
 * enum vswitch_mac_source - Where the effective address of a port, the one
 *   that its guest programmed, is taken from.
 * @VSWITCH_MAC_SOURCE_STATIC: Nowhere, it is the one that the vNIC was given
 *   (the default of a switch).
 * @VSWITCH_MAC_SOURCE_AGENT: From port-set, by an agent that asks the
 *   hypervisor.
 * @VSWITCH_MAC_SOURCE_OBSERVED: From the frames that the guest sends, if its
 *   port group accepts MAC changes; from port-set too.
 * @VSWITCH_MAC_SOURCE_INHERIT: As the switch has it (the default of a port
 *   group).
 */
enum vswitch_mac_source {
	VSWITCH_MAC_SOURCE_STATIC,
	VSWITCH_MAC_SOURCE_AGENT,
	VSWITCH_MAC_SOURCE_OBSERVED,
	VSWITCH_MAC_SOURCE_INHERIT,
};

/**
 * enum vswitch_uplink_state - Whether an uplink can carry traffic, and why
 *   not.
 * @VSWITCH_UPLINK_STATE_BLOCKED: Blocked by the administrator.
 * @VSWITCH_UPLINK_STATE_UP_DELAY: The link has come back, and is waited for to
 *   prove stable.
 * @VSWITCH_UPLINK_STATE_SILENT: No other uplink's beacon probes arrive here,
 *   in at least one VLAN.
 */
enum vswitch_uplink_state {
	VSWITCH_UPLINK_STATE_USABLE,
	VSWITCH_UPLINK_STATE_BLOCKED,
	VSWITCH_UPLINK_STATE_LINK_DOWN,
	VSWITCH_UPLINK_STATE_UP_DELAY,
	VSWITCH_UPLINK_STATE_SILENT,
};

/**
 * enum vswitch_drop_reason - Why a frame was dropped.
 * @VSWITCH_DROP_REASON_UNASSIGNED: The port has no port group and no role.
 * @VSWITCH_DROP_REASON_BLOCKED: The port is blocked by the administrator.
 * @VSWITCH_DROP_REASON_LINK_DOWN: The port's device is down.
 * @VSWITCH_DROP_REASON_SOURCE_MAC: The source address is not a unicast
 *   address.
 * @VSWITCH_DROP_REASON_FORGED_SOURCE: The source address is not the port's
 *   (forged transmits are rejected).
 * @VSWITCH_DROP_REASON_MAC_CHANGED: The guest changed its MAC address, MAC
 *   changes are rejected, and the port receives nothing until the guest
 *   changes it back.
 * @VSWITCH_DROP_REASON_LINK_LOCAL: A bridge protocol frame of a guest.
 * @VSWITCH_DROP_REASON_VLAN_NOT_ALLOWED: The frame's VLAN tag is not one that
 *   the port may use.
 * @VSWITCH_DROP_REASON_REFLECTED: A frame of this switch came back through an
 *   uplink.
 * @VSWITCH_DROP_REASON_UNKNOWN_UNICAST: An uplink received a frame for an
 *   address that is not on this switch.
 * @VSWITCH_DROP_REASON_REVERSE_PATH: An uplink received a frame that the
 *   teaming policy takes from another uplink.
 * @VSWITCH_DROP_REASON_NO_UPLINK: The frame leaves the switch, but its port
 *   has no usable uplink.
 * @VSWITCH_DROP_REASON_NO_RECEIVER: Nobody takes this frame (a multicast in an
 *   empty VLAN, or to the sender itself).
 * @VSWITCH_DROP_REASON_MTU: The frame is longer than the MTU of the receiver
 *   or of the switch.
 * @VSWITCH_DROP_REASON_NO_MEMORY: No memory to copy the frame or to change its
 *   tag.
 * @VSWITCH_DROP_REASON_INACTIVE: The port waits to be activated.
 * @VSWITCH_DROP_REASON_BEACON: An uplink received a beacon probe, which is for
 *   the switch only.
 */
enum vswitch_drop_reason {
	VSWITCH_DROP_REASON_UNASSIGNED,
	VSWITCH_DROP_REASON_BLOCKED,
	VSWITCH_DROP_REASON_LINK_DOWN,
	VSWITCH_DROP_REASON_SOURCE_MAC,
	VSWITCH_DROP_REASON_FORGED_SOURCE,
	VSWITCH_DROP_REASON_MAC_CHANGED,
	VSWITCH_DROP_REASON_LINK_LOCAL,
	VSWITCH_DROP_REASON_VLAN_NOT_ALLOWED,
	VSWITCH_DROP_REASON_REFLECTED,
	VSWITCH_DROP_REASON_UNKNOWN_UNICAST,
	VSWITCH_DROP_REASON_REVERSE_PATH,
	VSWITCH_DROP_REASON_NO_UPLINK,
	VSWITCH_DROP_REASON_NO_RECEIVER,
	VSWITCH_DROP_REASON_MTU,
	VSWITCH_DROP_REASON_NO_MEMORY,
	VSWITCH_DROP_REASON_INACTIVE,
	VSWITCH_DROP_REASON_BEACON,

	/* private: */
	__VSWITCH_DROP_REASON_MAX,
	VSWITCH_DROP_REASON_MAX = (__VSWITCH_DROP_REASON_MAX - 1)
};

enum {
	VSWITCH_A_SECURITY_PROMISCUOUS = 1,
	VSWITCH_A_SECURITY_MAC_CHANGES,
	VSWITCH_A_SECURITY_FORGED_TRANSMITS,
	VSWITCH_A_SECURITY_MAC_SOURCE,

	__VSWITCH_A_SECURITY_MAX,
	VSWITCH_A_SECURITY_MAX = (__VSWITCH_A_SECURITY_MAX - 1)
};

enum {
	VSWITCH_A_TEAMING_POLICY = 1,
	VSWITCH_A_TEAMING_ACTIVE,
	VSWITCH_A_TEAMING_STANDBY,
	VSWITCH_A_TEAMING_UNUSED,
	VSWITCH_A_TEAMING_DETECTION,
	VSWITCH_A_TEAMING_FAILBACK,
	VSWITCH_A_TEAMING_NOTIFY_SWITCHES,

	__VSWITCH_A_TEAMING_MAX,
	VSWITCH_A_TEAMING_MAX = (__VSWITCH_A_TEAMING_MAX - 1)
};

enum {
	VSWITCH_A_VLAN_RANGE_FIRST = 1,
	VSWITCH_A_VLAN_RANGE_LAST,

	__VSWITCH_A_VLAN_RANGE_MAX,
	VSWITCH_A_VLAN_RANGE_MAX = (__VSWITCH_A_VLAN_RANGE_MAX - 1)
};

enum {
	VSWITCH_A_DROP_REASON = 1,
	VSWITCH_A_DROP_PACKETS,
	VSWITCH_A_DROP_PAD,

	__VSWITCH_A_DROP_MAX,
	VSWITCH_A_DROP_MAX = (__VSWITCH_A_DROP_MAX - 1)
};

enum {
	VSWITCH_A_STATS_PAD = 1,
	VSWITCH_A_STATS_IN_UNICAST_PACKETS,
	VSWITCH_A_STATS_IN_UNICAST_BYTES,
	VSWITCH_A_STATS_IN_MULTICAST_PACKETS,
	VSWITCH_A_STATS_IN_MULTICAST_BYTES,
	VSWITCH_A_STATS_IN_BROADCAST_PACKETS,
	VSWITCH_A_STATS_IN_BROADCAST_BYTES,
	VSWITCH_A_STATS_OUT_UNICAST_PACKETS,
	VSWITCH_A_STATS_OUT_UNICAST_BYTES,
	VSWITCH_A_STATS_OUT_MULTICAST_PACKETS,
	VSWITCH_A_STATS_OUT_MULTICAST_BYTES,
	VSWITCH_A_STATS_OUT_BROADCAST_PACKETS,
	VSWITCH_A_STATS_OUT_BROADCAST_BYTES,
	VSWITCH_A_STATS_DROP,

	__VSWITCH_A_STATS_MAX,
	VSWITCH_A_STATS_MAX = (__VSWITCH_A_STATS_MAX - 1)
};

enum {
	VSWITCH_A_SWITCH_IFINDEX = 1,
	VSWITCH_A_SWITCH_NAME,
	VSWITCH_A_SWITCH_MTU,
	VSWITCH_A_SWITCH_SECURITY,
	VSWITCH_A_SWITCH_TEAMING,
	VSWITCH_A_SWITCH_GENERATION,
	VSWITCH_A_SWITCH_PORTGROUP_COUNT,
	VSWITCH_A_SWITCH_PORT_COUNT,
	VSWITCH_A_SWITCH_UPLINK_COUNT,
	VSWITCH_A_SWITCH_MAC_COUNT,
	VSWITCH_A_SWITCH_UP_DELAY,

	__VSWITCH_A_SWITCH_MAX,
	VSWITCH_A_SWITCH_MAX = (__VSWITCH_A_SWITCH_MAX - 1)
};

enum {
	VSWITCH_A_PORTGROUP_SWITCH = 1,
	VSWITCH_A_PORTGROUP_NAME,
	VSWITCH_A_PORTGROUP_NEW_NAME,
	VSWITCH_A_PORTGROUP_VLAN,
	VSWITCH_A_PORTGROUP_TRUNK,
	VSWITCH_A_PORTGROUP_SECURITY,
	VSWITCH_A_PORTGROUP_TEAMING,
	VSWITCH_A_PORTGROUP_PORT_COUNT,

	__VSWITCH_A_PORTGROUP_MAX,
	VSWITCH_A_PORTGROUP_MAX = (__VSWITCH_A_PORTGROUP_MAX - 1)
};

enum {
	VSWITCH_A_PORT_SWITCH = 1,
	VSWITCH_A_PORT_ID,
	VSWITCH_A_PORT_IFINDEX,
	VSWITCH_A_PORT_NAME,
	VSWITCH_A_PORT_KIND,
	VSWITCH_A_PORT_NETNS,
	VSWITCH_A_PORT_ROLE,
	VSWITCH_A_PORT_PORTGROUP,
	VSWITCH_A_PORT_MAC,
	VSWITCH_A_PORT_EFFECTIVE_MAC,
	VSWITCH_A_PORT_BLOCKED,
	VSWITCH_A_PORT_LINK,
	VSWITCH_A_PORT_MTU,
	VSWITCH_A_PORT_UPLINK,
	VSWITCH_A_PORT_STATS,
	VSWITCH_A_PORT_INACTIVE,
	VSWITCH_A_PORT_UPLINK_STATE,

	__VSWITCH_A_PORT_MAX,
	VSWITCH_A_PORT_MAX = (__VSWITCH_A_PORT_MAX - 1)
};

enum {
	VSWITCH_A_TXN_SWITCH = 1,
	VSWITCH_A_TXN_SWITCH_SET,
	VSWITCH_A_TXN_PORTGROUP_NEW,
	VSWITCH_A_TXN_PORTGROUP_SET,
	VSWITCH_A_TXN_PORTGROUP_DEL,
	VSWITCH_A_TXN_PORT_SET,

	__VSWITCH_A_TXN_MAX,
	VSWITCH_A_TXN_MAX = (__VSWITCH_A_TXN_MAX - 1)
};

enum {
	VSWITCH_A_FAILOVER_SWITCH = 1,
	VSWITCH_A_FAILOVER_PORTGROUP,
	VSWITCH_A_FAILOVER_OLD_UPLINK,
	VSWITCH_A_FAILOVER_NEW_UPLINK,

	__VSWITCH_A_FAILOVER_MAX,
	VSWITCH_A_FAILOVER_MAX = (__VSWITCH_A_FAILOVER_MAX - 1)
};

enum {
	VSWITCH_CMD_SWITCH_GET = 1,
	VSWITCH_CMD_SWITCH_SET,
	VSWITCH_CMD_SWITCH_NTF,
	VSWITCH_CMD_PORTGROUP_GET,
	VSWITCH_CMD_PORTGROUP_NEW,
	VSWITCH_CMD_PORTGROUP_SET,
	VSWITCH_CMD_PORTGROUP_DEL,
	VSWITCH_CMD_PORTGROUP_NTF,
	VSWITCH_CMD_PORTGROUP_DEL_NTF,
	VSWITCH_CMD_PORT_GET,
	VSWITCH_CMD_PORT_SET,
	VSWITCH_CMD_PORT_NTF,
	VSWITCH_CMD_PORT_DEL_NTF,
	VSWITCH_CMD_TXN,
	VSWITCH_CMD_LINK_NTF,
	VSWITCH_CMD_FAILOVER_NTF,
	VSWITCH_CMD_PORT_ANNOUNCE,

	__VSWITCH_CMD_MAX,
	VSWITCH_CMD_MAX = (__VSWITCH_CMD_MAX - 1)
};

#define VSWITCH_MCGRP_CONFIG	"config"
#define VSWITCH_MCGRP_EVENT	"event"

#endif /* _UAPI_LINUX_VSWITCH_H */
