// SPDX-License-Identifier: GPL-2.0
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <linux/vswitch.h>

#include "../libvs/altname.h"
#include "../libvs/text.h"
#include "vsctl.h"

const char *next_word(struct args *args)
{
	if (!args->count)
		return NULL;
	args->count--;
	return *args->words++;
}

int need_word(struct args *args, const char *what, const char **word)
{
	*word = next_word(args);
	return *word ? VS_OK : vs_fail(VS_USAGE, "%s is missing", what);
}

int no_more_words(const struct args *args)
{
	if (!args->count)
		return VS_OK;
	return vs_fail(VS_USAGE, "'%s' is one word too many", args->words[0]);
}

/* "a, b or c" of those that @word is a prefix of. */
static void list_words(char *out, size_t size, const char *word, const char *const *words,
		       size_t count)
{
	size_t i, left = 0, len;

	for (i = 0; i < count; i++)
		left += !strncmp(words[i], word, strlen(word));
	*out = '\0';
	for (i = 0; i < count; i++) {
		if (strncmp(words[i], word, strlen(word)))
			continue;
		len = strlen(out);
		left--;
		snprintf(out + len, size - len, "%s%s", words[i],
			 left > 1 ? ", " : left ? " or " : "");
	}
}

int match_word(const char *kind, const char *word, const char *const *words, size_t count)
{
	char list[512];
	size_t i, found = 0, hits = 0;

	for (i = 0; i < count; i++) {
		if (!strcmp(words[i], word))
			return i;
		if (*word && !strncmp(words[i], word, strlen(word))) {
			found = i;
			hits++;
		}
	}
	if (hits == 1)
		return found;
	list_words(list, sizeof(list), hits ? word : "", words, count);
	if (hits)
		vs_fail(VS_USAGE, "%s '%s' is ambiguous: %s", kind, word, list);
	else if (count)
		vs_fail(VS_USAGE, "%s '%s' is unknown: it must be %s", kind, word, list);
	else
		vs_fail(VS_USAGE, "'%s' is one word too many", word);
	return -1;
}

static int text_value(int err, const char *text, json_t **value)
{
	if (err)
		return err;
	*value = json_string(text);
	return *value ? VS_OK : vs_fail(VS_USAGE, "'%s' is not UTF-8", text);
}

static int trunk_value(const char *word, json_t **value)
{
	struct vs_trunk trunk;
	int err = vs_parse_trunk(word, &trunk);
	char *text;

	if (err)
		return err;
	text = vs_format_trunk(&trunk);
	*value = json_string(text);
	free(text);
	return VS_OK;
}

static int mac_value(const char *word, json_t **value)
{
	unsigned char mac[VS_MAC_LEN];
	char text[VS_MAC_TEXT];
	int err = vs_parse_mac(word, mac);

	if (!err)
		vs_format_mac(mac, text);
	return text_value(err, text, value);
}

static int number_value(int err, unsigned long number, json_t **value)
{
	if (!err)
		*value = json_integer(number);
	return err;
}

/* The next of the words that commas keep apart; false after the last. */
static bool next_part(const char **word, char *part, size_t size)
{
	size_t len = strcspn(*word, ",");

	snprintf(part, size, "%.*s", (int)(len < size ? len : size - 1), *word);
	*word += len;
	if (!**word)
		return false;
	++*word;
	return true;
}

static int uplinks_value(const char *word, json_t **value)
{
	char part[128];
	const char *name;
	bool more;
	int err;

	if (!strcmp(word, "inherit")) {
		*value = json_null();
		return VS_OK;
	}
	*value = json_array();
	do {
		more = next_part(&word, part, sizeof(part));
		name = vs_device_name(part);
		err = vs_check_ifname(name);
		if (err)
			return err;
		json_array_append_new(*value, json_string(name));
	} while (more);
	return VS_OK;
}

static int teaming_value(const char *word, bool may_inherit, json_t **value)
{
	static const char *const words[] = {
		"port-id", "source-mac", "ip-hash", "explicit", "load", "inherit"
	};
	size_t count = ARRAY_SIZE(words) - !may_inherit;
	int which = match_word("teaming", word, words, count);

	if (which < 0)
		return VS_USAGE;
	/* An empty teaming returns to inheriting that of the switch. */
	*value = json_object();
	if (strcmp(words[which], "inherit"))
		json_object_set_new(*value, "policy", json_string(words[which]));
	return VS_OK;
}

/* A set of @words */
static int set_value(const char *kind, const char *word, const char *const *words, size_t count,
		     json_t **value)
{
	char part[16];
	int which;
	bool more;

	*value = json_array();
	if (!strcmp(word, "none"))
		return VS_OK;
	do {
		more = next_part(&word, part, sizeof(part));
		which = match_word(kind, part, words, count);
		if (which < 0)
			return VS_USAGE;
		json_array_append_new(*value, json_string(words[which]));
	} while (more);
	return VS_OK;
}

static int overrides_value(const char *word, json_t **value)
{
	static const char *const words[] = { "vlan", "security", "teaming", "shaping" };

	return set_value("override", word, words, ARRAY_SIZE(words), value);
}

