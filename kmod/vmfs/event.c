// SPDX-License-Identifier: GPL-2.0
/*
 * What happens to a volume, told upwards: to netlink.c, which all others are below.
 */
#include <linux/stddef.h>

#include "event.h"

static void (*vmfs_listener)(struct vmfs_volume *vol, enum vmfs_event event, const char *reason);

/**
 * vmfs_event() - say that something has happened to a volume
 * @vol: volume
 * @event: what
 * @reason: why, or what exactly; NULL where there is nothing to say
 *
 * Context: may sleep; does not wait for I/O to any file system.
 */
void vmfs_event(struct vmfs_volume *vol, enum vmfs_event event, const char *reason)
{
	if (vmfs_listener)
		vmfs_listener(vol, event, reason);
}

/**
 * vmfs_tell_events_to() - say who wants to hear of events
 * @fn: called for each of them
 *
 * Context: module load, before anything can be mounted.
 */
void vmfs_tell_events_to(void (*fn)(struct vmfs_volume *vol, enum vmfs_event event,
				    const char *reason))
{
	vmfs_listener = fn;
}
