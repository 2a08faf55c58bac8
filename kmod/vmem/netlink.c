// SPDX-License-Identifier: GPL-2.0
/*
 * The netlink family.  Its definition is Documentation/netlink/specs/vmem.yaml.
 */
#include <linux/dcache.h>
#include <linux/module.h>
#include <linux/slab.h>
#include <net/genetlink.h>

#include "netlink_gen.h"
#include "vmem.h"

/* Room for all buckets of all kinds: two numbers, two headers and padding each */
#define VMEM_LATENCY_BYTES	(VMEM_FAULT_KINDS * (VMEM_BUCKETS + 1) * 48)

static struct genl_family vmem_genl_family;

/* Where a reply goes, and what is the same in all of it */
struct vmem_message {
	struct sk_buff *skb;
	u32 portid;
	u32 seq;
	int flags;
	struct vmem_sharing sharing;
};

static bool vmem_put_pages(struct sk_buff *skb, const struct vmem_file *file)
{
	struct nlattr *nest = nla_nest_start(skb, VMEM_A_FILE_PAGES);
	unsigned int state;

	/* States and attributes come in one order. */
	BUILD_BUG_ON(VMEM_A_PAGES_ZERO - VMEM_ZERO != 1);
	BUILD_BUG_ON(VMEM_A_PAGES_WRITING - VMEM_WRITING != 1);
	if (!nest)
		return false;
	for (state = VMEM_ZERO; state < VMEM_STATES; state++)
		if (nla_put_u64_64bit(skb, state + 1, atomic_long_read(&file->count[state]),
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
	       !nla_put_u32(skb, VMEM_A_FILE_SWAP, vmem_swap_is_failed(file) ? 2 : !!file->swap);
}

/* The sharers of a folio may be of many files: each has its part of what is saved. */
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
	    !vmem_put_pages(skb, file) || !vmem_put_events(skb, file) ||
	    !vmem_put_tiers(skb, file) || !vmem_put_saved(skb, file, &message->sharing)) {
		genlmsg_cancel(skb, header);
		return -EMSGSIZE;
	}
	genlmsg_end(skb, header);
	return 0;
}

/* Puts the file, gives it back.  A directory entry goes last: it may take the
 * inode with it, whose end waits for the file to be given back.
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

/**
 * vmem_file_find() - find the file that a request names
 * @id: attribute with its inode number, or NULL
 * @extack: gets the reason of a refusal
 *
 * Return: the file, to be given back with vmem_file_put(); -EINVAL without an
 * id, -ENOENT where there is no such file.
 */
struct vmem_file *vmem_file_find(const struct nlattr *id, struct netlink_ext_ack *extack)
{
	struct vmem_file *file;

	if (!id) {
		NL_SET_ERR_MSG(extack, "the id of the file is missing");
		return ERR_PTR(-EINVAL);
	}
	file = vmem_file_get(nla_get_u64(id));
	if (file)
		return file;
	NL_SET_ERR_MSG_FMT(extack, "there is no file with id %llu", nla_get_u64(id));
	return ERR_PTR(-ENOENT);
}
EXPORT_SYMBOL_GPL(vmem_file_find);

int vmem_nl_file_get_doit(struct sk_buff *skb, struct genl_info *info)
{
	struct vmem_message message = {
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
		NL_SET_ERR_MSG_FMT(extack, "file %lu has its size already: its kind stays",
				   file->inode.i_ino);
		err = -EBUSY;
	} else {
		file->kind = kind;
	}
	inode_unlock(&file->inode);
	return err;
}

int vmem_nl_file_set_doit(struct sk_buff *skb, struct genl_info *info)
{
	struct vmem_file *file = vmem_file_find(info->attrs[VMEM_A_FILE_ID], info->extack);
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

static int vmem_reply_reclaimed(struct genl_info *info, u64 pages)
{
	struct sk_buff *skb = genlmsg_new(GENLMSG_DEFAULT_SIZE, GFP_KERNEL);
	void *header;

	if (!skb)
		return -ENOMEM;
	header = genlmsg_put_reply(skb, info, &vmem_genl_family, 0, VMEM_CMD_RECLAIM);
	if (!header || nla_put_u64_64bit(skb, VMEM_A_RECLAIM_PAGES, pages, VMEM_A_RECLAIM_PAD)) {
		nlmsg_free(skb);
		return -EMSGSIZE;
	}
	genlmsg_end(skb, header);
	return genlmsg_reply(skb, info);
}

int vmem_nl_reclaim_doit(struct sk_buff *skb, struct genl_info *info)
{
	const struct nlattr *means = info->attrs[VMEM_A_RECLAIM_MEANS];
	const struct nlattr *pages = info->attrs[VMEM_A_RECLAIM_PAGES];
	struct vmem_file *file = vmem_file_find(info->attrs[VMEM_A_RECLAIM_ID], info->extack);
	long freed;

	if (IS_ERR(file))
		return PTR_ERR(file);
	if (!pages) {
		NL_SET_ERR_MSG(info->extack, "the number of pages is missing");
		vmem_file_put(file);
		return -EINVAL;
	}
	freed = vmem_reclaim(file, min_t(u64, nla_get_u64(pages), LONG_MAX),
			     means ? nla_get_u32(means) : VMEM_MEANS_ALL);
	vmem_file_put(file);
	return vmem_reply_reclaimed(info, freed);
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

static struct genl_family vmem_genl_family __ro_after_init = {
	.name		= VMEM_FAMILY_NAME,
	.version	= VMEM_FAMILY_VERSION,
	.parallel_ops	= true,
	.module		= THIS_MODULE,
	.ops		= vmem_nl_ops,
	.n_ops		= ARRAY_SIZE(vmem_nl_ops),
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
	return genl_register_family(&vmem_genl_family);
}

/**
 * vmem_netlink_exit() - unregister the netlink family
 */
void vmem_netlink_exit(void)
{
	genl_unregister_family(&vmem_genl_family);
}
