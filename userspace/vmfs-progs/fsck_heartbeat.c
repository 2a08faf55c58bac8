// SPDX-License-Identifier: GPL-2.0
/* Heartbeats: hosts that use the volume, or did not close it (§4, §11) */
#include <endian.h>
#include <inttypes.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "../libvmfs/journal.h"
#include "../libvs/text.h"
#include "fsck.h"

static unsigned int num_slots(const struct fsck *fsck)
{
	return fsck->volume.version == 6 ? VMFS6_HB_SLOTS : VMFS_HB_SLOTS;
}

static uint64_t slot_offset(const struct fsck *fsck, unsigned int slot)
{
	return VMFS_HB_OFFSET + (uint64_t)slot * fsck->volume.md;
}

static int read_slots(struct fsck *fsck, struct vmfs_heartbeat *slots)
{
	const size_t size = (size_t)num_slots(fsck) * fsck->volume.md;
	uint8_t *raw = vs_malloc(size);
	unsigned int i;
	int err = vmfs_lv_read(&fsck->lv, VMFS_HB_OFFSET, raw, size);

	for (i = 0; !err && i < num_slots(fsck); i++)
		memcpy(&slots[i], raw + (size_t)i * fsck->volume.md, sizeof(slots[i]));
	free(raw);
	return err;
}

static bool is_held(const struct vmfs_heartbeat *slot)
{
	return le32toh(slot->state) != VMFS_HB_FREE;
}

/* "host UUID (IP)"; static */
static const char *describe_host(const struct vmfs_heartbeat *slot)
{
	static char text[128];
	char uuid[VMFS_UUID_TEXT_LEN + 1];

	vmfs_uuid_text(&slot->owner, uuid);
	snprintf(text, sizeof(text), "host %s (%.*s)", uuid, (int)sizeof(slot->ip), slot->ip);
	return text;
}

static int write_slot(struct fsck *fsck, unsigned int number, const struct vmfs_heartbeat *slot)
{
	return vmfs_lv_write(&fsck->lv, slot_offset(fsck, number), slot, sizeof(*slot));
}

static void check_slot(struct fsck *fsck, unsigned int number, struct vmfs_heartbeat *slot)
{
	uint64_t offset = slot_offset(fsck, number);

	if (le64toh(slot->offset) == offset && (is_held(slot) || !slot->journal_address))
		return;
	if (!fsck_problem(fsck, "heartbeat slot %u at LV offset 0x%" PRIx64
			  ": offset or journal is wrong", number, offset))
		return;
	slot->offset = htole64(offset);
	if (!is_held(slot)) {
		slot->journal_address = 0;
		slot->journal_offset = 0;
	}
	fsck_fixed(fsck, write_slot(fsck, number, slot));
}

static bool find_journal(const struct fsck *fsck, const struct vmfs_heartbeat *slot,
			 uint32_t *block)
{
	uint32_t address = le32toh(slot->journal_address);

	*block = vmfs_fb_block(address);
	return vmfs_address_type(address) == VMFS_ADDR_FB &&
	       *block < fsck->volume.res[VMFS_FBB].at.total;
}

/* The journal's block is in use, whether a file has it or not. */
static void use_journal(struct fsck *fsck, const struct vmfs_heartbeat *slot)
{
	uint32_t block;

	if (find_journal(fsck, slot, &block))
		fsck->used[VMFS_FBB][block / 8] |= 1 << block % 8;
}

/* Replay a host's journal before any check. */
static int replay(struct fsck *fsck, const struct vmfs_heartbeat *slot)
{
	struct vmfs_log log;
	int err = vmfs_journal_read(&fsck->volume, slot, &log);

	if (!err && log.state == VMFS_JOURNAL_OURS) {
		if (fsck_problem(fsck, "journal at LV offset 0x%" PRIx64 ": transaction %" PRIu64
				 " with %u records was perhaps not written completely",
				 (uint64_t)le64toh(slot->journal_offset), log.sequence,
				 log.num_records)) {
			err = vmfs_journal_replay(&fsck->volume, &log);
			fsck_fixed(fsck, err);
		} else {
			err = vs_fail(VS_REFUSED, "without its journal, the volume is not repaired");
		}
	}
	free(log.data);
	return err;
}

/* A journal that only ESXi can replay: nothing may be written before it does. */
static int check_foreign(struct fsck *fsck, const struct vmfs_heartbeat *slot)
{
	struct vmfs_log log;
	int err = vmfs_journal_read(&fsck->volume, slot, &log);

	if (!err && log.state == VMFS_JOURNAL_ESX)
		err = vs_fail(VS_REFUSED, "the journal of %s at LV offset 0x%" PRIx64
			      " was not replayed: let an ESXi host mount the volume",
			      describe_host(slot), (uint64_t)le64toh(slot->journal_offset));
	free(log.data);
	return err;
}

