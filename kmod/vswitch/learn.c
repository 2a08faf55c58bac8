// SPDX-License-Identifier: GPL-2.0
/*
 * Learning of MAC addresses: for guests that forward for other machines.
 *
 * Configured addresses are not learned and take precedence.  A learned address
 * is valid while its port is in a port group that learns and has the VLAN.
 * Lookups check this, so that a new snapshot needs no walk over the table.
 */
#include <linux/slab.h>

#include "snapshot.h"

/* @seen is updated at most this often, so that CPUs can share the cache line. */
#define VSW_LEARN_TOUCH		(HZ / 4)

/* Seen outside within this time, it is an echo; later, the address has moved there. */
#define VSW_LEARN_ECHO		HZ

/* Entries per run of ageing */
#define VSW_LEARN_WORK		HZ
#define VSW_LEARN_BATCH		65536

static const struct rhashtable_params vsw_learned_params = {
	.key_len = sizeof(u64),
	.key_offset = offsetof(struct vsw_learned, key),
	.head_offset = offsetof(struct vsw_learned, node),
	.automatic_shrinking = true,
};

/**
 * vsw_learned_lookup() - find a learned address, valid or not
 * @fwd: snapshot
 * @mac: address, from vsw_mac()
 * @vlan: VLAN id, 0 for untagged
 *
 * Context: rcu_read_lock().
 * Return: the address, or NULL.
 */
struct vsw_learned *vsw_learned_lookup(const struct vsw_fwd *fwd, u64 mac, u16 vlan)
{
	u64 key = vsw_mac_key(mac, vsw_fwd_domain(fwd, vlan));

	return rhashtable_lookup(&fwd->sw->learning.table, &key, vsw_learned_params);
}

/* The port of a learned address, if it is still valid */
static const struct vsw_fwd_port *vsw_learned_port(const struct vsw_fwd *fwd,
						   const struct vsw_learned *learned, u16 vlan)
{
	u16 id = READ_ONCE(learned->port);
	const struct vsw_fwd_port *port;

	if (id >= fwd->port_limit)
		return NULL;
	port = &fwd->ports[id];
	if (!(port->flags & VSW_PORT_LEARNING) ||
	    time_after(jiffies, READ_ONCE(learned->seen) + port->features->ageing))
		return NULL;
	if (port->trunk ? !test_bit(vlan, port->trunk) :
			  port->domain != vsw_fwd_domain(fwd, vlan))
		return NULL;
	return port;
}

/**
 * vsw_learned_find() - find the port that learned an address
 * @fwd: snapshot
 * @mac: address, from vsw_mac()
 * @vlan: VLAN id, 0 for untagged
 *
 * Context: rcu_read_lock().
 * Return: the port, or NULL.
 */
const struct vsw_fwd_port *vsw_learned_find(const struct vsw_fwd *fwd, u64 mac, u16 vlan)
{
	const struct vsw_learned *learned = vsw_learned_lookup(fwd, mac, vlan);

	return learned ? vsw_learned_port(fwd, learned, vlan) : NULL;
}

static void vsw_learned_remove(struct vsw_switch *sw, struct vsw_learned *learned)
{
	struct vsw_port *port = xa_load(&sw->ports, learned->port);

	lockdep_assert_held(&sw->learning.lock);
	if (port)
		port->learned--;
	sw->learning.count--;
	list_del(&learned->list);
	rhashtable_remove_fast(&sw->learning.table, &learned->node, vsw_learned_params);
	kfree_rcu(learned, rcu);
}

/**
 * vsw_learned_echo() - check whether a frame from outside is one of ours that came back
 * @fwd: snapshot
 * @mac: its source address
 * @vlan: its VLAN
 *
 * If not, its source has moved to another host, and the address is forgotten.
 *
 * Context: rcu_read_lock(), bottom halves off.
 * Return: whether it is.
 */
bool vsw_learned_echo(const struct vsw_fwd *fwd, u64 mac, u16 vlan)
{
	struct vsw_learned *learned = vsw_learned_lookup(fwd, mac, vlan);
	struct vsw_switch *sw = fwd->sw;

	if (!learned || !vsw_learned_port(fwd, learned, vlan))
		return false;
	if (time_before(jiffies, READ_ONCE(learned->seen) + VSW_LEARN_ECHO))
		return true;
	spin_lock(&sw->learning.lock);
	learned = vsw_learned_lookup(fwd, mac, vlan);
	if (learned)
		vsw_learned_remove(sw, learned);
	spin_unlock(&sw->learning.lock);
	return false;
}

/* An address moved to another port of the switch. */
static void vsw_learned_move(struct vsw_switch *sw, struct vsw_learned *learned,
			     struct vsw_port *port, u16 vlan)
{
	struct vsw_port *before = xa_load(&sw->ports, learned->port);

	lockdep_assert_held(&sw->learning.lock);
	if (before)
		before->learned--;
	port->learned++;
	list_move_tail(&learned->list, &port->learned_list);
	learned->vlan = vlan;
	WRITE_ONCE(learned->seen, jiffies);
	WRITE_ONCE(learned->port, port->id);
}

