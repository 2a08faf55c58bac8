// SPDX-License-Identifier: GPL-2.0
/* ovs-vsctl: the command line */
#include <ctype.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "../libvs/ctx.h"
#include "../libvs/json.h"
#include "../libvs/model.h"
#include "ovs.h"
#include "vsctl.h"

/* Options, which stand before the word of a command */
enum {
	IF_EXISTS	= 1 << 0,
	MAY_EXIST	= 1 << 1,
	NO_HEADINGS	= 1 << 2,
	AS_LIST		= 1 << 3,
	AS_JSON		= 1 << 4,
	COLUMNS		= 1 << 5,
	OUTPUT		= NO_HEADINGS | AS_LIST | AS_JSON | COLUMNS,
};

static const struct {
	const char *name;	/* what ends with '=' has a value */
	unsigned int option;	/* 0: that of the whole call */
} options[] = {
	{ "--timeout=", 0 },
	{ "--if-exists", IF_EXISTS },
	{ "--may-exist", MAY_EXIST },
	{ "--no-heading", NO_HEADINGS },
	{ "--no-headings", NO_HEADINGS },
	{ "--format=list", AS_LIST },
	{ "--data=json", AS_JSON },
	{ "--columns=", COLUMNS },
};

/* A command, and the call that it is part of */
struct command {
	struct args args;
	unsigned int options;
	const char *columns;
	json_t *changes;	/* of the call: see ovs.h */
	int status;		/* the exit status of what succeeds */
};

/* The last change of the record @name, or a new one: what is asked for it adds up. */
static json_t *change_of(struct command *command, const char *name, const char *what, bool fresh)
{
	size_t i = json_array_size(command->changes);
	json_t *change = NULL;

	while (!fresh && i-- && !change) {
		change = json_array_get(command->changes, i);
		if (strcmp(vs_text_of(change, "name"), name))
			change = NULL;
	}
	if (!change) {
		change = json_pack("{s:o, s:s, s:b, s:b}", "name", vs_json_text(name), "do", what,
				   "if_exists", true, "may_exist", command->options & MAY_EXIST);
		json_array_append_new(command->changes, change);
	}
	if (!(command->options & IF_EXISTS))
		json_object_set_new(change, "if_exists", json_false());
	return change;
}

/* The columns that callers set or clear, as keys of a change; NULL: always empty here */
static int set_text(json_t *change, const char *key, const char *value);
static int set_id(json_t *change, const char *key, const char *value);
static int set_mtu(json_t *change, const char *key, const char *value);
static int set_type(json_t *change, const char *key, const char *value);
static int set_zero(json_t *change, const char *key, const char *value);
static int set_transient(json_t *change, const char *key, const char *value);

static const struct column {
	const char *table, *name;
	int (*set)(json_t *change, const char *key, const char *value);
	const char *instead;	/* where it cannot be set: what does it here */
} columns[] = {
	{ "port", "tag", set_text },
	{ "port", "trunks", set_text },
	{ "port", "vlan_mode", set_text },
	{ "port", "other_config", set_transient },
	{ "port", "external_ids", set_id },
	{ "port", "qos", NULL, "port groups have shaping-ingress and shaping-egress" },
	{ "port", "bond_mode", NULL, "switches have a teaming" },
	{ "port", "bond_active_slave" },
	{ "port", "lacp", NULL, "switches have a teaming" },
	{ "port", "cvlans" },
	{ "port", "mac" },
	{ "interface", "external_ids", set_id },
	{ "interface", "mtu_request", set_mtu },
	{ "interface", "type", set_type },
	{ "interface", "ingress_policing_rate", set_zero },
	{ "interface", "ingress_policing_burst", set_zero },
	{ "interface", "other_config" },
	{ "interface", "options" },
	{ "bridge", "auto_attach" },
	{ "bridge", "controller" },
	{ "bridge", "external_ids" },
	{ "bridge", "fail_mode" },
	{ "bridge", "flood_vlans" },
	{ "bridge", "ipfix" },
	{ "bridge", "mirrors", NULL, "vsctl mirror has sessions" },
	{ "bridge", "netflow" },
	{ "bridge", "other_config" },
	{ "bridge", "protocols" },
	{ "bridge", "sflow" },
};

