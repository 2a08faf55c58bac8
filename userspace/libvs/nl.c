// SPDX-License-Identifier: GPL-2.0
#include <errno.h>
#include <stdio.h>
#include <string.h>
#include <sys/socket.h>

#include <linux/netlink.h>
#include <netlink/genl/ctrl.h>
#include <netlink/genl/genl.h>
#include <netlink/netlink.h>

#include <linux/balloon.h>
#include <linux/tps.h>
#include <linux/vmem.h>
#include <linux/vmfs_netlink.h>
#include <linux/vswitch.h>

#include "err.h"
#include "nl.h"

#define DUMP_AGAIN	100	/* never leaves this file */
#define DUMP_ATTEMPTS	20
#define BUFFER_BYTES	(1 << 20)

static const struct {
	const char *name;
	int version;
	const char *module;
} families[VS_FAMILIES] = {
	[VS_VSWITCH] = { VSWITCH_FAMILY_NAME, VSWITCH_FAMILY_VERSION, "vswitch" },
	[VS_VMEM] = { VMEM_FAMILY_NAME, VMEM_FAMILY_VERSION, "vmem" },
	[VS_BALLOON] = { BALLOON_FAMILY_NAME, BALLOON_FAMILY_VERSION, "balloon" },
	[VS_TPS] = { TPS_FAMILY_NAME, TPS_FAMILY_VERSION, "tps" },
	[VS_VMFS] = { VMFS_FAMILY_NAME, VMFS_FAMILY_VERSION, "vmfs" },
};

/* One answer as it comes in. */
struct answer {
	struct vs_ctx *vs;
	const char *what;
	vs_nl_fn fn;
	void *arg;
	bool done;
	int result;
};

static void set_buffer(int fd, int forced, int plain, int bytes)
{
	if (setsockopt(fd, SOL_SOCKET, forced, &bytes, sizeof(bytes)))
		setsockopt(fd, SOL_SOCKET, plain, &bytes, sizeof(bytes));
}

static struct nl_sock *open_socket(int protocol)
{
	struct nl_sock *sk = nl_socket_alloc();
	int one = 1;

	if (!sk || nl_connect(sk, protocol) < 0) {
		nl_socket_free(sk);
		vs_fail(VS_REFUSED, "cannot open a netlink socket: %s", strerror(errno));
		return NULL;
	}
	setsockopt(nl_socket_get_fd(sk), SOL_NETLINK, NETLINK_EXT_ACK, &one, sizeof(one));
	setsockopt(nl_socket_get_fd(sk), SOL_NETLINK, NETLINK_CAP_ACK, &one, sizeof(one));
	if (protocol == NETLINK_ROUTE)
		setsockopt(nl_socket_get_fd(sk), SOL_NETLINK, NETLINK_GET_STRICT_CHK, &one,
			   sizeof(one));
	set_buffer(nl_socket_get_fd(sk), SO_RCVBUFFORCE, SO_RCVBUF, BUFFER_BYTES);
	nl_socket_enable_msg_peek(sk);
	return sk;
}

static struct nl_sock *bus_socket(struct vs_ctx *vs, enum vs_bus bus)
{
	if (!vs->sockets[bus])
		vs->sockets[bus] = open_socket(bus == VS_GENL ? NETLINK_GENERIC : NETLINK_ROUTE);
	return vs->sockets[bus];
}

void vs_ctx_close(struct vs_ctx *vs)
{
	unsigned int bus;

	for (bus = 0; bus < VS_BUSES; bus++)
		nl_socket_free(vs->sockets[bus]);
	json_decref(vs->port_names);
	memset(vs, 0, sizeof(*vs));
}

int vs_family_open(struct vs_ctx *vs, enum vs_family family)
{
	struct nl_sock *sk = bus_socket(vs, VS_GENL);

	if (!sk)
		return VS_REFUSED;
	if (vs->families[family] <= 0)
		vs->families[family] = genl_ctrl_resolve(sk, families[family].name);
	if (vs->families[family] > 0)
		return VS_OK;
	return vs_fail(VS_REFUSED, "the module %s is not loaded (modprobe %s)",
		       families[family].module, families[family].module);
}

struct nl_msg *vs_family_request(struct vs_ctx *vs, enum vs_family family, int cmd, int flags,
				 size_t size)
{
	struct nl_msg *msg = nlmsg_alloc_size(size + 256);

	if (msg)
		genlmsg_put(msg, NL_AUTO_PORT, NL_AUTO_SEQ, vs->families[family], 0, flags, cmd,
			    families[family].version);
	return msg;
}

