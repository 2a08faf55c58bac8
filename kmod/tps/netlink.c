// SPDX-License-Identifier: GPL-2.0
/*
 * The netlink family.  Its definition is Documentation/netlink/specs/tps.yaml.
 */
#include <linux/module.h>
#include <net/genetlink.h>

#include "netlink_gen.h"
#include "tps.h"

static struct genl_family tps_genl_family;

static bool tps_put_events(struct sk_buff *skb)
{
	struct nlattr *nest = nla_nest_start(skb, TPS_A_SCANNER_EVENTS);
	unsigned int event;

	if (!nest)
		return false;
	for (event = TPS_A_EVENTS_PASSES; event <= TPS_A_EVENTS_MAX; event++)
		if (nla_put_u64_64bit(skb, event, atomic_long_read(&tps_events[event]),
				      TPS_A_EVENTS_PAD))
			return false;
	nla_nest_end(skb, nest);
	return true;
}

static bool tps_put_scanner(struct sk_buff *skb)
{
	struct tps_settings settings;
	bool running;

	tps_get_settings(&settings, &running);
	return !nla_put_u8(skb, TPS_A_SCANNER_RUNNING, running) &&
	       !nla_put_u32(skb, TPS_A_SCANNER_WORKERS, settings.workers) &&
	       !nla_put_u32(skb, TPS_A_SCANNER_CPU, settings.cpu) &&
	       !nla_put_u32(skb, TPS_A_SCANNER_RATE, settings.rate) &&
	       !nla_put_u32(skb, TPS_A_SCANNER_INTERVAL, settings.interval) &&
	       !nla_put_u8(skb, TPS_A_SCANNER_SPLIT, settings.split) &&
	       !nla_put_u64_64bit(skb, TPS_A_SCANNER_SAVED, vmem_sharing().saved,
				  TPS_A_SCANNER_PAD) &&
	       tps_put_events(skb);
}

static bool tps_put_estimate(struct sk_buff *skb, const struct tps_estimate *estimate)
{
	return !nla_put_u64_64bit(skb, TPS_A_ESTIMATE_PAGES, estimate->pages, TPS_A_ESTIMATE_PAD) &&
	       !nla_put_u64_64bit(skb, TPS_A_ESTIMATE_ZERO, estimate->zero, TPS_A_ESTIMATE_PAD) &&
	       !nla_put_u64_64bit(skb, TPS_A_ESTIMATE_OWN, estimate->own, TPS_A_ESTIMATE_PAD) &&
	       !nla_put_u64_64bit(skb, TPS_A_ESTIMATE_SALT, estimate->salt, TPS_A_ESTIMATE_PAD) &&
	       !nla_put_u64_64bit(skb, TPS_A_ESTIMATE_ALL, estimate->all, TPS_A_ESTIMATE_PAD);
}

static bool tps_put_progress(struct sk_buff *skb, const struct tps_progress *progress)
{
	return !nla_put_u8(skb, TPS_A_ESTIMATE_RUNNING, progress->running) &&
	       !nla_put_u64_64bit(skb, TPS_A_ESTIMATE_SEEN, progress->seen, TPS_A_ESTIMATE_PAD) &&
	       !nla_put_u64_64bit(skb, TPS_A_ESTIMATE_SIZE, progress->size, TPS_A_ESTIMATE_PAD) &&
	       (progress->running || tps_put_estimate(skb, &progress->estimate));
}

static struct sk_buff *tps_reply_start(struct genl_info *info, u8 cmd, void **header)
{
	struct sk_buff *skb = genlmsg_new(GENLMSG_DEFAULT_SIZE, GFP_KERNEL);

	if (skb)
		*header = genlmsg_put_reply(skb, info, &tps_genl_family, 0, cmd);
	return skb;
}

static int tps_reply_end(struct genl_info *info, struct sk_buff *skb, void *header, bool complete)
{
	if (!complete) {
		nlmsg_free(skb);
		return -EMSGSIZE;
	}
	genlmsg_end(skb, header);
	return genlmsg_reply(skb, info);
}

int tps_nl_scanner_get_doit(struct sk_buff *request, struct genl_info *info)
{
	struct sk_buff *skb;
	void *header;

	skb = tps_reply_start(info, TPS_CMD_SCANNER_GET, &header);
	if (!skb)
		return -ENOMEM;
	return tps_reply_end(info, skb, header, header && tps_put_scanner(skb));
}

