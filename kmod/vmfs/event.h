/* SPDX-License-Identifier: GPL-2.0 */
/*
 * What happens to a volume, told upwards: by any layer, to netlink.c
 */
#ifndef _VMFS_EVENT_H
#define _VMFS_EVENT_H

struct vmfs_volume;

/* What happens to a volume */
enum vmfs_event {
	VMFS_EVENT_MOUNT,		/* or it became active by a remount */
	VMFS_EVENT_UNMOUNT,
	VMFS_EVENT_STOP,		/* as of vmfs_shutdown() */
	VMFS_EVENT_CORRUPT,		/* as of vmfs_corrupt() */
	VMFS_EVENT_GROW,
	VMFS_EVENT_RECOVER,		/* a journal was replayed */
};

void vmfs_event(struct vmfs_volume *vol, enum vmfs_event event, const char *reason);
void vmfs_tell_events_to(void (*fn)(struct vmfs_volume *vol, enum vmfs_event event,
				    const char *reason));

#endif
