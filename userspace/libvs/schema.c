// SPDX-License-Identifier: GPL-2.0
#include <stdlib.h>
#include <string.h>

#include <netlink/attr.h>
#include <netlink/genl/genl.h>
#include <netlink/msg.h>

#include "err.h"
#include "schema.h"
#include "text.h"

#define TEXT_MAX	255	/* bytes of a text of the kernel's that are kept */

static json_t *decode_enum(const struct vs_attr *attr, uint8_t value)
{
	char text[8];
	int i;

	for (i = 0; attr->words[i]; i++) {
		if (i == value)
			return json_string(attr->words[i]);
	}
	/* A newer module knows values that this tool does not. */
	snprintf(text, sizeof(text), "%u", value);
	return json_string(text);
}

static json_t *decode_flags(const struct vs_attr *attr, uint32_t mask)
{
	json_t *names = json_array();
	int i;

	for (i = 0; attr->words[i]; i++) {
		if (mask & 1U << i)
			json_array_append_new(names, json_string(attr->words[i]));
	}
	return names;
}

static json_t *decode_text(const struct nlattr *nla)
{
	char *text = strndup(nla_data(nla), nla_len(nla));
	json_t *value;

	if (!text)
		return json_null();
	text[vs_cut(text, TEXT_MAX)] = '\0';
	value = vs_json_text(text);
	free(text);
	return value;
}

static json_t *decode_mac(const struct nlattr *nla)
{
	char text[VS_MAC_TEXT];

	vs_format_mac(nla_data(nla), text);
	return json_string(text);
}

static json_t *decode_value(const struct vs_attr *attr, struct nlattr *nla)
{
	static const int min_len[] = {
		[T_U8] = 1, [T_U16] = 2, [T_U32] = 4, [T_S32] = 4, [T_U64] = 8,
		[T_BOOL] = 1, [T_MAC] = VS_MAC_LEN, [T_ENUM] = 1, [T_FLAGS] = 4,
		[T_NEST] = 0,
	};

	if (nla_len(nla) < min_len[attr->type])
		return json_null();
	switch (attr->type) {
	case T_U8:
		return json_integer(nla_get_u8(nla));
	case T_U16:
		return json_integer(nla_get_u16(nla));
	case T_U32:
		return json_integer(nla_get_u32(nla));
	case T_S32:
		return json_integer((int32_t)nla_get_u32(nla));
	case T_U64:
		return json_integer(nla_get_u64(nla));
	case T_BOOL:
		return json_boolean(nla_get_u8(nla));
	case T_STRING:
		return decode_text(nla);
	case T_MAC:
		return decode_mac(nla);
	case T_ENUM:
		return decode_enum(attr, nla_get_u8(nla));
	case T_FLAGS:
		return decode_flags(attr, nla_get_u32(nla));
	case T_NEST:
		return vs_decode(attr->nest, nla_data(nla), nla_len(nla));
	case T_NONE:
		break;
	}
	return json_null();
}

json_t *vs_decode(const struct vs_set *set, struct nlattr *first, int len)
{
	json_t *object = json_object();
	struct nlattr *nla;
	int i, rem;

	/* Keys first: their order shall not depend on what the kernel sends. */
	for (i = 0; i <= set->max; i++) {
		if (set->attrs[i].multi)
			json_object_set_new(object, set->attrs[i].key, json_array());
		else if (set->attrs[i].key)
			json_object_set_new(object, set->attrs[i].key, json_null());
	}
	nla_for_each_attr(nla, first, len, rem) {
		const struct vs_attr *attr;

		if (nla_type(nla) > set->max || !set->attrs[nla_type(nla)].key)
			continue;
		attr = &set->attrs[nla_type(nla)];
		if (attr->multi)
			json_array_append_new(json_object_get(object, attr->key),
					      decode_value(attr, nla));
		else
			json_object_set_new(object, attr->key, decode_value(attr, nla));
	}
	return object;
}

json_t *vs_decode_message(const struct vs_set *set, struct nlmsghdr *header)
{
	struct genlmsghdr *genl = nlmsg_data(header);

	return vs_decode(set, genlmsg_attrdata(genl, 0), genlmsg_attrlen(genl, 0));
}

static int enum_value(const struct vs_attr *attr, const char *name)
{
	int i;

	for (i = 0; attr->words[i]; i++) {
		if (!strcmp(attr->words[i], name))
			return i;
	}
	return 0;
}

static uint32_t flags_value(const struct vs_attr *attr, const json_t *names)
{
	uint32_t mask = json_integer_value(names);
	json_t *name;
	size_t i;

	json_array_foreach(names, i, name)
		mask |= 1U << enum_value(attr, json_string_value(name));
	return mask;
}

static int encode_value(struct nl_msg *msg, const struct vs_attr *attr, int id, const json_t *value)
{
	unsigned char mac[VS_MAC_LEN];
	struct nlattr *nest;
	int err;

	switch (attr->type) {
	case T_U8:
		return nla_put_u8(msg, id, json_integer_value(value));
	case T_U16:
		return nla_put_u16(msg, id, json_integer_value(value));
	case T_U32:
	case T_S32:
		return nla_put_u32(msg, id, json_integer_value(value));
	case T_U64:
		return nla_put_u64(msg, id, json_integer_value(value));
	case T_BOOL:
		return nla_put_u8(msg, id, json_is_true(value));
	case T_STRING:
		return nla_put_string(msg, id, json_string_value(value));
	case T_MAC:
		err = vs_parse_mac(json_string_value(value), mac);
		return err ? -1 : nla_put(msg, id, VS_MAC_LEN, mac);
	case T_ENUM:
		return nla_put_u8(msg, id, enum_value(attr, json_string_value(value)));
	case T_FLAGS:
		return nla_put_u32(msg, id, flags_value(attr, value));
	case T_NEST:
		nest = nla_nest_start(msg, id);
		if (!nest || vs_encode(msg, attr->nest, value))
			return -1;
		return nla_nest_end_keep_empty(msg, nest);
	case T_NONE:
		break;
	}
	return 0;
}

int vs_encode(struct nl_msg *msg, const struct vs_set *set, const json_t *object)
{
	const json_t *value, *item;
	size_t i;
	int id, err = 0;

	for (id = 0; id <= set->max && !err; id++) {
		value = json_object_get(object, set->attrs[id].key ? set->attrs[id].key : "");
		if (!value || json_is_null(value))
			continue;
		if (!set->attrs[id].multi) {
			err = encode_value(msg, &set->attrs[id], id, value);
			continue;
		}
		json_array_foreach(value, i, item)
			err = err ? err : encode_value(msg, &set->attrs[id], id, item);
	}
	return err ? vs_fail(VS_REFUSED, "the request is too long for one message") : VS_OK;
}
