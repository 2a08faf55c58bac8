// SPDX-License-Identifier: GPL-2.0
#include <blkid/blkid.h>
#include <endian.h>
#include <errno.h>
#include <string.h>

#include <vmfs/format.h>

#include "../libvs/err.h"
#include "probe.h"

static const char *found(blkid_probe probe, const char *name)
{
	const char *value;

	return blkid_probe_lookup_value(probe, name, &value, NULL) ? NULL : value;
}

static int refuse(const struct vmfs_dev *dev, blkid_probe probe, int result, const char *force)
{
	const char *type = found(probe, "TYPE"), *label = found(probe, "LABEL");
	const char *table = found(probe, "PTTYPE");

	if (result == -2)
		return vs_fail(VS_REFUSED, "%s holds several file systems: use %s to overwrite them",
			       dev->name, force);
	if (!type && table)
		return vs_fail(VS_REFUSED,
			       "%s holds a partition table (%s): name a partition, or use %s to overwrite it",
			       dev->name, table, force);
	return vs_fail(VS_REFUSED, "%s holds %s%s%s%s: use %s to overwrite it", dev->name,
		       type ? type : "something", label ? " '" : "", label ? label : "",
		       label ? "'" : "", force);
}

static int begin(const struct vmfs_dev *dev, blkid_probe *probe)
{
	*probe = blkid_new_probe();
	if (!*probe || blkid_probe_set_device(*probe, dev->fd, 0, 0)) {
		blkid_free_probe(*probe);
		return vs_fail(VS_REFUSED, "cannot look for file systems on %s", dev->name);
	}
	blkid_probe_enable_superblocks(*probe, 1);
	blkid_probe_set_superblocks_flags(*probe, BLKID_SUBLKS_TYPE | BLKID_SUBLKS_LABEL |
					  BLKID_SUBLKS_MAGIC);
	blkid_probe_enable_partitions(*probe, 1);
	blkid_probe_set_partitions_flags(*probe, BLKID_PARTS_MAGIC);
	return VS_OK;
}

int vmfs_check_empty(const struct vmfs_dev *dev, const char *force)
{
	blkid_probe probe;
	int err = begin(dev, &probe), result;

	if (err)
		return err;
	result = blkid_do_safeprobe(probe);
	if (result < 0 && result != -2)
		err = vs_fail(VS_REFUSED, "cannot look for file systems on %s", dev->name);
	else if (result != 1)
		err = refuse(dev, probe, result, force);
	blkid_free_probe(probe);
	return err;
}

int vmfs_wipe(const struct vmfs_dev *dev)
{
	blkid_probe probe;
	int err = begin(dev, &probe);

	if (err)
		return err;
	while (!err && !blkid_do_probe(probe))
		if (blkid_do_wipe(probe, 0))
			err = vs_fail(VS_REFUSED, "cannot wipe %s: %s", dev->name, strerror(errno));
	blkid_free_probe(probe);
	return err;
}

unsigned int vmfs_find_partition(const struct vmfs_dev *dev)
{
	blkid_probe probe = dev->fd < 0 ? NULL : blkid_new_probe();
	unsigned int number = 0;
	blkid_partlist list = NULL;
	blkid_partition partition;
	__le32 magic;
	int i;

	if (probe && !blkid_probe_set_device(probe, dev->fd, 0, 0))
		list = blkid_probe_get_partitions(probe);
	for (i = 0; list && !number && i < blkid_partlist_numof_partitions(list); i++) {
		partition = blkid_partlist_get_partition(list, i);
		if (!vmfs_dev_read(dev, blkid_partition_get_start(partition) * VMFS_SECTOR +
				   VMFS_LVM_OFFSET, &magic, sizeof(magic)) &&
		    le32toh(magic) == VMFS_LVM_MAGIC)
			number = blkid_partition_get_partno(partition);
	}
	blkid_free_probe(probe);
	return number;
}