static int set_text(json_t *change, const char *key, const char *value)
{
	json_object_set_new(change, key, vs_json_text(value));
	return VS_OK;
}

/* PortData is what libvirt carries from host to host in a migration. */
static int set_id(json_t *change, const char *key, const char *value)
{
	static const char *const kept[] = { "iface-id", "vm-id", "PortData" };
	json_t *ids;
	size_t i;

	if (!strcmp(key, "attached-mac"))
		return set_text(change, "mac", value);
	if (!strcmp(key, "port-profile"))
		return set_text(change, "profile", value);
	if (!strcmp(key, "iface-status") && !strcmp(value, "active"))
		return VS_OK;
	if (!strcmp(key, "ifname") && !strcmp(value, vs_text_of(change, "name")))
		return VS_OK;
	for (i = 0; i < ARRAY_SIZE(kept) && strcmp(key, kept[i]); i++)
		;
	if (i == ARRAY_SIZE(kept))
		return vs_fail(VS_USAGE, "external id %s=%s means nothing here", key, value);
	ids = json_object_get(change, "ids");
	if (!json_is_object(ids)) {
		ids = json_object();
		json_object_set_new(change, "ids", ids);
	}
	json_object_set_new(ids, key, vs_json_text(value));
	return VS_OK;
}

static int set_mtu(json_t *change, const char *key, const char *value)
{
	unsigned long mtu;
	int err = vs_parse_uint(key, value, 68, 65535, &mtu);

	json_object_set_new(change, "mtu", json_integer(err ? 0 : mtu));
	return err;
}

static int set_type(json_t *change, const char *key, const char *value)
{
	if (strcmp(value, "internal"))
		return vs_fail(VS_USAGE, "%s %s: a switch of vsuite has internal ports and devices, and no tunnels, patches or DPDK",
			       key, value);
	json_object_set_new(change, "internal", json_true());
	return VS_OK;
}

/* libvirt's way to say that there is no limit */
static int set_zero(json_t *change, const char *key, const char *value)
{
	(void)change;
	if (!strcmp(value, "0"))
		return VS_OK;
	return vs_fail(VS_USAGE, "%s is not set here: port groups have shaping-ingress and shaping-egress",
		       key);
}

/* A port of libvirt 11 does not outlive a reboot; none does here. */
static int set_transient(json_t *change, const char *key, const char *value)
{
	(void)change;
	return !strcmp(key, "transient") && !strcmp(value, "true") ? VS_OK :
		vs_fail(VS_USAGE, "other_config %s=%s means nothing here", key, value);
}

/* As Open vSwitch takes them: of any case, "-" for "_", and cut short */
static void plain(char *out, size_t size, const char *name, size_t len)
{
	size_t i;

	for (i = 0; i < len && i < size - 1; i++)
		out[i] = name[i] == '-' ? '_' : tolower((unsigned char)name[i]);
	out[i] = '\0';
}

static int find_table(const char *name, const char **table)
{
	static const char *const tables[] = { "bridge", "port", "interface" };
	char text[16];
	size_t i;

	plain(text, sizeof(text), name, strlen(name));
	for (i = 0; i < ARRAY_SIZE(tables); i++) {
		*table = tables[i];
		if (!strcmp(text, *table))
			return VS_OK;
	}
	return vs_fail(VS_USAGE, "table '%s' is not one of Bridge, Port and Interface", name);
}

static int find_column(const char *table, const char *name, size_t len,
		       const struct column **column)
{
	char text[32];
	size_t i;

	plain(text, sizeof(text), name, len);
	if (!strcmp(text, "trunk"))
		snprintf(text, sizeof(text), "trunks");
	for (i = 0; i < ARRAY_SIZE(columns); i++) {
		*column = &columns[i];
		if (!strcmp((*column)->table, table) && !strcmp((*column)->name, text))
			return VS_OK;
	}
	return vs_fail(VS_USAGE, "column '%.*s' of table %s is unknown here", (int)len, name,
		       table);
}