static int tps_edit_settings(struct tps_settings *settings, bool *running,
			     const struct genl_info *info)
{
	if (info->attrs[TPS_A_SCANNER_RUNNING])
		*running = nla_get_u8(info->attrs[TPS_A_SCANNER_RUNNING]);
	if (info->attrs[TPS_A_SCANNER_WORKERS])
		settings->workers = nla_get_u32(info->attrs[TPS_A_SCANNER_WORKERS]);
	if (info->attrs[TPS_A_SCANNER_CPU])
		settings->cpu = nla_get_u32(info->attrs[TPS_A_SCANNER_CPU]);
	if (info->attrs[TPS_A_SCANNER_RATE])
		settings->rate = nla_get_u32(info->attrs[TPS_A_SCANNER_RATE]);
	if (info->attrs[TPS_A_SCANNER_INTERVAL])
		settings->interval = nla_get_u32(info->attrs[TPS_A_SCANNER_INTERVAL]);
	if (info->attrs[TPS_A_SCANNER_SPLIT])
		settings->split = nla_get_u8(info->attrs[TPS_A_SCANNER_SPLIT]);
	if (settings->cpu > 100 * settings->workers) {
		NL_SET_ERR_MSG_FMT(info->extack, "cpu %u is above 100 for each of %u workers",
				   settings->cpu, settings->workers);
		return -ERANGE;
	}
	if (settings->interval > TPS_INTERVAL_MAX) {
		NL_SET_ERR_MSG_FMT(info->extack, "interval %u ms is above the longest, %u",
				   settings->interval, TPS_INTERVAL_MAX);
		return -ERANGE;
	}
	return 0;
}

int tps_nl_scanner_set_doit(struct sk_buff *skb, struct genl_info *info)
{
	struct tps_settings settings;
	bool running;
	int err;

	err = vmem_check_admin(skb, info->extack);
	if (err)
		return err;
	tps_begin_change(&settings, &running);
	err = tps_edit_settings(&settings, &running, info);
	if (!err)
		err = tps_set(&settings, running, info->extack);
	tps_end_change();
	return err;
}

static int tps_put_file(struct sk_buff *skb, u32 portid, u32 seq, int flags,
			const struct vmem_file *file, bool all)
{
	u64 salt = vmem_file_salt(file);
	void *header;

	header = genlmsg_put(skb, portid, seq, &tps_genl_family, flags, TPS_CMD_FILE_GET);
	if (!header)
		return -EMSGSIZE;
	if (nla_put_u64_64bit(skb, TPS_A_FILE_ID, vmem_file_id(file), TPS_A_FILE_PAD) ||
	    (all && nla_put_u64_64bit(skb, TPS_A_FILE_SALT, salt & VMEM_SALT_OWN ? 0 : salt,
				      TPS_A_FILE_PAD))) {
		genlmsg_cancel(skb, header);
		return -EMSGSIZE;
	}
	genlmsg_end(skb, header);
	return 0;
}

int tps_nl_file_get_doit(struct sk_buff *request, struct genl_info *info)
{
	struct vmem_file *file = vmem_file_find(info->attrs[TPS_A_FILE_ID], info->extack);
	struct sk_buff *skb;
	int err;

	if (IS_ERR(file))
		return PTR_ERR(file);
	skb = genlmsg_new(GENLMSG_DEFAULT_SIZE, GFP_KERNEL);
	err = skb ? tps_put_file(skb, info->snd_portid, info->snd_seq, 0, file,
				 vmem_may_read(request, file)) : -ENOMEM;
	vmem_file_put(file);
	if (!err)
		return genlmsg_reply(skb, info);
	nlmsg_free(skb);
	return err;
}

int tps_nl_file_get_dumpit(struct sk_buff *skb, struct netlink_callback *cb)
{
	struct vmem_file *file;
	unsigned long id;
	int err;

	while ((file = vmem_file_next(cb->args[0]))) {
		id = vmem_file_id(file);
		err = tps_put_file(skb, NETLINK_CB(cb->skb).portid, cb->nlh->nlmsg_seq,
				   NLM_F_MULTI, file, vmem_may_read(cb->skb, file));
		vmem_file_put(file);
		if (err)
			break;
		cb->args[0] = id;
	}
	return skb->len;
}

