// SPDX-License-Identifier: GPL-2.0
/*
 * The netlink family.  Its definition is Documentation/netlink/specs/vmfs.yaml.
 *
 * A reply holds the volume, and unmounting waits for that.  Nothing here waits for a device,
 * but to count free blocks: of a volume that is written to for the first time only.
 */
#include <linux/completion.h>
#include <linux/kdev_t.h>
#include <linux/module.h>
#include <linux/refcount.h>
#include <linux/xarray.h>
#include <net/genetlink.h>

#include "netlink_gen.h"
#include "vfs.h"

/* Room for all extents: a name, a number, three headers and padding each */
#define VMFS_EXTENTS_BYTES	(VMFS_MAX_EXTENTS * (DISK_NAME_LEN + 40))

static struct genl_family vmfs_genl_family;

/* Volumes that are mounted, by device number; each entry is a user of its volume */
static DEFINE_XARRAY(vmfs_volumes);

/* The first volume with this number or a higher one, for vmfs_put_volume(), or NULL */
static struct vmfs_volume *vmfs_next_volume(unsigned long id)
{
	struct vmfs_volume *vol;

	xa_lock(&vmfs_volumes);
	vol = xa_find(&vmfs_volumes, &id, ULONG_MAX, XA_PRESENT);
	if (vol)
		refcount_inc(&vmfs_mount(vol)->users);
	xa_unlock(&vmfs_volumes);
	return vol;
}

static void vmfs_put_volume(struct vmfs_volume *vol)
{
	struct vmfs_mount *mount = vmfs_mount(vol);

	if (refcount_dec_and_test(&mount->users))
		complete(&mount->unused);
}

static u32 vmfs_volume_id(const struct vmfs_volume *vol)
{
	return new_encode_dev(vol->sb->s_dev);
}

static bool vmfs_put_u64(struct sk_buff *skb, int attr, u64 value)
{
	return !nla_put_u64_64bit(skb, attr, value, VMFS_A_DATASTORE_PAD);
}

static bool vmfs_put_uuid(struct sk_buff *skb, int attr, const struct vmfs_uuid *uuid)
{
	char text[VMFS_UUID_TEXT_LEN + 1];

	snprintf(text, sizeof(text), "%08x-%08x-%04x-%*phN", le32_to_cpu(uuid->time_lo),
		 le32_to_cpu(uuid->time_hi), le16_to_cpu(uuid->random), (int)sizeof(uuid->mac),
		 uuid->mac);
	return !nla_put_string(skb, attr, text);
}

/* Which volume it is */
static bool vmfs_put_identity(struct sk_buff *skb, const struct vmfs_volume *vol)
{
	return !nla_put_u32(skb, VMFS_A_DATASTORE_ID, vmfs_volume_id(vol)) &&
	       !nla_put_string(skb, VMFS_A_DATASTORE_DEVICE, vol->sb->s_id) &&
	       !nla_put_string(skb, VMFS_A_DATASTORE_LABEL, vol->label) &&
	       vmfs_put_uuid(skb, VMFS_A_DATASTORE_UUID, &vol->uuid) &&
	       vmfs_put_uuid(skb, VMFS_A_DATASTORE_VOLUME_UUID, &vol->disk.lv_uuid) &&
	       vmfs_put_u64(skb, VMFS_A_DATASTORE_SIZE, READ_ONCE(vol->disk.size));
}

static bool vmfs_put_geometry(struct sk_buff *skb, struct vmfs_volume *vol)
{
	u64 blocks;

	if (nla_put_u8(skb, VMFS_A_DATASTORE_MAJOR, vol->version) ||
	    nla_put_u8(skb, VMFS_A_DATASTORE_MINOR, vol->minor) ||
	    nla_put_u32(skb, VMFS_A_DATASTORE_BLOCK_SIZE, vmfs_fb_size(vol)))
		return false;
	return vmfs_free_items(vol, VMFS_FBB, &blocks) ||
	       vmfs_put_u64(skb, VMFS_A_DATASTORE_FREE, blocks << vol->fb_shift);
}

static bool vmfs_put_extents(struct sk_buff *skb, const struct vmfs_volume *vol)
{
	unsigned int count = smp_load_acquire(&vol->disk.num_extents), i; /* lvm.c adds some */
	char name[DISK_NAME_LEN + 12];

	for (i = 0; i < count; i++) {
		const struct vmfs_extent *extent = &vol->disk.extents[i];
		u64 pes = READ_ONCE(extent->last_pe) - extent->first_pe + 1;
		struct nlattr *nest = nla_nest_start(skb, VMFS_A_DATASTORE_EXTENTS);

		snprintf(name, sizeof(name), "%pg", extent->bdev);
		if (!nest || nla_put_string(skb, VMFS_A_EXTENT_DEVICE, name) ||
		    nla_put_u64_64bit(skb, VMFS_A_EXTENT_SIZE, pes * VMFS_LVM_PE_SIZE,
				      VMFS_A_EXTENT_PAD))
			return false;
		nla_nest_end(skb, nest);
	}
	return true;
}

