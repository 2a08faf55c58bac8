// SPDX-License-Identifier: GPL-2.0
/*
 * Beacon probing.
 *
 * Every second, each uplink of a team that probes broadcasts a probe in each VLAN
 * of such teams.  An uplink works, for the teams of a VLAN, if in that VLAN it has
 * heard another uplink of the team, and has been heard by one, in the last three
 * seconds.  If no uplink works, there is no telling which of them is broken (with
 * two uplinks, as soon as one fails).  Every frame then goes out on all
 * of them: shotgun mode, as VMware calls it.
 *
 * The layout of ESXi's probes is not documented, and need not be known: a probe is
 * for the switch that sent it.  Probes of others are dropped.
 */
#include <linux/random.h>
#include <linux/slab.h>

#include "beacon.h"
#include "send.h"

#define VSW_BEACON_INTERVAL	HZ
#define VSW_BEACON_MISSES	3
#define VSW_BEACON_VLANS_MAX	100	/* as Net.MaxBeaconVLANs of ESXi */

static const u8 vsw_beacon_magic[8] = "vsbeacon";

/**
 * struct vsw_beacon_frame - a probe, without its tag
 * @eth: to all, from an address that is the uplink's and no port's
 * @magic: vsw_beacon_magic
 * @cookie: of the switch
 * @uplink: port id of the sender
 */
struct vsw_beacon_frame {
	struct ethhdr eth;
	u8 magic[sizeof(vsw_beacon_magic)];
	__be64 cookie;
	__be16 uplink;
} __packed;

/**
 * struct vsw_beacon_vlan - probes that the uplinks receive from each other in a VLAN
 * @vlan: the VLAN
 * @arrived: by the bit of the receiver, the senders by their bits, since the
 *	last round; written by the data path
 * @past: the same, of the rounds before
 * @heard: all of @past together
 */
struct vsw_beacon_vlan {
	u16 vlan;
	unsigned long arrived[VSWITCH_UPLINKS_MAX];
	u32 past[VSW_BEACON_MISSES][VSWITCH_UPLINKS_MAX];
	u32 heard[VSWITCH_UPLINKS_MAX];
};

/**
 * struct vsw_beacon - the probing of a switch
 * @cookie: tells its probes from those of other switches
 * @next_at: when the next round is due, in jiffies
 * @round: number of the round
 * @uplinks: uplinks by bit: &vsw_fwd.uplinks of the last round
 * @vlan_count: of @vlans
 * @vlans: VLANs with teams that probe
 *
 * Written under RTNL.  The data path reads @vlans meanwhile: it may credit one
 * probe to an entry that has just been given to another VLAN, which does no harm.
 */
struct vsw_beacon {
	u64 cookie;
	unsigned long next_at;
	unsigned int round;
	u16 uplinks[VSWITCH_UPLINKS_MAX];
	unsigned int vlan_count;
	struct vsw_beacon_vlan vlans[VSW_BEACON_VLANS_MAX];
};

/**
 * vsw_beacon_enable() - prepare for teams that probe
 * @sw: switch
 *
 * Context: RTNL.
 * Return: 0 or -ENOMEM.
 */
int vsw_beacon_enable(struct vsw_switch *sw)
{
	struct vsw_beacon *beacon;

	ASSERT_RTNL();
	if (sw->beacon)
		return 0;
	beacon = kvzalloc(sizeof(*beacon), GFP_KERNEL_ACCOUNT);
	if (!beacon)
		return -ENOMEM;
	beacon->cookie = get_random_u64();
	beacon->next_at = jiffies;
	sw->beacon = beacon;
	return 0;
}

/**
 * vsw_beacon_forget() - discard all probes when the last team stops probing
 * @sw: switch, for which vsw_beacon_enable() was called
 *
 * Context: RTNL.
 */
void vsw_beacon_forget(struct vsw_switch *sw)
{
	WRITE_ONCE(sw->beacon->vlan_count, 0);
}

static struct vsw_beacon_vlan *vsw_beacon_find(struct vsw_beacon *beacon, u16 vlan)
{
	unsigned int i, count = min(READ_ONCE(beacon->vlan_count), VSW_BEACON_VLANS_MAX);