/* "text", with the escapes of JSON, or what it is */
static int read_value(const char *word, json_t **value)
{
	*value = *word == '"' ? json_loads(word, JSON_DECODE_ANY, NULL) : vs_json_text(word);
	return json_is_string(*value) ? VS_OK :
	       vs_fail(VS_USAGE, "%s: there is no end to the quotes, or more after it", word);
}

/* COLUMN[:KEY]=VALUE */
static int set_column(json_t *change, const char *table, const char *word)
{
	size_t len = strcspn(word, ":="), key_len;
	const struct column *column;
	json_auto_t *value = NULL;
	const char *equals;
	char key[32];
	int err;

	equals = strchr(word, '=');
	if (!equals)
		return vs_fail(VS_USAGE, "'%s' is not of the form COLUMN=VALUE", word);
	err = find_column(table, word, len, &column);
	if (!err)
		err = read_value(equals + 1, &value);
	if (err)
		return err;
	if (!column->set)
		return vs_fail(VS_USAGE, "column %s of table %s cannot be set here%s%s",
			       column->name, table, column->instead ? ": " : "",
			       column->instead ?: "");
	key_len = word[len] == ':' ? equals - word - len - 1 : 0;
	if (!!key_len != (column->set == set_id || column->set == set_transient))
		return vs_fail(VS_USAGE, "'%s': column %s goes %s a key", word, column->name,
			       key_len ? "without" : "with");
	snprintf(key, sizeof(key), "%.*s", (int)key_len, word + len + 1);
	return column->set(change, key_len ? key : column->name, json_string_value(value));
}

static int set_columns(json_t *change, const char *table, struct args *args)
{
	const char *word;
	int err = VS_OK;

	while (!err && (word = next_word(args)))
		err = set_column(change, table, word);
	return err;
}

static int add_port_command(struct command *command)
{
	const char *bridge = next_word(&command->args);
	json_t *change = change_of(command, next_word(&command->args), "add", true);

	json_object_set_new(change, "switch", vs_json_text(bridge));
	return set_columns(change, "port", &command->args);
}

static int del_port_command(struct command *command)
{
	const char *bridge = command->args.count > 1 ? next_word(&command->args) : NULL;
	json_t *change = change_of(command, next_word(&command->args), "del", true);

	if (bridge)
		json_object_set_new(change, "switch", vs_json_text(bridge));
	return VS_OK;
}

static int add_br_command(struct command *command)
{
	change_of(command, next_word(&command->args), "add-br", true);
	return VS_OK;
}

static int del_br_command(struct command *command)
{
	change_of(command, next_word(&command->args), "del-br", true);
	return VS_OK;
}

static int set_command(struct command *command)
{
	const char *table;
	json_t *change;
	int err = find_table(next_word(&command->args), &table);

	if (err)
		return err;
	change = change_of(command, next_word(&command->args), "set", false);
	return set_columns(change, table, &command->args);
}

static int clear_command(struct command *command)
{
	const struct column *column;
	const char *table, *word;
	json_t *change;
	int err = find_table(next_word(&command->args), &table);

	if (err)
		return err;
	change = change_of(command, next_word(&command->args), "set", false);
	while (!err && (word = next_word(&command->args))) {
		err = find_column(table, word, strlen(word), &column);
		if (!err && column->set == set_text)
			json_object_set_new(change, column->name, json_null());
		else if (!err && column->set == set_id)
			json_object_set_new(change, "ids", json_null());
	}
	return err;
}

static int br_exists_command(struct command *command)
{
	int sw, err = vs_switch_index(command->args.vs, next_word(&command->args), &sw);

	command->status = err == VS_NOT_FOUND ? 2 : 0;
	return err == VS_NOT_FOUND ? VS_OK : err;
}