static void release_slot(struct fsck *fsck, unsigned int number, struct vmfs_heartbeat *slot)
{
	uint32_t block;

	if (!fsck_problem(fsck, "heartbeat slot %u at LV offset 0x%" PRIx64
			  ": %s did not close the volume", number, slot_offset(fsck, number),
			  describe_host(slot)))
		return;
	if (find_journal(fsck, slot, &block))
		fsck->gone[block / 8] |= 1 << block % 8;
	slot->state = htole32(VMFS_HB_FREE);
	slot->generation = htole64(le64toh(slot->generation) + 1);
	memset(&slot->owner, 0, sizeof(slot->owner));
	slot->journal_address = 0;
	slot->journal_offset = 0;
	fsck_fixed(fsck, write_slot(fsck, number, slot));
}

/*
 * Live hosts change their slots: before the first write, wait for the time of a lease and
 * compare all of them.
 */
static int watch(struct fsck *fsck, const struct vmfs_heartbeat *slots,
		 struct vmfs_heartbeat *later, bool is_held_by_any)
{
	unsigned int i;
	int err;

	if (is_held_by_any) {
		vs_say(fsck->out, "%s: a host did not close the volume; waiting %u s to see whether it is alive",
		       fsck->name, fsck->wait_s);
		fputc('\n', fsck->out);
		fflush(fsck->out);
		sleep(fsck->wait_s);
	}
	err = read_slots(fsck, later);
	for (i = 0; !err && i < num_slots(fsck); i++)
		if (memcmp(&later[i], &slots[i], sizeof(later[i])))
			err = vs_fail(VS_REFUSED, "%s uses the volume: unmount it there",
				      describe_host(is_held(&later[i]) ? &later[i] : &slots[i]));
	for (i = 0; !err && i < num_slots(fsck); i++)
		if (is_held(&later[i]))
			err = check_foreign(fsck, &later[i]);
	return err;
}

/*
 * Journals before slots, and both flushed: if this program dies, another that replays the
 * journal must not overwrite repairs.  Until its slot is free, a journal can be replayed
 * again, and its blocks completed again.
 */
static int repair_slots(struct fsck *fsck, struct vmfs_heartbeat *slots)
{
	unsigned int i;
	int err = VS_OK;

	for (i = 0; !err && i < num_slots(fsck); i++)
		if (is_held(&slots[i]))
			err = replay(fsck, &slots[i]);
	for (i = 0; !err && i < num_slots(fsck); i++)
		if (is_held(&slots[i]))
			err = fsck_written(fsck, &slots[i]);
	for (i = 0; !err && i < num_slots(fsck); i++) {
		if (is_held(&slots[i]))
			release_slot(fsck, i, &slots[i]);
		if (is_held(&slots[i]))
			use_journal(fsck, &slots[i]);
		check_slot(fsck, i, &slots[i]);
	}
	if (!err && fsck->fixed)
		err = vmfs_lv_sync(&fsck->lv);
	return err;
}

/* Without writing: read the journal's sectors as if they were in place. */
static void pretend_replay(struct fsck *fsck, const struct vmfs_heartbeat *slot)
{
	uint64_t at = le64toh(slot->journal_offset);
	struct vmfs_log log;
	int err = vmfs_journal_read(&fsck->volume, slot, &log);

	if (!err && log.state == VMFS_JOURNAL_ESX)
		fsck_damage(fsck, "journal at LV offset 0x%" PRIx64
			    ": an ESXi host has to replay it: what follows may be due to that", at);
	if (!err && log.state == VMFS_JOURNAL_OURS && !fsck->journal) {
		fsck_note(fsck, "journal at LV offset 0x%" PRIx64 ": checked as if it were replayed",
			  at);
		err = vmfs_journal_pretend(&fsck->volume, &log);
		fsck->journal = log.data;
		log.data = NULL;
	}
	if (err)
		fsck_damage(fsck, "journal at LV offset 0x%" PRIx64 ": %s", at, vs_error());
	free(log.data);
}

static void check_held_slot(struct fsck *fsck, unsigned int number,
			    const struct vmfs_heartbeat *slot)
{
	fsck_damage(fsck, "heartbeat slot %u at LV offset 0x%" PRIx64
		    ": %s uses the volume, or did not close it", number,
		    slot_offset(fsck, number), describe_host(slot));
	if (fsck->volume.version < 6) {
		pretend_replay(fsck, slot);
		use_journal(fsck, slot);
	}
}

int fsck_heartbeats(struct fsck *fsck)
{
	struct vmfs_heartbeat *slots = vs_malloc(num_slots(fsck) * sizeof(*slots));
	struct vmfs_heartbeat *later = vs_malloc(num_slots(fsck) * sizeof(*later));
	bool is_held_by_any = false;
	unsigned int i;
	int err = read_slots(fsck, slots);

	for (i = 0; !err && i < num_slots(fsck); i++) {
		is_held_by_any |= is_held(&slots[i]);
		if (fsck->mode != FSCK_CHECK)
			continue;
		check_slot(fsck, i, &slots[i]);
		if (is_held(&slots[i]))
			check_held_slot(fsck, i, &slots[i]);
	}
	if (!err && fsck->mode != FSCK_CHECK)
		err = watch(fsck, slots, later, is_held_by_any);
	if (!err && fsck->mode != FSCK_CHECK)
		err = repair_slots(fsck, later);
	free(later);
	free(slots);
	return err;
}
