/* SPDX-License-Identifier: GPL-2.0 */
/* Unit tests of what needs no kernel.  A file is a list of tests; main.c has all. */
#ifndef UNIT_H
#define UNIT_H

#include <stdbool.h>

#include <jansson.h>

struct test {
	const char *name;
	void (*fn)(void);
};

/* NULL name ends each. */
extern const struct test text_tests[], yaml_tests[], config_tests[], diff_tests[], fuzz_tests[];
extern const struct test bucket_tests[], entitlement_tests[], host_state_tests[], rows_tests[];
extern const struct test restore_tests[], netlink_tests[], context_tests[];
extern const struct test vmfs_tests[], vmfs_fuzz_tests[], fsck_tests[], vmdk_tests[];
extern const struct test resign_tests[], check_tests[], doctor_tests[];
extern const struct test lldp_tests[];

/* Ends nothing: the test returns after it. */
void unit_skip(const char *reason);
void unit_check(bool ok, const char *file, int line, const char *what);
void unit_same(const char *have, const char *want, const char *file, int line);
/* A tree in JSON with ' for "; must be valid. */
json_t *unit_json(const char *text);

#define CHECK(cond)		unit_check(cond, __FILE__, __LINE__, #cond)
#define SAME(have, want)	unit_same(have, want, __FILE__, __LINE__)
/* @value is freed; @want is JSON with ' for ". */
#define SAME_JSON(value, want)	unit_same_json(value, want, __FILE__, __LINE__)

void unit_same_json(json_t *value, const char *want, const char *file, int line);

#endif