static int link_local_value(const char *word, json_t **value)
{
	static const char *const words[] = { "stp", "lacp", "eapol", "lldp" };

	return set_value("link-local", word, words, ARRAY_SIZE(words), value);
}

static int shaping_value(const char *word, json_t **value)
{
	static const char *const keys[] = { "average", "peak", "burst" };
	const char *from = word;
	unsigned long number;
	bool more = true;
	char part[16];
	int i, err;

	*value = json_object();
	if (!strcmp(word, "none"))
		return VS_OK;
	for (i = 0; i < 3 && more; i++) {
		more = next_part(&word, part, sizeof(part));
		err = vs_parse_uint(keys[i], part, 0, UINT32_MAX, &number);
		if (err)
			return err;
		json_object_set_new(*value, keys[i], json_integer(number));
	}
	if (i == 3 && !more)
		return VS_OK;
	return vs_fail(VS_USAGE, "'%s' is no shaping: it must be AVERAGE,PEAK,BURST or none", from);
}

static int ids_value(const char *word, json_t **value)
{
	unsigned long id;
	char part[16];
	bool more;
	int err;

	*value = json_array();
	do {
		more = next_part(&word, part, sizeof(part));
		err = vs_parse_uint("VLAN", part, 0, 4094, &id);
		if (err)
			return err;
		json_array_append_new(*value, json_integer(id));
	} while (more);
	return VS_OK;
}

/* Off is an empty object; portgroup.c knows what on is. */
static int learning_value(const char *word, json_t **value)
{
	bool on;
	int err = vs_parse_bool("learning", word, &on);

	if (!err)
		*value = on ? json_pack("{s:b}", "on", 1) : json_object();
	return err;
}

static int full_value(const char *word, json_t **value)
{
	static const char *const words[] = { "drop", "allow" };
	int which = match_word("learning-full", word, words, 2);

	if (which < 0)
		return VS_USAGE;
	*value = json_string(words[which]);
	return VS_OK;
}

/* One of @words; "inherit" is null if it stands for a key that is not there then. */
static int word_value(const struct vsctl_option *option, const char *word,
		      const char *const *words, size_t count, bool is_null, json_t **value)
{
	int which = match_word(option->word, word, words, count);

	if (which < 0)
		return VS_USAGE;
	*value = is_null && !strcmp(words[which], "inherit") ? json_null() :
							       json_string(words[which]);
	return VS_OK;
}

static int mac_source_value(const struct vsctl_option *option, const char *word, json_t **value)
{
	static const char *const words[] = { "static", "agent", "observed", "inherit" };
	size_t count = ARRAY_SIZE(words) - (option->kind == OPT_MAC_SOURCE);

	return word_value(option, word, words, count, false, value);
}

static int on_off_value(const struct vsctl_option *option, const char *word, json_t **value)
{
	bool on;
	int err;

	if (option->kind == OPT_GROUP_ON_OFF && !strcmp(word, "inherit")) {
		*value = json_null();
		return VS_OK;
	}
	err = vs_parse_bool(option->word, word, &on);
	*value = err ? NULL : json_boolean(on);
	return err;
}

static int range_value(const struct vsctl_option *option, const char *word, json_t **value)
{
	static const struct {
		unsigned long min, max;
	} ranges[] = {
		[OPT_MTU] = { 68, 65535 },
		[OPT_MS] = { 0, VSWITCH_UP_DELAY_MAX },
		[OPT_NUMBER] = { 0, UINT32_MAX },
		[OPT_COUNT] = { 1, UINT32_MAX },
		[OPT_PERCENT] = { 0, 100 },
		[OPT_SHARE] = { 1, 1600 },
		[OPT_WORKERS] = { 1, 16 },
		[OPT_ID] = { 1, VSWITCH_VLAN_MAX },
	};
	unsigned long number = 0;
	int err = vs_parse_uint(option->word, word, ranges[option->kind].min,
				ranges[option->kind].max, &number);

	return number_value(err, number, value);
}

static int address_value(const char *word, json_t **value)
{
	struct vs_addr addr;
	char address[64];
	int err = vs_parse_addr(word, &addr);

	if (!err)
		vs_format_addr(&addr, address, sizeof(address));
	return text_value(err, address, value);
}

static int detection_value(const struct vsctl_option *option, const char *word, json_t **value)
{
	static const char *const detections[] = { "link", "beacon", "inherit" };

	return word_value(option, word, detections, ARRAY_SIZE(detections), true, value);
}

/* The values of what several objects have */
static int common_value(const struct vsctl_option *option, const char *word, json_t **value)
{
	switch (option->kind) {
	case OPT_MTU:
	case OPT_MS:
	case OPT_NUMBER:
	case OPT_COUNT:
	case OPT_PERCENT:
	case OPT_SHARE:
	case OPT_WORKERS:
	case OPT_ID:
		return range_value(option, word, value);
	case OPT_TEXT:
		return text_value(VS_OK, word, value);
	case OPT_NAME:
		return text_value(vs_check_name(word), word, value);
	case OPT_GROUP:
		return text_value(*word ? vs_check_name(word) : VS_OK, word, value);
	case OPT_DEVICE:
		word = vs_device_name(word);
		return text_value(vs_check_ifname(word), word, value);
	case OPT_MAC:
	case OPT_MACS:
		return mac_value(word, value);
	case OPT_ADDRESSES:
		return address_value(word, value);
	case OPT_ON_OFF:
	case OPT_GROUP_ON_OFF:
		return on_off_value(option, word, value);
	default:
		*value = json_true();
		return VS_OK;
	}
}