/* Whether it is written to, and if that has ended, why */
static bool vmfs_put_state(struct sk_buff *skb, const struct vmfs_volume *vol)
{
	u8 state = VMFS_DATASTORE_STATE_READ_ONLY;
	const char *reason = NULL;

	if (vmfs_is_active(vol)) {
		state = VMFS_DATASTORE_STATE_ACTIVE;
		if (READ_ONCE(vol->disk.err)) {
			state = VMFS_DATASTORE_STATE_STOPPED;
			reason = READ_ONCE(vol->disk.reason);
		}
	}
	return !nla_put_u8(skb, VMFS_A_DATASTORE_STATE, state) &&
	       (!reason || !nla_put_string(skb, VMFS_A_DATASTORE_REASON, reason));
}

static bool vmfs_put_heartbeat(struct sk_buff *skb, const struct vmfs_volume *vol)
{
	const struct vmfs_locks *locks = vol->locks;

	if (nla_put_string(skb, VMFS_A_DATASTORE_LOCK, locks->ops->name))
		return false;
	return !vmfs_is_active(vol) ||
	       (vmfs_put_uuid(skb, VMFS_A_DATASTORE_HOST_UUID, &locks->host) &&
		!nla_put_u32(skb, VMFS_A_DATASTORE_HEARTBEAT_SLOT,
			     (locks->hb->lv - VMFS_HB_OFFSET) / sizeof(*locks->hb->slot)) &&
		vmfs_put_u64(skb, VMFS_A_DATASTORE_LEASE_AGE, vmfs_hb_age(vol)));
}

static bool vmfs_put_counters(struct sk_buff *skb, const struct vmfs_volume *vol)
{
	struct nlattr *nest = nla_nest_start(skb, VMFS_A_DATASTORE_COUNTERS);
	enum vmfs_count id;

	/* Counters and attributes come in one order. */
	BUILD_BUG_ON(VMFS_A_COUNTERS_COMMITS - VMFS_COUNT_COMMITS != 2);
	BUILD_BUG_ON(VMFS_A_COUNTERS_MAX - (VMFS_COUNTS - 1) != 2);
	if (!nest)
		return false;
	for (id = 0; id < VMFS_COUNTS; id++)
		if (nla_put_u64_64bit(skb, id + VMFS_A_COUNTERS_COMMITS,
				      atomic64_read(&vol->disk.counts[id]), VMFS_A_COUNTERS_PAD))
			return false;
	nla_nest_end(skb, nest);
	return true;
}

static int vmfs_put_datastore(struct sk_buff *skb, u32 portid, u32 seq, int flags,
			      struct vmfs_volume *vol)
{
	void *header = genlmsg_put(skb, portid, seq, &vmfs_genl_family, flags,
				   VMFS_CMD_DATASTORE_GET);

	if (!header)
		return -EMSGSIZE;
	if (!vmfs_put_identity(skb, vol) || !vmfs_put_geometry(skb, vol) ||
	    !vmfs_put_extents(skb, vol) || !vmfs_put_state(skb, vol) ||
	    !vmfs_put_heartbeat(skb, vol) || !vmfs_put_counters(skb, vol)) {
		genlmsg_cancel(skb, header);
		return -EMSGSIZE;
	}
	genlmsg_end(skb, header);
	return 0;
}

static struct vmfs_volume *vmfs_find_volume(struct genl_info *info)
{
	const struct nlattr *attr = info->attrs[VMFS_A_DATASTORE_ID];
	struct vmfs_volume *vol;
	u32 id;

	if (!attr) {
		NL_SET_ERR_MSG(info->extack, "the id of the datastore is missing");
		return ERR_PTR(-EINVAL);
	}
	id = nla_get_u32(attr);
	vol = vmfs_next_volume(id);
	if (vol && vmfs_volume_id(vol) == id)
		return vol;
	if (vol)
		vmfs_put_volume(vol);
	NL_SET_ERR_MSG_FMT(info->extack, "no VMFS is mounted from device %u:%u",
			   MAJOR(new_decode_dev(id)), MINOR(new_decode_dev(id)));
	return ERR_PTR(-ENOENT);
}

int vmfs_nl_datastore_get_doit(struct sk_buff *request, struct genl_info *info)
{
	struct vmfs_volume *vol = vmfs_find_volume(info);
	struct sk_buff *skb;
	int err = -ENOMEM;

	if (IS_ERR(vol))
		return PTR_ERR(vol);
	skb = genlmsg_new(GENLMSG_DEFAULT_SIZE + VMFS_EXTENTS_BYTES, GFP_KERNEL);
	if (skb)
		err = vmfs_put_datastore(skb, info->snd_portid, info->snd_seq, 0, vol);
	vmfs_put_volume(vol);
	if (err) {
		nlmsg_free(skb);
		return err;
	}
	return genlmsg_reply(skb, info);
}

