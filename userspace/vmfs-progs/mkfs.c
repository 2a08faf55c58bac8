// SPDX-License-Identifier: GPL-2.0
/* mkfs.vmfs: make a VMFS-5 file system. */
#include <getopt.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <time.h>

#include "../libvs/err.h"
#include "../libvs/progress.h"
#include "../libvs/text.h"
#include "../libvmfs/fill.h"
#include "../libvmfs/make.h"
#include "../libvmfs/probe.h"

#ifndef VSUITE_VERSION
#define VSUITE_VERSION "development"
#endif

struct settings {
	const char *label;
	const char *directory;
	bool force;
	bool dry_run;
	bool quiet;
	unsigned int num_devs;
	struct vmfs_dev devs[VMFS_MAX_EXTENTS];
};

static const struct option long_options[] = {
	{ "label", required_argument, NULL, 'L' },
	{ "directory", required_argument, NULL, 'd' },
	{ "force", no_argument, NULL, 'f' },
	{ "dry-run", no_argument, NULL, 'n' },
	{ "quiet", no_argument, NULL, 'q' },
	{ "version", no_argument, NULL, 'V' },
	{ "help", no_argument, NULL, 'h' },
	{ NULL, 0, NULL, 0 }
};

static const char usage[] =
	"Usage: mkfs.vmfs [OPTIONS] DEVICE [DEVICE]...\n"
	"Make one VMFS-5 datastore on the devices (partitions, whole disks or image files);\n"
	"the first one becomes its head extent.\n"
	"\n"
	"  -L, --label LABEL     name of the datastore, up to 127 bytes\n"
	"  -d, --directory DIR   copy the content of DIR into it\n"
	"  -f, --force           overwrite what is there\n"
	"  -n, --dry-run         say what would be made, write nothing\n"
	"  -q, --quiet           say nothing but errors\n"
	"  -V, --version         say which version this is\n"
	"  -h, --help            this text\n"
	"\n"
	"Examples:\n"
	"  mkfs.vmfs -L datastore1 /dev/sdb1\n"
	"  mkfs.vmfs -L big /dev/sdb1 /dev/sdc1\n"
	"  truncate -s 2G ds.img && mkfs.vmfs -L test -d ~/images ds.img\n";

/* Refuses a device that is not empty; with --force, wipes it. */
static int prepare(const struct settings *settings, const struct vmfs_dev *dev)
{
	if (!settings->force)
		return vmfs_check_empty(dev, "--force");
	return settings->dry_run ? VS_OK : vmfs_wipe(dev);
}

static void print_plan(const struct vmfs_make *make, const struct vmfs_make_plan *plan)
{
	char size[VS_SIZE_TEXT], free[VS_SIZE_TEXT];
	unsigned int i;

	vs_format_size((uint64_t)plan->blocks << 20, size);
	vs_format_size((uint64_t)(plan->blocks - plan->used) << 20, free);
	vs_say(stdout, "VMFS-5 '%s', %s, %s free", make->label, size, free);
	printf("\n  file blocks          %u of 1 MiB\n", plan->blocks);
	printf("  sub-blocks           %u of 8 KiB\n", plan->files[VMFS_SBC].items);
	printf("  pointer blocks       %u\n", plan->files[VMFS_PBC].items);
	printf("  files, at most       %u\n",
	       plan->files[VMFS_FDC].items - VMFS_NUM_SYSTEM_FDS);
	for (i = 0; i < make->num_devs; i++) {
		vs_format_size((uint64_t)plan->pes[i] << 28, size);
		vs_say(stdout, "  extent               %s, %s", make->devs[i].name, size);
		putchar('\n');
	}
}

static void warn_unused(const struct vmfs_make *make, const struct vmfs_make_plan *plan)
{
	char unused[VS_SIZE_TEXT];
	unsigned int i;

	for (i = 0; i < make->num_devs; i++) {
		if (!plan->unused[i])
			continue;
		vs_format_size(plan->unused[i], unused);
		vs_warn("%s: an extent has 16T at most, %s are not used: make several partitions and name all of them",
			make->devs[i].name, unused);
	}
}

static int fill(const struct settings *settings, struct vs_progress *progress)
{
	struct vmfs_progress report = { vs_progress_fn, progress };
	struct vmfs_volume volume;
	struct vmfs_lv lv;
	int err = vmfs_lv_open(&lv, settings->devs, settings->num_devs, false);

	if (err)
		return err;
	err = vmfs_open(&volume, &lv);
	if (!err) {
		err = vmfs_fill_directory(&volume, settings->directory, &report);
		vmfs_close(&volume);
	}
	if (!err)
		err = vmfs_lv_sync(&lv);
	vmfs_lv_close(&lv);
	return err;
}

