// SPDX-License-Identifier: GPL-2.0
/* vsctl metrics: what there is to know, as Prometheus reads it */
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "../libvs/folder.h"
#include "../libvs/memory.h"
#include "../libvs/text.h"
#include "metrics.h"
#include "vsctl.h"

static json_t *add_family(json_t *families, const char *name, const char *help)
{
	size_t len = strlen(name);
	bool is_counter = len > 6 && !strcmp(name + len - 6, "_total");
	json_t *samples = json_array();

	json_array_append_new(families, json_pack("{s:o, s:s, s:s, s:o}", "name",
						  json_sprintf("vsuite_%s", name), "help", help,
						  "type", is_counter ? "counter" : "gauge",
						  "samples", samples));
	return samples;
}

static void add_sample(json_t *samples, json_t *labels, json_t *value)
{
	json_array_append_new(samples, json_pack("{s:o, s:o}", "labels", labels, "value", value));
}

/* In base units, or NULL where it is not known */
static json_t *scale(const json_t *value, enum metric_unit unit)
{
	json_int_t number = json_integer_value(value);

	if (json_is_boolean(value))
		return json_integer(json_is_true(value));
	if (!json_is_integer(value))
		return NULL;
	switch (unit) {
	case METRIC_PAGES:
		return json_integer(number * VS_PAGE_BYTES);
	case METRIC_SECTORS:
		return json_integer(number * 512);
	case METRIC_MS:
		return json_real(number / 1e3);
	case METRIC_NS:
		return json_real(number / 1e9);
	default:
		return json_integer(number);
	}
}

static void add_label(json_t *labels, const char *name, const json_t *value)
{
	char *text = json_is_null(value) || !value ? vs_escape("") : vs_out_text(value);

	json_object_set_new(labels, name, json_string(text));
	free(text);
}

static json_t *labels_of(const struct metric_source *source, const json_t *object)
{
	const struct metric_label *label;
	json_t *labels = json_object();

	for (label = source->labels; label->name; label++)
		add_label(labels, label->name, json_object_get(object, label->key));
	return labels;
}

/* @labels, which stay the caller's, with one more */
static json_t *with_label(const json_t *labels, const char *name, const char *value)
{
	json_t *more = json_copy((json_t *)labels);

	json_object_set_new(more, name, json_string(value));
	return more;
}

static void add_object(json_t *samples, const struct metric *metric, const json_t *object,
		       const json_t *labels)
{
	const json_t *value = metric->key ? vs_out_member(object, metric->key) : json_true();
	const char *key, *word = json_string_value(value);
	json_t *member, *number, *all;
	size_t i;

	for (i = 0; word && metric->words && metric->words[i]; i++)
		add_sample(samples, with_label(labels, metric->label, metric->words[i]),
			   json_integer(!strcmp(metric->words[i], word)));
	json_object_foreach((json_t *)value, key, member) {
		number = scale(member, metric->unit);
		if (number)
			add_sample(samples, with_label(labels, metric->label, key), number);
	}
	number = scale(value, metric->unit);
	if (!number)
		return;
	all = json_copy((json_t *)labels);
	for (i = 0; metric->keys && metric->keys[i]; i++)
		add_label(all, metric->keys[i], json_object_get(object, metric->keys[i]));
	add_sample(samples, all, number);
}

static int add_source(struct vs_ctx *vs, json_t *families, const struct metric_source *source)
{
	json_auto_t *list = NULL;
	const struct metric *metric;
	const json_t *object;
	json_t *samples;
	size_t i;
	int err = source->read(vs, &list);

	for (metric = source->metrics; metric->name; metric++) {
		samples = add_family(families, metric->name, metric->help);
		json_array_foreach(list, i, object) {
			json_auto_t *labels = labels_of(source, object);

			add_object(samples, metric, object, labels);
		}
	}
	if (err)
		vs_warn("the metrics of %s are missing: %s", source->name, vs_error());
	return err;
}

/* Asking would load it. */
static bool is_loaded(const char *module)
{
	char path[64];

	snprintf(path, sizeof(path), "/sys/module/%s", module);
	return !access(path, F_OK);
}

static void add_modules(json_t *families)
{
	json_t *samples = add_family(families, "module_loaded", "Is the kernel module loaded");
	const char *const *module;

	for (module = metric_modules; *module; module++)
		add_sample(samples, json_pack("{s:s}", "module", *module),
			   json_integer(is_loaded(*module)));
}

