// SPDX-License-Identifier: GPL-2.0
/* What the checks of vsctl doctor look with, and how they say what they have found */
#include <dirent.h>
#include <fcntl.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "../libvs/text.h"
#include "doctor.h"

static FILE *open_file(const struct doctor *doctor, const char *path)
{
	int fd = openat(doctor->root, path, O_RDONLY | O_CLOEXEC);
	FILE *file = fd < 0 ? NULL : fdopen(fd, "r");

	if (!file && fd >= 0)
		close(fd);
	return file;
}

bool doctor_read(const struct doctor *doctor, const char *path, char line[DOCTOR_LINE])
{
	return doctor_grep(doctor, path, "", line);
}

long doctor_number(const struct doctor *doctor, const char *path, long otherwise)
{
	char line[DOCTOR_LINE];

	return doctor_read(doctor, path, line) ? strtol(line, NULL, 10) : otherwise;
}

bool doctor_exists(const struct doctor *doctor, const char *path)
{
	return !faccessat(doctor->root, path, F_OK, 0);
}

bool doctor_is_loaded(const struct doctor *doctor, const char *module)
{
	char path[64];

	snprintf(path, sizeof(path), "sys/module/%s", module);
	return doctor_exists(doctor, path);
}

bool doctor_grep(const struct doctor *doctor, const char *path, const char *word,
		 char line[DOCTOR_LINE])
{
	FILE *file = open_file(doctor, path);
	char *text = NULL, *start;
	size_t size = 0;
	bool found = false;

	*line = '\0';
	while (file && !found && getline(&text, &size, file) > 0) {
		text[strcspn(text, "\n")] = '\0';
		start = text + strspn(text, " \t");
		found = *start != '#' && strstr(start, word);
		if (found)
			snprintf(line, DOCTOR_LINE, "%s", start);
	}
	free(text);
	if (file)
		fclose(file);
	return found;
}

bool doctor_package(const struct doctor *doctor, const char *name, char version[DOCTOR_LINE])
{
	FILE *file = open_file(doctor, "var/lib/dpkg/status");
	bool is_it = false, found = false;
	char *text = NULL;
	size_t size = 0;

	*version = '\0';
	while (file && !found && getline(&text, &size, file) > 0) {
		text[strcspn(text, "\n")] = '\0';
		if (!strncmp(text, "Package: ", 9))
			is_it = !strcmp(text + 9, name);
		else if (is_it && !strncmp(text, "Status: ", 8))
			is_it = strstr(text, " installed");
		found = is_it && !strncmp(text, "Version: ", 9);
		if (found)
			snprintf(version, DOCTOR_LINE, "%s", text + 9);
	}
	free(text);
	if (file)
		fclose(file);
	return found;
}

json_t *doctor_list(const struct doctor *doctor, const char *path)
{
	int fd = openat(doctor->root, path, O_RDONLY | O_DIRECTORY | O_CLOEXEC), count, i;
	json_t *list = json_array();
	struct dirent **names;

	if (fd < 0)
		return list;
	count = scandirat(fd, ".", &names, NULL, versionsort);
	for (i = 0; i < count; i++) {
		if (*names[i]->d_name != '.')
			json_array_append_new(list, vs_json_text(names[i]->d_name));
		free(names[i]);
	}
	if (count >= 0)
		free(names);
	close(fd);
	return list;
}

json_t *doctor_find(struct doctor *doctor, const char *object, const char *fmt, ...)
{
	char text[512];
	json_t *finding;
	va_list ap;

	va_start(ap, fmt);
	vs_vformat(text, sizeof(text), fmt, ap);
	va_end(ap);
	finding = json_pack("{s:s, s:o, s:o, s:n}", "check", doctor->check, "object",
			    object ? vs_json_text(object) : json_null(), "finding",
			    vs_json_text(text), "mend");
	json_array_append_new(doctor->findings, finding);
	return finding;
}

void doctor_mend(json_t *finding, const char *fmt, ...)
{
	char text[512];
	va_list ap;

	va_start(ap, fmt);
	vs_vformat(text, sizeof(text), fmt, ap);
	va_end(ap);
	json_object_set_new(finding, "mend", vs_json_text(text));
}

const char *doctor_quote(const char *name)
{
	static const char plain[] =
		"abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789._:@+-";
	static char word[DOCTOR_LINE];
	char *to = word;

	if (!name[strspn(name, plain)] && *name != '-')
		return name;
	*to++ = '\'';
	for (; *name && to < word + sizeof(word) - 6; name++)
		to += *name == '\'' ? sprintf(to, "'\\''") : sprintf(to, "%c", *name);
	strcpy(to, "'");
	return word;
}
