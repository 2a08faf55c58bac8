// SPDX-License-Identifier: GPL-2.0
/* The steps of a check, and reports of problems */
#include <stdarg.h>
#include <stdlib.h>
#include <string.h>

#include "../libvs/text.h"
#include "fsck.h"

static void tell(const struct fsck *fsck, const char *fmt, va_list ap)
{
	vs_say(fsck->out, "%s: ", fsck->name);
	vs_vsay(fsck->out, fmt, ap);
}

static bool ask(struct fsck *fsck)
{
	char answer[16];

	fputs(" Repair? [y/N] ", fsck->out);
	fflush(fsck->out);
	return fgets(answer, sizeof(answer), stdin) && (*answer == 'y' || *answer == 'Y');
}

/* @repairs: the mildest mode that repairs it without asking */
static bool judge(struct fsck *fsck, enum fsck_mode repairs, const char *fmt, va_list ap)
{
	fsck->found++;
	tell(fsck, fmt, ap);
	if (fsck->mode == FSCK_ASK)
		return ask(fsck);
	if (fsck->mode >= repairs)
		return true;
	fputs(fsck->mode == FSCK_CHECK ? ".\n" : ": left, -y repairs it.\n", fsck->out);
	return false;
}

bool fsck_problem(struct fsck *fsck, const char *fmt, ...)
{
	bool repair;
	va_list ap;

	va_start(ap, fmt);
	repair = judge(fsck, FSCK_PREEN, fmt, ap);
	va_end(ap);
	return repair;
}

bool fsck_loss(struct fsck *fsck, const char *fmt, ...)
{
	bool repair;
	va_list ap;

	va_start(ap, fmt);
	repair = judge(fsck, FSCK_REPAIR, fmt, ap);
	va_end(ap);
	return repair;
}

void fsck_damage(struct fsck *fsck, const char *fmt, ...)
{
	va_list ap;

	fsck->found++;
	va_start(ap, fmt);
	tell(fsck, fmt, ap);
	va_end(ap);
	fputs(fsck->mode == FSCK_CHECK ? ".\n" : ": left as it is.\n", fsck->out);
}

void fsck_fixed(struct fsck *fsck, int err)
{
	if (err) {
		vs_say(fsck->out, ": %s.", vs_error());
		fputc('\n', fsck->out);
		return;
	}
	fsck->fixed++;
	fputs(": repaired.\n", fsck->out);
}

void fsck_remark(const struct fsck *fsck, const char *fmt, ...)
{
	va_list ap;

	va_start(ap, fmt);
	tell(fsck, fmt, ap);
	va_end(ap);
	fputs(".\n", fsck->out);
}

void fsck_note(const struct fsck *fsck, const char *fmt, ...)
{
	va_list ap;

	if (!fsck->is_verbose)
		return;
	va_start(ap, fmt);
	tell(fsck, fmt, ap);
	va_end(ap);
	fputs(".\n", fsck->out);
}

static void make_name(struct fsck *fsck)
{
	char label[VMFS_LABEL_SIZE];

	snprintf(fsck->name, sizeof(fsck->name), "%s", vmfs_label(&fsck->volume, label));
	if (!*fsck->name)
		vmfs_uuid_text(&fsck->volume.fs.uuid, fsck->name);
}

static void free_tables(struct fsck *fsck)
{
	unsigned int kind;

	for (kind = 0; kind < VMFS_RESOURCES; kind++)
		free(fsck->used[kind]);
	free(fsck->gone);
	free(fsck->shorts);
	free(fsck->fds);
	free(fsck->dirs);
	free(fsck->journal);
}

static int make_tables(struct fsck *fsck)
{
	uint64_t fds = fsck->volume.res[VMFS_FDC].at.total;
	unsigned int kind;

	for (kind = 0; kind < VMFS_RESOURCES; kind++) {
		fsck->used[kind] = calloc(1, fsck->volume.res[kind].at.total / 8 + 1);
		if (!fsck->used[kind])
			return vs_fail(VS_REFUSED, "out of memory");
	}
	fsck->gone = calloc(1, fsck->volume.res[VMFS_FBB].at.total / 8 + 1);
	fsck->fds = calloc(fds + 1, sizeof(*fsck->fds));
	fsck->dirs = calloc(fds + 1, sizeof(*fsck->dirs));
	return fsck->gone && fsck->fds && fsck->dirs ? VS_OK : vs_fail(VS_REFUSED, "out of memory");
}

static int check_volume(struct fsck *fsck)
{
	int err;

	if (fsck->mode == FSCK_PREEN && fsck->volume.version != 5)
		fsck->mode = FSCK_CHECK;
	if (fsck->mode != FSCK_CHECK && fsck->volume.version != 5)
		return vs_fail(VS_REFUSED, "VMFS-%u can be checked (-n), not repaired",
			       fsck->volume.version);
	err = make_tables(fsck);
	if (err)
		return err;
	fsck_lvm(fsck);
	err = fsck_heartbeats(fsck);
	if (err)
		return err;
	fsck_files(fsck);
	fsck_dirs(fsck);
	fsck_count_lost(fsck);
	fsck_shorts(fsck);
	fsck_clusters(fsck);
	return fsck->fixed ? vmfs_lv_sync(&fsck->lv) : VS_OK;
}

int fsck_check(struct fsck *fsck, const struct vmfs_dev *devs, unsigned int count)
{
	int err = vmfs_lv_open(&fsck->lv, devs, count, false);

	if (err)
		return err;
	err = vmfs_open(&fsck->volume, &fsck->lv);
	if (!err) {
		make_name(fsck);
		err = check_volume(fsck);
		free_tables(fsck);
		vmfs_close(&fsck->volume);
	}
	vmfs_lv_close(&fsck->lv);
	return err;
}
