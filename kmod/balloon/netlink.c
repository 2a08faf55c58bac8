// SPDX-License-Identifier: GPL-2.0
/*
 * The netlink family.  Its definition is Documentation/netlink/specs/balloon.yaml.
 */
#include <linux/mm.h>
#include <linux/module.h>
#include <net/genetlink.h>

#include "balloon.h"
#include "netlink_gen.h"

static struct genl_family bln_genl_family;

/**
 * struct bln_change - what a request wants of a VM
 * @settings: all of them, also those that stay
 * @files: numbers of its files
 * @count: how many, or -1 if they stay
 */
struct bln_change {
	struct bln_settings settings;
	u64 files[BLN_FILES_MAX];
	int count;
};

static bool bln_put_files(struct sk_buff *skb, const struct bln_vm *vm)
{
	u64 ids[BLN_FILES_MAX];
	int count = bln_vm_get_files(vm, ids), i;

	for (i = 0; i < count; i++)
		if (nla_put_u64_64bit(skb, BALLOON_A_VM_FILE, ids[i], BALLOON_A_VM_PAD))
			return false;
	return true;
}

static bool bln_put_settings(struct sk_buff *skb, const struct bln_vm *vm)
{
	const struct bln_settings *settings = &vm->settings;

	return !nla_put_u8(skb, BALLOON_A_VM_LEVEL, settings->level) &&
	       !nla_put_u64_64bit(skb, BALLOON_A_VM_SHARES, bln_vm_shares(vm), BALLOON_A_VM_PAD) &&
	       !nla_put_u64_64bit(skb, BALLOON_A_VM_RESERVATION,
				  settings->reservation << PAGE_SHIFT, BALLOON_A_VM_PAD) &&
	       !nla_put_u64_64bit(skb, BALLOON_A_VM_LIMIT, settings->limit << PAGE_SHIFT,
				  BALLOON_A_VM_PAD) &&
	       !nla_put_u32(skb, BALLOON_A_VM_METHODS, settings->methods);
}

static bool bln_put_figures(struct sk_buff *skb, const struct bln_vm *vm)
{
	const struct vmem_usage *usage = &vm->usage;

	return !nla_put_u64_64bit(skb, BALLOON_A_VM_SIZE, usage->size << PAGE_SHIFT,
				  BALLOON_A_VM_PAD) &&
	       !nla_put_u64_64bit(skb, BALLOON_A_VM_GRANTED, usage->granted, BALLOON_A_VM_PAD) &&
	       !nla_put_u64_64bit(skb, BALLOON_A_VM_AWAY, usage->away, BALLOON_A_VM_PAD) &&
	       !nla_put_u64_64bit(skb, BALLOON_A_VM_ACTIVE, usage->active, BALLOON_A_VM_PAD) &&
	       !nla_put_u64_64bit(skb, BALLOON_A_VM_ENTITLED, vm->claim.entitled,
				  BALLOON_A_VM_PAD) &&
	       !nla_put_u64_64bit(skb, BALLOON_A_VM_TARGET, vm->target.pages, BALLOON_A_VM_PAD) &&
	       !nla_put_u8(skb, BALLOON_A_VM_REASON, vm->reason);
}

static int bln_put_vm(struct sk_buff *skb, const struct bln_vm *vm, void *header)
{
	if (!header)
		return -EMSGSIZE;
	if (nla_put_u64_64bit(skb, BALLOON_A_VM_ID, vm->group, BALLOON_A_VM_PAD) ||
	    (vm->name[0] && nla_put_string(skb, BALLOON_A_VM_NAME, vm->name)) ||
	    !bln_put_files(skb, vm) || !bln_put_settings(skb, vm) || !bln_put_figures(skb, vm)) {
		genlmsg_cancel(skb, header);
		return -EMSGSIZE;
	}
	genlmsg_end(skb, header);
	return 0;
}

static const char *bln_name(const struct genl_info *info)
{
	const struct nlattr *name = info->attrs[BALLOON_A_VM_NAME];

	if (name && *(char *)nla_data(name))
		return nla_data(name);
	NL_SET_ERR_MSG(info->extack, "the name of the VM is missing");
	return NULL;
}

/* Finds the VM that a request names, or says why not. */
static struct bln_vm *bln_named_vm(const struct genl_info *info)
{
	const char *name = bln_name(info);
	struct bln_vm *vm;