	for (i = 0; i < count; i++)
		if (beacon->vlans[i].vlan == vlan)
			return &beacon->vlans[i];
	return NULL;
}

/**
 * vsw_beacon_receive() - record a probe
 * @fwd: snapshot
 * @from: uplink that received it
 * @skb: frame for which vsw_may_be_beacon() holds, with its tag in the metadata
 *
 * Return: whether it is a probe, ours or another's, and must not be delivered.
 */
bool vsw_beacon_receive(const struct vsw_fwd *fwd, const struct vsw_fwd_port *from,
			const struct sk_buff *skb)
{
	const struct vsw_beacon_frame *frame;
	struct vsw_beacon_frame copy;
	struct vsw_beacon_vlan *entry;
	u16 sender, vlan;

	if (((const struct ethhdr *)skb->data)->h_proto == htons(VSW_ETH_P_ESXI_BEACON))
		return true;
	frame = skb_header_pointer(skb, 0, sizeof(copy), &copy);
	if (!frame || memcmp(frame->magic, vsw_beacon_magic, sizeof(vsw_beacon_magic)))
		return false;
	sender = be16_to_cpu(frame->uplink);
	if (!fwd->beacon || be64_to_cpu(frame->cookie) != fwd->beacon->cookie ||
	    sender >= fwd->port_limit || !(fwd->ports[sender].flags & VSW_PORT_UPLINK))
		return true;
	vlan = skb_vlan_tag_present(skb) ? skb_vlan_tag_get_id(skb) : 0;
	entry = vsw_beacon_find(fwd->beacon, vlan);
	if (entry)
		set_bit(fwd->ports[sender].uplink_bit, &entry->arrived[from->uplink_bit]);
	return true;
}

/**
 * vsw_beacon_silent() - find the uplinks of a team that do not work
 * @fwd: snapshot under construction
 * @vlan: VLAN of the team
 * @uplinks: uplinks of the team with a link, by bit
 *
 * Return: those of @uplinks that do not work, by bit; 0 while that is not known.
 */
u32 vsw_beacon_silent(const struct vsw_fwd *fwd, u16 vlan, u32 uplinks)
{
	const struct vsw_beacon_vlan *entry;
	u32 hearing = 0, heard = 0;
	unsigned int i;

	if (!fwd->beacon || hweight32(uplinks) < 2 ||
	    memcmp(fwd->beacon->uplinks, fwd->uplinks, sizeof(fwd->uplinks)))
		return 0;
	entry = vsw_beacon_find(fwd->beacon, vlan);
	if (!entry)
		return 0;
	for (i = 0; i < fwd->uplink_count; i++) {
		if (!(uplinks & BIT(i)) || !(entry->heard[i] & uplinks & ~BIT(i)))
			continue;
		hearing |= BIT(i);
		heard |= entry->heard[i] & ~BIT(i);
	}
	return uplinks & ~(hearing & heard);
}

/* Until the first rounds say otherwise, all uplinks hear each other. */
static void vsw_beacon_reset(struct vsw_beacon_vlan *entry, u16 vlan)
{
	memset(entry, 0, sizeof(*entry));
	memset(entry->past, 0xff, sizeof(entry->past));
	memset(entry->heard, 0xff, sizeof(entry->heard));
	entry->vlan = vlan;
}

/* Follow changes of the uplinks and of the VLANs with teams that probe. */
static void vsw_beacon_follow(struct vsw_beacon *beacon, const struct vsw_config *config,
			      const struct vsw_fwd *fwd)
{
	bool same = !memcmp(beacon->uplinks, fwd->uplinks, sizeof(fwd->uplinks));
	DECLARE_BITMAP(vlans, VLAN_N_VID) = {};
	unsigned int i, kept = 0;
	u16 slot, vlan;

	for (slot = 0; slot < fwd->group_limit; slot++)
		if (fwd->groups[slot].probed)
			__set_bit(config->portgroups[slot]->policies.vlan, vlans);
	for (; slot < fwd->group_count; slot++)
		if (fwd->groups[slot].probed)
			__set_bit(fwd->ports[fwd->groups[slot].members[0]].vlan, vlans);
	for (i = 0; i < beacon->vlan_count; i++) {
		if (!same || !__test_and_clear_bit(beacon->vlans[i].vlan, vlans))
			continue;
		if (kept != i)
			beacon->vlans[kept] = beacon->vlans[i];
		kept++;
	}
	for_each_set_bit(vlan, vlans, VLAN_N_VID)
		if (kept < VSW_BEACON_VLANS_MAX)
			vsw_beacon_reset(&beacon->vlans[kept++], vlan);
	WRITE_ONCE(beacon->vlan_count, kept);
	memcpy(beacon->uplinks, fwd->uplinks, sizeof(beacon->uplinks));
}