/* The owner may give a file a salt of its own; other salts affect all files with them. */
static int tps_change_salt(struct vmem_file *file, u64 salt, struct sk_buff *skb,
			   struct netlink_ext_ack *extack)
{
	int err;

	if (salt & VMEM_SALT_OWN) {
		NL_SET_ERR_MSG_FMT(extack, "salt %llu is above the highest, %llu", salt,
				   VMEM_SALT_OWN - 1);
		return -ERANGE;
	}
	err = salt ? vmem_check_admin(skb, extack) : vmem_check_change(skb, file, extack);
	if (!err)
		vmem_set_salt(file, salt);
	return err;
}

int tps_nl_file_set_doit(struct sk_buff *skb, struct genl_info *info)
{
	struct vmem_file *file = vmem_file_find(info->attrs[TPS_A_FILE_ID], info->extack);
	int err = 0;

	if (IS_ERR(file))
		return PTR_ERR(file);
	if (info->attrs[TPS_A_FILE_SALT])
		err = tps_change_salt(file, nla_get_u64(info->attrs[TPS_A_FILE_SALT]), skb,
				      info->extack);
	vmem_file_put(file);
	return err;
}

int tps_nl_unshare_doit(struct sk_buff *request, struct genl_info *info)
{
	const struct nlattr *stale = info->attrs[TPS_A_FILE_STALE];
	const struct nlattr *begin = info->attrs[TPS_A_FILE_NEXT];
	pgoff_t next = begin ? nla_get_u64(begin) : 0;
	struct vmem_file *file;
	struct sk_buff *skb;
	void *header;
	u64 id;
	int err;

	file = vmem_file_find_own(request, info->attrs[TPS_A_FILE_ID], info->extack);
	if (IS_ERR(file))
		return PTR_ERR(file);
	id = vmem_file_id(file);
	err = vmem_unshare(file, !stale || !nla_get_u8(stale), &next);
	vmem_file_put(file);
	if (err)
		return err;
	skb = tps_reply_start(info, TPS_CMD_UNSHARE, &header);
	if (!skb)
		return -ENOMEM;
	return tps_reply_end(info, skb, header, header &&
			     !nla_put_u64_64bit(skb, TPS_A_FILE_ID, id, TPS_A_FILE_PAD) &&
			     !nla_put_u64_64bit(skb, TPS_A_FILE_NEXT, next, TPS_A_FILE_PAD));
}

int tps_nl_estimate_doit(struct sk_buff *request, struct genl_info *info)
{
	const struct nlattr *start = info->attrs[TPS_A_ESTIMATE_START];
	struct tps_progress progress;
	struct sk_buff *skb;
	void *header;
	int err;

	err = vmem_check_admin(request, info->extack);
	if (err)
		return err;
	if (start && nla_get_u8(start))
		tps_estimate_start();
	tps_get_progress(&progress);
	if (progress.err) {
		if (progress.err == -ENODATA)
			NL_SET_ERR_MSG(info->extack, "no estimate has been made yet");
		return progress.err;
	}
	skb = tps_reply_start(info, TPS_CMD_ESTIMATE, &header);
	if (!skb)
		return -ENOMEM;
	return tps_reply_end(info, skb, header, header && tps_put_progress(skb, &progress));
}

static struct genl_family tps_genl_family __ro_after_init = {
	.name		= TPS_FAMILY_NAME,
	.version	= TPS_FAMILY_VERSION,
	.parallel_ops	= true,
	.module		= THIS_MODULE,
	.ops		= tps_nl_ops,
	.n_ops		= ARRAY_SIZE(tps_nl_ops),
	.resv_start_op	= TPS_CMD_SCANNER_GET,
};
MODULE_ALIAS_GENL_FAMILY(TPS_FAMILY_NAME);

/**
 * tps_netlink_init() - register the netlink family
 *
 * Return: 0 or an error.
 */
int __init tps_netlink_init(void)
{
	return genl_register_family(&tps_genl_family);
}

/**
 * tps_netlink_exit() - unregister the netlink family
 */
void tps_netlink_exit(void)
{
	genl_unregister_family(&tps_genl_family);
}
