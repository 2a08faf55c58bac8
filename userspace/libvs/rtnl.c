// SPDX-License-Identifier: GPL-2.0
#include <net/if.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <linux/if_addr.h>
#include <linux/if_link.h>
#include <linux/ip.h>
#include <linux/rtnetlink.h>
#include <netlink/attr.h>
#include <netlink/msg.h>

#include "err.h"
#include "nl.h"
#include "rtnl.h"
#include "services.h"
#include "text.h"

static struct nl_msg *link_request(int type, int flags, int ifindex)
{
	struct ifinfomsg info = { .ifi_family = AF_UNSPEC, .ifi_index = ifindex };
	struct nl_msg *msg = nlmsg_alloc_simple(type, flags);

	if (msg)
		nlmsg_append(msg, &info, sizeof(info), NLMSG_ALIGNTO);
	return msg;
}

static json_t *attr_u32(struct nlattr *nla)
{
	return json_integer(nla && nla_len(nla) >= 4 ? nla_get_u32(nla) : 0);
}

static json_t *attr_text(struct nlattr *nla)
{
	char *text = strndup(nla ? nla_data(nla) : "", nla ? nla_len(nla) : 0);
	json_t *value = vs_json_text(text ? text : "");

	free(text);
	return value;
}

static json_t *decode_link(struct nlmsghdr *header, const void *key)
{
	struct ifinfomsg *info = nlmsg_data(header);
	struct nlattr *tb[IFLA_MAX + 1], *kind = NULL;
	char mac[VS_MAC_TEXT] = "";
	json_auto_t *alias = NULL;

	(void)key;
	if (header->nlmsg_type != RTM_NEWLINK ||
	    nlmsg_parse(header, sizeof(*info), tb, IFLA_MAX, NULL) < 0)
		return NULL;
	if (tb[IFLA_LINKINFO])
		kind = nla_find(nla_data(tb[IFLA_LINKINFO]), nla_len(tb[IFLA_LINKINFO]),
				IFLA_INFO_KIND);
	if (tb[IFLA_ADDRESS] && nla_len(tb[IFLA_ADDRESS]) == VS_MAC_LEN)
		vs_format_mac(nla_data(tb[IFLA_ADDRESS]), mac);
	alias = attr_text(tb[IFLA_IFALIAS]);
	return json_pack("{s:i, s:o, s:o, s:o, s:o, s:o, s:s, s:O, s:o, s:b}",
			 "ifindex", info->ifi_index,
			 "name", attr_text(tb[IFLA_IFNAME]),
			 "kind", attr_text(kind),
			 "master", attr_u32(tb[IFLA_MASTER]),
			 "link", attr_u32(tb[IFLA_LINK]),
			 "mtu", attr_u32(tb[IFLA_MTU]),
			 "mac", mac,
			 "alias", alias,
			 "services", vs_services_of(json_string_value(alias) ?: ""),
			 "up", info->ifi_flags & IFF_UP);
}

static struct nl_msg *make_links(struct vs_ctx *vs, const void *key)
{
	(void)vs;
	(void)key;
	return link_request(RTM_GETLINK, NLM_F_DUMP, 0);
}

int vs_links(struct vs_ctx *vs, json_t **links)
{
	return vs_nl_dump(vs, VS_RTNL, make_links, NULL, "list the devices", decode_link, links);
}

static int find_device(const char *what, const char *name, int *ifindex)
{
	int err = vs_check_ifname(name);

	if (err)
		return err;
	*ifindex = if_nametoindex(name);
	if (!*ifindex)
		return vs_fail(VS_NOT_FOUND, "%s %s does not exist", what, name);
	return VS_OK;
}

static void keep_link(struct nlmsghdr *header, void *arg)
{
	json_t **link = arg;

	if (!*link)
		*link = decode_link(header, NULL);
}

int vs_link(struct vs_ctx *vs, const char *what, const char *name, json_t **link)
{
	char text[64];
	int ifindex, err;

	*link = NULL;
	err = find_device(what, name, &ifindex);
	if (err)
		return err;
	snprintf(text, sizeof(text), "look at device %s", name);
	err = vs_nl_talk(vs, VS_RTNL, link_request(RTM_GETLINK, 0, ifindex), text, keep_link, link);
	if (!err && !*link)
		err = vs_fail(VS_NOT_FOUND, "%s %s does not exist", what, name);
	return err;
}

