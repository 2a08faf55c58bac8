// SPDX-License-Identifier: GPL-2.0
/* Rows against what is written elsewhere: the specs, and the man pages. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "../libvs/err.h"
#include "../libvs/rows.h"
#include "../libvs/schema.h"
#include "unit.h"

static const struct {
	const char *object;
	const struct vs_row *rows;
	const struct vs_set *set;
} objects[] = {
	{ "switch", vs_switch_rows, &vs_switch_set },
	{ "portgroup", vs_portgroup_rows, &vs_portgroup_set },
	{ "port", vs_port_rows, &vs_port_set },
	{ "uplink", vs_uplink_rows, &vs_port_set },
	/* Addresses and MTU of an adapter go over rtnetlink. */
	{ "vmk", vs_vmk_rows, NULL },
	{ "pvlan", vs_pvlan_rows, &vs_pvlan_set },
	{ "mirror", vs_mirror_rows, &vs_mirror_set },
};

/* Does the spec have what a row says? */
static void check_row(const struct vs_row *row, const struct vs_attr *attr)
{
	const enum vs_type type = attr->type;
	bool list = attr->multi || type == T_FLAGS;

	CHECK(list == (row->flags & VS_LIST || row->form == VS_WORDS || row->form == VS_TRUNK));
	CHECK((row->form == VS_BOOL || row->form == VS_FLAG) == (type == T_BOOL));
	CHECK((row->form == VS_WORD) == (type == T_ENUM));
	CHECK((row->form == VS_WORDS) == (type == T_FLAGS));
	CHECK((row->form == VS_MAC) == (type == T_MAC));
	if (row->form == VS_WORD || row->form == VS_WORDS)
		CHECK(row->words == attr->words);
	if (row->form == VS_NUMBER)
		CHECK(row->max < 1ll << (type == T_U8 ? 8 : type == T_U16 ? 16 : 32));
}

static void check_rows(const struct vs_row *rows, const struct vs_set *set)
{
	const struct vs_row *row;
	int i;

	VS_EACH_ROW(row, rows) {
		if (row->form == VS_SHOWN || row->form == VS_OBJECTS || !strcmp(row->key, "down"))
			continue;
		for (i = 1; i <= set->max; i++) {
			if (set->attrs[i].key && !strcmp(set->attrs[i].key, row->key))
				break;
		}
		CHECK(i <= set->max);
		if (i > set->max)
			printf("# no attribute %s\n", row->key);
		else if (row->form == VS_NEST)
			check_rows(row->rows, set->attrs[i].nest);
		else
			check_row(row, &set->attrs[i]);
	}
}

static void attributes(void)
{
	size_t i;

	for (i = 0; i < ARRAY_SIZE(objects); i++) {
		if (objects[i].set)
			check_rows(objects[i].rows, objects[i].set);
	}
}

/* A man page without its hyphens' backslashes */
static char *read_page(const char *object)
{
	char path[512], *text = calloc(1, 1 << 16), *from, *to;
	FILE *file;

	snprintf(path, sizeof(path), VS_TOP "/Documentation/man/vsctl-%s.8", object);
	file = fopen(path, "re");
	CHECK(file && fread(text, 1, (1 << 16) - 1, file) > 0);
	if (file)
		fclose(file);
	for (from = text, to = text; *from; from++) {
		if (*from != '\\' || from[1] != '-')
			*to++ = *from;
	}
	*to = '\0';
	return text;
}

static void find_words(const char *object, const char *page, const struct vs_row *rows,
		       bool in_nest)
{
	const struct vs_row *row;
	size_t i;

	VS_EACH_ROW(row, rows) {
		if (!in_nest && !(row->flags & (VS_ADD | VS_SET)))
			continue;
		if (row->word && !strstr(page, row->word)) {
			printf("# vsctl-%s(8) does not have %s\n", object, row->word);
			CHECK(false);
		}
		for (i = 0; row->word && row->words && row->words[i]; i++) {
			if (strstr(page, row->words[i]) || !strcmp(row->words[i], "inherit"))
				continue;
			printf("# vsctl-%s(8) does not have %s %s\n", object, row->word,
			       row->words[i]);
			CHECK(false);
		}
		if (row->form == VS_NEST)
			find_words(object, page, row->rows, true);
	}
}

static void man_pages(void)
{
	size_t i;

	for (i = 0; i < ARRAY_SIZE(objects); i++) {
		char *page = read_page(objects[i].object);

		/* What a port overrides is in the page of port groups. */
		if (strcmp(objects[i].object, "port"))
			find_words(objects[i].object, page, objects[i].rows, false);
		free(page);
	}
}

const struct test rows_tests[] = {
	{ "rows: every one is an attribute of its type", attributes },
	{ "rows: every option is in its man page", man_pages },
	{ NULL, NULL }
};
