// SPDX-License-Identifier: GPL-2.0
#include <endian.h>
#include <errno.h>
#include <fcntl.h>
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/stat.h>
#include <sys/sysmacros.h>
#include <unistd.h>

#include <linux/vmfs.h>
#include <vmfs/format.h>

#include "err.h"
#include "folder.h"
#include "rdm.h"
#include "text.h"

#define VPD_HEADER	4
#define DESIGNATOR_NAA	3
#define NAA_MAX		16
#define MODEL_BYTES	6
#define ID_TYPE_NAA	2	/* of struct vmfs_scsi_id, as in the names vml.02... of ESXi */

/* A file about a block device, or about the SCSI device that it is: its bytes */
static ssize_t read_sysfs(dev_t dev, const char *name, void *buf, size_t size)
{
	char path[128];
	ssize_t len;
	int fd;

	snprintf(path, sizeof(path), "/sys/dev/block/%u:%u/%s", major(dev), minor(dev), name);
	fd = open(path, O_RDONLY | O_CLOEXEC);
	if (fd < 0)
		return -1;
	len = read(fd, buf, size);
	close(fd);
	return len;
}

static uint64_t read_number(dev_t dev, const char *name)
{
	char text[32] = "";

	return read_sysfs(dev, name, text, sizeof(text) - 1) > 0 ? strtoull(text, NULL, 10) : 0;
}

/* A field of INQUIRY data, which is filled with spaces */
static void read_field(dev_t dev, const char *name, char *field, size_t size)
{
	char text[32] = "";
	size_t len;

	read_sysfs(dev, name, text, sizeof(text) - 1);
	len = strcspn(text, "\n");
	memset(field, ' ', size);
	memcpy(field, text, len < size ? len : size);
}

/* The designator of type NAA of the LUN in a VPD page 0x83: its length, or 0 */
static size_t find_naa(const uint8_t *page, size_t size, uint8_t naa[NAA_MAX])
{
	size_t at, len;

	for (at = VPD_HEADER; at + VPD_HEADER <= size; at += VPD_HEADER + len) {
		len = page[at + 3];
		if ((page[at + 1] & 0x3F) != DESIGNATOR_NAA || len > NAA_MAX ||
		    at + VPD_HEADER + len > size)
			continue;
		memcpy(naa, page + at + VPD_HEADER, len);
		return len;
	}
	return 0;
}

/* As in ESXi's names of the kind vml: the NAA identifier and the begin of the model */
static int read_identity(const char *device, dev_t dev, struct vmfs_scsi_id *id)
{
	uint8_t page[512];
	ssize_t size = read_sysfs(dev, "device/vpd_pg83", page, sizeof(page));
	size_t len = size > 0 ? find_naa(page, size, id->id) : 0;
	char link[64], address[512] = "";
	unsigned int lun = 0;

	if (!len)
		return vs_fail(VS_REFUSED,
			       "%s has no NAA identifier (SCSI VPD page 0x83) to find it again by",
			       device);
	snprintf(link, sizeof(link), "/sys/dev/block/%u:%u/device", major(dev), minor(dev));
	if (readlink(link, address, sizeof(address) - 1) > 0 && strrchr(address, ':'))
		lun = strtoul(strrchr(address, ':') + 1, NULL, 10);
	read_field(dev, "device/vendor", id->vendor, sizeof(id->vendor));
	read_field(dev, "device/model", id->model, sizeof(id->model));
	read_field(dev, "device/rev", id->revision, sizeof(id->revision));
	id->type = ID_TYPE_NAA;
	id->lun = htole16(lun);
	id->dev_type = read_number(dev, "device/type");
	id->scsi_level = read_number(dev, "device/scsi_level");
	memcpy(id->id + len, id->model, MODEL_BYTES);
	id->id_len = len + MODEL_BYTES;
	return VS_OK;
}

/* Not what this host uses itself: mounted, or part of another device; by any of its partitions. */
static int check_unused(const char *device)
{
	int fd = open(device, O_RDONLY | O_EXCL | O_CLOEXEC), err = errno;

	if (fd >= 0) {
		close(fd);
		return VS_OK;
	}
	if (err == EBUSY)
		return vs_fail(VS_REFUSED, "%s is in use: it, or a partition of it, is mounted or belongs to another device (multipath, LVM, RAID)",
			       device);
	return vs_fail(VS_REFUSED, "%s: %s", device, strerror(err));
}