	if (!name)
		return ERR_PTR(-EINVAL);
	vm = bln_vm_find(name);
	if (vm)
		return vm;
	NL_SET_ERR_MSG_FMT(info->extack, "there is no VM '%.40s'", name);
	return ERR_PTR(-ENOENT);
}

int balloon_nl_vm_get_doit(struct sk_buff *request, struct genl_info *info)
{
	struct sk_buff *skb = genlmsg_new(GENLMSG_DEFAULT_SIZE, GFP_KERNEL);
	struct bln_vm *vm;
	int err;

	if (!skb)
		return -ENOMEM;
	mutex_lock(&bln_lock);
	vm = bln_named_vm(info);
	err = IS_ERR(vm) ? PTR_ERR(vm) :
	      bln_put_vm(skb, vm, genlmsg_put_reply(skb, info, &bln_genl_family, 0,
						    BALLOON_CMD_VM_GET));
	mutex_unlock(&bln_lock);
	if (!err)
		return genlmsg_reply(skb, info);
	nlmsg_free(skb);
	return err;
}

int balloon_nl_vm_get_dumpit(struct sk_buff *skb, struct netlink_callback *cb)
{
	unsigned long group;
	struct bln_vm *vm;
	void *header;

	mutex_lock(&bln_lock);
	xa_for_each_start(&bln_vms, group, vm, cb->args[0]) {
		header = genlmsg_put(skb, NETLINK_CB(cb->skb).portid, cb->nlh->nlmsg_seq,
				     &bln_genl_family, NLM_F_MULTI, BALLOON_CMD_VM_GET);
		if (bln_put_vm(skb, vm, header))
			break;
		cb->args[0] = group + 1;
	}
	mutex_unlock(&bln_lock);
	return skb->len;
}

static u64 bln_pages_of(const struct nlattr *bytes)
{
	return DIV_ROUND_UP_ULL(min(nla_get_u64(bytes), U64_MAX - PAGE_SIZE), PAGE_SIZE);
}

static int bln_read_shares(struct bln_settings *settings, const struct genl_info *info)
{
	const struct nlattr *level = info->attrs[BALLOON_A_VM_LEVEL];
	const struct nlattr *shares = info->attrs[BALLOON_A_VM_SHARES];

	if (level)
		settings->level = nla_get_u8(level);
	if (shares ? settings->level != BALLOON_LEVEL_CUSTOM :
		     level && settings->level == BALLOON_LEVEL_CUSTOM) {
		NL_SET_ERR_MSG(info->extack,
			       "a number of shares goes with the level custom, and with no other");
		return -EINVAL;
	}
	if (shares)
		settings->shares = nla_get_u64(shares);
	if (shares && (!settings->shares || settings->shares > BLN_SHARES_MAX)) {
		NL_SET_ERR_MSG_FMT(info->extack, "shares %llu are not from 1 to %llu",
				   settings->shares, BLN_SHARES_MAX);
		return -ERANGE;
	}
	return 0;
}

static int bln_read_bounds(struct bln_settings *settings, const struct genl_info *info)
{
	if (info->attrs[BALLOON_A_VM_RESERVATION])
		settings->reservation = bln_pages_of(info->attrs[BALLOON_A_VM_RESERVATION]);
	if (info->attrs[BALLOON_A_VM_LIMIT])
		settings->limit = bln_pages_of(info->attrs[BALLOON_A_VM_LIMIT]);
	if (info->attrs[BALLOON_A_VM_METHODS])
		settings->methods = nla_get_u32(info->attrs[BALLOON_A_VM_METHODS]);
	if (max(settings->reservation, settings->limit) > BLN_PAGES_MAX) {
		NL_SET_ERR_MSG_FMT(info->extack, "no VM has more than %llu MiB",
				   BLN_PAGES_MAX >> (20 - PAGE_SHIFT));
		return -ERANGE;
	}
	if (settings->limit && settings->reservation > settings->limit) {
		NL_SET_ERR_MSG_FMT(info->extack,
				   "the reservation, %llu KiB, is above the limit, %llu KiB",
				   settings->reservation << (PAGE_SHIFT - 10),
				   settings->limit << (PAGE_SHIFT - 10));
		return -ERANGE;
	}
	return 0;
}

