// SPDX-License-Identifier: GPL-2.0
/*
 * The netlink family.  Its definition is Documentation/netlink/specs/vmem.yaml.
 */
#include <linux/dcache.h>
#include <linux/module.h>
#include <linux/sched/signal.h>
#include <linux/slab.h>
#include <net/genetlink.h>

#include "netlink_gen.h"
#include "vmem.h"

/* Room for all buckets of all kinds: two numbers, two headers and padding each */
#define VMEM_LATENCY_BYTES	(VMEM_FAULT_KINDS * (VMEM_BUCKETS + 1) * 48)

static struct genl_family vmem_genl_family;

/* A reply, the request, and what all messages of the reply have in common */
struct vmem_message {
	struct sk_buff *skb;
	struct sk_buff *request;
	u32 portid;
	u32 seq;
	int flags;
	struct vmem_sharing sharing;
};

/* How many of a guest's pages are equal to others is not for everybody. */
static unsigned long vmem_told(const struct vmem_file *file, unsigned int state, bool all)
{
	unsigned long pages = atomic_long_read(&file->count[state]);

	if (all)
		return pages;
	if (state == VMEM_PRIVATE)
		return pages + atomic_long_read(&file->count[VMEM_SHARED]);
	return state == VMEM_SHARED || state == VMEM_ZERO ? 0 : pages;
}

static bool vmem_put_pages(struct sk_buff *skb, const struct vmem_file *file, bool all)
{
	struct nlattr *nest = nla_nest_start(skb, VMEM_A_FILE_PAGES);
	unsigned int state;

	/* States and attributes come in one order. */
	BUILD_BUG_ON(VMEM_A_PAGES_ZERO - VMEM_ZERO != 1);
	BUILD_BUG_ON(VMEM_A_PAGES_WRITING - VMEM_WRITING != 1);
	if (!nest)
		return false;
	for (state = VMEM_ZERO; state < VMEM_STATES; state++)
		if (nla_put_u64_64bit(skb, state + 1, vmem_told(file, state, all),
				      VMEM_A_PAGES_PAD))
			return false;
	nla_nest_end(skb, nest);
	return true;
}

static bool vmem_put_events(struct sk_buff *skb, const struct vmem_file *file)
{
	struct nlattr *nest = nla_nest_start(skb, VMEM_A_FILE_EVENTS);
	unsigned int event;

	if (!nest)
		return false;
	for (event = VMEM_A_EVENTS_FAULT; event <= VMEM_A_EVENTS_MAX; event++)
		if (nla_put_u64_64bit(skb, event, vmem_events(file, event), VMEM_A_EVENTS_PAD))
			return false;
	nla_nest_end(skb, nest);
	return true;
}

static bool vmem_put_name(struct sk_buff *skb, struct dentry *alias)
{
	char *buffer, *path;
	bool done = true;

	if (!alias)
		return true;
	buffer = kmalloc(PATH_MAX, GFP_KERNEL);
	if (!buffer)
		return true;
	path = dentry_path_raw(alias, buffer, PATH_MAX);
	if (!IS_ERR(path))
		done = !nla_put_string(skb, VMEM_A_FILE_NAME, path);
	kfree(buffer);
	return done;
}

static bool vmem_put_tiers(struct sk_buff *skb, struct vmem_file *file)
{
	return !nla_put_u8(skb, VMEM_A_FILE_COMPRESSOR, file->compressor) &&
	       !nla_put_u8(skb, VMEM_A_FILE_COMPRESS_LIMIT, file->compress_limit) &&
	       !nla_put_u64_64bit(skb, VMEM_A_FILE_POOL_PAGES, vmem_pool_pages(file),
				  VMEM_A_FILE_PAD) &&
	       !nla_put_u64_64bit(skb, VMEM_A_FILE_ACTIVE, vmem_active(file), VMEM_A_FILE_PAD) &&
	       !nla_put_u64_64bit(skb, VMEM_A_FILE_WAITING, vmem_waiting(file), VMEM_A_FILE_PAD) &&
	       !nla_put_u32(skb, VMEM_A_FILE_SWAP, vmem_swap_state(file)) &&
	       (vmem_file_group(file) & VMEM_GROUP_OWN ||
		!nla_put_u64_64bit(skb, VMEM_A_FILE_GROUP, vmem_file_group(file),
				   VMEM_A_FILE_PAD));
}

