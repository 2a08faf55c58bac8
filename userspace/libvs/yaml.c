// SPDX-License-Identifier: GPL-2.0
#include <ctype.h>
#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>

#include <yaml.h>

#include "err.h"
#include "text.h"
#include "yaml.h"

#define DEPTH_MAX	32

struct reader {
	yaml_parser_t parser;
	const char *name;
	int depth;
};

static int fail_at(const struct reader *reader, const yaml_mark_t *mark, const char *what)
{
	return vs_fail(VS_USAGE, "%s:%zu:%zu: %s", reader->name, mark->line + 1, mark->column + 1,
		       what);
}

static int next_event(struct reader *reader, yaml_event_t *event)
{
	const yaml_parser_t *parser = &reader->parser;

	if (yaml_parser_parse(&reader->parser, event))
		return VS_OK;
	memset(event, 0, sizeof(*event));
	return fail_at(reader, &parser->problem_mark,
		       parser->problem ? parser->problem : "not YAML");
}

static bool is_one_of(const char *s, const char *const *words)
{
	for (; *words; words++) {
		if (!strcmp(s, *words))
			return true;
	}
	return false;
}

static bool is_number(const char *s, int *base)
{
	const char *digits = "0123456789";

	*base = 10;
	if (s[0] == '0' && (s[1] == 'x' || s[1] == 'o')) {
		*base = s[1] == 'x' ? 16 : 8;
		digits = s[1] == 'x' ? "0123456789abcdefABCDEF" : "01234567";
		s += 2;
	} else if (*s == '-' || *s == '+') {
		s++;
	}
	return *s && !s[strspn(s, digits)];
}

static bool is_float(const char *s)
{
	const char *p = s + (*s == '-' || *s == '+');
	char *end;

	if (!isdigit((unsigned char)p[0]) && !(p[0] == '.' && isdigit((unsigned char)p[1])))
		return false;
	if (p[strspn(p, "0123456789.eE+-")])
		return false;
	strtod(s, &end);
	return !*end;
}

static json_t *plain_scalar(const char *s)
{
	static const char *const nulls[] = { "", "~", "null", "Null", "NULL", NULL };
	static const char *const trues[] = { "true", "True", "TRUE", NULL };
	static const char *const falses[] = { "false", "False", "FALSE", NULL };
	long long number;
	int base;

	if (is_one_of(s, nulls))
		return json_null();
	if (is_one_of(s, trues))
		return json_true();
	if (is_one_of(s, falses))
		return json_false();
	if (is_number(s, &base)) {
		errno = 0;
		number = strtoll(base == 10 ? s : s + 2, NULL, base);
		if (!errno)
			return json_integer(number);
	}
	if (is_float(s))
		return json_real(0);	/* nothing here is one: the value does not matter */
	return json_string(s);
}

static int read_scalar(const struct reader *reader, const yaml_event_t *event, bool is_key,
		       json_t **out)
{
	const char *text = (const char *)event->data.scalar.value;

	if (strlen(text) != event->data.scalar.length)
		return fail_at(reader, &event->start_mark, "text has a NUL character in it");
	if (event->data.scalar.style == YAML_PLAIN_SCALAR_STYLE && !is_key)
		*out = plain_scalar(text);
	else
		*out = json_string(text);
	return *out ? VS_OK : fail_at(reader, &event->start_mark, "text is not UTF-8");
}

static int read_node(struct reader *reader, yaml_event_t *event, json_t **out);

static int read_list(struct reader *reader, json_t **out)
{
	yaml_event_t event;
	json_t *item;
	int err;

	*out = json_array();
	for (;;) {
		err = next_event(reader, &event);
		if (err || event.type == YAML_SEQUENCE_END_EVENT)
			break;
		item = NULL;
		err = read_node(reader, &event, &item);
		yaml_event_delete(&event);
		json_array_append_new(*out, item ? item : json_null());
		if (err)
			return err;
	}
	yaml_event_delete(&event);
	return err;
}