static int make(const struct settings *settings)
{
	struct vs_progress progress;
	struct vmfs_progress report = { vs_progress_fn, &progress };
	struct vmfs_make make = {
		.devs = settings->devs,
		.num_devs = settings->num_devs,
		.label = settings->label,
		.time = time(NULL),
		.progress = &report,
	};
	struct vmfs_make_plan plan;
	unsigned int i;
	int err = vmfs_make_plan(&make, &plan);

	for (i = 0; !err && i < settings->num_devs; i++)
		err = prepare(settings, &settings->devs[i]);
	if (err)
		return err;
	warn_unused(&make, &plan);
	if (!settings->quiet)
		print_plan(&make, &plan);
	if (settings->dry_run)
		return VS_OK;
	err = vmfs_new_uuid(&make.host, make.time);
	if (err)
		return err;
	vs_progress_start(&progress, "mkfs.vmfs: writing", settings->quiet);
	err = vmfs_make(&make, &plan);
	vs_progress_stop(&progress);
	if (err || !settings->directory)
		return err;
	vs_progress_start(&progress, "mkfs.vmfs: copying", settings->quiet);
	err = fill(settings, &progress);
	vs_progress_stop(&progress);
	return err;
}

/* The same device, even by another path or link */
static bool is_same(const struct vmfs_dev *a, const struct vmfs_dev *b)
{
	struct stat x, y;

	if (fstat(a->fd, &x) || fstat(b->fd, &y))
		return false;
	return S_ISBLK(x.st_mode) && S_ISBLK(y.st_mode) ? x.st_rdev == y.st_rdev :
	       x.st_dev == y.st_dev && x.st_ino == y.st_ino;
}

static int open_devices(struct settings *settings, char **names)
{
	struct vmfs_dev *dev;
	unsigned int i;
	int err;

	for (; *names; names++) {
		if (settings->num_devs == VMFS_MAX_EXTENTS)
			return vs_fail(VS_USAGE, "a volume has at most %u extents",
				       VMFS_MAX_EXTENTS);
		for (i = 0; i < settings->num_devs; i++)
			if (!strcmp(settings->devs[i].name, *names))
				return vs_fail(VS_USAGE, "%s is named twice", *names);
		dev = &settings->devs[settings->num_devs];
		err = vmfs_dev_open(dev, *names, !settings->dry_run);
		if (err)
			return err;
		settings->num_devs++;
		for (i = 0; i < settings->num_devs - 1; i++)
			if (is_same(&settings->devs[i], dev))
				return vs_fail(VS_USAGE, "%s is %s: it is named twice", *names,
					       settings->devs[i].name);
	}
	if (!settings->num_devs)
		return vs_fail(VS_USAGE, "no device is named");
	return VS_OK;
}

/* Exits if there is nothing more to do. */
static void parse(struct settings *settings, int argc, char **argv)
{
	int c;

	while ((c = getopt_long(argc, argv, "L:d:fnqVh", long_options, NULL)) != -1) {
		switch (c) {
		case 'L':
			settings->label = optarg;
			break;
		case 'd':
			settings->directory = optarg;
			break;
		case 'f':
			settings->force = true;
			break;
		case 'n':
			settings->dry_run = true;
			break;
		case 'q':
			settings->quiet = true;
			break;
		case 'V':
			printf("mkfs.vmfs, vsuite %s\n", VSUITE_VERSION);
			exit(vs_finish_output(0, 1));
		case 'h':
			fputs(usage, stdout);
			exit(vs_finish_output(0, 1));
		default:
			fputs("See \"mkfs.vmfs --help\".\n", stderr);
			exit(1);
		}
	}
}

int main(int argc, char **argv)
{
	struct settings settings = { .label = "" };
	unsigned int i;
	int err;

	vs_init();
	parse(&settings, argc, argv);
	err = open_devices(&settings, argv + optind);
	if (!err)
		err = make(&settings);
	for (i = 0; i < settings.num_devs; i++)
		vmfs_dev_close(&settings.devs[i]);
	if (err)
		vs_print_error();
	return vs_finish_output(err ? 1 : 0, 1);
}