/* A file's part of what is saved is its part of the shared pages. */
static bool vmem_put_saved(struct sk_buff *skb, const struct vmem_file *file,
			   const struct vmem_sharing *sharing)
{
	unsigned long own = min_t(unsigned long, atomic_long_read(&file->count[VMEM_SHARED]),
				  sharing->pages);
	u64 saved = own ? mult_frac(sharing->saved, own, sharing->pages) : 0;

	return !nla_put_u64_64bit(skb, VMEM_A_FILE_SAVED, saved, VMEM_A_FILE_PAD);
}

static int vmem_put_file(const struct vmem_message *message, struct vmem_file *file,
			 struct dentry *alias)
{
	bool all = vmem_may_read(message->request, file);
	struct sk_buff *skb = message->skb;
	void *header;

	header = genlmsg_put(skb, message->portid, message->seq, &vmem_genl_family,
			     message->flags, VMEM_CMD_FILE_GET);
	if (!header)
		return -EMSGSIZE;
	if (nla_put_u64_64bit(skb, VMEM_A_FILE_ID, file->inode.i_ino, VMEM_A_FILE_PAD) ||
	    !vmem_put_name(skb, alias) ||
	    nla_put_u64_64bit(skb, VMEM_A_FILE_SIZE, i_size_read(&file->inode),
			      VMEM_A_FILE_PAD) ||
	    nla_put_u8(skb, VMEM_A_FILE_KIND, file->kind) ||
	    !vmem_put_pages(skb, file, all) || !vmem_put_tiers(skb, file) ||
	    (all && !vmem_put_events(skb, file)) ||
	    (all && !vmem_put_saved(skb, file, &message->sharing))) {
		genlmsg_cancel(skb, header);
		return -EMSGSIZE;
	}
	genlmsg_end(skb, header);
	return 0;
}

/*
 * Drops the reference to the file before that to the dentry: the latter may be the last one
 * of the inode, and eviction waits for the former.
 */
static int vmem_show_file(const struct vmem_message *message, struct vmem_file *file)
{
	struct dentry *alias = d_find_any_alias(&file->inode);
	int err;

	err = vmem_put_file(message, file, alias);
	vmem_file_put(file);
	dput(alias);
	return err;
}

int vmem_nl_file_get_doit(struct sk_buff *skb, struct genl_info *info)
{
	struct vmem_message message = {
		.request = skb,
		.portid = info->snd_portid,
		.seq = info->snd_seq,
		.sharing = vmem_sharing(),
	};
	struct vmem_file *file = vmem_file_find(info->attrs[VMEM_A_FILE_ID], info->extack);
	int err;

	if (IS_ERR(file))
		return PTR_ERR(file);
	message.skb = genlmsg_new(GENLMSG_DEFAULT_SIZE + PATH_MAX, GFP_KERNEL);
	if (!message.skb) {
		vmem_file_put(file);
		return -ENOMEM;
	}
	err = vmem_show_file(&message, file);
	if (err) {
		nlmsg_free(message.skb);
		return err;
	}
	return genlmsg_reply(message.skb, info);
}

int vmem_nl_file_get_dumpit(struct sk_buff *skb, struct netlink_callback *cb)
{
	const struct vmem_message message = {
		.skb = skb,
		.request = cb->skb,
		.portid = NETLINK_CB(cb->skb).portid,
		.seq = cb->nlh->nlmsg_seq,
		.flags = NLM_F_MULTI,
		.sharing = vmem_sharing(),
	};
	struct vmem_file *file;
	unsigned long id;

	while ((file = vmem_file_next(cb->args[0]))) {
		id = file->inode.i_ino;
		if (vmem_show_file(&message, file))
			return skb->len ?: -EMSGSIZE;
		cb->args[0] = id;
	}
	return skb->len;
}

static int vmem_set_kind(struct vmem_file *file, u8 kind, struct netlink_ext_ack *extack)
{
	int err = 0;

	inode_lock(&file->inode);
	if (file->pages && file->kind != kind) {
		NL_SET_ERR_MSG_FMT(extack, "file %llu has its size already: its kind stays",
				   (u64)file->inode.i_ino);
		err = -EBUSY;
	} else {
		file->kind = kind;
	}
	inode_unlock(&file->inode);
	return err;
}

