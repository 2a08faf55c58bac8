// SPDX-License-Identifier: GPL-2.0
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "../libvs/err.h"
#include "../libvs/yaml.h"
#include "unit.h"

static json_t *parse(const char *text)
{
	json_t *tree = NULL;

	vs_yaml_parse("f", text, strlen(text), &tree);
	return tree;
}

static void scalars(void)
{
	SAME_JSON(parse("[1, -2, 0x1f, 0o17, +3, 007]"), "[1, -2, 31, 15, 3, 7]");
	SAME_JSON(parse("[true, False, yes, on, No, off]"), "[true, false, 'yes', 'on', 'No', 'off']");
	SAME_JSON(parse("[~, null, Null, ]"), "[null, null, null]");
	SAME_JSON(parse("a:\nb: ''\n"), "{'a': null, 'b': ''}");
	/* Base 60 was a number in YAML 1.1. */
	SAME_JSON(parse("[02:00:00:00:00:01, 10:20:30:40:50:59, 1:30]"),
		  "['02:00:00:00:00:01', '10:20:30:40:50:59', '1:30']");
	SAME_JSON(parse("['1', \"true\", 192.0.2.1/24, 10-20, '\\']"),
		  "['1', 'true', '192.0.2.1/24', '10-20', '\\\\']");
	SAME_JSON(parse("1: a\ntrue: b\n"), "{'1': 'a', 'true': 'b'}");
}

static void structures(void)
{
	SAME_JSON(parse("a:\n- b: 1\n  c: [x, {y: z}]\n- d\n"),
		  "{'a': [{'b': 1, 'c': ['x', {'y': 'z'}]}, 'd']}");
	SAME_JSON(parse("--- {a: 1}\n...\n"), "{'a': 1}");
}

static void refused(const char *text, const char *why)
{
	json_t *tree = parse(text);

	CHECK(!tree);
	json_decref(tree);
	SAME(vs_error(), why);
}

static void refusals(void)
{
	char deep[200];

	refused("", "f: is empty");
	refused("# nothing\n", "f: is empty");
	refused("a: 1\na: 2\n", "f:2:1: key 'a' is there twice");
	refused("a: &x 1\n", "f:1:4: anchors, aliases and tags are not supported");
	refused("a: !!str 1\n", "f:1:4: anchors, aliases and tags are not supported");
	refused("a: *x\n", "f:1:4: anchors, aliases and tags are not supported");
	refused("a: 1\n---\nb: 2\n", "f:2:1: there is more than one document");
	refused("[a]: 1\n", "f:1:1: a key must be text");
	refused("a: \"x\\0y\"\n", "f:1:4: text has a NUL character in it");
	CHECK(!parse("a: [\n") && !parse("a: \xff\n") && !parse("\ta: 1"));
	memset(deep, '[', sizeof(deep));
	deep[40] = '\0';
	refused(deep, "f:1:33: nested too deeply");
}

/* What is written is read back the same, whatever is in it. */
static void round_trip(const char *json)
{
	json_t *tree = unit_json(json);
	char *text = NULL;
	size_t size = 0;
	FILE *to = open_memstream(&text, &size);

	CHECK(!vs_yaml_write(to, tree));
	fclose(to);
	SAME_JSON(parse(text), json);
	free(text);
	json_decref(tree);
}

static void round_trips(void)
{
	round_trip("{'a': [1, true, null, 'x', '1', 'true', 'null', '~', '', 'on', 'No', 'y']}");
	round_trip("['0x1f', '1.5', '1e3', '02:00:00:00:00:01', '20:30', '-', '- a', ': b', 'a: b']");
	round_trip("['a #b', '#a', '&a', '*a', '!a', '%a', '@a', '`', ' a', 'a ', 'a\\nb', '\\u001b']");
	round_trip("{'k': {'l': [], 'm': {}}, 'VM Netw\\u00f6rk \\ud83d\\ude00': [[1, 2], {'a': 'b'}]}");
}

const struct test yaml_tests[] = {
	{ "yaml: scalars", scalars },
	{ "yaml: structures", structures },
	{ "yaml: refusals", refusals },
	{ "yaml: round trips", round_trips },
	{ NULL, NULL }
};