/* The kernel's text in an acknowledgement, or NULL */
static const char *extack_text(struct nlmsghdr *header, size_t skip)
{
	struct nlattr *text;
	int len;

	if (!(header->nlmsg_flags & NLM_F_ACK_TLVS))
		return NULL;
	len = nlmsg_datalen(header) - (int)NLMSG_ALIGN(skip);
	if (len <= 0)
		return NULL;
	text = nla_find((struct nlattr *)((char *)nlmsg_data(header) + NLMSG_ALIGN(skip)), len,
			NLMSGERR_ATTR_MSG);
	if (!text || nla_len(text) < 1 || ((char *)nla_data(text))[nla_len(text) - 1])
		return NULL;
	return nla_data(text);
}

static size_t error_bytes(struct nlmsghdr *header)
{
	struct nlmsgerr *error = nlmsg_data(header);
	size_t bytes = sizeof(*error);

	if (!(header->nlmsg_flags & NLM_F_CAPPED))
		bytes += error->msg.nlmsg_len - sizeof(error->msg);
	return bytes;
}

int vs_nl_refusal(const struct vs_ctx *vs)
{
	return vs->refusal;
}

static int refusal(struct answer *answer, int error, const char *text)
{
	int code = error == ENODEV || error == ENOENT ? VS_NOT_FOUND : VS_REFUSED;

	answer->vs->refusal = error;
	if (text && *text)
		return vs_fail(code, "%s", text);
	if (error == EPERM || error == EACCES)
		return vs_fail(code, "%s: %s (it takes CAP_NET_ADMIN)", answer->what,
			       strerror(error));
	return vs_fail(code, "%s: %s", answer->what, strerror(error));
}

static int on_error(struct sockaddr_nl *from, struct nlmsgerr *error, void *arg)
{
	struct nlmsghdr *header = (struct nlmsghdr *)error - 1;
	struct answer *answer = arg;

	(void)from;
	answer->result = refusal(answer, -error->error, extack_text(header, error_bytes(header)));
	answer->done = true;
	return NL_STOP;
}

static int on_ack(struct nl_msg *msg, void *arg)
{
	struct nlmsghdr *header = nlmsg_hdr(msg);
	const char *text = extack_text(header, error_bytes(header));
	struct answer *answer = arg;

	if (text)
		vs_warn("%s", text);
	answer->done = true;
	return NL_STOP;
}

static int on_finish(struct nl_msg *msg, void *arg)
{
	struct nlmsghdr *header = nlmsg_hdr(msg);
	struct answer *answer = arg;
	int error = 0;

	/* A dump that fails on its way says so in its last message. */
	if (nlmsg_datalen(header) >= (int)sizeof(error))
		error = *(int *)nlmsg_data(header);
	if (error < 0)
		answer->result = refusal(answer, -error, extack_text(header, sizeof(error)));
	answer->done = true;
	return NL_OK;
}

static int on_valid(struct nl_msg *msg, void *arg)
{
	struct answer *answer = arg;

	if (answer->fn)
		answer->fn(nlmsg_hdr(msg), answer->arg);
	return NL_OK;
}

static int send_message(struct nl_sock *sk, struct nl_msg *msg, const char *what)
{
	int bytes = nlmsg_hdr(msg)->nlmsg_len + 4096;
	int err;

	/* A message has to fit the send buffer as a whole. */
	if (bytes > 100000)
		set_buffer(nl_socket_get_fd(sk), SO_SNDBUFFORCE, SO_SNDBUF, bytes);
	err = nl_send_auto(sk, msg);
	if (err < 0)
		return vs_fail(VS_REFUSED, "%s: %s", what, nl_geterror(err));
	return VS_OK;
}

int vs_nl_talk(struct vs_ctx *vs, enum vs_bus bus, struct nl_msg *msg, const char *what,
	       vs_nl_fn fn, void *arg)
{
	struct answer answer = { .vs = vs, .what = what, .fn = fn, .arg = arg };
	struct nl_sock *sk = bus_socket(vs, bus);
	struct nl_cb *cb = NULL;
	int err;

	vs->refusal = 0;
	if (!sk || !msg) {
		nlmsg_free(msg);
		return sk ? vs_fail(VS_REFUSED, "out of memory") : VS_REFUSED;
	}
	answer.result = send_message(sk, msg, what);
	if (answer.result)
		goto out;
	cb = nl_cb_alloc(NL_CB_DEFAULT);
	nl_cb_set(cb, NL_CB_VALID, NL_CB_CUSTOM, on_valid, &answer);
	nl_cb_set(cb, NL_CB_FINISH, NL_CB_CUSTOM, on_finish, &answer);
	nl_cb_set(cb, NL_CB_ACK, NL_CB_CUSTOM, on_ack, &answer);
	nl_cb_err(cb, NL_CB_CUSTOM, on_error, &answer);
	while (!answer.done) {
		err = nl_recvmsgs(sk, cb);
		if (err == -NLE_DUMP_INTR)
			answer.result = answer.result ? answer.result : DUMP_AGAIN;
		else if (err < 0 && !answer.done)
			answer.result = vs_fail(VS_REFUSED, "%s: %s", what, nl_geterror(err));
		if (err < 0)
			break;
	}
	nl_cb_put(cb);
out:
	nlmsg_free(msg);
	return answer.result;
}

