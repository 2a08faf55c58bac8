// SPDX-License-Identifier: GPL-2.0
#include <stdlib.h>
#include <string.h>

#include "../libvs/err.h"
#include "power.h"

/* What was there before a write */
struct before {
	struct before *next;
	uint8_t *at;
	size_t len;
	bool is_flushed;
	uint8_t data[];
};

static struct before *writes;
static unsigned int left;
static bool is_recording, has_failed;

/* One step more */
static bool is_on(void)
{
	has_failed |= !left;
	left -= !has_failed;
	return !has_failed;
}

static int remember(const struct vmfs_dev *dev, uint64_t offset, size_t len)
{
	struct before *before;

	if (!is_recording || dev->fd >= 0 || len > dev->size - offset)
		return VS_OK;
	if (!is_on())
		return vs_fail(VS_REFUSED, "%s: the power has failed", dev->name);
	before = vs_malloc(sizeof(*before) + len);
	*before = (struct before){ .next = writes, .at = dev->memory + offset, .len = len };
	memcpy(before->data, before->at, len);
	writes = before;
	return VS_OK;
}

int __wrap_vmfs_dev_write(const struct vmfs_dev *dev, uint64_t offset, const void *buf, size_t len)
{
	int err = remember(dev, offset, len);

	return err ? err : __real_vmfs_dev_write(dev, offset, buf, len);
}

int __wrap_vmfs_dev_zero(const struct vmfs_dev *dev, uint64_t offset, uint64_t len)
{
	int err = remember(dev, offset, len);

	return err ? err : __real_vmfs_dev_zero(dev, offset, len);
}

/* Of one device */
int __wrap_vmfs_dev_sync(const struct vmfs_dev *dev)
{
	struct before *before;

	if (is_recording && !is_on())
		return vs_fail(VS_REFUSED, "%s: the power has failed", dev->name);
	for (before = writes; before; before = before->next)
		before->is_flushed |= before->at >= dev->memory &&
				      before->at < dev->memory + dev->size;
	return __real_vmfs_dev_sync(dev);
}

/* The newest first.  A write that was flushed hides older ones, which were so, too. */
static void undo(struct before **link, bool all)
{
	struct before *before;

	while ((before = *link)) {
		if (before->is_flushed && !all) {
			link = &before->next;
			continue;
		}
		memcpy(before->at, before->data, before->len);
		*link = before->next;
		free(before);
	}
}

void power_record(unsigned int limit)
{
	is_recording = true;
	has_failed = false;
	left = limit;
}

bool power_lost_nothing(void)
{
	struct before *before = writes;

	while (before && before->is_flushed)
		before = before->next;
	return !before;
}

bool power_has_failed(void)
{
	return has_failed;
}

void power_back(enum power_loss loss)
{
	if (loss == POWER_LOSES_ALL)
		undo(&writes, false);
	else if (loss == POWER_KEEPS_LAST && writes)
		undo(&writes->next, false);
	has_failed = false;
	left = -1u;
}

void power_undo(void)
{
	undo(&writes, true);
	is_recording = false;
	has_failed = false;
}