int vmfs_nl_datastore_get_dumpit(struct sk_buff *skb, struct netlink_callback *cb)
{
	struct vmfs_volume *vol;
	unsigned long id;
	int err;

	while ((vol = vmfs_next_volume(cb->args[0]))) {
		id = vmfs_volume_id(vol);
		err = vmfs_put_datastore(skb, NETLINK_CB(cb->skb).portid, cb->nlh->nlmsg_seq,
					 NLM_F_MULTI, vol);
		vmfs_put_volume(vol);
		if (err)
			return skb->len ?: err;
		cb->args[0] = id + 1;
	}
	return skb->len;
}

/* Called where writing may have to go on before memory is freed: hence GFP_NOIO. */
static void vmfs_notify(struct vmfs_volume *vol, enum vmfs_event event, const char *reason)
{
	static const u8 commands[] = {
		[VMFS_EVENT_MOUNT] = VMFS_CMD_MOUNT_NTF,
		[VMFS_EVENT_UNMOUNT] = VMFS_CMD_UNMOUNT_NTF,
		[VMFS_EVENT_STOP] = VMFS_CMD_STOP_NTF,
		[VMFS_EVENT_CORRUPT] = VMFS_CMD_CORRUPT_NTF,
		[VMFS_EVENT_GROW] = VMFS_CMD_GROW_NTF,
		[VMFS_EVENT_RECOVER] = VMFS_CMD_RECOVER_NTF,
	};
	struct sk_buff *skb;
	void *header;

	if (!genl_has_listeners(&vmfs_genl_family, &init_net, VMFS_NLGRP_EVENT))
		return;
	skb = genlmsg_new(GENLMSG_DEFAULT_SIZE, GFP_NOIO | __GFP_NOWARN);
	if (!skb)
		return;
	header = genlmsg_put(skb, 0, 0, &vmfs_genl_family, 0, commands[event]);
	if (!header || !vmfs_put_identity(skb, vol) ||
	    (event == VMFS_EVENT_MOUNT && !vmfs_put_state(skb, vol)) ||
	    (reason && nla_put_string(skb, VMFS_A_DATASTORE_REASON, reason))) {
		nlmsg_free(skb);
		return;
	}
	genlmsg_end(skb, header);
	genlmsg_multicast(&vmfs_genl_family, skb, 0, VMFS_NLGRP_EVENT, GFP_NOIO);
}

static const struct genl_multicast_group vmfs_genl_groups[] = {
	[VMFS_NLGRP_EVENT] = { .name = "event" },
};

static struct genl_family vmfs_genl_family __ro_after_init = {
	.name		= VMFS_FAMILY_NAME,
	.version	= VMFS_FAMILY_VERSION,
	.parallel_ops	= true,
	.module		= THIS_MODULE,
	.ops		= vmfs_nl_ops,
	.n_ops		= ARRAY_SIZE(vmfs_nl_ops),
	.mcgrps		= vmfs_genl_groups,
	.n_mcgrps	= ARRAY_SIZE(vmfs_genl_groups),
	.resv_start_op	= VMFS_CMD_DATASTORE_GET,
};
MODULE_ALIAS_GENL_FAMILY(VMFS_FAMILY_NAME);

/**
 * vmfs_netlink_add() - show a volume, and tell that it is mounted
 * @vol: volume
 *
 * Return: 0 or -ENOMEM.
 */
int vmfs_netlink_add(struct vmfs_volume *vol)
{
	int err;

	refcount_set(&vmfs_mount(vol)->users, 1);
	init_completion(&vmfs_mount(vol)->unused);
	err = xa_insert(&vmfs_volumes, vmfs_volume_id(vol), vol, GFP_KERNEL);
	if (!err)
		vmfs_event(vol, VMFS_EVENT_MOUNT, NULL);
	return err;
}

/**
 * vmfs_netlink_remove() - hide a volume, and wait until nobody looks at it
 * @vol: volume, shown or not
 *
 * Return: whether it was shown.
 */
bool vmfs_netlink_remove(struct vmfs_volume *vol)
{
	if (xa_cmpxchg(&vmfs_volumes, vmfs_volume_id(vol), vol, NULL, 0) != vol)
		return false;
	vmfs_put_volume(vol);
	wait_for_completion(&vmfs_mount(vol)->unused);
	return true;
}

/**
 * vmfs_netlink_init() - register the netlink family
 *
 * Return: 0 or an error.
 */
int __init vmfs_netlink_init(void)
{
	int err = genl_register_family(&vmfs_genl_family);

	if (!err)
		vmfs_tell_events_to(vmfs_notify);
	return err;
}

/**
 * vmfs_netlink_exit() - unregister the netlink family
 */
void vmfs_netlink_exit(void)
{
	genl_unregister_family(&vmfs_genl_family);
}
