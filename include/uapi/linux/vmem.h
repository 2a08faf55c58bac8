/* SPDX-License-Identifier: ((GPL-2.0 WITH Linux-syscall-note) OR BSD-3-Clause) */
/* Do not edit directly, auto-generated from: */
/*	Documentation/netlink/specs/vmem.yaml */
/* YNL-GEN uapi header */

#ifndef _UAPI_LINUX_VMEM_H
#define _UAPI_LINUX_VMEM_H

#define VMEM_FAMILY_NAME	"vmem"
#define VMEM_FAMILY_VERSION	1

/**
 * enum vmem_kind - What a file's memory is for; fixed once the file has a
 *   size.
 * @VMEM_KIND_MANAGED: Allocated when it is touched, and reclaimed.
 * @VMEM_KIND_RESERVED: Allocated at once and never reclaimed, in blocks of 2
 *   MiB; what devices that are passed through (VFIO) and RDMA need.
 */
enum vmem_kind {
	VMEM_KIND_MANAGED,
	VMEM_KIND_RESERVED,
};

/**
 * enum vmem_compressor - How pages are compressed.
 * @VMEM_COMPRESSOR_LZ4: Fast.
 * @VMEM_COMPRESSOR_ZSTD: Smaller.
 */
enum vmem_compressor {
	VMEM_COMPRESSOR_LZ4,
	VMEM_COMPRESSOR_ZSTD,
};

/**
 * enum vmem_method - What reclaim may do.
 * @VMEM_METHOD_SPLIT: Split idle blocks of 2 MiB, and drop what is zero in
 *   them.
 * @VMEM_METHOD_COMPRESS: Compress idle pages.
 * @VMEM_METHOD_SWAP: Write idle pages to the swap file.
 */
enum vmem_method {
	VMEM_METHOD_SPLIT = 1,
	VMEM_METHOD_COMPRESS = 2,
	VMEM_METHOD_SWAP = 4,
};

/**
 * enum vmem_fault_kind - What a page fault had to do.
 * @VMEM_FAULT_KIND_PRESENT: Map what was there.
 * @VMEM_FAULT_KIND_ZERO: Map zeros, where nothing had been written.
 * @VMEM_FAULT_KIND_SMALL: Allocate a page of 4 KiB.
 * @VMEM_FAULT_KIND_HUGE: Allocate a block of 2 MiB.
 * @VMEM_FAULT_KIND_SHARED: Copy a shared page for its writer.
 * @VMEM_FAULT_KIND_COMPRESSED: Decompress.
 * @VMEM_FAULT_KIND_SWAPPED: Read the swap file.
 * @VMEM_FAULT_KIND_WRITING: Take a page back that was being written to the
 *   swap file.
 * @VMEM_FAULT_KIND_WAITING: Wait until there is memory; the fault comes again
 *   then.
 */
enum vmem_fault_kind {
	VMEM_FAULT_KIND_PRESENT,
	VMEM_FAULT_KIND_ZERO,
	VMEM_FAULT_KIND_SMALL,
	VMEM_FAULT_KIND_HUGE,
	VMEM_FAULT_KIND_SHARED,
	VMEM_FAULT_KIND_COMPRESSED,
	VMEM_FAULT_KIND_SWAPPED,
	VMEM_FAULT_KIND_WRITING,
	VMEM_FAULT_KIND_WAITING,
};

/**
 * enum vmem_swap_state - What the swap file of a file does.
 * @VMEM_SWAP_STATE_NONE: There is none.
 * @VMEM_SWAP_STATE_ACTIVE: It takes pages.
 * @VMEM_SWAP_STATE_FAILED: A write failed. Pages stay in memory; another write
 *   is tried after a second, and then after longer times, up to about a
 *   minute.
 * @VMEM_SWAP_STATE_FULL: All of it is in use.
 * @VMEM_SWAP_STATE_LEAVING: It is being given up, pages are read back.
 */
enum vmem_swap_state {
	VMEM_SWAP_STATE_NONE,
	VMEM_SWAP_STATE_ACTIVE,
	VMEM_SWAP_STATE_FAILED,
	VMEM_SWAP_STATE_FULL,
	VMEM_SWAP_STATE_LEAVING,
};

/**
 * enum vmem_memory_state - How short of memory the host is.
 * @VMEM_MEMORY_STATE_HIGH: Not at all.
 * @VMEM_MEMORY_STATE_CLEAR: Less than min-free is available; blocks are split
 *   for sharing.
 * @VMEM_MEMORY_STATE_SOFT: Less than 64 % of min-free; guests give memory.
 * @VMEM_MEMORY_STATE_HARD: Less than 32 %; they give it faster.
 * @VMEM_MEMORY_STATE_LOW: Less than 16 %; they give it as fast as they can.
 */
enum vmem_memory_state {
	VMEM_MEMORY_STATE_HIGH,
	VMEM_MEMORY_STATE_CLEAR,
	VMEM_MEMORY_STATE_SOFT,
	VMEM_MEMORY_STATE_HARD,
	VMEM_MEMORY_STATE_LOW,
};

enum {
	VMEM_A_PAGES_PAD = 1,
	VMEM_A_PAGES_ZERO,
	VMEM_A_PAGES_PRIVATE,
	VMEM_A_PAGES_SHARED,
	VMEM_A_PAGES_HUGE,
	VMEM_A_PAGES_COMPRESSED,
	VMEM_A_PAGES_SWAPPED,
	VMEM_A_PAGES_WRITING,