static int option_value(const struct vsctl_option *option, const char *word, json_t **value)
{
	unsigned long number = 0;
	int err;

	switch (option->kind) {
	case OPT_VLAN:
		err = vs_parse_vlan(word, &number);
		return number_value(err, number, value);
	case OPT_TRUNK:
		return trunk_value(word, value);
	case OPT_IDS:
		return ids_value(word, value);
	case OPT_POLICY:
	case OPT_INHERITABLE:
		return text_value(vs_parse_policy(word, option->kind == OPT_INHERITABLE), word,
				  value);
	case OPT_TEAMING:
	case OPT_GROUP_TEAMING:
		return teaming_value(word, option->kind == OPT_GROUP_TEAMING, value);
	case OPT_UPLINKS:
		return uplinks_value(word, value);
	case OPT_DETECTION:
		return detection_value(option, word, value);
	case OPT_MAC_SOURCE:
	case OPT_GROUP_MAC_SOURCE:
		return mac_source_value(option, word, value);
	case OPT_OVERRIDES:
		return overrides_value(word, value);
	case OPT_LINK_LOCAL:
		return link_local_value(word, value);
	case OPT_SHAPING:
		return shaping_value(word, value);
	case OPT_LEARNING:
		return learning_value(word, value);
	case OPT_FULL:
		return full_value(word, value);
	default:
		return common_value(option, word, value);
	}
}

static bool is_list(enum option_kind kind)
{
	return kind == OPT_MACS || kind == OPT_ADDRESSES;
}

/* A group of options, as teaming and learning are: an object, empty where it is ended. */
static bool is_group(enum option_kind kind)
{
	return kind == OPT_TEAMING || kind == OPT_GROUP_TEAMING || kind == OPT_LEARNING;
}

static int ended(const char *group)
{
	return vs_fail(VS_USAGE, "'%s %s' goes with no other option of %s", group,
		       strcmp(group, "learning") ? "inherit" : "off", group);
}

static int twice(const struct vsctl_option *option)
{
	return vs_fail(VS_USAGE, "'%s' is given twice", option->word);
}

/* Adds @value to what other options of the group have said. */
static int store_group(const struct vsctl_option *option, json_t *object, json_t *value)
{
	json_t *group = json_object_get(object, option->key), *item;
	const char *key;

	if (!group) {
		json_object_set(object, option->key, value);
		return VS_OK;
	}
	json_object_foreach(value, key, item) {
		if (json_object_get(group, key))
			return twice(option);
	}
	if (!json_object_size(group) || !json_object_size(value))
		return ended(option->key);
	json_object_update(group, value);
	return VS_OK;
}

/* Puts @value where the option's key says. */
static int store(const struct vsctl_option *option, json_t *object, json_t *value)
{
	const char *dot = strchr(option->key, '.'), *key = dot ? dot + 1 : option->key;
	char group[32];
	json_t *there;

	if (is_group(option->kind))
		return store_group(option, object, value);
	if (dot) {
		snprintf(group, sizeof(group), "%.*s", (int)(dot - option->key), option->key);
		there = json_object_get(object, group);
		if (there && !json_object_size(there))
			return ended(group);
		if (!there)
			json_object_set_new(object, group, json_object());
		object = json_object_get(object, group);
	}
	there = json_object_get(object, key);
	if (there && !is_list(option->kind))
		return twice(option);
	if (!is_list(option->kind)) {
		json_object_set(object, key, value);
		return VS_OK;
	}
	if (!there)
		json_object_set_new(object, key, json_array());
	json_array_append(json_object_get(object, key), value);
	return VS_OK;
}

static int check_together(const json_t *object)
{
	if (json_object_get(object, "vlan") && json_object_get(object, "trunk"))
		return vs_fail(VS_USAGE, "vlan and trunk do not go together: give one of them");
	return VS_OK;
}

int parse_options(struct args *args, const struct vsctl_option *options, size_t count,
		  json_t *object)
{
	const char *words[count ? count : 1], *word;
	size_t i;
	int which, err;

	for (i = 0; i < count; i++)
		words[i] = options[i].word;
	while ((word = next_word(args))) {
		json_auto_t *value = NULL;

		which = match_word("option", word, words, count);
		if (which < 0)
			return VS_USAGE;
		if (options[which].kind != OPT_FLAG) {
			char what[64];

			snprintf(what, sizeof(what), "the value of '%s'", options[which].word);
			err = need_word(args, what, &word);
			if (err)
				return err;
		}
		err = option_value(&options[which], word, &value);
		if (!err)
			err = store(&options[which], object, value);
		if (err)
			return err;
	}
	return check_together(object);
}