int vs_link_add(struct vs_ctx *vs, const struct vs_link_new *new)
{
	unsigned char mac[VS_MAC_LEN];
	struct nlattr *info;
	struct nl_msg *msg;
	char text[64];

	if (if_nametoindex(new->name))
		return vs_fail(VS_REFUSED, "device %s exists already", new->name);
	msg = link_request(RTM_NEWLINK, NLM_F_CREATE | NLM_F_EXCL, 0);
	if (!msg)
		return vs_fail(VS_REFUSED, "out of memory");
	nla_put_string(msg, IFLA_IFNAME, new->name);
	if (new->link)
		nla_put_u32(msg, IFLA_LINK, new->link);
	if (new->mtu)
		nla_put_u32(msg, IFLA_MTU, new->mtu);
	if (new->mac && !vs_parse_mac(new->mac, mac))
		nla_put(msg, IFLA_ADDRESS, sizeof(mac), mac);
	info = nla_nest_start(msg, IFLA_LINKINFO);
	nla_put_string(msg, IFLA_INFO_KIND, new->kind);
	nla_nest_end(msg, info);
	snprintf(text, sizeof(text), "add %s", new->name);
	return vs_nl_talk(vs, VS_RTNL, msg, text, NULL, NULL);
}

int vs_link_promote_secondaries(struct vs_ctx *vs, const char *name)
{
	struct nlattr *spec, *inet, *conf;
	struct nl_msg *msg;
	char text[64];
	int ifindex, err = find_device("device", name, &ifindex);

	if (err)
		return err;
	msg = link_request(RTM_SETLINK, 0, ifindex);
	if (msg) {
		spec = nla_nest_start(msg, IFLA_AF_SPEC);
		inet = nla_nest_start(msg, AF_INET);
		conf = nla_nest_start(msg, IFLA_INET_CONF);
		nla_put_u32(msg, IPV4_DEVCONF_PROMOTE_SECONDARIES, 1);
		nla_nest_end(msg, conf);
		nla_nest_end(msg, inet);
		nla_nest_end(msg, spec);
	}
	snprintf(text, sizeof(text), "set up the addresses of %s", name);
	return vs_nl_talk(vs, VS_RTNL, msg, text, NULL, NULL);
}

int vs_link_del(struct vs_ctx *vs, const char *name)
{
	char text[64];
	int ifindex, err = find_device("device", name, &ifindex);

	if (err)
		return err;
	snprintf(text, sizeof(text), "remove %s", name);
	return vs_nl_talk(vs, VS_RTNL, link_request(RTM_DELLINK, 0, ifindex), text, NULL, NULL);
}

static int change_link(struct vs_ctx *vs, const char *name, const char *text, int attr,
		       const void *data, int len)
{
	struct nl_msg *msg;
	int ifindex, err = find_device("device", name, &ifindex);

	if (err)
		return err;
	msg = link_request(RTM_NEWLINK, 0, ifindex);
	if (msg)
		nla_put(msg, attr, len, data);
	return vs_nl_talk(vs, VS_RTNL, msg, text, NULL, NULL);
}

int vs_link_set_master(struct vs_ctx *vs, const char *name, int master)
{
	char text[64];

	snprintf(text, sizeof(text), master ? "join %s to its switch" : "release %s", name);
	return change_link(vs, name, text, IFLA_MASTER, &master, sizeof(master));
}

int vs_link_set_mtu(struct vs_ctx *vs, const char *name, int mtu)
{
	char text[64];

	snprintf(text, sizeof(text), "set the MTU of %s to %d", name, mtu);
	return change_link(vs, name, text, IFLA_MTU, &mtu, sizeof(mtu));
}

int vs_link_set_mac(struct vs_ctx *vs, const char *name, const char *mac)
{
	unsigned char bytes[VS_MAC_LEN];
	char text[64];
	int err = vs_parse_mac(mac, bytes);

	snprintf(text, sizeof(text), "set the MAC address of %s", name);
	return err ? err : change_link(vs, name, text, IFLA_ADDRESS, bytes, sizeof(bytes));
}

int vs_link_set_alias(struct vs_ctx *vs, const char *name, const char *alias)
{
	char text[64];

	snprintf(text, sizeof(text), "set the alias of %s", name);
	return change_link(vs, name, text, IFLA_IFALIAS, alias, strlen(alias) + 1);
}