/* The port that a command asks of; NULL and no error where --if-exists is there for it. */
static int need_record(struct command *command, json_t **port)
{
	const char *device = next_word(&command->args);
	int err = ovs_find_port(command->args.vs, device, port);

	if (!err && !*port && !(command->options & IF_EXISTS))
		err = vs_fail(VS_NOT_FOUND, "no port is named %s", device);
	return err;
}

static int iface_to_br_command(struct command *command)
{
	json_auto_t *port = NULL;
	int err = need_record(command, &port);

	if (!err)
		puts(vs_text_of(port, "switch"));
	return err;
}

static int list_ports_command(struct command *command)
{
	json_auto_t *ports = NULL;
	json_t *port;
	size_t i;
	int sw, err = vs_switch_index(command->args.vs, next_word(&command->args), &sw);

	if (!err)
		err = vs_ports(command->args.vs, sw, &ports);
	json_array_foreach(ports, i, port)
		puts(vs_text_of(port, "device"));
	return err;
}

static int get_command(struct command *command)
{
	json_auto_t *port = NULL;
	const char *table, *word;
	char column[32], *key;
	int err = find_table(next_word(&command->args), &table);

	if (!err)
		err = need_record(command, &port);
	while (!err && port && (word = next_word(&command->args))) {
		plain(column, sizeof(column), word, strcspn(word, ":"));
		key = strchr(word, ':');
		err = ovs_print_column(command->args.vs, port, column, key ? key + 1 : NULL);
		/* libvirt asks for data that nobody has put there */
		if (err == VS_NOT_FOUND && command->options & IF_EXISTS)
			err = VS_OK;
	}
	return err;
}

static int list_command(struct command *command)
{
	json_auto_t *port = NULL;
	const char *table;
	int err = find_table(next_word(&command->args), &table);

	if (!err && ((command->options & OUTPUT) != OUTPUT || strcmp(table, "interface") ||
		     strcmp(command->columns, "statistics")))
		err = vs_fail(VS_USAGE, "only statistics are listed: --format=list --data=json --no-headings --columns=statistics list Interface NAME");
	if (!err)
		err = need_record(command, &port);
	return err || !port ? err : ovs_print_statistics(port);
}

/* Queues and QoS are rows of tables that are always empty: libvirt looks there for its own. */
static int find_command(struct command *command)
{
	const char *table = next_word(&command->args), *word;

	if (!strcasecmp(table, "queue") || !strcasecmp(table, "qos"))
		return VS_OK;
	/* A vhost-user port, of which there is none */
	word = next_word(&command->args);
	if (!strcasecmp(table, "interface") && !strncmp(word, "options:vhost-server-path=", 26))
		return VS_OK;
	return vs_fail(VS_USAGE, "find knows the tables Queue and QoS, which are empty");
}

static const struct {
	const char *name;
	int (*fn)(struct command *command);
	unsigned int options;
	bool asks;		/* changes nothing, and is alone in a call */
	int min, max;		/* words */
	const char *words;
} commands[] = {
	{ "add-br", add_br_command, MAY_EXIST, false, 1, 1, "BRIDGE" },
	{ "del-br", del_br_command, IF_EXISTS, false, 1, 1, "BRIDGE" },
	{ "br-exists", br_exists_command, 0, true, 1, 1, "BRIDGE" },
	{ "list-ports", list_ports_command, 0, true, 1, 1, "BRIDGE" },
	{ "add-port", add_port_command, MAY_EXIST, false, 2, 100, "BRIDGE PORT [COLUMN=VALUE]..." },
	{ "del-port", del_port_command, IF_EXISTS, false, 1, 2, "[BRIDGE] PORT" },
	{ "port-to-br", iface_to_br_command, 0, true, 1, 1, "PORT" },
	{ "iface-to-br", iface_to_br_command, 0, true, 1, 1, "INTERFACE" },
	{ "set", set_command, IF_EXISTS, false, 3, 100, "TABLE RECORD COLUMN[:KEY]=VALUE..." },
	{ "clear", clear_command, IF_EXISTS, false, 3, 100, "TABLE RECORD COLUMN..." },
	{ "get", get_command, IF_EXISTS, true, 3, 100, "TABLE RECORD COLUMN[:KEY]..." },
	{ "list", list_command, IF_EXISTS | OUTPUT, true, 2, 2, "TABLE RECORD" },
	{ "find", find_command, IF_EXISTS | OUTPUT, true, 2, 100, "TABLE COLUMN:KEY=VALUE..." },
};