	__VMEM_A_PAGES_MAX,
	VMEM_A_PAGES_MAX = (__VMEM_A_PAGES_MAX - 1)
};

enum {
	VMEM_A_EVENTS_PAD = 1,
	VMEM_A_EVENTS_FAULT,
	VMEM_A_EVENTS_FAULT_HUGE,
	VMEM_A_EVENTS_FAULT_SMALL,
	VMEM_A_EVENTS_FAULT_SHARED,
	VMEM_A_EVENTS_WAIT,
	VMEM_A_EVENTS_PUNCH,
	VMEM_A_EVENTS_SPLIT,
	VMEM_A_EVENTS_BUSY,
	VMEM_A_EVENTS_COMPRESS,
	VMEM_A_EVENTS_FAULT_COMPRESSED,
	VMEM_A_EVENTS_SWAP_OUT,
	VMEM_A_EVENTS_FAULT_SWAPPED,
	VMEM_A_EVENTS_FAULT_WRITING,
	VMEM_A_EVENTS_SWAP_ERROR,
	VMEM_A_EVENTS_WAIT_TIME,

	__VMEM_A_EVENTS_MAX,
	VMEM_A_EVENTS_MAX = (__VMEM_A_EVENTS_MAX - 1)
};

enum {
	VMEM_A_FILE_PAD = 1,
	VMEM_A_FILE_ID,
	VMEM_A_FILE_NAME,
	VMEM_A_FILE_SIZE,
	VMEM_A_FILE_KIND,
	VMEM_A_FILE_PAGES,
	VMEM_A_FILE_EVENTS,
	VMEM_A_FILE_COMPRESSOR,
	VMEM_A_FILE_COMPRESS_LIMIT,
	VMEM_A_FILE_POOL_PAGES,
	VMEM_A_FILE_SWAP,
	VMEM_A_FILE_ACTIVE,
	VMEM_A_FILE_SAVED,
	VMEM_A_FILE_WAITING,
	VMEM_A_FILE_LEFT,
	VMEM_A_FILE_GROUP,

	__VMEM_A_FILE_MAX,
	VMEM_A_FILE_MAX = (__VMEM_A_FILE_MAX - 1)
};

enum {
	VMEM_A_RECLAIM_PAD = 1,
	VMEM_A_RECLAIM_ID,
	VMEM_A_RECLAIM_PAGES,
	VMEM_A_RECLAIM_METHODS,
	VMEM_A_RECLAIM_SEEN,
	VMEM_A_RECLAIM_MORE,

	__VMEM_A_RECLAIM_MAX,
	VMEM_A_RECLAIM_MAX = (__VMEM_A_RECLAIM_MAX - 1)
};

enum {
	VMEM_A_STAGE_PAD = 1,
	VMEM_A_STAGE_STATE,
	VMEM_A_STAGE_BELOW,
	VMEM_A_STAGE_UNTIL,
	VMEM_A_STAGE_BATCH,
	VMEM_A_STAGE_ENTERED,
	VMEM_A_STAGE_TAKEN,

	__VMEM_A_STAGE_MAX,
	VMEM_A_STAGE_MAX = (__VMEM_A_STAGE_MAX - 1)
};

enum {
	VMEM_A_HOST_PAD = 1,
	VMEM_A_HOST_STATE,
	VMEM_A_HOST_AVAILABLE,
	VMEM_A_HOST_MIN_FREE,
	VMEM_A_HOST_STAGE,

	__VMEM_A_HOST_MAX,
	VMEM_A_HOST_MAX = (__VMEM_A_HOST_MAX - 1)
};

enum {
	VMEM_A_BUCKET_PAD = 1,
	VMEM_A_BUCKET_FROM,
	VMEM_A_BUCKET_COUNT,

	__VMEM_A_BUCKET_MAX,
	VMEM_A_BUCKET_MAX = (__VMEM_A_BUCKET_MAX - 1)
};

enum {
	VMEM_A_FAULTS_KIND = 1,
	VMEM_A_FAULTS_BUCKET,

	__VMEM_A_FAULTS_MAX,
	VMEM_A_FAULTS_MAX = (__VMEM_A_FAULTS_MAX - 1)
};

enum {
	VMEM_A_LATENCY_PAD = 1,
	VMEM_A_LATENCY_ID,
	VMEM_A_LATENCY_FAULTS,

	__VMEM_A_LATENCY_MAX,
	VMEM_A_LATENCY_MAX = (__VMEM_A_LATENCY_MAX - 1)
};

enum {
	VMEM_CMD_FILE_GET = 1,
	VMEM_CMD_FILE_SET,
	VMEM_CMD_RECLAIM,
	VMEM_CMD_LATENCY_GET,
	VMEM_CMD_SWAP_OFF,
	VMEM_CMD_WAIT_NTF,
	VMEM_CMD_HOST_GET,

	__VMEM_CMD_MAX,
	VMEM_CMD_MAX = (__VMEM_CMD_MAX - 1)
};

#define VMEM_MCGRP_EVENT	"event"

#endif /* _UAPI_LINUX_VMEM_H */