/* One file 0 stands for none. */
static int bln_read_files(struct bln_change *change, const struct genl_info *info)
{
	const struct nlattr *attr;
	int rem;

	change->count = -1;
	nlmsg_for_each_attr(attr, info->nlhdr, GENL_HDRLEN, rem) {
		if (nla_type(attr) != BALLOON_A_VM_FILE)
			continue;
		change->count = max(change->count, 0);
		if (!nla_get_u64(attr))
			continue;
		if (change->count == BLN_FILES_MAX) {
			NL_SET_ERR_MSG_FMT(info->extack, "a VM has %u files at most",
					   BLN_FILES_MAX);
			return -E2BIG;
		}
		change->files[change->count++] = nla_get_u64(attr);
	}
	return 0;
}

/* Whether all that is reserved fits the host, as things are now */
static int bln_check_fit(struct netlink_ext_ack *extack)
{
	u64 committed, capacity = bln_capacity();

	bln_measure();
	committed = bln_committed();
	if (committed <= capacity)
		return 0;
	atomic_long_inc(&bln_counts.refused);
	NL_SET_ERR_MSG_FMT(extack,
			   "reservations would be %u MiB with overhead, the host can give %u MiB",
			   (u32)(committed >> (20 - PAGE_SHIFT)),
			   (u32)(capacity >> (20 - PAGE_SHIFT)));
	return -ENOSPC;
}

/* All of the change, or nothing; what reserves less than before always fits. */
static int bln_change_vm(struct bln_vm *vm, const struct genl_info *info)
{
	struct bln_change change = { .settings = vm->settings }, old = change;
	bool more;
	int err;

	err = bln_read_shares(&change.settings, info) ?:
	      bln_read_bounds(&change.settings, info) ?: bln_read_files(&change, info);
	if (err)
		return err;
	old.count = bln_vm_get_files(vm, old.files);
	if (change.count >= 0)
		err = bln_vm_set_files(vm, change.files, change.count, info->extack);
	if (err)
		return err;
	vm->settings = change.settings;
	more = change.count > 0 || change.settings.reservation > old.settings.reservation;
	err = more ? bln_check_fit(info->extack) : 0;
	if (!err)
		return 0;
	vm->settings = old.settings;
	bln_vm_set_files(vm, old.files, old.count, NULL);
	return err;
}

int balloon_nl_vm_set_doit(struct sk_buff *skb, struct genl_info *info)
{
	struct bln_vm *vm;
	int err;

	err = vmem_check_admin(skb, info->extack);
	if (err)
		return err;
	mutex_lock(&bln_lock);
	vm = bln_named_vm(info);
	err = IS_ERR(vm) ? PTR_ERR(vm) : bln_change_vm(vm, info);
	mutex_unlock(&bln_lock);
	if (!err)
		bln_schedule_soon();
	return err;
}

static int bln_add_vm(const struct genl_info *info)
{
	const char *name = bln_name(info);
	struct bln_vm *vm;
	int err;

	if (!name)
		return -EINVAL;
	if (bln_vm_find(name)) {
		NL_SET_ERR_MSG_FMT(info->extack, "there is a VM '%.40s' already", name);
		return -EEXIST;
	}
	vm = bln_vm_create(0, name);
	if (!vm)
		return -ENOMEM;
	err = bln_change_vm(vm, info);
	if (err)
		bln_vm_remove(vm);
	return err;
}

int balloon_nl_vm_add_doit(struct sk_buff *skb, struct genl_info *info)
{
	int err;

	err = vmem_check_admin(skb, info->extack);
	if (err)
		return err;
	mutex_lock(&bln_lock);
	err = bln_add_vm(info);
	mutex_unlock(&bln_lock);
	if (!err)
		bln_schedule_soon();
	return err;
}

int balloon_nl_vm_del_doit(struct sk_buff *skb, struct genl_info *info)
{
	struct bln_vm *vm;
	int err;

	err = vmem_check_admin(skb, info->extack);
	if (err)
		return err;
	mutex_lock(&bln_lock);
	vm = bln_named_vm(info);
	if (IS_ERR(vm)) {
		err = PTR_ERR(vm);
	} else {
		bln_vm_set_files(vm, NULL, 0, NULL);
		bln_vm_remove(vm);
		bln_schedule_soon();
	}
	mutex_unlock(&bln_lock);
	return err;
}

