// SPDX-License-Identifier: GPL-2.0
/*
 * Preloaded into vsctl: stops it before each transaction that it sends to a switch, so
 * that a test can get in first.
 */
#include <dlfcn.h>
#include <signal.h>
#include <sys/socket.h>

#include <linux/genetlink.h>
#include <linux/netlink.h>
#include <linux/vswitch.h>

static int is_txn(int fd, const struct msghdr *msg)
{
	const struct nlmsghdr *header = msg->msg_iov[0].iov_base;
	const struct genlmsghdr *request = NLMSG_DATA(header);
	int protocol;
	socklen_t len = sizeof(protocol);

	return !getsockopt(fd, SOL_SOCKET, SO_PROTOCOL, &protocol, &len) &&
	       protocol == NETLINK_GENERIC && header->nlmsg_type != GENL_ID_CTRL &&
	       request->cmd == VSWITCH_CMD_TXN;
}

ssize_t sendmsg(int fd, const struct msghdr *msg, int flags)
{
	ssize_t (*next)(int fd, const struct msghdr *msg, int flags) = dlsym(RTLD_NEXT, "sendmsg");

	if (is_txn(fd, msg))
		raise(SIGSTOP);
	return next(fd, msg, flags);
}
