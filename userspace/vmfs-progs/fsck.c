// SPDX-License-Identifier: GPL-2.0
/* fsck.vmfs: check a VMFS volume, and repair a VMFS-5. */
#include <getopt.h>
#include <stdio.h>
#include <unistd.h>

#include "../libvs/text.h"
#include "fsck.h"

#ifndef VSUITE_VERSION
#define VSUITE_VERSION "development"
#endif

static const struct option long_options[] = {
	{ "check", no_argument, NULL, 'n' },
	{ "repair", no_argument, NULL, 'y' },
	{ "preen", no_argument, NULL, 'p' },
	{ "quiet", no_argument, NULL, 'q' },
	{ "verbose", no_argument, NULL, 'v' },
	{ "version", no_argument, NULL, 'V' },
	{ "help", no_argument, NULL, 'h' },
	{ NULL, 0, NULL, 0 }
};

static const char usage[] =
	"Usage: fsck.vmfs [OPTIONS] DEVICE [DEVICE]...\n"
	"Check a VMFS datastore, which no host may be using; name all of its extents.\n"
	"VMFS-5 can be repaired, VMFS-3 and VMFS-6 are only checked.\n"
	"\n"
	"  -n, --check           check only, write nothing\n"
	"  -y, --repair          repair without asking\n"
	"  -p, --preen           repair only what can lose nothing: at boot (also: -a)\n"
	"  -q, --quiet           no progress, no summary\n"
	"  -v, --verbose         say more\n"
	"  -V, --version         say which version this is\n"
	"  -h, --help            this text\n"
	"\n"
	"Exit status: 0 no problems, 1 all were repaired, 4 some are left, 8 it could not be\n"
	"checked, 16 wrong usage.\n"
	"\n"
	"Examples:\n"
	"  fsck.vmfs -n /dev/sdb1\n"
	"  fsck.vmfs -y /dev/sdb1 /dev/sdc1\n";

static int run(struct fsck *fsck, char **names, bool is_quiet)
{
	struct vmfs_dev devs[VMFS_MAX_EXTENTS];
	unsigned int count = 0;
	int err = VS_OK;

	while (!err && names[count]) {
		if (count == VMFS_MAX_EXTENTS)
			err = vs_fail(VS_USAGE, "a volume has at most %u extents",
				      VMFS_MAX_EXTENTS);
		else
			err = vmfs_dev_open(&devs[count], names[count], fsck->mode != FSCK_CHECK);
		count += !err;
	}
	vs_progress_start(&fsck->progress, "fsck.vmfs: checking", is_quiet);
	if (!err)
		err = fsck_check(fsck, devs, count);
	vs_progress_stop(&fsck->progress);
	while (count)
		vmfs_dev_close(&devs[--count]);
	if (err) {
		vs_print_error();
		return FSCK_TROUBLE;
	}
	if (!is_quiet) {
		vs_say(stdout, "%s: VMFS-%u, %u problems, %u repaired", fsck->name,
		       fsck->volume.version, fsck->found, fsck->fixed);
		putchar('\n');
	}
	return fsck->found == fsck->fixed ? (fsck->found ? FSCK_FIXED : 0) : FSCK_LEFT;
}

int main(int argc, char **argv)
{
	static struct fsck fsck = {
		.mode = FSCK_ASK,
		.wait_s = (VMFS_LEASE_MS + VMFS_RECLAIM_MS) / 1000,
	};
	bool is_quiet = false;
	int c;

	vs_init();
	vs_memory_status = FSCK_TROUBLE;	/* not 2: that is fsck(8)'s "reboot" */
	fsck.out = stdout;
	while ((c = getopt_long(argc, argv, "nyapfqvVhCT", long_options, NULL)) != -1) {
		switch (c) {
		case 'n':
			fsck.mode = FSCK_CHECK;
			break;
		case 'y':
			fsck.mode = FSCK_REPAIR;
			break;
		case 'a':
		case 'p':
			fsck.mode = FSCK_PREEN;
			break;
		case 'f': /* what fsck(8) may pass on: it is always checked, */
		case 'C': /* with progress, */
		case 'T': /* without a title */
			break;
		case 'q':
			is_quiet = true;
			break;
		case 'v':
			fsck.is_verbose = true;
			break;
		case 'V':
			printf("fsck.vmfs, vsuite %s\n", VSUITE_VERSION);
			return vs_finish_output(0, FSCK_TROUBLE);
		case 'h':
			fputs(usage, stdout);
			return vs_finish_output(0, FSCK_TROUBLE);
		default:
			fputs("See \"fsck.vmfs --help\".\n", stderr);
			return FSCK_USAGE;
		}
	}
	if (optind == argc) {
		fputs("Error: no device is named.\nSee \"fsck.vmfs --help\".\n", stderr);
		return FSCK_USAGE;
	}
	if (fsck.mode == FSCK_ASK && !isatty(STDIN_FILENO)) {
		fputs("Error: there is no terminal to ask on: use -n (check), -p or -y (repair).\n",
		      stderr);
		return FSCK_USAGE;
	}
	return vs_finish_output(run(&fsck, argv + optind, is_quiet), FSCK_TROUBLE);
}