int vs_link_set_services(struct vs_ctx *vs, const char *name, const json_t *services)
{
	char alias[VS_SERVICES_TEXT];

	vs_services_alias(services, alias);
	return vs_link_set_alias(vs, name, alias);
}

int vs_link_set_up(struct vs_ctx *vs, const char *name, bool up)
{
	struct ifinfomsg info = { .ifi_flags = up ? IFF_UP : 0, .ifi_change = IFF_UP };
	struct nl_msg *msg;
	char text[64];
	int err = find_device("device", name, &info.ifi_index);

	if (err)
		return err;
	msg = nlmsg_alloc_simple(RTM_NEWLINK, 0);
	if (msg)
		nlmsg_append(msg, &info, sizeof(info), NLMSG_ALIGNTO);
	snprintf(text, sizeof(text), "bring %s %s", name, up ? "up" : "down");
	return vs_nl_talk(vs, VS_RTNL, msg, text, NULL, NULL);
}

static json_t *decode_addr(struct nlmsghdr *header, const void *key)
{
	struct ifaddrmsg *info = nlmsg_data(header);
	struct nlattr *tb[IFA_MAX + 1], *nla;
	struct vs_addr addr = { .family = info->ifa_family, .prefix = info->ifa_prefixlen };
	char text[64];
	bool keep;

	(void)key;
	if (header->nlmsg_type != RTM_NEWADDR ||
	    nlmsg_parse(header, sizeof(*info), tb, IFA_MAX, NULL) < 0)
		return NULL;
	nla = tb[IFA_LOCAL] ? tb[IFA_LOCAL] : tb[IFA_ADDRESS];
	addr.len = addr.family == AF_INET6 ? 16 : 4;
	if ((addr.family != AF_INET && addr.family != AF_INET6) || !nla ||
	    nla_len(nla) != (int)addr.len)
		return NULL;
	memcpy(addr.bytes, nla_data(nla), addr.len);
	vs_format_addr(&addr, text, sizeof(text));
	keep = info->ifa_flags & IFA_F_PERMANENT &&
	       !(addr.family == AF_INET6 && info->ifa_scope == RT_SCOPE_LINK);
	return json_pack("{s:i, s:s, s:b}", "ifindex", info->ifa_index, "address", text,
			 "keep", keep);
}

static struct nl_msg *addr_request(int type, int flags, const struct ifaddrmsg *info)
{
	struct nl_msg *msg = nlmsg_alloc_simple(type, flags);

	if (msg)
		nlmsg_append(msg, (void *)info, sizeof(*info), NLMSG_ALIGNTO);
	return msg;
}

static struct nl_msg *make_addrs(struct vs_ctx *vs, const void *key)
{
	const struct ifaddrmsg info = { .ifa_family = AF_UNSPEC };

	(void)vs;
	(void)key;
	return addr_request(RTM_GETADDR, NLM_F_DUMP, &info);
}

int vs_addrs(struct vs_ctx *vs, json_t **addrs)
{
	return vs_nl_dump(vs, VS_RTNL, make_addrs, NULL, "list the addresses", decode_addr, addrs);
}

int vs_addr_change(struct vs_ctx *vs, const char *name, const char *address, enum vs_addr_op op)
{
	static const int flags[] = {
		[VS_ADDR_ADD] = NLM_F_CREATE | NLM_F_EXCL,
		[VS_ADDR_KEEP] = NLM_F_CREATE | NLM_F_REPLACE,
		[VS_ADDR_DEL] = 0,
	};
	bool add = op != VS_ADDR_DEL;
	struct ifaddrmsg info = { 0 };
	struct vs_addr addr;
	struct nl_msg *msg;
	char text[128];
	int ifindex, err;

	err = vs_parse_addr(address, &addr);
	if (!err)
		err = find_device("device", name, &ifindex);
	if (err)
		return err;
	info.ifa_family = addr.family;
	info.ifa_prefixlen = addr.prefix;
	info.ifa_index = ifindex;
	msg = addr_request(add ? RTM_NEWADDR : RTM_DELADDR, flags[op], &info);
	if (msg) {
		nla_put(msg, IFA_LOCAL, addr.len, addr.bytes);
		nla_put(msg, IFA_ADDRESS, addr.len, addr.bytes);
	}
	snprintf(text, sizeof(text), "%s address %s %s %s", add ? "add" : "remove", address,
		 add ? "to" : "from", name);
	return vs_nl_talk(vs, VS_RTNL, msg, text, NULL, NULL);
}
