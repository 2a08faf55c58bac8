/* SPDX-License-Identifier: GPL-2.0 */
/* Our journal on disk; part of format.h */
#ifndef VMFS_FORMAT_JOURNAL_H
#define VMFS_FORMAT_JOURNAL_H

/*
 * Our journal (§11).  It is where ESXi has its own: in a file block that the
 * heartbeat names.  The first 32 KiB are zero, which is an empty journal to ESXi.
 * Then the orphans, then a log of one transaction: a header, the records, and
 * the sectors that they speak of, in their order.  At the end there is the table of
 * struct vmfs_written.
 */

#define VMFS_JOURNAL_SIZE	0x100000u	/* bytes used of the file block */
#define VMFS_JOURNAL_FOREIGN	0x350u		/* ESXi's begins in here if it is not empty */
#define VMFS_ORPHANS_OFFSET	0x8000u		/* in the journal */
#define VMFS_ORPHANS		8192u		/* __le32 each: file descriptors, 0 is none */
#define VMFS_LOG_OFFSET		0x10000u	/* in the journal */
#define VMFS_LOG_MAGIC		0x314A5356u	/* "VSJ1" */

/**
 * struct vmfs_log_header - before the records of a transaction
 * @crc: CRC-32C (seed ~0, not inverted) of @length bytes from the header on, with 0 here
 * @sequence: number of the transaction
 * @length: bytes, header included
 * @num_records: struct vmfs_log_record that follow; 0: the log is empty
 * @owner: host, as in its heartbeat
 * @hb_generation: of the heartbeat that the journal belongs to
 * @lv_uuid: of the volume
 */
struct vmfs_log_header {
	__le32 magic;
	__le32 crc;
	__le64 sequence;
	__le32 length;
	__le32 num_records;
	struct vmfs_uuid owner;
	__le64 hb_generation;
	struct vmfs_uuid lv_uuid;
	__u8 reserved[0x200 - 0x40];
} __packed;

/**
 * struct vmfs_log_record - sectors of a transaction that belong together
 * @lv: LV offset of the first of them
 * @sectors: their number.  All records' sectors begin at the sector after the
 *	last record
 */
struct vmfs_log_record {
	__le64 lv;
	__le32 sectors;
	__le32 reserved;
} __packed;

/*
 * Past the log, a header, then a table of blocks that read as zero (TBZ) of which a
 * part is written.  Who replays the journal writes zeros to the rest of each, and
 * clears TBZ: other drivers never see one.  A block that is not where its entry says
 * was freed or completed since.
 */
#define VMFS_WRITTEN_OFFSET	0xE0000u	/* in the journal */
#define VMFS_WRITTEN_SIZE	(VMFS_JOURNAL_SIZE - VMFS_WRITTEN_OFFSET)
#define VMFS_WRITTEN_MAGIC	0x31575356u	/* "VSW1" */
#define VMFS_WRITTEN_UNIT	4096u		/* bytes that a bit stands for */
#define VMFS_WRITTEN_WORDS	4u		/* of 64 bits: blocks of 1 MiB */
#define VMFS_WRITTEN_SLOTS	2040u

/**
 * struct vmfs_written_header - there is a table
 * @lv_uuid: of the volume
 */
struct vmfs_written_header {
	__le32 magic;
	__le32 reserved;
	struct vmfs_uuid lv_uuid;
	__u8 reserved2[0x200 - 0x18];
} __packed;

/**
 * struct vmfs_written - a block of which a part is written
 * @fd: address of the file descriptor; 0: there is none
 * @fb: address of the file block, without VMFS_FB_TBZ
 * @block: its number in the file
 * @bitmap: a bit for each unit; 1: it is written
 */
struct vmfs_written {
	__le32 fd;
	__le32 fb;
	__le64 block;
	__le64 bitmap[VMFS_WRITTEN_WORDS];
	__u8 reserved[16];
} __packed;

VMFS_ASSERT_SIZE(struct vmfs_written_header, 512);
VMFS_ASSERT_SIZE(struct vmfs_written, 64);
VMFS_ASSERT_SIZE(struct vmfs_log_header, 512);
VMFS_ASSERT_SIZE(struct vmfs_log_record, 16);

#endif
