/* SPDX-License-Identifier: GPL-2.0 */
/* The journal of vmfs.ko, left by a host that crashed */
#ifndef VMFS_JOURNAL_H
#define VMFS_JOURNAL_H

#include "volume.h"

enum vmfs_journal_state {
	VMFS_JOURNAL_NONE,	/* there is nothing to replay */
	VMFS_JOURNAL_OURS,	/* a transaction that may not be written in place yet */
	VMFS_JOURNAL_ESX,	/* something that only ESXi can replay */
};

/**
 * struct vmfs_log - the transaction in a journal
 * @data: header, records and sectors; to be freed
 */
struct vmfs_log {
	enum vmfs_journal_state state;
	uint8_t *data;
	uint64_t sequence;
	uint32_t num_records;
};

/* Reads the journal of a heartbeat; fails only if it cannot be read. */
int vmfs_journal_read(struct vmfs_volume *volume, const struct vmfs_heartbeat *slot,
		      struct vmfs_log *log);
/* Write all sectors of the transaction in place; may be repeated. */
int vmfs_journal_replay(struct vmfs_volume *volume, const struct vmfs_log *log);
/* The table of partly written blocks: VMFS_WRITTEN_SLOTS, to be freed; NULL: none. */
int vmfs_journal_written(struct vmfs_volume *volume, const struct vmfs_heartbeat *slot,
			 struct vmfs_written **entries);
/* Empties log and table, once all of their content is in place and flushed. */
int vmfs_journal_clear(struct vmfs_volume *volume, const struct vmfs_heartbeat *slot);
/* From now on reads see the volume as after a replay; @log has to stay. */
int vmfs_journal_pretend(struct vmfs_volume *volume, const struct vmfs_log *log);

/* CRC-32C as the kernel's crc32c(~0, ...) has it: not inverted at the end */
uint32_t vmfs_crc32c(const void *data, size_t len);

#endif
