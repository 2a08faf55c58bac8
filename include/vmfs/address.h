/* SPDX-License-Identifier: GPL-2.0 */
/* Addresses of VMFS (§5), for vmfs.ko and the tools: no structures, only bits. */
#ifndef VMFS_ADDRESS_H
#define VMFS_ADDRESS_H

#include <linux/types.h>
#ifndef __KERNEL__
#include <stdbool.h>
#endif

/* The low three bits say of what. */
enum vmfs_address_type {
	VMFS_ADDR_HOLE = 0,
	VMFS_ADDR_FB = 1,		/* file block; VMFS-6: small file block */
	VMFS_ADDR_SB = 2,		/* sub-block */
	VMFS_ADDR_PB = 3,		/* pointer block */
	VMFS_ADDR_FD = 4,		/* file descriptor */
	VMFS_ADDR_PB2 = 5,		/* pointer block of .pb2.sf */
	VMFS_ADDR_JB = 6,		/* VMFS-6: journal block */
	VMFS_ADDR_LFB = 7,		/* VMFS-6: large file block */
};

#define VMFS_FB_TBZ		0x20u	/* allocated, reads as zero */
#define VMFS_FB_COW		0x10u
#define VMFS_FB_MAX_BLOCKS	(1u << 26)

/* File descriptors of the system files */
#define VMFS_FD_ROOT		0x00000004u
#define VMFS_FD_FBB		0x00400004u
#define VMFS_FD_FDC		0x00800004u
#define VMFS_FD_PBC		0x00C00004u
#define VMFS_FD_SBC		0x01000004u
#define VMFS_FD_VH		0x01400004u
#define VMFS_FD_PB2		0x01800004u
#define VMFS_FD_SDD		0x01C00004u
#define VMFS_FD_JBC		0x02000004u	/* VMFS-6 */
#define VMFS_NUM_SYSTEM_FDS	8u		/* VMFS-5: the root and seven files */

static inline unsigned int vmfs_address_type(__u64 address)
{
	return address & 7;
}

/* File blocks of VMFS-3/5: a block number in the logical volume */

static inline __u32 vmfs_fb_address(__u32 block)
{
	return block << 6 | VMFS_ADDR_FB;
}

static inline __u32 vmfs_fb_block(__u32 address)
{
	return address >> 6;
}

static inline bool vmfs_fb_is_tbz(__u32 address)
{
	return address & VMFS_FB_TBZ;
}

/* Sub-blocks of VMFS-3/5; @dense: the descriptor has VMFS_CONFIG_DENSE_SB */

static inline __u32 vmfs_sb_address(__u32 cluster, __u32 item)
{
	return (item & 0xF) << 28 | cluster << 6 | (item >> 4 & 3) << 3 | VMFS_ADDR_SB;
}

static inline __u32 vmfs_sb_cluster(__u32 address)
{
	return address >> 6 & 0x3FFFFF;
}

static inline __u32 vmfs_sb_item(__u32 address, bool dense)
{
	return address >> 28 | (dense ? (address >> 3 & 3) << 4 : 0);
}

/* Pointer blocks of VMFS-3/5; @type: VMFS_ADDR_PB or VMFS_ADDR_PB2 */

static inline __u32 vmfs_pb_address(__u32 type, __u32 cluster, __u32 item)
{
	return item << 28 | cluster << 6 | type;
}

static inline __u32 vmfs_pb_cluster(__u32 address)
{
	return address >> 6 & 0x3FFFFF;
}

static inline __u32 vmfs_pb_item(__u32 address)
{
	return address >> 28;
}

/* File descriptors of every version */

static inline __u32 vmfs_fd_address(__u32 cluster, __u32 item)
{
	return item << 22 | cluster << 6 | VMFS_ADDR_FD;
}

static inline __u32 vmfs_fd_cluster(__u32 address)
{
	return address >> 6 & 0xFFFF;
}

static inline __u32 vmfs_fd_item(__u32 address)
{
	return address >> 22;
}

/* VMFS-6: small file blocks; the position is cluster * items per cluster + item. */

static inline __u64 vmfs6_sfb_cluster(__u64 address)
{
	return address >> 15 & 0x7FFFFFFF;
}

static inline __u32 vmfs6_sfb_item(__u64 address)
{
	return address >> 51;
}

/* VMFS-6: large file blocks, a number in the logical volume */

static inline __u64 vmfs6_lfb_block(__u64 address)
{
	return address >> 15 & 0x7FFFFFFF;
}

/* VMFS-6: of small and large file blocks; a block with any bit set reads as zero. */

static inline __u32 vmfs6_fb_tbz(__u64 address)
{
	return address >> 7 & 0xFF;
}

/* VMFS-6: sub-blocks and both kinds of pointer blocks */

static inline __u64 vmfs6_sb_cluster(__u64 address)
{
	return address >> 6 & 0xFFFFFFFFFull;
}

static inline __u32 vmfs6_sb_item(__u64 address)
{
	return address >> 56;
}

#endif