static int describe(const char *device, struct vmfs_rdm *rdm)
{
	struct vmfs_scsi_id id = {};
	struct stat st;
	int err;

	if (stat(device, &st))
		return vs_fail(errno == ENOENT ? VS_NOT_FOUND : VS_REFUSED, "%s: %s", device,
			       strerror(errno));
	if (!S_ISBLK(st.st_mode))
		return vs_fail(VS_USAGE, "%s is no block device", device);
	if (read_number(st.st_rdev, "partition"))
		return vs_fail(VS_REFUSED, "%s is a partition: an RDM is a whole LUN", device);
	rdm->size = read_number(st.st_rdev, "size") * VS_VMDK_SECTOR;
	if (!rdm->size || rdm->size > VS_VMDK_MAX_SIZE)
		return vs_fail(VS_REFUSED, "%s has %" PRIu64 " bytes: 1 to %llu are possible",
			       device, (uint64_t)rdm->size, VS_VMDK_MAX_SIZE);
	err = check_unused(device);
	if (!err)
		err = read_identity(device, st.st_rdev, &id);
	if (!err)
		memcpy(rdm->id, &id, sizeof(id));
	return err;
}

/* The ioctl of the folder that a mapping is in, or would be */
static int call(const struct vs_vmdk *disk, unsigned long command, struct vmfs_rdm *rdm)
{
	int fd = openat(disk->folder, ".", O_RDONLY | O_DIRECTORY | O_CLOEXEC), err = 0;
	const char *name = vs_base_name(disk->flat);

	if (strlen(name) >= sizeof(rdm->name))
		err = ENAMETOOLONG;
	else
		strcpy(rdm->name, name);
	if (!err && (fd < 0 || ioctl(fd, command, rdm)))
		err = errno;
	if (fd >= 0)
		close(fd);
	if (err == ENOTTY)
		return vs_fail(VS_REFUSED, "%s is not on a VMFS: RDMs are only there", disk->flat);
	return err ? vs_fail(VS_REFUSED, "%s: %s", disk->flat, strerror(err)) : VS_OK;
}

int vs_rdm_create(const char *path, const char *device, bool physical, const char *adapter)
{
	struct vmfs_rdm rdm = {};
	struct vs_vmdk disk;
	int err = vs_vmdk_begin(&disk, path, physical ? "-rdmp.vmdk" : "-rdm.vmdk");
	char *refusal;

	disk.is_mapping = true;
	if (!err)
		err = describe(device, &rdm);
	disk.sectors = rdm.size / VS_VMDK_SECTOR;
	if (!err)
		err = vs_vmdk_make_text(&disk, physical ? "vmfsPassthroughRawDeviceMap" :
					"vmfsRawDeviceMap", "VMFSRDM", adapter, false);
	if (!err)
		err = call(&disk, VMFS_IOC_RDM_CREATE, &rdm);
	if (err) {
		vs_vmdk_close(&disk);
		return err;
	}
	err = vs_vmdk_finish(&disk);
	if (!err) {
		vs_vmdk_close(&disk);
		return VS_OK;
	}
	refusal = vs_take_error();
	vs_vmdk_remove(&disk);
	return vs_fail_with(err, refusal);
}

int vs_rdm_json(const struct vs_vmdk *disk, json_t **value)
{
	char *type = vs_vmdk_get(disk, "createType"), lun[8 + 2 * NAA_MAX] = "naa.";
	const struct vmfs_scsi_id *id;
	struct vmfs_rdm rdm = {};
	int err = call(disk, VMFS_IOC_RDM_READ, &rdm), i;
	bool physical = type && !strcmp(type, "vmfsPassthroughRawDeviceMap");

	free(type);
	if (err)
		return err;
	id = (const struct vmfs_scsi_id *)rdm.id;
	/* ESXi may have used identifiers of other kinds. */
	for (i = 0; id->type == ID_TYPE_NAA && i < id->id_len - MODEL_BYTES && i < NAA_MAX; i++)
		snprintf(lun + 4 + 2 * i, 3, "%02x", id->id[i]);
	*value = json_pack("{s:o, s:s, s:I, s:i, s:o, s:s?}", "path", vs_json_text(disk->path),
			   "type", physical ? "physical-rdm" : "virtual-rdm", "size",
			   (json_int_t)rdm.size, "allocated", 0, "flat", vs_json_text(disk->flat),
			   "lun", id->type == ID_TYPE_NAA ? lun : NULL);
	return VS_OK;
}