struct collect {
	json_t *list;
	json_t *(*decode)(struct nlmsghdr *header, const void *key);
	const void *key;
};

static void collect_one(struct nlmsghdr *header, void *arg)
{
	struct collect *collect = arg;
	json_t *item = collect->decode(header, collect->key);

	if (item)
		json_array_append_new(collect->list, item);
}

int vs_nl_dump(struct vs_ctx *vs, enum vs_bus bus,
	       struct nl_msg *(*make)(struct vs_ctx *vs, const void *key), const void *key,
	       const char *what, json_t *(*decode)(struct nlmsghdr *header, const void *key),
	       json_t **list)
{
	struct collect collect = { .list = json_array(), .decode = decode, .key = key };
	int attempt, err = DUMP_AGAIN;

	for (attempt = 0; attempt < DUMP_ATTEMPTS && err == DUMP_AGAIN; attempt++) {
		json_array_clear(collect.list);
		err = vs_nl_talk(vs, bus, make(vs, key), what, collect_one, &collect);
	}
	if (err == DUMP_AGAIN)
		err = vs_fail(VS_REFUSED, "%s: the configuration does not hold still", what);
	*list = collect.list;
	return err;
}

static int join_group(struct vs_ctx *vs, struct nl_sock *sk, enum vs_family family,
		      const char *group)
{
	int id = genl_ctrl_resolve_grp(vs->sockets[VS_GENL], families[family].name, group);

	if (id < 0 || nl_socket_add_membership(sk, id) < 0)
		return vs_fail(VS_REFUSED, "cannot listen to the notifications '%s'", group);
	return VS_OK;
}

struct nl_sock *vs_family_listen(struct vs_ctx *vs, enum vs_family family,
				 const char *const *groups)
{
	struct nl_sock *sk;

	if (vs_family_open(vs, family))
		return NULL;
	sk = open_socket(NETLINK_GENERIC);
	if (!sk)
		return NULL;
	set_buffer(nl_socket_get_fd(sk), SO_RCVBUFFORCE, SO_RCVBUF, 8 * BUFFER_BYTES);
	for (; *groups; groups++) {
		if (join_group(vs, sk, family, *groups)) {
			nl_socket_free(sk);
			return NULL;
		}
	}
	return sk;
}

/* Who gets the notifications of a family */
struct listener {
	int family;
	vs_nl_fn fn;
	void *arg;
};

static int on_notification(struct nl_msg *msg, void *arg)
{
	const struct listener *listener = arg;

	if (nlmsg_hdr(msg)->nlmsg_type == listener->family)
		listener->fn(nlmsg_hdr(msg), listener->arg);
	return NL_OK;
}

static int any_sequence(struct nl_msg *msg, void *arg)
{
	(void)msg;
	(void)arg;
	return NL_OK;
}

int vs_family_receive(struct vs_ctx *vs, struct nl_sock *sk, enum vs_family family, vs_nl_fn fn,
		      void *arg)
{
	struct listener listener = { .family = vs->families[family], .fn = fn, .arg = arg };
	struct nl_cb *cb = nl_cb_alloc(NL_CB_DEFAULT);
	int err;

	nl_cb_set(cb, NL_CB_SEQ_CHECK, NL_CB_CUSTOM, any_sequence, NULL);
	nl_cb_set(cb, NL_CB_VALID, NL_CB_CUSTOM, on_notification, &listener);
	err = nl_recvmsgs(sk, cb);
	nl_cb_put(cb);
	if (err == -NLE_NOMEM)
		return -ENOBUFS;	/* libnl's word for an overrun */
	if (err < 0)
		vs_fail(VS_REFUSED, "cannot receive notifications: %s", nl_geterror(err));
	return err < 0 ? -EIO : 0;
}