/* VS_REFUSED where something is missing; what there is, is in @families. */
static int collect(struct vs_ctx *vs, json_t *families)
{
	const struct metric_source *source;
	json_t *samples;
	int err = VS_OK;

	samples = add_family(families, "build_info", "The version of vsctl");
	add_sample(samples, json_pack("{s:s}", "version", vsctl_version), json_integer(1));
	add_modules(families);
	samples = add_family(families, "source_up", "Could all metrics of the source be read");
	for (source = metric_sources; source->name; source++) {
		int failed;

		if (!is_loaded(source->module))
			continue;
		failed = add_source(vs, families, source);
		add_sample(samples, json_pack("{s:s}", "source", source->name),
			   json_integer(!failed));
		if (failed)
			err = vs_fail(VS_REFUSED, "some metrics are missing");
	}
	return err;
}

/* No control characters are left: labels went through vs_escape(). */
static void print_labels(FILE *to, const json_t *labels)
{
	const char *name, *c, *gap = "{";
	json_t *value;

	json_object_foreach((json_t *)labels, name, value) {
		fprintf(to, "%s%s=\"", gap, name);
		for (c = json_string_value(value); *c; c++)
			fprintf(to, *c == '"' || *c == '\\' ? "\\%c" : "%c", *c);
		fputc('"', to);
		gap = ",";
	}
	if (*gap == ',')
		fputc('}', to);
}

static void print_families(FILE *to, const json_t *families)
{
	const json_t *family, *sample, *value;
	const char *name;
	size_t i, k;

	json_array_foreach(families, i, family) {
		name = json_string_value(json_object_get(family, "name"));
		fprintf(to, "# HELP %s %s.\n# TYPE %s %s\n", name,
			json_string_value(json_object_get(family, "help")), name,
			json_string_value(json_object_get(family, "type")));
		json_array_foreach(json_object_get(family, "samples"), k, sample) {
			fputs(name, to);
			print_labels(to, json_object_get(sample, "labels"));
			value = json_object_get(sample, "value");
			if (json_is_integer(value))
				fprintf(to, " %lld\n", json_integer_value(value));
			else
				fprintf(to, " %.15g\n", json_real_value(value));
		}
	}
}

/* Locked until it has its name: another one takes it for left behind otherwise. */
static int publish(int folder, const char *made, int fd, const char *path,
		   const json_t *families)
{
	FILE *to = fdopen(fd, "w");
	int err = VS_OK;

	if (!to)
		return vs_fail(VS_REFUSED, "%s: %s", path, strerror(errno));
	print_families(to, families);
	/* For everybody: who collects it need not be root. */
	if (fflush(to) || ferror(to) || fchmod(fd, 0644) ||
	    renameat(folder, made, folder, vs_base_name(path)))
		err = vs_fail(VS_REFUSED, "cannot write %s: %s", path, strerror(errno));
	if (err)
		unlinkat(folder, made, 0);
	fclose(to);
	return err;
}

/* Who reads the file meanwhile reads the old one, all of it. */
static int write_file(const char *path, const json_t *families)
{
	char made[NAME_MAX + 1];
	int folder, fd, err = vs_folder_open(path, &folder);

	if (err)
		return err;
	err = vs_file_create(folder, vs_base_name(path), made, &fd);
	if (!err)
		err = publish(folder, made, fd, path, families);
	close(folder);
	return err;
}

static int parse(struct args *args, const char **path)
{
	const char *word;
	int err;

	*path = NULL;
	while ((word = next_word(args))) {
		if (strcmp(word, "-o") && strcmp(word, "--output"))
			return vs_fail(VS_USAGE, "'%s' is unknown: it must be -o FILE", word);
		err = need_word(args, "the file after -o", path);
		if (err)
			return err;
	}
	if (*path && vsctl_out.json)
		return vs_fail(VS_USAGE, "-o writes what Prometheus reads, which is no JSON");
	return VS_OK;
}

static int metrics(struct args *args)
{
	json_auto_t *families = json_array();
	const char *path;
	int err = parse(args, &path), missing;

	if (err)
		return err;
	missing = collect(args->vs, families);
	if (vsctl_out.json)
		vs_out_json(&vsctl_out, json_incref(families));
	else if (path)
		err = write_file(path, families);
	else
		print_families(stdout, families);
	return err ? err : missing;
}

const struct object vsctl_metrics = {
	.name = "metrics",
	.fn = metrics,
	.help =
	"Usage: vsctl metrics [ -o FILE ]\n"
	"\n"
	"Counters and states of switches, ports, datastores and guest memory, as Prometheus\n"
	"reads them.  With -o, FILE is replaced at once: node_exporter tells what it finds in\n"
	"*.prom of its textfile folder, and vsuite-metrics.timer writes there.  Modules that are\n"
	"not loaded are not asked, and not loaded.  With -j, a list of metrics with name, help,\n"
	"type and samples.\n"
	"\n"
	"Examples:\n"
	"  vsctl metrics | grep vsuite_port_dropped\n"
	"  vsctl metrics -o /var/lib/prometheus/node-exporter/vsuite.prom\n"
	"  vsctl -j metrics | jq -r '.[] | [.name, .type, .help] | @tsv'\n",
};
