/* SPDX-License-Identifier: GPL-2.0 */
/*
 * vsctl doctor.  doctor.c finds out what there is, the other files judge it: they use
 * nothing but this structure, and files below its root.
 */
#ifndef DOCTOR_H
#define DOCTOR_H

#include <stdbool.h>
#include <stddef.h>

#include <jansson.h>

/**
 * struct doctor - a host, and what was found
 * @root: descriptor of its root folder
 * @switches: as vsctl -j switch has them
 * @ports: as vsctl -j port has them, uplinks and VMkernel adapters too
 * @features: what vs_link_features() says of the devices of uplinks, by their names
 * @addresses: as vs_addrs() gives them
 * @is_synchronized: does something keep the clock right
 * @check: the name of the check that runs
 * @findings: [{check, object, finding, mend}]
 */
struct doctor {
	int root;
	json_t *switches;
	json_t *ports;
	json_t *features;
	json_t *addresses;
	bool is_synchronized;
	const char *check;
	json_t *findings;
};

/* Not for all: those that need something which is not there find nothing. */
struct doctor_check {
	const char *name;
	void (*fn)(struct doctor *doctor);
};

/* NULL name ends each. */
extern const struct doctor_check doctor_host_checks[], doctor_net_checks[];
extern const struct doctor_check doctor_disk_checks[];

#define DOCTOR_LINE	256

/* The first line of a file below the root; false, and "", where there is none */
bool doctor_read(const struct doctor *doctor, const char *path, char line[DOCTOR_LINE]);
/* Its first number, or @otherwise */
long doctor_number(const struct doctor *doctor, const char *path, long otherwise);
bool doctor_exists(const struct doctor *doctor, const char *path);
bool doctor_is_loaded(const struct doctor *doctor, const char *module);
/*
 * The first line of a file that has @word, without the white space before it; comments aside
 */
bool doctor_grep(const struct doctor *doctor, const char *path, const char *word,
		 char line[DOCTOR_LINE]);
/* The version of a Debian package that is installed */
bool doctor_package(const struct doctor *doctor, const char *name, char version[DOCTOR_LINE]);
/* Names in a folder, sorted; an array, to be freed */
json_t *doctor_list(const struct doctor *doctor, const char *path);

/* Something is not as it should be.  The finding, borrowed, for doctor_mend() */
json_t *doctor_find(struct doctor *doctor, const char *object, const char *fmt, ...)
	__attribute__((format(printf, 3, 4)));
/* The command for a shell that mends it; names in it come from doctor_quote(). */
void doctor_mend(json_t *finding, const char *fmt, ...) __attribute__((format(printf, 2, 3)));
/* A name as a word for the shell; valid up to the next call */
const char *doctor_quote(const char *name);

#endif
