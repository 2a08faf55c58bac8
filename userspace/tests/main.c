// SPDX-License-Identifier: GPL-2.0
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "../libvs/err.h"
#include "unit.h"

static const struct test *const lists[] = {
	text_tests,
	yaml_tests,
	config_tests,
	diff_tests,
	fuzz_tests,
	bucket_tests,
	entitlement_tests,
	host_state_tests,
	check_tests,
	vmfs_tests,
	fsck_tests,
	resign_tests,
	vmfs_fuzz_tests,
	vmdk_tests,
	restore_tests,
	rows_tests,
	netlink_tests,
	context_tests,
	doctor_tests,
	lldp_tests,
};

#define LISTS (ARRAY_SIZE(lists))

static bool failed;
static const char *skipped;

void unit_skip(const char *reason)
{
	skipped = reason;
}

void unit_check(bool ok, const char *file, int line, const char *what)
{
	if (ok)
		return;
	failed = true;
	printf("# %s:%d: %s\n", file, line, what);
}

void unit_same(const char *have, const char *want, const char *file, int line)
{
	if (have && !strcmp(have, want))
		return;
	failed = true;
	printf("# %s:%d:\n#   have: %s\n#   want: %s\n", file, line, have ? have : "(nothing)",
	       want);
}

json_t *unit_json(const char *text)
{
	char *copy = strdup(text), *p;
	json_error_t error;
	json_t *tree;

	for (p = copy; *p; p++)
		*p = *p == '\'' ? '"' : *p;
	tree = json_loads(copy, JSON_DECODE_ANY, &error);
	if (!tree) {
		printf("Bail out! %s: %s\n", copy, error.text);
		exit(1);
	}
	free(copy);
	return tree;
}

void unit_same_json(json_t *value, const char *want, const char *file, int line)
{
	json_t *wanted = unit_json(want);
	char *a = json_dumps(value, JSON_COMPACT | JSON_ENCODE_ANY);
	char *b = json_dumps(wanted, JSON_COMPACT | JSON_ENCODE_ANY);

	if (!value || !json_equal(value, wanted))
		unit_same(a, b, file, line);
	free(a);
	free(b);
	json_decref(value);
	json_decref(wanted);
}

/* unit [AREA]: the tests whose names begin so */
int main(int argc, char **argv)
{
	const char *wanted = argc > 1 ? argv[1] : "";
	const struct test *test;
	unsigned int count = 0, number = 0, failures = 0;
	size_t i;

	vs_init();
	for (i = 0; i < LISTS; i++)
		for (test = lists[i]; test->name; test++)
			count += !strncmp(test->name, wanted, strlen(wanted));
	printf("KTAP version 1\n1..%u\n", count);
	for (i = 0; i < LISTS; i++) {
		for (test = lists[i]; test->name; test++) {
			if (strncmp(test->name, wanted, strlen(wanted)))
				continue;
			failed = false;
			skipped = NULL;
			test->fn();
			failures += failed;
			printf("%s %u %s%s%s\n", failed ? "not ok" : "ok", ++number, test->name,
			       skipped ? " # SKIP " : "", skipped ? skipped : "");
			fflush(stdout);
		}
	}
	return failures ? 1 : 0;
}
