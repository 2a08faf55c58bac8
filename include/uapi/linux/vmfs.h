/* SPDX-License-Identifier: GPL-2.0 WITH Linux-syscall-note */
/*
 * What vmfs.ko shares with programs: ioctls, beside those of every file system
 */
#ifndef _UAPI_LINUX_VMFS_H
#define _UAPI_LINUX_VMFS_H

#include <linux/ioctl.h>
#include <linux/types.h>

#define VMFS_RDM_NAME_SIZE	128
#define VMFS_RDM_ID_SIZE	78

/**
 * struct vmfs_rdm - the pointer file of a raw device mapping (RDM)
 * @size: of the LUN, bytes
 * @name: of the file in the directory that the ioctl is called for; ends with NUL
 * @id: identity of the LUN: struct vmfs_scsi_id of include/vmfs/format.h
 * @reserved: zero
 */
struct vmfs_rdm {
	__u64 size;
	char name[VMFS_RDM_NAME_SIZE];
	__u8 id[VMFS_RDM_ID_SIZE];
	__u8 reserved[2];
};

/*
 * Of a directory: make such a file (needs CAP_SYS_ADMIN), or fill in what one says.
 * The files cannot be opened: what they stand for is the LUN.
 */
#define VMFS_IOC_RDM_CREATE	_IOW('V', 0xF1, struct vmfs_rdm)
#define VMFS_IOC_RDM_READ	_IOWR('V', 0xF2, struct vmfs_rdm)

/*
 * End all writing until the volume is unmounted, as XFS and ext4 do (needs CAP_SYS_ADMIN):
 * when everything is written; when the log is; at once.
 */
#define VMFS_IOC_SHUTDOWN	_IOR('X', 125, __u32)
#define VMFS_SHUTDOWN_SYNC	0
#define VMFS_SHUTDOWN_LOG	1
#define VMFS_SHUTDOWN_NOW	2

#endif /* _UAPI_LINUX_VMFS_H */
