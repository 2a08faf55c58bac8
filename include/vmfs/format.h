/* SPDX-License-Identifier: GPL-2.0 */
/*
 * VMFS on disk: the structures of VMFS-3, -5 and -6, for vmfs.ko and the tools.
 * Addresses are in address.h, directories of VMFS-6 in dir6.h.
 *
 * All integers are little-endian and all structures packed.  "LV offset" is a
 * byte offset in the logical volume (after the LVM), "device offset" one in the
 * partition.  A sector has 512 bytes.  A "§" names the section of
 * Documentation/vmfs-format.rst; what no source knows is named unknown and is
 * kept as it was found.
 */
#ifndef VMFS_FORMAT_H
#define VMFS_FORMAT_H

#include <linux/types.h>
#ifdef __KERNEL__
#include <linux/build_bug.h>
#include <linux/stddef.h>
#else
#include <assert.h>
#include <stdbool.h>
#include <stddef.h>
#endif

#include <vmfs/address.h>

#ifndef __packed
#define __packed __attribute__((packed))
#endif

#define VMFS_ASSERT_SIZE(type, size)	static_assert(sizeof(type) == (size), #type)
#define VMFS_ASSERT_AT(type, member, at) \
	static_assert(offsetof(type, member) == (at), #type "." #member)

#define VMFS_SECTOR		512u
#define VMFS_MAX_EXTENTS	32u

/**
 * struct vmfs_uuid - of volumes, devices and hosts, printed %08x-%08x-%04x-%12x (§0)
 * @time_lo: time of creation, seconds since 1970
 */
struct vmfs_uuid {
	__le32 time_lo;
	__le32 time_hi;
	__le16 random;
	__u8 mac[6];
} __packed;

#define VMFS_UUID_TEXT_LEN	35

/* Partition and logical volume manager (§1) */

#define VMFS_MBR_TYPE		0xFB
#define VMFS_GPT_TYPE		"AA31E02A-400F-11DB-9590-000C2911D1B8"

#define VMFS_LVM_OFFSET		0x100000ull	/* device offset of struct vmfs_lvm_header */
#define VMFS_LVM_MAGIC		0xC001D00Du
#define VMFS_LVM_DATA_OFFSET	0x1100000ull	/* device offset of the first PE */
#define VMFS_LVM_PE_SIZE	(256ull << 20)	/* VMFS-3/5; the LVM of VMFS-6 has longer runs */
#define VMFS_LVM_MAX_PES	(1ull << 18)	/* VMFS-5: 64 TiB */
#define VMFS_LVM_MINOR		21u

/* Device offsets of the tables of LVM-3/5 (§1.2) */
#define VMFS_LVM_VOLUMES_OFFSET	(VMFS_LVM_OFFSET + 0x200)
#define VMFS_LVM_DEVICES_OFFSET	(VMFS_LVM_OFFSET + 0x7E200)
#define VMFS_LVM_BITMAP_OFFSET	(VMFS_LVM_OFFSET + 0x80200)
#define VMFS_LVM_PES_OFFSET	(VMFS_LVM_OFFSET + 0x80600)
#define VMFS_LVM_BITMAP_SIZE	1024u		/* 1 = used */
#define VMFS_LVM_PES_PER_MAP	8192u
#define VMFS_LVM_MAX_MAPS	8u
/* Those of LVM-6 with the metadata alignment @a of its header */
#define VMFS6_LVM_VOLUMES_OFFSET(a)	(VMFS_LVM_OFFSET + (a))
#define VMFS6_LVM_BITMAP_OFFSET(a)	(VMFS_LVM_OFFSET + (a) + 0x80000)
#define VMFS6_LVM_BITMAP_SIZE(a)	((a) > 1024 ? (a) : 1024)
#define VMFS6_LVM_PES_OFFSET(a)		(VMFS6_LVM_BITMAP_OFFSET(a) + VMFS6_LVM_BITMAP_SIZE(a))

/**
 * struct vmfs_scsi_id - which LUN: of an extent, and the content of an RDM (§1.5, §9)
 * @id_len: bytes used in @id
 */
struct vmfs_scsi_id {
	__u8 type;
	__u8 id_len;
	__le16 lun;
	__u8 dev_type;
	__u8 scsi_level;
	char vendor[8];
	char model[16];
	char revision[4];
	__u8 id[44];
} __packed;

/**
 * struct vmfs_lvm_header - the device, at VMFS_LVM_OFFSET (§1.1)
 * @major: 3, 5 or 6
 * @total_bytes: VMFS-3: size of the device; later: that - 1 MiB + 512
 * @num_pes: entries in use of the PE table
 * @last_pe: @num_pes - 1
 * @generation: goes up with every change of the LVM
 * @data_offset: device offset of the first PE
 * @init_time: us since 1970, as @mod_time and @locked_when
 * @locked_by: host that changes the LVM now, or zero
 * @num_pe_maps: pairs of bitmap and PE table; 0 means 1
 * @md_alignment: bytes; VMFS-6 only
 * @num_pes6: VMFS-6 only
 * @flags: 1 is VMFS-L
 */
struct vmfs_lvm_header {
	__le32 magic;
	__le32 major;
	__le32 minor;
	struct vmfs_scsi_id scsi;
	__le32 block_size;
	__le64 total_bytes;
	__le32 num_volumes;
	__le32 num_pes;
	__le32 last_pe;
	__le64 generation;
	__le64 data_offset;
	struct vmfs_uuid uuid;
	__le64 init_time;
	__le64 mod_time;
	struct vmfs_uuid locked_by;
	__le64 locked_when;
	__u8 unknown_ba[4];
	__le32 num_pe_maps;
	__le64 extended_offset;
	__le32 md_alignment;
	__le32 num_pes6;
	__le32 flags;
	__u8 reserved[0x200 - 0xD6];
} __packed;

#define VMFS_LVM_STATE_NORMAL	1u

/**
 * struct vmfs_lvm_volume - the volume that the device is an extent of (§1.3)
 * @size: bytes of the whole logical volume, all extents
 * @generation: the same on all extents
 * @state: VMFS_LVM_STATE_NORMAL, or a resignature is under way
 * @name: @uuid as text
 * @snapshot_id: 1
 * @creation_time: us since 1970, as @mod_time
 * @num_pes: on this device
 * @first_pe: number in the logical volume of this device's first PE
 * @last_pe: and of its last one
 * @num_devices: extents of the volume, up to VMFS_MAX_EXTENTS
 */
struct vmfs_lvm_volume {
	__le64 size;
	__le64 generation;
	__le32 state;
	char name[64];
	struct vmfs_uuid uuid;
	__le32 snapshot_id;
	__le64 creation_time;
	__le32 index;
	__le32 num_pes;
	__le64 first_pe;
	__le64 last_pe;
	__le64 mod_time;
	__le32 num_devices;
	__u8 unknown_94[0x110 - 0x94];
	__le32 consumed_pes;
	__u8 reserved[0x200 - 0x114];
} __packed;

/**
 * struct vmfs_lvm_pe - a run of the device in the logical volume (§1.4)
 * @physical: device offset
 * @logical: LV offset
 * @length: bytes; 256 MiB on VMFS-3/5
 * @version: 1
 */
struct vmfs_lvm_pe {
	__u8 used;
	__le32 id;
	__le32 volume_id;
	__le64 physical;
	__le64 logical;
	__le64 length;
	__le32 version;
	__u8 reserved[0x80 - 0x25];
} __packed;

/* File-system descriptor (§2) */

#define VMFS_FS_OFFSET		0x200000ull	/* LV offset of struct vmfs_fs_descriptor */
#define VMFS_FS_MAGIC		0x2FABF15Eu
#define VMFS3_FS_MAJOR		4u
#define VMFS5_FS_MAJOR		14u
#define VMFS5_FS_MINOR		81u
#define VMFS6_FS_MAJOR		24u
#define VMFS_LABEL_SIZE		128u		/* with its NUL */

#define VMFS_CONFIG_ALWAYS	0x2u		/* meaning unknown; set on every volume */
#define VMFS_CONFIG_DENSE_SB	0x4u		/* six item bits in sub-block addresses (§5) */

/**
 * struct vmfs_fs_descriptor - the superblock, one sector (§2)
 * @major: VMFS3_FS_MAJOR, VMFS5_FS_MAJOR or VMFS6_FS_MAJOR
 * @config: VMFS_CONFIG_*
 * @file_block_size: bytes
 * @creation_time: seconds since 1970
 * @lv_uuid: UUID of the logical volume (struct vmfs_lvm_volume); they must agree
 * @fdc_cg_offset: where the first cluster group is in .fdc.sf
 * @fdc_clusters_per_group: needed to find file descriptors before .fdc.sf is open
 * @pb2_offset: LV offset of the file descriptor of .pb2.sf; VMFS-5 and later
 * @pb2_address: address of it; VMFS-5 and later
 * @sdd_offset: the same for .sdd.sf
 * @sdd_address: the same for .sdd.sf
 * @formatted_by: host that made the file system
 * @md_alignment: bytes of a metadata block; VMFS-6 only, as all that follow it
 * @lfb_shift: small file blocks in a large one, as a shift
 * @pb_shift: bytes of a pointer block, as a shift
 * @lease_ms: a heartbeat is valid for this long (§4.1)
 * @reclaim_ms: and may be broken after this much more
 */
struct vmfs_fs_descriptor {
	__le32 magic;
	__le32 major;
	__u8 minor;
	struct vmfs_uuid uuid;
	__le32 config;
	char label[VMFS_LABEL_SIZE];
	__le32 block_size;
	__le64 file_block_size;
	__le32 creation_time;
	__le32 snapshot_id;
	struct vmfs_uuid lv_uuid;
	__le32 lv_snapshot_id;
	__u8 lv_reserved[12];
	__le32 fdc_cg_offset;
	__le32 fdc_clusters_per_group;
	__le32 sub_block_size;
	__le32 max_journal_slots;
	__le64 pb2_offset;
	__le32 pb2_address;
	struct vmfs_uuid formatted_by;
	__le64 generation;
	__le64 sdd_offset;
	__le32 sdd_address;
	__u8 checksum_type;
	__le16 unmap_priority;
	__u8 unknown_114[4];
	__le64 checksum_generation;
	__le64 checksum;
	__le64 checksum_generation2;
	__le32 physical_block_size;
	__le32 md_alignment;
	__le16 lfb_shift;
	__u8 unknown_13a[4];
	__le16 pb_shift;
	__le16 sfb_address_bits;
	__u8 unknown_142[2];
	__le32 tbz_granularity;
	__le32 journal_block_size;
	__le32 lease_ms;
	__le32 reclaim_ms;
	__le64 stamp;
	__u8 owner_mac[6];
	__u8 unmap_method;
	__le32 unmap_bandwidth;
	__le32 unmap_bandwidth_min;
	__le32 unmap_bandwidth_max;
	__u8 reserved[0x200 - 0x16F];
} __packed;

/* Lock sectors (§3) */

#define VMFS_MAGIC_FD		0x10C00001u
#define VMFS_MAGIC_FB_CLUSTER	0x10C00002u
#define VMFS_MAGIC_SB_CLUSTER	0x10C00003u
#define VMFS_MAGIC_PB_CLUSTER	0x10C00004u
#define VMFS_MAGIC_FD_CLUSTER	0x10C00005u
#define VMFS_MAGIC_PB2_CLUSTER	0x10C00006u
#define VMFS_MAGIC_JB_CLUSTER	0x10C00007u	/* VMFS-6 */
#define VMFS_MAGIC_LFB_CLUSTER	0x10C00008u	/* VMFS-6 */

enum vmfs_lock_mode {
	VMFS_LOCK_FREE = 0,
	VMFS_LOCK_EXCLUSIVE = 1,
	VMFS_LOCK_SHARED = 2,		/* read-only */
	VMFS_LOCK_MULTI_WRITER = 3,
};

#define VMFS_LOCK_HOLDERS	8u

/* One of several hosts that hold a lock, modes 2 and 3 */
struct vmfs_lock_holder {
	__le64 hb_offset;
	__le64 hb_generation;
	struct vmfs_uuid uuid;
} __packed;

/**
 * struct vmfs_lock - what every file descriptor and resource cluster begins with (§3)
 * @magic: VMFS_MAGIC_*
 * @offset: LV offset of this lock
 * @hb_offset: LV offset of the holder's heartbeat; stays after the release
 * @hb_generation: generation of that heartbeat; stays after the release
 * @token: begins with 1, one more for every change of the lock's state
 * @mode: enum vmfs_lock_mode
 * @owner: host, or zero
 * @mtime: VMFS-3: us of uptime; later: a small counter of the host
 * @num_holders: used of @holders
 */
struct vmfs_lock {
	__le32 magic;
	__le64 offset;
	__le64 hb_offset;
	__le64 hb_generation;
	__le64 token;
	__le32 mode;
	struct vmfs_uuid owner;
	__le64 mtime;
	__le32 num_holders;
	struct vmfs_lock_holder holders[VMFS_LOCK_HOLDERS];
	__u8 overflow[0x20];
	__le32 global_holders;
	__le64 global_generation;
	__le32 global_break;
	__u8 reserved[0x200 - 0x174];
} __packed;

/* Heartbeats (§4) */

#define VMFS_HB_OFFSET		0x300000ull	/* LV offset of the first slot */
#define VMFS_HB_SLOTS		2048u		/* VMFS-3/5, a sector each */
#define VMFS6_HB_SLOTS		1024u		/* VMFS-6, a metadata block each */
#define VMFS_HB_FREE		0xABCDEF01u
#define VMFS_HB_IN_USE		0xABCDEF02u	/* others are unknown: as this one */
#define VMFS_HB_LOCK_IMPL	3u		/* what ESXi writes on VMFS-5 and -6 */

#define VMFS_LEASE_MS		16000u
#define VMFS_RECLAIM_MS		4000u

/**
 * struct vmfs_heartbeat - one slot: a host that uses the volume, or none (§4)
 * @offset: LV offset of this slot
 * @generation: odd while held: one more on each claim and each clean release
 * @stamp: us of the host's uptime: the pulse
 * @owner: host, zero when free
 * @journal_address: VMFS-3/5: file block of the journal; zero when free
 * @driver_major: VMFSn_FS_MAJOR of the driver that holds it
 * @ip: text
 * @journal_offset: LV offset of the journal
 * @replayer: host that replays this journal now
 */
struct vmfs_heartbeat {
	__le32 state;
	__le64 offset;
	__le64 generation;
	__le64 stamp;
	struct vmfs_uuid owner;
	__le32 journal_address;
	__le32 driver_major;
	__u8 driver_minor;
	__u8 lock_impl;
	char ip[46];
	__le64 journal_offset;
	struct vmfs_uuid replayer;
	__u8 unknown_7c[0x94 - 0x7C];
	__le64 replayer_hb_offset;
	__le64 replayer_hb_generation;
	__u8 reserved[0x200 - 0xA4];
} __packed;

/* Resource files (§6) */

#define VMFS_CG_OFFSET		0x10000u	/* of the first cluster group in the file */
#define VMFS_FB_PER_CLUSTER	200u
#define VMFS_FD_PER_CLUSTER	32u
#define VMFS_PB_PER_CLUSTER	16u
#define VMFS_SB_PER_CLUSTER	32u		/* VMFS-3, and sub-blocks of 64 KiB: 16 */
#define VMFS_CLUSTERS_PER_GROUP	64u		/* VMFS-3: 32 */
#define VMFS_CLUSTER_SIZE	1024u		/* a lock and its metadata, VMFS-3/5 */

#define VMFS6_RFMD_MAGIC	0x72666D64u	/* struct vmfs_resource_header.signature */
#define VMFS6_RCMD_MAGIC	0x72636D64u	/* struct vmfs6_cluster_meta.signature */

/**
 * struct vmfs_resource_header - what .fbb, .fdc, .pbc, .sbc, .pb2 and .jbc begin with (§6)
 * @cg_offset: of the first cluster group in the file
 * @item_size: bytes; 0 in .fbb.sf, which has no items
 * @cg_size: bytes of a cluster group, headers and items
 * @total_items_lo: low half of the number of items
 * @signature: VMFS6_RFMD_MAGIC; VMFS-6 only, as all that follow it
 * @bits_per_item: in the bitmaps of the clusters
 * @child_offset: of the header of a resource within this one, or 0
 * @parent_items_per_cluster: of the resource that this one is within: each item of
 *	it has a cluster of this one, after the clusters of its cluster group
 * @parent_cg_size: bytes of such a cluster group, both resources
 */
struct vmfs_resource_header {
	__le32 items_per_cluster;
	__le32 clusters_per_group;
	__le32 cg_offset;
	__le32 item_size;
	__le32 cg_size;
	__le32 total_items_lo;
	__le32 num_groups;
	__le32 total_items_hi;
	__le32 signature;
	__le32 version;
	__le32 flags;
	__le16 affinity_per_cluster;
	__le16 affinity_per_item;
	__le32 bits_per_item;
	__le32 child_offset;
	__le32 parent_items_per_cluster;
	__le32 parent_clusters_per_group;
	__le32 parent_cg_size;
	__u8 unknown_44[0x54 - 0x44];
	__le32 converted_clusters;
	__u8 reserved[0x200 - 0x58];
} __packed;

#define VMFS_CLUSTER_BITMAP	64u

/**
 * struct vmfs_cluster_meta - the sector after a cluster's lock, VMFS-3/5 (§6)
 * @first_free: where to begin to search: a hint
 * @bitmap: least significant bit first, 1 = free
 * @last_generation: of .fdc.sf only: newest generation given to a file of this cluster
 */
struct vmfs_cluster_meta {
	__le32 cluster;
	__le32 total;
	__le32 free;
	__le32 first_free;
	__u8 bitmap[VMFS_CLUSTER_BITMAP];
	__le32 last_generation;
	__u8 type_data[12];
	__le32 priority;
	__u8 reserved[0x200 - 0x64];
} __packed;

struct vmfs_cluster {
	struct vmfs_lock lock;
	struct vmfs_cluster_meta meta;
} __packed;

/**
 * struct vmfs6_cluster_meta - the block after a cluster's lock, VMFS-6 (§6)
 * @signature: VMFS6_RCMD_MAGIC
 * @bitmap: least significant bit first, 1 = free; 3 bits for each large file block
 */
struct vmfs6_cluster_meta {
	__u8 unknown_00[0x10];
	__le32 signature;
	__le32 priority;
	__le64 cluster;
	__le16 total;
	__le16 free;
	__u8 unknown_24[2];
	__le16 affinity_count;
	__u8 unknown_28[8];
	__le32 unknown_30;
	__u8 unknown_34[0x58 - 0x34];
	__le32 last_generation;
	__u8 owner_mac[6];
	__le32 time;
	__u8 unknown_66[0x7C - 0x66];
	__le32 first_free;
	__u8 bitmap[0x8E0 - 0x80];
} __packed;

/* File descriptors (§7, §8) */

enum vmfs_file_type {
	VMFS_TYPE_DIR = 2,
	VMFS_TYPE_FILE = 3,
	VMFS_TYPE_SYMLINK = 4,
	VMFS_TYPE_SYSTEM = 5,
	VMFS_TYPE_RDM = 6,
};

/* How a file's data is found (§8); the other values are refused. */
enum vmfs_zla {
	VMFS_ZLA_FB = 1,		/* addresses of file blocks */
	VMFS_ZLA_SB = 2,		/* of sub-blocks */
	VMFS_ZLA_PB = 3,		/* of pointer blocks, each with file blocks */
	VMFS_ZLA_PB2 = 5,		/* the same in .pb2.sf: of system files */
	VMFS_ZLA_PB_DOUBLE = 4304,	/* of pointer blocks of pointer blocks */
	VMFS_ZLA_RESIDENT = 4305,	/* the data itself */
};

#define VMFS_FD_SIZE		2048u
#define VMFS_FD_DATA_SIZE	1024u		/* VMFS-3/5 */
#define VMFS_FD_SLOTS		256u		/* 32-bit addresses in it */
#define VMFS_PB_SIZE		4096u
#define VMFS_PB_SLOTS		1024u
#define VMFS6_FD_RESIDENT_OFFSET 512u		/* in the second metadata block */
#define VMFS6_FD_SLOTS		320u		/* 64-bit addresses, at the block's end */
#define VMFS6_FDMD_MAGIC	0x66646D64u

/**
 * struct vmfs_fd_meta - an inode (§7)
 * @address: of this file descriptor
 * @generation: from vmfs_cluster_meta.last_generation; directory entries repeat it
 * @nlink: 0 in a free file descriptor
 * @type: enum vmfs_file_type
 * @length: bytes
 * @block_size: bytes: of a sub-block while resident or in one, else of a file block
 * @num_blocks: allocated, in @block_size
 * @mtime: seconds since 1970, as @ctime and @atime
 * @mode: permissions, usually without the type
 * @zla: enum vmfs_zla
 * @tbz_lo: blocks that are allocated but read as zero
 * @new_lo: blocks that are new since the epoch: all on VMFS-5
 * @num_pbs: pointer blocks in use
 * @signature: VMFS6_FDMD_MAGIC; VMFS-6 only
 * @affinity: file descriptor: its own
 * @tbz_shift: granularity of @tbz_lo
 * @parent: VMFS-6 only
 * @block_shift: @block_size as a shift; VMFS-5 and later
 * @num_lfbs: VMFS-6 only
 */
struct vmfs_fd_meta {
	__le32 address;
	__le32 generation;
	__le32 nlink;
	__le32 type;
	__le32 flags;
	__le64 length;
	__le64 block_size;
	__le64 num_blocks;
	__le32 mtime;
	__le32 ctime;
	__le32 atime;
	__le32 uid;
	__le32 gid;
	__le32 mode;
	__le32 zla;
	__le32 tbz_lo;
	__le32 cow_lo;
	__le32 new_lo;
	__le32 tbz_hi;
	__le32 cow_hi;
	__le32 num_pbs;
	__le32 new_hi;
	__le32 signature;
	__le32 affinity;
	__le32 tbz_shift;
	__le32 parent;
	__u8 unknown_74[0x89 - 0x74];
	__u8 block_shift;
	__u8 unknown_8a[2];
	__le32 num_lfbs;
	__u8 reserved[0x200 - 0x90];
} __packed;

/**
 * struct vmfs_fd - a file descriptor of VMFS-3/5
 * @addresses: of blocks; a hole is 0
 * @resident: the data itself, VMFS_ZLA_RESIDENT
 * @rdm: the LUN, VMFS_TYPE_RDM
 */
struct vmfs_fd {
	struct vmfs_lock lock;
	struct vmfs_fd_meta meta;
	union {
		__le32 addresses[VMFS_FD_SLOTS];
		__u8 resident[VMFS_FD_DATA_SIZE];
		struct vmfs_scsi_id rdm;
	} __packed;
} __packed;

/* Directories of VMFS-3/5 (§9): packed entries, "." and ".." first */

#define VMFS_NAME_MAX		127u

/**
 * struct vmfs_dirent - a name
 * @type: enum vmfs_file_type
 * @address: file descriptor; 0: no entry
 * @generation: vmfs_fd_meta.generation
 * @name: ends with NUL
 */
struct vmfs_dirent {
	__le32 type;
	__le32 address;
	__le32 generation;
	char name[VMFS_NAME_MAX + 1];
} __packed;

VMFS_ASSERT_SIZE(struct vmfs_uuid, 16);
VMFS_ASSERT_SIZE(struct vmfs_scsi_id, 78);
VMFS_ASSERT_SIZE(struct vmfs_lvm_header, 512);
VMFS_ASSERT_AT(struct vmfs_lvm_header, block_size, 0x5A);
VMFS_ASSERT_AT(struct vmfs_lvm_header, uuid, 0x82);
VMFS_ASSERT_AT(struct vmfs_lvm_header, num_pe_maps, 0xBE);
VMFS_ASSERT_AT(struct vmfs_lvm_header, flags, 0xD2);
VMFS_ASSERT_SIZE(struct vmfs_lvm_volume, 512);
VMFS_ASSERT_AT(struct vmfs_lvm_volume, uuid, 0x54);
VMFS_ASSERT_AT(struct vmfs_lvm_volume, first_pe, 0x78);
VMFS_ASSERT_AT(struct vmfs_lvm_volume, num_devices, 0x90);
VMFS_ASSERT_SIZE(struct vmfs_lvm_pe, 128);
VMFS_ASSERT_AT(struct vmfs_lvm_pe, length, 0x19);
VMFS_ASSERT_SIZE(struct vmfs_fs_descriptor, 512);
VMFS_ASSERT_AT(struct vmfs_fs_descriptor, file_block_size, 0xA1);
VMFS_ASSERT_AT(struct vmfs_fs_descriptor, lv_uuid, 0xB1);
VMFS_ASSERT_AT(struct vmfs_fs_descriptor, fdc_cg_offset, 0xD1);
VMFS_ASSERT_AT(struct vmfs_fs_descriptor, sdd_offset, 0x105);
VMFS_ASSERT_AT(struct vmfs_fs_descriptor, unmap_priority, 0x112);
VMFS_ASSERT_AT(struct vmfs_fs_descriptor, md_alignment, 0x134);
VMFS_ASSERT_AT(struct vmfs_fs_descriptor, pb_shift, 0x13E);
VMFS_ASSERT_AT(struct vmfs_fs_descriptor, lease_ms, 0x14C);
VMFS_ASSERT_SIZE(struct vmfs_lock, 512);
VMFS_ASSERT_AT(struct vmfs_lock, owner, 0x28);
VMFS_ASSERT_AT(struct vmfs_lock, holders, 0x44);
VMFS_ASSERT_AT(struct vmfs_lock, global_holders, 0x164);
VMFS_ASSERT_SIZE(struct vmfs_heartbeat, 512);
VMFS_ASSERT_AT(struct vmfs_heartbeat, journal_address, 0x2C);
VMFS_ASSERT_AT(struct vmfs_heartbeat, ip, 0x36);
VMFS_ASSERT_AT(struct vmfs_heartbeat, journal_offset, 0x64);
VMFS_ASSERT_AT(struct vmfs_heartbeat, replayer_hb_offset, 0x94);
VMFS_ASSERT_SIZE(struct vmfs_resource_header, 512);
VMFS_ASSERT_AT(struct vmfs_resource_header, signature, 0x20);
VMFS_ASSERT_AT(struct vmfs_resource_header, child_offset, 0x34);
VMFS_ASSERT_AT(struct vmfs_resource_header, parent_cg_size, 0x40);
VMFS_ASSERT_SIZE(struct vmfs_cluster_meta, 512);
VMFS_ASSERT_AT(struct vmfs_cluster_meta, last_generation, 0x50);
VMFS_ASSERT_AT(struct vmfs_cluster_meta, priority, 0x60);
VMFS_ASSERT_SIZE(struct vmfs_cluster, VMFS_CLUSTER_SIZE);
VMFS_ASSERT_AT(struct vmfs6_cluster_meta, total, 0x20);
VMFS_ASSERT_AT(struct vmfs6_cluster_meta, last_generation, 0x58);
VMFS_ASSERT_AT(struct vmfs6_cluster_meta, bitmap, 0x80);
VMFS_ASSERT_SIZE(struct vmfs_fd_meta, 512);
VMFS_ASSERT_AT(struct vmfs_fd_meta, length, 0x14);
VMFS_ASSERT_AT(struct vmfs_fd_meta, zla, 0x44);
VMFS_ASSERT_AT(struct vmfs_fd_meta, num_pbs, 0x5C);
VMFS_ASSERT_AT(struct vmfs_fd_meta, signature, 0x64);
VMFS_ASSERT_AT(struct vmfs_fd_meta, block_shift, 0x89);
VMFS_ASSERT_AT(struct vmfs_fd_meta, num_lfbs, 0x8C);
VMFS_ASSERT_SIZE(struct vmfs_fd, VMFS_FD_SIZE);
VMFS_ASSERT_AT(struct vmfs_fd, addresses, 0x400);
VMFS_ASSERT_SIZE(struct vmfs_dirent, 140);

#include "journal.h"

#endif