static int read_member(struct reader *reader, const yaml_event_t *key_event, json_t *object)
{
	json_auto_t *key = NULL;
	json_t *value = NULL;
	yaml_event_t event;
	int err;

	if (key_event->type != YAML_SCALAR_EVENT)
		return fail_at(reader, &key_event->start_mark, "a key must be text");
	err = read_scalar(reader, key_event, true, &key);
	if (err)
		return err;
	if (json_object_get(object, json_string_value(key)))
		return vs_fail(VS_USAGE, "%s:%zu:%zu: key '%s' is there twice", reader->name,
			       key_event->start_mark.line + 1, key_event->start_mark.column + 1,
			       json_string_value(key));
	err = next_event(reader, &event);
	if (!err)
		err = read_node(reader, &event, &value);
	yaml_event_delete(&event);
	json_object_set_new(object, json_string_value(key), value ? value : json_null());
	return err;
}

static int read_mapping(struct reader *reader, json_t **out)
{
	yaml_event_t event;
	int err;

	*out = json_object();
	for (;;) {
		err = next_event(reader, &event);
		if (err || event.type == YAML_MAPPING_END_EVENT)
			break;
		err = read_member(reader, &event, *out);
		yaml_event_delete(&event);
		if (err)
			return err;
	}
	yaml_event_delete(&event);
	return err;
}

static bool is_decorated(const yaml_event_t *event)
{
	switch (event->type) {
	case YAML_SCALAR_EVENT:
		return event->data.scalar.anchor || event->data.scalar.tag;
	case YAML_SEQUENCE_START_EVENT:
		return event->data.sequence_start.anchor || event->data.sequence_start.tag;
	case YAML_MAPPING_START_EVENT:
		return event->data.mapping_start.anchor || event->data.mapping_start.tag;
	default:
		return event->type == YAML_ALIAS_EVENT;
	}
}

static int read_node(struct reader *reader, yaml_event_t *event, json_t **out)
{
	int err = VS_OK;

	if (is_decorated(event))
		return fail_at(reader, &event->start_mark,
			       "anchors, aliases and tags are not supported");
	if (++reader->depth > DEPTH_MAX)
		return fail_at(reader, &event->start_mark, "nested too deeply");
	if (event->type == YAML_SCALAR_EVENT)
		err = read_scalar(reader, event, false, out);
	else if (event->type == YAML_SEQUENCE_START_EVENT)
		err = read_list(reader, out);
	else if (event->type == YAML_MAPPING_START_EVENT)
		err = read_mapping(reader, out);
	else
		err = fail_at(reader, &event->start_mark, "a value was expected");
	reader->depth--;
	return err;
}

static int read_document(struct reader *reader, json_t **tree)
{
	yaml_event_t event;
	bool first = true;
	int err;

	for (;;) {
		err = next_event(reader, &event);
		if (err || event.type == YAML_STREAM_END_EVENT)
			break;
		if (event.type == YAML_DOCUMENT_START_EVENT && !first)
			err = fail_at(reader, &event.start_mark, "there is more than one document");
		else if (event.type == YAML_DOCUMENT_START_EVENT)
			first = false;
		else if (event.type != YAML_STREAM_START_EVENT &&
			 event.type != YAML_DOCUMENT_END_EVENT)
			err = read_node(reader, &event, tree);
		yaml_event_delete(&event);
		if (err)
			return err;
	}
	yaml_event_delete(&event);
	if (!err && !*tree)
		err = vs_fail(VS_USAGE, "%s: is empty", reader->name);
	return err;
}

int vs_yaml_parse(const char *name, const char *text, size_t len, json_t **tree)
{
	struct reader reader = { .name = name };
	int err;

	*tree = NULL;
	if (!yaml_parser_initialize(&reader.parser))
		return vs_fail(VS_REFUSED, "out of memory");
	yaml_parser_set_encoding(&reader.parser, YAML_UTF8_ENCODING);
	yaml_parser_set_input_string(&reader.parser, (const unsigned char *)text, len);
	err = read_document(&reader, tree);
	yaml_parser_delete(&reader.parser);
	if (err) {
		json_decref(*tree);
		*tree = NULL;
	}
	return err;
}

/* Text that no YAML reader, old or new, takes for something else. */
static bool is_plain(const char *s)
{
	static const char *const words[] = { "true", "false", "yes", "no", "on", "off", "null",
					     "y", "n", NULL };
	size_t i, len = strlen(s);

	if (!isalpha((unsigned char)s[0]) || s[len - 1] == ' ')
		return false;
	for (i = 0; i < len; i++) {
		if (!isalnum((unsigned char)s[i]) && !strchr("-_./ ", s[i]))
			return false;
	}
	for (i = 0; words[i]; i++) {
		if (!strcasecmp(s, words[i]))
			return false;
	}
	return true;
}

