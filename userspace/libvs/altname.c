// SPDX-License-Identifier: GPL-2.0
/* Alternative names of network devices (ip link property add dev DEV altname NAME) */
#include <linux/if_link.h>
#include <linux/rtnetlink.h>
#include <net/if.h>
#include <string.h>

#include <netlink/msg.h>

#include "altname.h"
#include "err.h"
#include "nl.h"
#include "rows.h"

/* As in linux/if.h, which conflicts with net/if.h */
#define ALTNAME_SIZE	128

static void keep_name(struct nlmsghdr *header, void *arg)
{
	struct nlattr *tb[IFLA_MAX + 1];

	if (header->nlmsg_type == RTM_NEWLINK &&
	    nlmsg_parse(header, sizeof(struct ifinfomsg), tb, IFLA_MAX, NULL) >= 0 &&
	    tb[IFLA_IFNAME])
		nla_strlcpy(arg, tb[IFLA_IFNAME], IF_NAMESIZE);
}

/* The kernel looks among both kinds of names. */
static void ask_kernel(struct vs_ctx *vs, const char *word, char *name)
{
	struct ifinfomsg info = { .ifi_family = AF_UNSPEC };
	struct nl_msg *msg = nlmsg_alloc_simple(RTM_GETLINK, 0);
	char *before = vs_take_error();

	if (msg) {
		nlmsg_append(msg, &info, sizeof(info), NLMSG_ALIGNTO);
		nla_put_string(msg, IFLA_ALT_IFNAME, word);
		vs_nl_talk(vs, VS_RTNL, msg, "look for a device", keep_name, name);
	}
	vs_fail_with(VS_OK, before);
}

const char *vs_device_name(struct vs_ctx *vs, const char *word)
{
	char name[IF_NAMESIZE] = "";

	if (*word && strlen(word) < ALTNAME_SIZE)
		ask_kernel(vs, word, name);
	if (!*name || !strcmp(name, word))
		return word;
	return strcpy(vs_malloc(IF_NAMESIZE), name);
}

static json_t *resolved(struct vs_ctx *vs, const json_t *value)
{
	json_t *list, *item;
	size_t i;

	if (json_is_string(value))
		return json_string(vs_device_name(vs, json_string_value(value)));
	if (!json_is_array(value))
		return json_incref((json_t *)value);
	list = json_array();
	json_array_foreach(value, i, item)
		json_array_append_new(list, resolved(vs, item));
	return list;
}

static void resolve(struct vs_ctx *vs, const struct vs_row *rows, json_t *object)
{
	const struct vs_row *row;
	json_t *value, *item;
	size_t i;

	VS_EACH_ROW(row, rows) {
		value = json_object_get(object, row->key);
		if (row->form == VS_OBJECTS) {
			json_array_foreach(value, i, item)
				resolve(vs, row->rows, item);
			/* Objects that are no more than their names */
			if (vs_row_name(row->rows)->form != VS_DEVICE)
				continue;
		} else if (row->form == VS_NEST) {
			resolve(vs, row->rows, value);
		}
		if (value && (row->form == VS_DEVICE || row->form == VS_PORT ||
			      row->form == VS_OBJECTS))
			json_object_set_new(object, row->key, resolved(vs, value));
	}
}

void vs_resolve_altnames(struct vs_ctx *vs, json_t *tree)
{
	resolve(vs, vs_file_rows, tree);
}