static bool bln_put_scheduler(struct sk_buff *skb)
{
	u64 total, committed;
	unsigned long group;
	struct bln_vm *vm;
	u32 vms = 0;

	mutex_lock(&bln_lock);
	bln_measure();
	xa_for_each(&bln_vms, group, vm)
		vms += !!vm->files;
	committed = bln_committed();
	total = bln_total();
	mutex_unlock(&bln_lock);
	return !nla_put_u32(skb, BALLOON_A_SCHEDULER_VMS, vms) &&
	       !nla_put_u64_64bit(skb, BALLOON_A_SCHEDULER_TOTAL, total, BALLOON_A_SCHEDULER_PAD) &&
	       !nla_put_u64_64bit(skb, BALLOON_A_SCHEDULER_CAPACITY, bln_capacity(),
				  BALLOON_A_SCHEDULER_PAD) &&
	       !nla_put_u64_64bit(skb, BALLOON_A_SCHEDULER_COMMITTED, committed,
				  BALLOON_A_SCHEDULER_PAD) &&
	       !nla_put_u64_64bit(skb, BALLOON_A_SCHEDULER_RUNS, atomic_long_read(&bln_counts.runs),
				  BALLOON_A_SCHEDULER_PAD) &&
	       !nla_put_u64_64bit(skb, BALLOON_A_SCHEDULER_TIME, atomic64_read(&bln_counts.time),
				  BALLOON_A_SCHEDULER_PAD) &&
	       !nla_put_u64_64bit(skb, BALLOON_A_SCHEDULER_REFUSED,
				  atomic_long_read(&bln_counts.refused), BALLOON_A_SCHEDULER_PAD) &&
	       !nla_put_u64_64bit(skb, BALLOON_A_SCHEDULER_HELD, atomic_long_read(&bln_counts.held),
				  BALLOON_A_SCHEDULER_PAD);
}

int balloon_nl_scheduler_get_doit(struct sk_buff *request, struct genl_info *info)
{
	struct sk_buff *skb = genlmsg_new(GENLMSG_DEFAULT_SIZE, GFP_KERNEL);
	void *header;

	if (!skb)
		return -ENOMEM;
	header = genlmsg_put_reply(skb, info, &bln_genl_family, 0, BALLOON_CMD_SCHEDULER_GET);
	if (!header || !bln_put_scheduler(skb)) {
		nlmsg_free(skb);
		return -EMSGSIZE;
	}
	genlmsg_end(skb, header);
	return genlmsg_reply(skb, info);
}

/* The target of a VM has changed. */
static void bln_notify_target(const struct bln_vm *vm)
{
	struct sk_buff *skb;

	if (!genl_has_listeners(&bln_genl_family, &init_net, BALLOON_NLGRP_EVENT))
		return;
	skb = genlmsg_new(GENLMSG_DEFAULT_SIZE, GFP_KERNEL | __GFP_NOWARN);
	if (!skb)
		return;
	if (bln_put_vm(skb, vm, genlmsg_put(skb, 0, 0, &bln_genl_family, 0, BALLOON_CMD_VM_NTF)))
		nlmsg_free(skb);
	else
		genlmsg_multicast(&bln_genl_family, skb, 0, BALLOON_NLGRP_EVENT, GFP_KERNEL);
}

static const struct genl_multicast_group bln_genl_groups[] = {
	[BALLOON_NLGRP_EVENT] = { .name = "event" },
};

static struct genl_family bln_genl_family __ro_after_init = {
	.name		= BALLOON_FAMILY_NAME,
	.version	= BALLOON_FAMILY_VERSION,
	.parallel_ops	= true,
	.module		= THIS_MODULE,
	.ops		= balloon_nl_ops,
	.n_ops		= ARRAY_SIZE(balloon_nl_ops),
	.mcgrps		= bln_genl_groups,
	.n_mcgrps	= ARRAY_SIZE(bln_genl_groups),
	.resv_start_op	= BALLOON_CMD_VM_GET,
};
MODULE_ALIAS_GENL_FAMILY(BALLOON_FAMILY_NAME);

/**
 * bln_netlink_init() - register the netlink family
 *
 * Return: 0 or an error.
 */
int __init bln_netlink_init(void)
{
	int err = genl_register_family(&bln_genl_family);

	if (!err)
		bln_tell_targets_to(bln_notify_target);
	return err;
}

/**
 * bln_netlink_exit() - unregister the netlink family
 */
void bln_netlink_exit(void)
{
	bln_tell_targets_to(NULL);
	genl_unregister_family(&bln_genl_family);
}