static int emit_scalar(yaml_emitter_t *emitter, const char *text, bool plain)
{
	yaml_event_t event;

	return yaml_scalar_event_initialize(&event, NULL, NULL, (yaml_char_t *)text, strlen(text),
					    plain, !plain,
					    plain ? YAML_PLAIN_SCALAR_STYLE :
						    YAML_DOUBLE_QUOTED_SCALAR_STYLE) &&
	       yaml_emitter_emit(emitter, &event);
}

static int emit_text(yaml_emitter_t *emitter, const char *text)
{
	return emit_scalar(emitter, text, is_plain(text));
}

static int emit(yaml_emitter_t *emitter, const json_t *value);

static bool is_simple(const json_t *value)
{
	return !json_is_array(value) && !json_is_object(value);
}

/* A list of plain values takes one line, anything else a line for each. */
static int emit_list(yaml_emitter_t *emitter, const json_t *list)
{
	yaml_sequence_style_t style = is_simple(json_array_get(list, 0)) ?
				      YAML_FLOW_SEQUENCE_STYLE : YAML_BLOCK_SEQUENCE_STYLE;
	yaml_event_t event;
	const json_t *item;
	size_t i;

	if (!yaml_sequence_start_event_initialize(&event, NULL, NULL, 1, style) ||
	    !yaml_emitter_emit(emitter, &event))
		return 0;
	json_array_foreach(list, i, item) {
		if (!emit(emitter, item))
			return 0;
	}
	return yaml_sequence_end_event_initialize(&event) && yaml_emitter_emit(emitter, &event);
}

static int emit_mapping(yaml_emitter_t *emitter, const json_t *object)
{
	yaml_event_t event;
	const char *key;
	json_t *value;

	if (!yaml_mapping_start_event_initialize(&event, NULL, NULL, 1,
						 YAML_BLOCK_MAPPING_STYLE) ||
	    !yaml_emitter_emit(emitter, &event))
		return 0;
	json_object_foreach((json_t *)object, key, value) {
		if (!emit_text(emitter, key) || !emit(emitter, value))
			return 0;
	}
	return yaml_mapping_end_event_initialize(&event) && yaml_emitter_emit(emitter, &event);
}

static int emit(yaml_emitter_t *emitter, const json_t *value)
{
	char number[32];

	if (json_is_object(value))
		return emit_mapping(emitter, value);
	if (json_is_array(value))
		return emit_list(emitter, value);
	if (json_is_string(value))
		return emit_text(emitter, json_string_value(value));
	if (json_is_null(value))
		return emit_scalar(emitter, "null", true);
	if (json_is_boolean(value))
		return emit_scalar(emitter, json_is_true(value) ? "true" : "false", true);
	snprintf(number, sizeof(number), "%lld", json_integer_value(value));
	return emit_scalar(emitter, number, true);
}

int vs_yaml_write(FILE *to, const json_t *tree)
{
	yaml_emitter_t emitter;
	yaml_event_t event;
	int ok;

	if (!yaml_emitter_initialize(&emitter))
		return vs_fail(VS_REFUSED, "out of memory");
	yaml_emitter_set_output_file(&emitter, to);
	yaml_emitter_set_unicode(&emitter, 1);
	yaml_emitter_set_width(&emitter, -1);
	ok = yaml_stream_start_event_initialize(&event, YAML_UTF8_ENCODING) &&
	     yaml_emitter_emit(&emitter, &event) &&
	     yaml_document_start_event_initialize(&event, NULL, NULL, NULL, 1) &&
	     yaml_emitter_emit(&emitter, &event) &&
	     emit(&emitter, tree) &&
	     yaml_document_end_event_initialize(&event, 1) &&
	     yaml_emitter_emit(&emitter, &event) &&
	     yaml_stream_end_event_initialize(&event) &&
	     yaml_emitter_emit(&emitter, &event);
	yaml_emitter_delete(&emitter);
	return ok ? VS_OK : vs_fail(VS_REFUSED, "cannot write YAML");
}
