// SPDX-License-Identifier: GPL-2.0
/* Texts that describe virtual disks: good ones, and mutations of them. */
#include <fcntl.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "../libvs/err.h"
#include "../libvs/vmdk.h"
#include "unit.h"

#define ROUNDS	3000u

static char folder[32], path[64], flat[64];

static void begin(void)
{
	strcpy(folder, "/tmp/vsuite-unit-XXXXXX");
	CHECK(mkdtemp(folder));
	snprintf(path, sizeof(path), "%s/a.vmdk", folder);
	snprintf(flat, sizeof(flat), "%s/a-flat.vmdk", folder);
}

static void end(void)
{
	unlink(path);
	unlink(flat);
	rmdir(folder);
}

static void members(void)
{
	struct vs_vmdk disk;
	char *value;

	begin();
	CHECK(!vs_vmdk_create(&disk, path, 1 << 20, VS_VMDK_THIN, "ide"));
	CHECK(access(path, F_OK));
	CHECK(!vs_vmdk_finish(&disk));
	vs_vmdk_close(&disk);
	CHECK(!vs_vmdk_open(&disk, path, VS_VMDK_WRITE) && disk.sectors == 2048);
	value = vs_vmdk_get(&disk, "ddb.adapterType");
	SAME(value, "ide");
	free(value);
	CHECK(!vs_vmdk_get(&disk, "ddb.adapter") && !vs_vmdk_get(&disk, "none"));
	vs_vmdk_set(&disk, "ddb.adapterType", "a much longer name than it was");
	vs_vmdk_set(&disk, "ddb.new", "x");
	vs_vmdk_set(&disk, "ddb.thinProvisioned", NULL);
	CHECK(!vs_vmdk_resize(&disk, 3 << 20, VS_VMDK_THIN) && !vs_vmdk_finish(&disk));
	vs_vmdk_close(&disk);
	CHECK(!vs_vmdk_open(&disk, path, VS_VMDK_LOOK) && disk.sectors == 6144);
	CHECK(strstr(disk.text, "\nddb.adapterType = \"a much longer name than it was\"\n"));
	CHECK(strstr(disk.text, "\nddb.new = \"x\"\n") && !strstr(disk.text, "thinProvisioned"));
	vs_vmdk_close(&disk);
	end();
}

static uint64_t state = 0x766d646b;

static uint32_t draw(uint32_t limit)
{
	state = state * 6364136223846793005ull + 1442695040888963407ull;
	return (uint32_t)(state >> 33) % limit;
}

static void write_file(const char *name, const char *text, size_t len)
{
	FILE *file = fopen(name, "w");

	fwrite(text, 1, len, file);
	fclose(file);
}

/* What was opened can be shown and changed. */
static bool use(void)
{
	struct vs_vmdk disk;
	json_t *shown = NULL;

	if (vs_vmdk_open(&disk, path, VS_VMDK_LOOK))
		return false;
	CHECK(!vs_vmdk_json(&disk, &shown) && shown);
	json_decref(shown);
	vs_vmdk_set(&disk, "CID", "12345678");
	vs_vmdk_set(&disk, "ddb.geometry.cylinders", "7");
	vs_vmdk_set(&disk, "ddb.uuid", NULL);
	vs_vmdk_close(&disk);
	return true;
}

static void mutations(void)
{
	static const char *const words[] = { "\n", "=", "\"", "RW ", "RW 1 VMFS \"x\"\n", "\r", "\xff",
					     "99999999999999999999", " ", "/", "CID", "\t" };
	unsigned int round, i, opened = 0;
	char good[4096], text[4096];
	struct vs_vmdk disk;
	size_t len, good_len;

	begin();
	CHECK(!vs_vmdk_create(&disk, path, 1 << 20, VS_VMDK_THIN, "lsilogic"));
	good_len = strlen(disk.text);
	memcpy(good, disk.text, good_len + 1);
	CHECK(!vs_vmdk_finish(&disk));
	vs_vmdk_close(&disk);
	for (round = 0; round < ROUNDS; round++) {
		len = good_len;
		memcpy(text, good, len);
		for (i = 1 + draw(3); i; i--) {
			const char *word = words[draw(ARRAY_SIZE(words))];
			size_t at = 20 + draw(len - 20 - strlen(word));

			if (draw(3))
				memcpy(text + at, word, strlen(word));
			else if (draw(2))
				text[at] = draw(256);
			else
				len = at > 64 ? at : len;
		}
		write_file(path, text, len);
		opened += use();
	}
	printf("# %u texts, %u of them could be opened\n", round, opened);
	CHECK(opened > ROUNDS / 4 && opened < ROUNDS);
	end();
}

const struct test vmdk_tests[] = {
	{ "vmdk: members", members },
	{ "vmdk: mutations", mutations },
	{ NULL, NULL }
};
