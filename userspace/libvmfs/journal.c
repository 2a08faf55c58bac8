// SPDX-License-Identifier: GPL-2.0
#include <endian.h>
#include <inttypes.h>
#include <stdlib.h>
#include <string.h>

#include "../libvs/err.h"
#include "journal.h"

#define LOG_SIZE	(VMFS_JOURNAL_SIZE - VMFS_LOG_OFFSET)
#define CRC32C_POLY	0x82F63B78u

uint32_t vmfs_crc32c(const void *data, size_t len)
{
	const uint8_t *byte = data;
	uint32_t crc = ~0u;
	unsigned int bit;

	for (; len; len--) {
		crc ^= *byte++;
		for (bit = 0; bit < 8; bit++)
			crc = crc >> 1 ^ (crc & 1 ? CRC32C_POLY : 0);
	}
	return crc;
}

static bool is_ours(const struct vmfs_volume *volume, const struct vmfs_log_header *header,
		    const struct vmfs_heartbeat *slot)
{
	return le32toh(header->magic) == VMFS_LOG_MAGIC &&
	       !memcmp(&header->lv_uuid, &volume->fs.lv_uuid, sizeof(header->lv_uuid)) &&
	       !memcmp(&header->owner, &slot->owner, sizeof(header->owner));
}

/* A transaction counts if all of it is there and it is of this heartbeat. */
static bool is_complete(const uint8_t *data, const struct vmfs_heartbeat *slot)
{
	struct vmfs_log_header *header = (struct vmfs_log_header *)data;
	uint32_t len = le32toh(header->length), count = le32toh(header->num_records);
	__le32 crc = header->crc;
	bool is_good;

	if (len < sizeof(*header) || len > LOG_SIZE ||
	    count > (len - sizeof(*header)) / sizeof(struct vmfs_log_record) || !count ||
	    header->hb_generation != slot->generation)
		return false;
	header->crc = 0;
	is_good = vmfs_crc32c(data, len) == le32toh(crc);
	header->crc = crc;
	return is_good;
}

static bool is_blank(const uint8_t *data, size_t len)
{
	return !*data && !memcmp(data, data + 1, len - 1);
}

int vmfs_journal_read(struct vmfs_volume *volume, const struct vmfs_heartbeat *slot,
		      struct vmfs_log *log)
{
	uint64_t at = le64toh(slot->journal_offset);
	uint8_t foreign[VMFS_JOURNAL_FOREIGN];
	const struct vmfs_log_header *header;
	int err;

	*log = (struct vmfs_log){ .state = VMFS_JOURNAL_NONE };
	if (!slot->journal_address)
		return VS_OK;
	log->data = vs_malloc(LOG_SIZE);
	err = vmfs_lv_read(volume->lv, at, foreign, sizeof(foreign));
	if (!err)
		err = vmfs_lv_read(volume->lv, at + VMFS_LOG_OFFSET, log->data, LOG_SIZE);
	if (err)
		return err;
	header = (const struct vmfs_log_header *)log->data;
	log->sequence = le64toh(header->sequence);
	log->num_records = le32toh(header->num_records);
	if (!is_blank(foreign, sizeof(foreign)))
		log->state = VMFS_JOURNAL_ESX;
	else if (is_ours(volume, header, slot) && is_complete(log->data, slot))
		log->state = VMFS_JOURNAL_OURS;
	return VS_OK;
}

int vmfs_journal_written(struct vmfs_volume *volume, const struct vmfs_heartbeat *slot,
			 struct vmfs_written **entries)
{
	const size_t size = VMFS_WRITTEN_SLOTS * sizeof(**entries);
	uint64_t at = le64toh(slot->journal_offset) + VMFS_WRITTEN_OFFSET;
	struct vmfs_written_header header;
	int err;

	*entries = NULL;
	if (!slot->journal_address)
		return VS_OK;
	err = vmfs_lv_read(volume->lv, at, &header, sizeof(header));
	if (err || le32toh(header.magic) != VMFS_WRITTEN_MAGIC ||
	    memcmp(&header.lv_uuid, &volume->fs.lv_uuid, sizeof(header.lv_uuid)))
		return err;
	*entries = vs_malloc(size);
	return vmfs_lv_read(volume->lv, at + sizeof(header), *entries, size);
}

int vmfs_journal_clear(struct vmfs_volume *volume, const struct vmfs_heartbeat *slot)
{
	static const uint8_t zeros[VMFS_SECTOR];
	uint64_t at = le64toh(slot->journal_offset);
	int err = vmfs_lv_write(volume->lv, at + VMFS_LOG_OFFSET, zeros, sizeof(zeros));

	return err ? err : vmfs_lv_write(volume->lv, at + VMFS_WRITTEN_OFFSET, zeros,
					 sizeof(zeros));
}

/* The record at @index, whose sectors begin at @at; moves on to the next ones. */
static int next_patch(const struct vmfs_log *log, uint32_t index, uint64_t *at,
		      struct vmfs_patch *patch)
{
	const struct vmfs_log_header *header = (const struct vmfs_log_header *)log->data;
	const struct vmfs_log_record *record =
		(const struct vmfs_log_record *)(header + 1) + index;
	uint64_t end = le32toh(header->length);

	patch->offset = le64toh(record->lv);
	patch->len = (uint64_t)le32toh(record->sectors) * VMFS_SECTOR;
	patch->data = log->data + *at;
	if (patch->offset % VMFS_SECTOR || patch->offset < VMFS_HB_OFFSET || *at > end ||
	    patch->len > end - *at || patch->offset > UINT64_MAX - patch->len)
		return vs_fail(VS_REFUSED, "journal: record %u, for LV offset 0x%" PRIx64
			       ", is not possible", index, patch->offset);
	*at += patch->len;
	return VS_OK;
}

static uint64_t first_sector(const struct vmfs_log *log)
{
	uint64_t table = log->num_records * sizeof(struct vmfs_log_record);

	return sizeof(struct vmfs_log_header) +
	       (table + VMFS_SECTOR - 1) / VMFS_SECTOR * VMFS_SECTOR;
}

int vmfs_journal_replay(struct vmfs_volume *volume, const struct vmfs_log *log)
{
	uint64_t at = first_sector(log);
	struct vmfs_patch patch;
	uint32_t i;
	int err = VS_OK;

	for (i = 0; !err && i < log->num_records; i++) {
		err = next_patch(log, i, &at, &patch);
		if (!err)
			err = vmfs_lv_write(volume->lv, patch.offset, patch.data, patch.len);
	}
	vmfs_forget(volume);
	return err ? err : vmfs_lv_sync(volume->lv);
}

int vmfs_journal_pretend(struct vmfs_volume *volume, const struct vmfs_log *log)
{
	struct vmfs_lv *lv = volume->lv;
	uint64_t at = first_sector(log);
	uint32_t i;
	int err = VS_OK;

	lv->patches = realloc(lv->patches, (lv->num_patches + log->num_records) *
			      sizeof(*lv->patches));
	if (!lv->patches)
		return vs_fail(VS_REFUSED, "out of memory");
	for (i = 0; !err && i < log->num_records; i++) {
		err = next_patch(log, i, &at, &lv->patches[lv->num_patches]);
		lv->num_patches += !err;
	}
	vmfs_forget(volume);
	return err;
}
