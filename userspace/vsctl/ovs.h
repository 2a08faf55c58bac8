/* SPDX-License-Identifier: GPL-2.0 */
/*
 * vsctl under the name ovs-vsctl: the calls by which libvirt, Proxmox VE, LXC and ifupdown2
 * put guests onto an Open vSwitch, answered by a switch of ours.  Nothing else is answered:
 * what would have no effect here is an error.
 *
 * One call may have many commands.  What they ask for is collected by record, as objects
 *
 *   { name, do: add, del, set, add-br or del-br, switch, may_exist, if_exists,
 *     tag, trunks, vlan_mode: texts, or null where they are cleared;
 *     profile, mac, mtu, internal, ids: { external id: text } or null }
 *
 * and nothing is done before all of them are understood.
 */
#ifndef OVS_H
#define OVS_H

#include <stdbool.h>

#include <jansson.h>

#include "../libvs/text.h"

struct vs_ctx;

/* ovs.c: is this the name of that front?  And its main(). */
bool ovs_is_called(const char *program);
int ovs_main(int argc, char **argv);

/* ovs_apply.c */

/* Does what was collected for one record. */
int ovs_apply(struct vs_ctx *vs, const json_t *change);
/* The port of any switch that is this device; NULL where it is none.  To be freed. */
int ovs_find_port(struct vs_ctx *vs, const char *device, json_t **port);

/* ovs_group.c: the name of the port group for what a change says, of switch @sw_name */
int ovs_choose_group(struct vs_ctx *vs, const json_t *change, const char *sw_name, const char *now,
		     json_t **group);

/* ovs_ids.c: external ids, which the alias of the device holds */

json_t *ovs_ids_of(struct vs_ctx *vs, const char *device);
/* Changes those that @ids names; null and JSON null take away. */
int ovs_set_ids(struct vs_ctx *vs, const char *device, const json_t *ids);
/*
 * The address that Proxmox VE gave to the guest's adapter whose device this is; whether there
 * is one.
 */
bool ovs_pve_mac(const char *device, char mac[VS_MAC_TEXT]);

/* ovs_show.c: prints a column of the record of @device, or its statistics as JSON. */

int ovs_print_column(struct vs_ctx *vs, const json_t *port, const char *column, const char *key);
int ovs_print_statistics(const json_t *port);

#endif
