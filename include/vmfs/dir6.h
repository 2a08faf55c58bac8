/* SPDX-License-Identifier: GPL-2.0 */
/* Directories of VMFS-6 (§9), for vmfs.ko and the tools: a header, then blocks. */
#ifndef VMFS_DIR6_H
#define VMFS_DIR6_H

#include <vmfs/format.h>

#ifdef __KERNEL__
#include <linux/string.h>
#else
#include <string.h>
#endif

#define VMFS6_DIR_VERSION	0xF50001u
#define VMFS6_DIR_HEADER_SIZE	0x10000u
#define VMFS6_DIR_HASH_SLOTS	16001u
#define VMFS6_DIR_ROOT_SLOTS	15973u		/* the root's other slots are for system files */
#define VMFS6_DIR_SYSTEM_SLOT	15974u		/* of .fbb.sf */
#define VMFS6_NAME_MAX		255u
#define VMFS6_DIRENTS_PER_BLOCK	14u
#define VMFS6_LINKS_PER_GROUP	12u

/**
 * struct vmfs6_dirent - a name
 * @hash_lo: bits 0 to 15 of vmfs6_name_hash()
 * @hash_hi: bits 16 to 31 of it: the "link hash"
 * @offset: of this entry in the directory
 */
struct vmfs6_dirent {
	__le32 type;
	__le32 address;
	__le32 generation;
	__le16 hash_lo;
	__le16 hash_hi;
	__le64 offset;
	char name[VMFS6_NAME_MAX + 1];
	__u8 reserved[8];
} __packed;

/**
 * struct vmfs6_dir_header - the first 64 KiB
 * @num_entries: names in the directory
 * @num_maps: used of @maps
 * @maps: numbers of the blocks that are allocation maps
 * @hash: locations (vmfs6_location_*()), 0 where no name has this hash
 */
struct vmfs6_dir_header {
	__le32 version;
	__le32 num_entries;
	__le32 num_allocated;
	__le32 num_maps;
	__le32 maps[128];
	__u8 unknown_210[0x3A8 - 0x210];
	__le64 checksum;
	__le64 checksum_generation;
	struct vmfs6_dirent self;
	struct vmfs6_dirent parent;
	__le32 hash[VMFS6_DIR_HASH_SLOTS];
	__u8 reserved[4];
} __packed;

enum vmfs6_dir_block_type {
	VMFS6_DIR_DIRENTS = 1,
	VMFS6_DIR_LINKS = 2,
	VMFS6_DIR_MAP = 3,
};

/**
 * struct vmfs6_dir_block - start of every block after the header
 * @type: enum vmfs6_dir_block_type
 * @bitmap: of slots, least significant bit first, 1 = free
 */
struct vmfs6_dir_block {
	__le16 version;
	__le16 type;
	__le16 slots;
	__le16 free;
	__u8 bitmap[56];
} __packed;

struct vmfs6_dir_link {
	__le32 location;
	__le16 link_hash;
} __packed;

/**
 * struct vmfs6_link_group - names with one hash-table index
 * @index: in the hash table
 * @next: location of the next group, or 0
 */
struct vmfs6_link_group {
	__le16 index;
	__u8 total;
	__u8 free;
	__u8 next_free;
	__u8 pad;
	struct vmfs6_dir_link links[VMFS6_LINKS_PER_GROUP];
	__le32 next;
	__u8 reserved[2];
} __packed;

enum vmfs6_location_type {
	VMFS6_LOCATION_DIRENT = 1,
	VMFS6_LOCATION_LINKS = 2,
};

/* Locations within a directory */

static inline unsigned int vmfs6_location_type(__u32 location)
{
	return location & 3;
}

static inline __u32 vmfs6_location_block(__u32 location)
{
	return location >> 2 & 0x3FFFFF;
}

static inline __u32 vmfs6_location_slot(__u32 location)
{
	return location >> 24;
}

VMFS_ASSERT_SIZE(struct vmfs6_dirent, 288);
VMFS_ASSERT_AT(struct vmfs6_dirent, name, 0x18);
VMFS_ASSERT_SIZE(struct vmfs6_dir_header, VMFS6_DIR_HEADER_SIZE);
VMFS_ASSERT_AT(struct vmfs6_dir_header, self, 0x3B8);
VMFS_ASSERT_AT(struct vmfs6_dir_header, hash, 0x5F8);
VMFS_ASSERT_SIZE(struct vmfs6_dir_block, 64);
VMFS_ASSERT_SIZE(struct vmfs6_link_group, 84);
VMFS_ASSERT_AT(struct vmfs6_link_group, next, 0x4E);

#define VMFS6_HASH_BLANK	0x739A75C28E61B017ull	/* follows a name that is short */
#define VMFS6_HASH_BLANK_END	127u
#define VMFS6_HASH_WORDS	32u			/* of 64 bits */

/* Jenkins' mix of three 64-bit words. */
static inline void vmfs6_hash_mix(__u64 v[3])
{
	static const signed char shifts[12] = {
		/* positive: to the right */
		43, -9, 8, 38, -23, 5, 35, -49, 11, 12, -18, 22,
	};
	unsigned int i;

	for (i = 0; i < 12; i++) {
		__u64 y = v[(i + 1) % 3], z = v[(i + 2) % 3];

		v[i % 3] -= y;
		v[i % 3] -= z;
		v[i % 3] ^= shifts[i] > 0 ? z >> shifts[i] : z << -shifts[i];
	}
}

/**
 * vmfs6_name_hash() - hash of a name
 * @name: bytes of the name
 * @len: their number, up to VMFS6_NAME_MAX
 *
 * The index in a directory's hash table is the hash modulo
 * VMFS6_DIR_HASH_SLOTS, in the root modulo VMFS6_DIR_ROOT_SLOTS.
 *
 * Return: all 64 bits; entries keep 32 of them.
 */
static inline __u64 vmfs6_name_hash(const char *name, unsigned int len)
{
	__u64 words[VMFS6_HASH_WORDS], v[3] = { 42, 42, 0x9E3779B97F4A7C13ull };
	unsigned int i;

	memset(words, 0, sizeof(words));
	memcpy(words, name, len);
	for (i = 0; i < VMFS6_HASH_WORDS; i++) {
		const __u8 *bytes = (const __u8 *)&words[i];

		if (i * 8 >= (len + 1 + 7) / 8 * 8 && i * 8 < VMFS6_HASH_BLANK_END)
			words[i] = VMFS6_HASH_BLANK;
		else
			words[i] = (__u64)bytes[0] | (__u64)bytes[1] << 8 | (__u64)bytes[2] << 16 |
				   (__u64)bytes[3] << 24 | (__u64)bytes[4] << 32 |
				   (__u64)bytes[5] << 40 | (__u64)bytes[6] << 48 |
				   (__u64)bytes[7] << 56;
	}
	for (i = 0; i < 30; i += 3) {
		v[0] += words[i];
		v[1] += words[i + 1];
		v[2] += words[i + 2];
		vmfs6_hash_mix(v);
	}
	v[2] += VMFS6_HASH_WORDS;
	v[0] += words[30];
	v[1] += words[31];
	vmfs6_hash_mix(v);
	return v[2];
}

#endif
