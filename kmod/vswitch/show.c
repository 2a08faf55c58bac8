// SPDX-License-Identifier: GPL-2.0
/*
 * Objects as netlink messages: replies, parts of dumps, notifications.  Under RTNL.
 */
#include "show.h"

/**
 * vsw_message_start() - begin a reply, a part of a dump, or a notification
 * @message: where to
 *
 * Return: the header, or NULL if it no longer fits.
 */
void *vsw_message_start(const struct vsw_message *message)
{
	void *header;

	header = genlmsg_put(message->skb, message->portid, message->seq, &vsw_genl_family,
			     message->flags, message->cmd);
	if (header && message->cb)
		genl_dump_check_consistent(message->cb, header);
	return header;
}

/**
 * vsw_message_end() - end a message
 * @message: where to
 * @header: from vsw_message_start()
 * @complete: all attributes fit
 *
 * Return: 0, or -EMSGSIZE; then nothing of it is there.
 */
int vsw_message_end(const struct vsw_message *message, void *header, bool complete)
{
	if (complete) {
		genlmsg_end(message->skb, header);
		return 0;
	}
	genlmsg_cancel(message->skb, header);
	return -EMSGSIZE;
}
