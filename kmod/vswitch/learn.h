/* SPDX-License-Identifier: GPL-2.0 */
/*
 * Learning of MAC addresses by the ports of a port group.
 */
#ifndef _VSWITCH_LEARN_H
#define _VSWITCH_LEARN_H

#include <linux/list.h>
#include <linux/rhashtable.h>
#include <linux/spinlock.h>
#include <linux/workqueue.h>

/* Seconds for which an unseen address is kept: by default, and at most */
#define VSW_LEARN_AGEING	600
#define VSW_LEARN_AGEING_MAX	1000000

struct vsw_fwd;
struct vsw_fwd_port;
struct vsw_port;
struct vsw_switch;

/**
 * struct vsw_learned - an address that a port learned
 * @node: in &vsw_learning_table.table
 * @key: as that of &struct vsw_fwd_mac
 * @list: in &vsw_port.learned_list
 * @port: id of the port
 * @vlan: VLAN in which it was seen
 * @seen: when, in jiffies
 * @rcu: for freeing
 */
struct vsw_learned {
	struct rhash_head node;
	u64 key;
	struct list_head list;
	u16 port;
	u16 vlan;
	unsigned long seen;
	struct rcu_head rcu;
};

/**
 * struct vsw_learning_table - learned addresses of a switch
 * @table: by key; RCU for the data path
 * @lock: protects @count, changes of @table, &vsw_port.learned and
 *	&vsw_port.learned_list
 * @count: of all entries
 * @next: port that @work looks at next
 * @work: forgets aged addresses
 *
 * Each port has its own list, so that its limit bounds every walk with @lock held.
 */
struct vsw_learning_table {
	struct rhashtable table;
	spinlock_t lock;	/* all but lookups in table */
	u32 count;
	unsigned long next;
	struct delayed_work work;
};

/**
 * struct vsw_learned_address - an entry of vsw_learned_list()
 * @mac: from vsw_mac()
 * @vlan: VLAN in which it was seen
 */
struct vsw_learned_address {
	u64 mac;
	u16 vlan;
};

unsigned int vsw_learned_list(struct vsw_port *port, struct vsw_learned_address *list,
			      unsigned int room);
struct vsw_learned *vsw_learned_lookup(const struct vsw_fwd *fwd, u64 mac, u16 vlan);
int vsw_learning_init(struct vsw_switch *sw);
void vsw_learning_exit(struct vsw_switch *sw);
void vsw_learning_forget_port(struct vsw_port *port);
bool vsw_learn(const struct vsw_fwd *fwd, const struct vsw_fwd_port *from, u64 mac, u16 vlan);
const struct vsw_fwd_port *vsw_learned_find(const struct vsw_fwd *fwd, u64 mac, u16 vlan);
bool vsw_learned_echo(const struct vsw_fwd *fwd, u64 mac, u16 vlan);

#endif /* _VSWITCH_LEARN_H */
