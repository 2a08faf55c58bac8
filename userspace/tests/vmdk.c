// SPDX-License-Identifier: GPL-2.0
/* Texts that describe virtual disks: good ones, and mutations of them. */
#include <dirent.h>
#include <fcntl.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
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

static void end_files(void)
{
	unlink(path);
	unlink(flat);
}

static void end(void)
{
	end_files();
	CHECK(!rmdir(folder));
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

/* How many names are in the folder */
static unsigned int count_files(void)
{
	DIR *dir = opendir(folder);
	unsigned int count = 0;
	struct dirent *entry;

	while ((entry = readdir(dir)))
		count += strcmp(entry->d_name, ".") && strcmp(entry->d_name, "..");
	closedir(dir);
	return count;
}

static void make_disk(void)
{
	struct vs_vmdk disk;

	CHECK(!vs_vmdk_create(&disk, path, 1 << 20, VS_VMDK_THIN, "ide"));
	CHECK(!vs_vmdk_finish(&disk));
	vs_vmdk_close(&disk);
	CHECK(count_files() == 2);
}

/* Whatever access is asked for, it is refused, at once. */
static void is_refused(const char *because)
{
	enum vs_vmdk_access access;
	struct vs_vmdk disk;

	for (access = VS_VMDK_LOOK; access <= VS_VMDK_EXTEND; access++) {
		CHECK(vs_vmdk_open(&disk, path, access));
		CHECK(strstr(vs_error(), because));
	}
}

/* The text names another file. */
static void extent_is(const char *name)
{
	FILE *file = fopen(path, "w");

	fprintf(file, "# Disk DescriptorFile\nRW 2048 VMFS \"%s\"\n", name);
	fclose(file);
}

/* What is beside a disk, or in its place, cannot lead anywhere else. */
static void in_the_way(void)
{
	static const char *const kinds[] = { path, flat };
	char moved[80];
	unsigned int i;

	begin();
	snprintf(moved, sizeof(moved), "%s/victim", folder);
	for (i = 0; i < 2; i++) {
		make_disk();
		CHECK(!rename(kinds[i], moved) && !symlink("victim", kinds[i]));
		is_refused("is a symbolic link, which is not followed");
		CHECK(!unlink(kinds[i]) && !mkfifo(kinds[i], 0600));
		is_refused("is no regular file");
		CHECK(!unlink(kinds[i]) && !mkdir(kinds[i], 0700));
		is_refused(folder);
		CHECK(!rmdir(kinds[i]) && !unlink(moved));
		end_files();
	}
	make_disk();
	extent_is("./a-flat.vmdk");
	is_refused("is not possible");
	extent_is("/etc/passwd");
	is_refused("is not possible");
	extent_is("..");
	is_refused(folder);
	end_files();
	/* A link that leads nowhere is in the way of a new disk too. */
	for (i = 0; i < 2; i++) {
		struct vs_vmdk disk;

		CHECK(!symlink("victim", kinds[i]));
		CHECK(vs_vmdk_create(&disk, path, 1 << 20, VS_VMDK_THIN, "ide"));
		CHECK(strstr(vs_error(), "exists"));
		CHECK(access(moved, F_OK) && count_files() == 1);
		end_files();
	}
	end();
}

/* Processes that ended before they were done */
static void interrupted(void)
{
	struct vs_vmdk disk, other;

	begin();
	CHECK(!vs_vmdk_create(&disk, path, 1 << 20, VS_VMDK_THIN, "ide"));
	CHECK(access(flat, F_OK) && count_files() == 1);
	/* What one at work has made stays, what one left goes. */
	CHECK(!vs_vmdk_create(&other, path, 2 << 20, VS_VMDK_THIN, "ide"));
	CHECK(count_files() == 2);
	vs_vmdk_close(&disk);
	vs_vmdk_remove(&other);
	CHECK(count_files() == 1);
	make_disk();

	CHECK(!truncate(flat, 3 << 20));
	CHECK(vs_vmdk_open(&disk, path, VS_VMDK_WRITE));
	CHECK(strstr(vs_error(), "if 'extend' was interrupted, say it again"));
	CHECK(!vs_vmdk_open(&disk, path, VS_VMDK_EXTEND));
	CHECK(!vs_vmdk_resize(&disk, 2 << 20, VS_VMDK_THIN) && !vs_vmdk_finish(&disk));
	vs_vmdk_close(&disk);
	CHECK(!vs_vmdk_open(&disk, path, VS_VMDK_WRITE) && disk.sectors == 4096);
	CHECK(!ftruncate(disk.fd, 3 << 20) && pwrite(disk.fd, "x", 1, (3 << 20) - 1) == 1);
	vs_vmdk_close(&disk);
	CHECK(vs_vmdk_open(&disk, path, VS_VMDK_EXTEND) && strstr(vs_error(), "not only zeros"));
	CHECK(count_files() == 2);
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

/* Snapshots name their parent, or its content. */
static void snapshots(void)
{
	static const char *const texts[] = {
		"# Disk DescriptorFile\nparentCID=fffffffe\nparentFileNameHint=\"/x/a.vmdk\"\n",
		"# Disk DescriptorFile\nparentCID=%s\nparentFileNameHint=\"renamed.vmdk\"\n",
		"# Disk DescriptorFile\nparentCID=ffffffff\nCID=%s\n",
		"a.vmdk\n",
	};
	char child[80], text[256], *cid, *found;
	struct vs_vmdk disk;
	unsigned int i;

	begin();
	snprintf(child, sizeof(child), "%s/a-000001.vmdk", folder);
	CHECK(!vs_vmdk_create(&disk, path, 1 << 20, VS_VMDK_THIN, "ide"));
	CHECK(!vs_vmdk_finish(&disk));
	CHECK(!vs_vmdk_find_child(&disk));
	cid = vs_vmdk_get(&disk, "CID");
	for (i = 0; i < ARRAY_SIZE(texts); i++) {
		snprintf(text, sizeof(text), texts[i], cid);
		write_file(child, text, strlen(text));
		found = vs_vmdk_find_child(&disk);
		SAME(found ? found : "", i < 2 ? "a-000001.vmdk" : "");
		free(found);
	}
	free(cid);
	vs_vmdk_close(&disk);
	CHECK(!unlink(child));
	end();
}

const struct test vmdk_tests[] = {
	{ "vmdk: members", members },
	{ "vmdk: snapshots", snapshots },
	{ "vmdk: files in the way", in_the_way },
	{ "vmdk: what was interrupted", interrupted },
	{ "vmdk: mutations", mutations },
	{ NULL, NULL }
};
