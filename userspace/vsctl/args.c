// SPDX-License-Identifier: GPL-2.0
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "../libvs/altname.h"
#include "../libvs/rows.h"
#include "../libvs/text.h"
#include "vsctl.h"

#define OPTIONS_MAX	40

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

/* The next of the words between commas; false after the last. */
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

/* An option: a row, and the nest that it is in or NULL */
struct option {
	const struct vs_row *row, *nest;
};

static bool inherits(const struct option *option)
{
	return option->nest && option->nest->flags & VS_INHERITS;
}

static int number_value(const struct vs_row *row, const char *word, json_t **value)
{
	unsigned long number = 0;
	int err = vs_parse_uint(row->word ?: row->key, word, row->min, row->max, &number);

	*value = err ? NULL : json_integer(number);
	return err;
}

static int size_value(const char *word, json_t **value)
{
	uint64_t bytes;
	int err = vs_parse_size(word, &bytes);

	if (!err && bytes > INT64_MAX)
		err = vs_fail(VS_USAGE, "the size %s is out of range", word);
	*value = err ? NULL : json_integer(bytes);
	return err;
}

static int bool_value(const struct vs_row *row, const char *word, json_t **value)
{
	bool on;
	int err = vs_parse_bool(row->word, word, &on);

	*value = err ? NULL : json_boolean(on);
	return err;
}

/* One of the words of the row; "inherit" where it is none of them, which is null */
static int word_value(const struct option *option, const char *word, json_t **value)
{
	const char *words[VS_WORDS_MAX + 2];
	size_t count = vs_row_words(option->row, inherits(option), words), own = count;
	int which;

	if (inherits(option) && strcmp(words[count - 1], "inherit"))
		words[count++] = "inherit";
	which = match_word(option->row->word, word, words, count);
	if (which < 0)
		return VS_USAGE;
	*value = (size_t)which < own ? json_string(words[which]) : json_null();
	return VS_OK;
}

/* All of a nest: its values in their order */
static int tuple_value(const struct vs_row *nest, const char *word, json_t **value)
{
	const struct vs_row *row = nest->rows;
	const char *from = word;
	bool more = true;
	char part[16];
	int err;

	*value = json_object();
	if (!strcmp(word, "none"))
		return VS_OK;
	for (; row->key && more; row++) {
		json_t *number;

		more = next_part(&word, part, sizeof(part));
		err = number_value(row, part, &number);
		if (err)
			return err;
		json_object_set_new(*value, row->key, number);
	}
	if (!row->key && !more)
		return VS_OK;
	return vs_fail(VS_USAGE, "'%s' is no %s: it must be AVERAGE,PEAK,BURST or none", from,
		       nest->word);
}

/* One value, or one entry of a list */
static int entry_value(struct vs_ctx *vs, const struct option *option, const char *word,
		       json_t **value)
{
	const struct vs_row *row = option->row;

	switch (row->form) {
	case VS_NUMBER:
		return number_value(row, word, value);
	case VS_SIZE:
		return size_value(word, value);
	case VS_BOOL:
		return bool_value(row, word, value);
	case VS_WORD:
	case VS_WORDS:
		return word_value(option, word, value);
	case VS_DEVICE:
	case VS_PORT:
		return vs_row_text(row, vs_device_name(vs, word), value);
	case VS_NAME:
		if (!*word && row->flags & VS_OPTIONAL) {
			*value = json_string("");
			return VS_OK;
		}
		/* fallthrough */
	default:
		return vs_row_text(row, word, value);
	}
}

static int list_value(struct vs_ctx *vs, const struct option *option, const char *word,
		      json_t **value)
{
	json_t *entry;
	char part[128];
	bool more;
	int err;

	*value = json_array();
	if (option->row->form == VS_WORDS && !strcmp(word, "none"))
		return VS_OK;
	do {
		more = next_part(&word, part, sizeof(part));
		entry = NULL;
		err = entry_value(vs, option, part, &entry);
		if (err)
			return err;
		json_array_append_new(*value, entry);
	} while (more);
	return VS_OK;
}

static int option_value(struct vs_ctx *vs, const struct option *option, const char *word,
			json_t **value)
{
	const struct vs_row *row = option->row;

	if (row->form == VS_FLAG) {
		*value = json_true();
		return VS_OK;
	}
	if (row->form == VS_NEST)
		return row->flags & VS_TUPLE ? tuple_value(row, word, value) :
					       bool_value(row, word, value);
	if (!strcmp(word, "inherit") && (row->form == VS_BOOL ? inherits(option) :
					 row->form == VS_PORT && row->flags & VS_LIST)) {
		*value = json_null();
		return VS_OK;
	}
	if (row->form == VS_WORDS || (row->flags & VS_LIST && !(row->flags & VS_REPEATED)))
		return list_value(vs, option, word, value);
	return entry_value(vs, option, word, value);
}