int vmem_nl_file_set_doit(struct sk_buff *skb, struct genl_info *info)
{
	struct vmem_file *file = vmem_file_find_own(skb, info->attrs[VMEM_A_FILE_ID], info->extack);
	int err = 0;

	if (IS_ERR(file))
		return PTR_ERR(file);
	if (info->attrs[VMEM_A_FILE_KIND] && info->attrs[VMEM_A_FILE_SWAP]) {
		NL_SET_ERR_MSG(info->extack,
			       "the kind is set before a file gets its size, the swap file after it");
		err = -EINVAL;
	} else if (info->attrs[VMEM_A_FILE_KIND]) {
		err = vmem_set_kind(file, nla_get_u8(info->attrs[VMEM_A_FILE_KIND]), info->extack);
	} else if (info->attrs[VMEM_A_FILE_SWAP]) {
		err = vmem_swap_set(file, nla_get_u32(info->attrs[VMEM_A_FILE_SWAP]), info->extack);
	}
	if (!err && info->attrs[VMEM_A_FILE_COMPRESSOR])
		WRITE_ONCE(file->compressor, nla_get_u8(info->attrs[VMEM_A_FILE_COMPRESSOR]));
	if (!err && info->attrs[VMEM_A_FILE_COMPRESS_LIMIT])
		WRITE_ONCE(file->compress_limit,
			   nla_get_u8(info->attrs[VMEM_A_FILE_COMPRESS_LIMIT]));
	vmem_file_put(file);
	return err;
}

static struct sk_buff *vmem_reply_start(struct genl_info *info, u8 cmd, void **header)
{
	struct sk_buff *skb = genlmsg_new(GENLMSG_DEFAULT_SIZE, GFP_KERNEL);

	if (skb)
		*header = genlmsg_put_reply(skb, info, &vmem_genl_family, 0, cmd);
	return skb;
}

static int vmem_reply_reclaimed(struct genl_info *info, u64 pages,
				const struct vmem_sweep *sweep)
{
	void *header;
	struct sk_buff *skb = vmem_reply_start(info, VMEM_CMD_RECLAIM, &header);

	if (!skb)
		return -ENOMEM;
	if (!header || nla_put_u64_64bit(skb, VMEM_A_RECLAIM_PAGES, pages, VMEM_A_RECLAIM_PAD) ||
	    nla_put_u64_64bit(skb, VMEM_A_RECLAIM_SEEN, sweep->seen, VMEM_A_RECLAIM_PAD) ||
	    nla_put_u8(skb, VMEM_A_RECLAIM_MORE, sweep->more)) {
		nlmsg_free(skb);
		return -EMSGSIZE;
	}
	genlmsg_end(skb, header);
	return genlmsg_reply(skb, info);
}

/* Steps, for the time of one: waits for writes in between, unlike a single step. */
static long vmem_reclaim_for_a_while(struct vmem_file *file, long pages, unsigned int methods,
				     struct vmem_sweep *sweep)
{
	unsigned long until = jiffies + VMEM_STEP;
	long freed = 0;

	for (;;) {
		freed += vmem_reclaim_step(file, pages - freed, methods, sweep);
		if (!sweep->writing || fatal_signal_pending(current) ||
		    time_after_eq(jiffies, until))
			return freed;
		vmem_swap_wait(file, VMEM_STEP);
	}
}

int vmem_nl_reclaim_doit(struct sk_buff *skb, struct genl_info *info)
{
	const struct nlattr *methods = info->attrs[VMEM_A_RECLAIM_METHODS];
	const struct nlattr *pages = info->attrs[VMEM_A_RECLAIM_PAGES];
	const struct nlattr *seen = info->attrs[VMEM_A_RECLAIM_SEEN];
	struct vmem_sweep sweep = { .seen = seen ? nla_get_u64(seen) : 0 };
	struct vmem_file *file;
	long freed;

	file = vmem_file_find_own(skb, info->attrs[VMEM_A_RECLAIM_ID], info->extack);
	if (IS_ERR(file))
		return PTR_ERR(file);
	if (!pages) {
		NL_SET_ERR_MSG(info->extack, "the number of pages is missing");
		vmem_file_put(file);
		return -EINVAL;
	}
	freed = vmem_reclaim_for_a_while(file, min_t(u64, nla_get_u64(pages), LONG_MAX),
					 methods ? nla_get_u32(methods) : VMEM_METHODS_ALL, &sweep);
	vmem_file_put(file);
	return vmem_reply_reclaimed(info, freed, &sweep);
}