/* Learn an address, or that it moved; false if the port has reached its limit. */
static bool vsw_learn_new(const struct vsw_fwd *fwd, struct vsw_port *port, u64 mac, u16 vlan,
			  u32 limit)
{
	struct vsw_switch *sw = fwd->sw;
	struct vsw_learned *learned;

	lockdep_assert_held(&sw->learning.lock);
	learned = vsw_learned_lookup(fwd, mac, vlan);
	if (learned && learned->port == port->id)
		return true;
	if (port->learned >= limit)
		return false;
	if (learned) {
		vsw_learned_move(sw, learned, port, vlan);
		return true;
	}
	learned = kzalloc(sizeof(*learned), GFP_ATOMIC);
	if (!learned)
		return true;
	learned->key = vsw_mac_key(mac, vsw_fwd_domain(fwd, vlan));
	learned->port = port->id;
	learned->vlan = vlan;
	learned->seen = jiffies;
	if (rhashtable_insert_fast(&sw->learning.table, &learned->node, vsw_learned_params)) {
		kfree(learned);
		return true;
	}
	if (!sw->learning.count++)
		schedule_delayed_work(&sw->learning.work, VSW_LEARN_WORK);
	list_add_tail(&learned->list, &port->learned_list);
	port->learned++;
	return true;
}

/**
 * vsw_learn() - learn from a frame that came from a port
 * @fwd: snapshot
 * @from: port, with VSW_PORT_LEARNING
 * @mac: source address, not one that @from was given
 * @vlan: VLAN of the frame
 *
 * Context: rcu_read_lock(), bottom halves off.
 * Return: false if the frame must be dropped: the port has learned as many
 * addresses as it may.
 */
bool vsw_learn(const struct vsw_fwd *fwd, const struct vsw_fwd_port *from, u64 mac, u16 vlan)
{
	const struct vsw_fwd_features *features = from->features;
	struct vsw_learned *learned = vsw_learned_lookup(fwd, mac, vlan);
	struct vsw_port *port = features->port;
	bool done;

	if (likely(learned && READ_ONCE(learned->port) == port->id)) {
		if (time_after(jiffies, READ_ONCE(learned->seen) + VSW_LEARN_TOUCH))
			WRITE_ONCE(learned->seen, jiffies);
		return true;
	}
	/* A configured address belongs to its port. */
	if (vsw_fwd_find(fwd, mac, vlan))
		return true;
	spin_lock(&fwd->sw->learning.lock);
	done = port->left_learning ||
	       vsw_learn_new(fwd, port, mac, vlan, features->learning_limit);
	spin_unlock(&fwd->sw->learning.lock);
	return done || features->learning_allow;
}

/**
 * vsw_learning_forget_port() - forget the learned addresses of a port
 * @port: port that leaves; it no longer learns
 */
void vsw_learning_forget_port(struct vsw_port *port)
{
	struct vsw_learning_table *learning = &port->sw->learning;
	struct vsw_learned *learned, *next;

	spin_lock_bh(&learning->lock);
	port->left_learning = true;
	list_for_each_entry_safe(learned, next, &port->learned_list, list)
		vsw_learned_remove(port->sw, learned);
	spin_unlock_bh(&learning->lock);
}

/**
 * vsw_learned_list() - list the learned addresses of a port
 * @port: port
 * @list: to be filled
 * @room: entries of @list
 *
 * Return: how many there are in @list; the port may have learned more.
 */
unsigned int vsw_learned_list(struct vsw_port *port, struct vsw_learned_address *list,
			      unsigned int room)
{
	struct vsw_learning_table *learning = &port->sw->learning;
	struct vsw_learned *learned;
	unsigned int count = 0;

	spin_lock_bh(&learning->lock);
	list_for_each_entry(learned, &port->learned_list, list) {
		if (count == room)
			break;
		/* The key has the address in front of the VLAN: vsw_mac_key() */
		list[count].mac = learned->key >> 16;
		list[count++].vlan = learned->vlan;
	}
	spin_unlock_bh(&learning->lock);
	return count;
}

/* Forget aged addresses of a port; returns how many entries there were. */
static u32 vsw_learning_age(struct vsw_switch *sw, struct vsw_port *port)
{
	const struct vsw_fwd *fwd = rcu_dereference(sw->fwd);
	struct vsw_learned *learned, *next;
	u32 count;

	spin_lock_bh(&sw->learning.lock);
	count = port->learned;
	list_for_each_entry_safe(learned, next, &port->learned_list, list)
		if (!vsw_learned_port(fwd, learned, learned->vlan))
			vsw_learned_remove(sw, learned);
	spin_unlock_bh(&sw->learning.lock);
	return count;
}

static void vsw_learning_work(struct work_struct *work)
{
	struct vsw_learning_table *learning =
		container_of(to_delayed_work(work), struct vsw_learning_table, work);
	struct vsw_switch *sw = container_of(learning, struct vsw_switch, learning);
	struct vsw_port *port;
	u32 looked_at = 0;

	rcu_read_lock();
	for (; looked_at < VSW_LEARN_BATCH; learning->next++) {
		port = xa_find(&sw->ports, &learning->next, ULONG_MAX, XA_PRESENT);
		if (!port) {
			learning->next = 0;
			break;
		}
		looked_at += vsw_learning_age(sw, port);
		rcu_read_unlock();
		cond_resched();
		rcu_read_lock();
	}
	rcu_read_unlock();
	spin_lock_bh(&learning->lock);
	if (learning->count)
		schedule_delayed_work(&learning->work, VSW_LEARN_WORK);
	spin_unlock_bh(&learning->lock);
}

/**
 * vsw_learning_init() - prepare a switch for learning
 * @sw: new switch
 *
 * Return: 0 or -ENOMEM.
 */
int vsw_learning_init(struct vsw_switch *sw)
{
	spin_lock_init(&sw->learning.lock);
	INIT_DELAYED_WORK(&sw->learning.work, vsw_learning_work);
	return rhashtable_init(&sw->learning.table, &vsw_learned_params);
}

/**
 * vsw_learning_exit() - undo vsw_learning_init()
 * @sw: switch without ports
 */
void vsw_learning_exit(struct vsw_switch *sw)
{
	cancel_delayed_work_sync(&sw->learning.work);
	rhashtable_destroy(&sw->learning.table);
}