static int ended(const struct vs_row *nest)
{
	return vs_fail(VS_USAGE, "'%s %s' goes with no other option of %s", nest->key,
		       nest->word ? "off" : "inherit", nest->key);
}

static int twice(const struct option *option)
{
	return vs_fail(VS_USAGE, "'%s' is given twice", option->row->word);
}

/* The object of the nest that an option is in or is; {} where an option ends it. */
static int open_nest(const struct vs_row *nest, bool ends, json_t *object, json_t **inner)
{
	*inner = json_object_get(object, nest->key);
	if (*inner && (ends || !json_object_size(*inner)))
		return ended(nest);
	if (!*inner) {
		*inner = json_object();
		json_object_set_new(object, nest->key, *inner);
	}
	return VS_OK;
}

/* Puts @value where the option's key says. */
static int store(const struct option *option, json_t *object, json_t *value)
{
	const struct vs_row *row = option->row, *nest = option->nest;
	bool is_switch = row->form == VS_NEST && !(row->flags & VS_TUPLE), ends;
	const char *key = is_switch ? "on" : row->key;
	json_t *there;
	int err;

	ends = is_switch ? json_is_false(value) : row->flags & VS_ENDS && json_is_null(value);
	if (is_switch)
		nest = row;
	err = nest ? open_nest(nest, ends, object, &object) : VS_OK;
	if (err || ends)
		return err;
	there = json_object_get(object, key);
	if (there && !(row->flags & VS_REPEATED))
		return twice(option);
	if (!(row->flags & VS_REPEATED)) {
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

/* The options of @verb (VS_ADD, VS_SET) */
static size_t list_options(const struct vs_row *rows, const struct vs_row *nest,
			   unsigned int verb, struct option options[OPTIONS_MAX])
{
	const struct vs_row *row;
	size_t count = 0;

	VS_EACH_ROW(row, rows) {
		if (!nest && !(row->flags & verb))
			continue;
		if (row->word)
			options[count++] = (struct option){ row, nest };
		if (row->form == VS_NEST && !(row->flags & VS_TUPLE))
			count += list_options(row->rows, row, verb, options + count);
	}
	return count;
}

static int parse_option(struct args *args, const struct option *option, json_t *object)
{
	json_auto_t *value = NULL;
	const char *word = NULL;
	char what[64];
	int err = VS_OK;

	snprintf(what, sizeof(what), "the value of '%s'", option->row->word);
	if (option->row->form != VS_FLAG)
		err = need_word(args, what, &word);
	if (!err)
		err = option_value(args->vs, option, word, &value);
	return err ? err : store(option, object, value);
}

int parse_rows(struct args *args, const struct vs_row *rows, unsigned int verb, json_t *object)
{
	struct option options[OPTIONS_MAX];
	const char *words[OPTIONS_MAX], *word;
	size_t count = list_options(rows, NULL, verb, options), i;
	int which, err;

	for (i = 0; i < count; i++)
		words[i] = options[i].row->word;
	while ((word = next_word(args))) {
		which = match_word("option", word, words, count);
		err = which < 0 ? VS_USAGE : parse_option(args, &options[which], object);
		if (err)
			return err;
	}
	return check_together(object);
}

int complete_options(const struct vs_row *rows, unsigned int verb, const char *word)
{
	const char *words[VS_WORDS_MAX + 1];
	struct option options[OPTIONS_MAX];
	size_t count = list_options(rows, NULL, verb, options), i, k;

	for (i = 0; i < count; i++) {
		const struct vs_row *row = options[i].row;

		if (!word)
			puts(row->word);
		if (!word || strcmp(row->word, word) || row->form == VS_FLAG)
			continue;
		if (row->form == VS_BOOL || (row->form == VS_NEST && !(row->flags & VS_TUPLE)))
			puts("on\noff");
		if (row->form == VS_WORDS || row->flags & VS_TUPLE)
			puts("none");
		vs_row_words(row, false, words);
		for (k = 0; words[k]; k++)
			puts(words[k]);
		if (inherits(&options[i]))
			puts("inherit");
		return VS_OK;
	}
	return word ? VS_NOT_FOUND : VS_OK;
}