int vmem_nl_swap_off_doit(struct sk_buff *request, struct genl_info *info)
{
	unsigned long left;
	struct vmem_file *file;
	struct sk_buff *skb;
	void *header;
	int err;
	u64 id;

	file = vmem_file_find_own(request, info->attrs[VMEM_A_FILE_ID], info->extack);
	if (IS_ERR(file))
		return PTR_ERR(file);
	id = file->inode.i_ino;
	err = vmem_swap_off(file, &left);
	vmem_file_put(file);
	if (err) {
		NL_SET_ERR_MSG_FMT(info->extack,
				   "%lu pages cannot be read back from the swap file: it stays",
				   left);
		return err;
	}
	skb = vmem_reply_start(info, VMEM_CMD_SWAP_OFF, &header);
	if (!skb)
		return -ENOMEM;
	if (!header || nla_put_u64_64bit(skb, VMEM_A_FILE_ID, id, VMEM_A_FILE_PAD) ||
	    nla_put_u64_64bit(skb, VMEM_A_FILE_LEFT, left, VMEM_A_FILE_PAD)) {
		nlmsg_free(skb);
		return -EMSGSIZE;
	}
	genlmsg_end(skb, header);
	return genlmsg_reply(skb, info);
}

/* A guest waits for memory. */
static void vmem_notify_waiting(struct vmem_file *file, u64 ms)
{
	struct sk_buff *skb = genlmsg_new(GENLMSG_DEFAULT_SIZE, GFP_KERNEL | __GFP_NOWARN);
	void *header;

	if (!skb)
		return;
	header = genlmsg_put(skb, 0, 0, &vmem_genl_family, 0, VMEM_CMD_WAIT_NTF);
	if (!header ||
	    nla_put_u64_64bit(skb, VMEM_A_FILE_ID, file->inode.i_ino, VMEM_A_FILE_PAD) ||
	    nla_put_u64_64bit(skb, VMEM_A_FILE_WAITING, ms, VMEM_A_FILE_PAD) ||
	    nla_put_u32(skb, VMEM_A_FILE_SWAP, vmem_swap_state(file))) {
		nlmsg_free(skb);
		return;
	}
	genlmsg_end(skb, header);
	genlmsg_multicast(&vmem_genl_family, skb, 0, VMEM_NLGRP_EVENT, GFP_KERNEL);
}

static bool vmem_put_bucket(struct sk_buff *skb, u64 from, u64 count)
{
	struct nlattr *nest = nla_nest_start(skb, VMEM_A_FAULTS_BUCKET);

	if (!nest || nla_put_u64_64bit(skb, VMEM_A_BUCKET_FROM, from, VMEM_A_BUCKET_PAD) ||
	    nla_put_u64_64bit(skb, VMEM_A_BUCKET_COUNT, count, VMEM_A_BUCKET_PAD))
		return false;
	nla_nest_end(skb, nest);
	return true;
}

static bool vmem_put_faults(struct sk_buff *skb, const struct vmem_file *file,
			    enum vmem_fault_kind kind)
{
	struct nlattr *nest = nla_nest_start(skb, VMEM_A_LATENCY_FAULTS);
	bool some = false;
	unsigned int i;
	u64 from, count;

	if (!nest || nla_put_u8(skb, VMEM_A_FAULTS_KIND, kind))
		return false;
	for (i = 0; i < VMEM_BUCKETS; i++) {
		count = vmem_faults(file, kind, i, &from);
		if (count && !vmem_put_bucket(skb, from, count))
			return false;
		some |= count;
	}
	if (some)
		nla_nest_end(skb, nest);
	else
		nla_nest_cancel(skb, nest);
	return true;
}

static bool vmem_put_latency(struct sk_buff *skb, const struct vmem_file *file)
{
	unsigned int kind;

	if (nla_put_u64_64bit(skb, VMEM_A_LATENCY_ID, file->inode.i_ino, VMEM_A_LATENCY_PAD))
		return false;
	for (kind = 0; kind < VMEM_FAULT_KINDS; kind++)
		if (!vmem_put_faults(skb, file, kind))
			return false;
	return true;
}