/* Close a round: true if a receiver hears other uplinks than before. */
static bool vsw_beacon_collect(struct vsw_beacon *beacon, struct vsw_beacon_vlan *entry)
{
	bool changed = false;
	unsigned int i, j;
	u32 heard;

	for (i = 0; i < VSWITCH_UPLINKS_MAX; i++) {
		entry->past[beacon->round % VSW_BEACON_MISSES][i] = xchg(&entry->arrived[i], 0);
		for (heard = 0, j = 0; j < VSW_BEACON_MISSES; j++)
			heard |= entry->past[j][i];
		changed |= heard != entry->heard[i];
		entry->heard[i] = heard;
	}
	return changed;
}

static void vsw_beacon_send(const struct vsw_beacon *beacon, const struct vsw_fwd *fwd, u16 id,
			    u16 vlan)
{
	struct vsw_beacon_frame frame = {
		.eth.h_proto = htons(VSW_ETH_P_BEACON),
		.eth.h_source = { 0x02, 'v', 's' },
		.cookie = cpu_to_be64(beacon->cookie),
		.uplink = cpu_to_be16(id),
	};

	eth_broadcast_addr(frame.eth.h_dest);
	memcpy(&frame.eth.h_source[3], &fwd->ports[id].dev->dev_addr[3], 3);
	memcpy(frame.magic, vsw_beacon_magic, sizeof(frame.magic));
	vsw_send_own(&fwd->ports[id], &frame, sizeof(frame), vlan);
}

/* Uplinks that probe in a VLAN: those of all of its teams, if they have a link */
static u32 vsw_beacon_senders(const struct vsw_fwd *fwd, u16 vlan)
{
	u32 uplinks = 0;
	u16 slot;

	for (slot = fwd->vlan_groups[vlan]; slot != VSW_NO_GROUP; slot = fwd->groups[slot].next)
		uplinks |= fwd->groups[slot].probed;
	return uplinks;
}

/**
 * vsw_beacon_run() - send probes if they are due
 * @sw: switch
 *
 * Context: RTNL.
 * Return: in how many jiffies to call again.
 */
unsigned long vsw_beacon_run(struct vsw_switch *sw)
{
	struct vsw_beacon *beacon = sw->beacon;
	struct vsw_fwd *fwd = rtnl_dereference(sw->fwd);
	bool changed = false;
	unsigned int i, j;
	u32 senders;

	if (!fwd->beacon)
		return MAX_JIFFY_OFFSET;
	if (time_before(jiffies, beacon->next_at))
		return beacon->next_at - jiffies;
	beacon->round++;
	for (i = 0; i < beacon->vlan_count; i++)
		changed |= vsw_beacon_collect(beacon, &beacon->vlans[i]);
	vsw_beacon_follow(beacon, sw->config, fwd);
	if (changed) {
		vsw_recompile(sw);
		fwd = rtnl_dereference(sw->fwd);
	}
	for (i = 0; i < beacon->vlan_count; i++) {
		senders = vsw_beacon_senders(fwd, beacon->vlans[i].vlan);
		for (j = 0; j < fwd->uplink_count; j++)
			if (senders & BIT(j) &&
			    !(fwd->ports[fwd->uplinks[j]].flags & VSW_PORT_STOPPED))
				vsw_beacon_send(beacon, fwd, fwd->uplinks[j],
						beacon->vlans[i].vlan);
	}
	beacon->next_at = jiffies + VSW_BEACON_INTERVAL;
	return VSW_BEACON_INTERVAL;
}