static int read_options(struct command *command, bool first)
{
	const char *word, *value;
	unsigned long seconds;
	size_t i, len;
	int err;

	while (command->args.count && !strncmp(command->args.words[0], "--", 2)) {
		word = next_word(&command->args);
		for (i = 0; i < ARRAY_SIZE(options); i++) {
			len = strlen(options[i].name);
			if (!strncmp(word, options[i].name, len) &&
			    (options[i].name[len - 1] == '=' || !word[len]))
				break;
		}
		if (i == ARRAY_SIZE(options))
			return vs_fail(VS_USAGE, "option %s is unknown here", word);
		value = word + len;
		command->options |= options[i].option;
		if (options[i].option == COLUMNS)
			command->columns = value;
		if (options[i].option)
			continue;
		err = first ? vs_parse_uint("--timeout", value, 0, 86400, &seconds) :
			      vs_fail(VS_USAGE, "--timeout goes before the first command");
		if (err)
			return err;
		alarm(seconds);
	}
	return VS_OK;
}

static int run_command(struct command *command, bool alone)
{
	const char *name = next_word(&command->args);
	size_t i;

	for (i = 0; i < ARRAY_SIZE(commands) && strcmp(commands[i].name, name); i++)
		;
	if (i == ARRAY_SIZE(commands))
		return vs_fail(VS_USAGE, "'%s' is no command that vsuite has for Open vSwitch's: see ovs-vsctl(8)",
			       name);
	if (command->args.count < commands[i].min || command->args.count > commands[i].max)
		return vs_fail(VS_USAGE, "the command is: %s %s", name, commands[i].words);
	if (command->options & ~commands[i].options)
		return vs_fail(VS_USAGE, "one of the options does not go with %s", name);
	if (commands[i].asks && !alone)
		return vs_fail(VS_USAGE, "%s is asked alone, without other commands", name);
	return commands[i].fn(command);
}

/* Runs the commands, which "--" keeps apart; nothing of it counts as one. */
static int run_call(const struct args *args, json_t *changes, int *status)
{
	struct command command;
	int i, end, commands_before = 0, err = VS_OK;

	for (i = 0; i < args->count && !err; i = end + 1) {
		for (end = i; end < args->count && strcmp(args->words[end], "--"); end++)
			;
		command = (struct command){ .args = *args, .changes = changes };
		command.args.count = end - i;
		command.args.words += i;
		err = read_options(&command, !i);
		if (err || (!command.args.count && !command.options))
			continue;
		if (!command.args.count)
			return vs_fail(VS_USAGE, "an option stands before no command");
		err = run_command(&command, !commands_before++ && end == args->count);
		*status = command.status;
	}
	if (!err && !commands_before)
		err = vs_fail(VS_USAGE, "a command is missing: see ovs-vsctl(8)");
	return err;
}

bool ovs_is_called(const char *program)
{
	const char *name = strrchr(program, '/');

	return !strcmp(name ? name + 1 : program, "ovs-vsctl");
}

int ovs_main(int argc, char **argv)
{
	struct vs_ctx vs = { 0 };
	const struct args args = { .vs = &vs, .count = argc - 1, .words = argv + 1 };
	json_auto_t *changes = json_array();
	int status = 0, err;
	json_t *change;
	size_t i;

	err = run_call(&args, changes, &status);
	json_array_foreach(changes, i, change)
		err = err ?: ovs_apply(&vs, change);
	if (err) {
		vs_print_error();
		status = 1;
	}
	vs_ctx_close(&vs);
	return vs_finish_output(status, 1);
}