int vmem_nl_latency_get_doit(struct sk_buff *request, struct genl_info *info)
{
	struct vmem_file *file = vmem_file_find(info->attrs[VMEM_A_LATENCY_ID], info->extack);
	struct sk_buff *skb;
	void *header;
	bool done;

	if (IS_ERR(file))
		return PTR_ERR(file);
	if (!vmem_may_read(request, file)) {
		NL_SET_ERR_MSG_FMT(info->extack,
				   "latencies of file %llu are for those who may read it",
				   (u64)file->inode.i_ino);
		vmem_file_put(file);
		return -EPERM;
	}
	skb = genlmsg_new(VMEM_LATENCY_BYTES, GFP_KERNEL);
	header = skb ? genlmsg_put_reply(skb, info, &vmem_genl_family, 0, VMEM_CMD_LATENCY_GET) :
		       NULL;
	done = header && vmem_put_latency(skb, file);
	vmem_file_put(file);
	if (!done) {
		nlmsg_free(skb);
		return -ENOMEM;
	}
	genlmsg_end(skb, header);
	return genlmsg_reply(skb, info);
}

static bool vmem_put_stage(struct sk_buff *skb, const struct vmem_host *host, unsigned int state)
{
	struct nlattr *nest = nla_nest_start(skb, VMEM_A_HOST_STAGE);

	if (!nest || nla_put_u8(skb, VMEM_A_STAGE_STATE, state) ||
	    nla_put_u64_64bit(skb, VMEM_A_STAGE_BELOW, host->below[state], VMEM_A_STAGE_PAD) ||
	    nla_put_u64_64bit(skb, VMEM_A_STAGE_UNTIL, host->until[state], VMEM_A_STAGE_PAD) ||
	    nla_put_u32(skb, VMEM_A_STAGE_BATCH, vmem_host_batch(state)) ||
	    nla_put_u64_64bit(skb, VMEM_A_STAGE_ENTERED, host->entered[state], VMEM_A_STAGE_PAD) ||
	    nla_put_u64_64bit(skb, VMEM_A_STAGE_TAKEN, host->taken[state], VMEM_A_STAGE_PAD))
		return false;
	nla_nest_end(skb, nest);
	return true;
}

static bool vmem_put_host(struct sk_buff *skb)
{
	struct vmem_host host;
	unsigned int state;

	vmem_host_get(&host);
	if (nla_put_u8(skb, VMEM_A_HOST_STATE, host.state) ||
	    nla_put_u64_64bit(skb, VMEM_A_HOST_AVAILABLE, host.available, VMEM_A_HOST_PAD) ||
	    nla_put_u64_64bit(skb, VMEM_A_HOST_MIN_FREE, host.min_free, VMEM_A_HOST_PAD))
		return false;
	for (state = 0; state < VMEM_HOST_STATES; state++)
		if (!vmem_put_stage(skb, &host, state))
			return false;
	return true;
}

int vmem_nl_host_get_doit(struct sk_buff *request, struct genl_info *info)
{
	void *header;
	struct sk_buff *skb = vmem_reply_start(info, VMEM_CMD_HOST_GET, &header);

	if (!skb)
		return -ENOMEM;
	if (!header || !vmem_put_host(skb)) {
		nlmsg_free(skb);
		return -EMSGSIZE;
	}
	genlmsg_end(skb, header);
	return genlmsg_reply(skb, info);
}

static const struct genl_multicast_group vmem_genl_groups[] = {
	[VMEM_NLGRP_EVENT] = { .name = "event" },
};

static struct genl_family vmem_genl_family __ro_after_init = {
	.name		= VMEM_FAMILY_NAME,
	.version	= VMEM_FAMILY_VERSION,
	.parallel_ops	= true,
	.module		= THIS_MODULE,
	.ops		= vmem_nl_ops,
	.n_ops		= ARRAY_SIZE(vmem_nl_ops),
	.mcgrps		= vmem_genl_groups,
	.n_mcgrps	= ARRAY_SIZE(vmem_genl_groups),
	.resv_start_op	= VMEM_CMD_FILE_GET,
};
MODULE_ALIAS_GENL_FAMILY(VMEM_FAMILY_NAME);

/**
 * vmem_netlink_init() - register the netlink family
 *
 * Return: 0 or an error.
 */
int __init vmem_netlink_init(void)
{
	int err = genl_register_family(&vmem_genl_family);

	if (!err)
		vmem_tell_waits_to(vmem_notify_waiting);
	return err;
}

/**
 * vmem_netlink_exit() - unregister the netlink family
 */
void vmem_netlink_exit(void)
{
	genl_unregister_family(&vmem_genl_family);
}
