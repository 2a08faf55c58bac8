// SPDX-License-Identifier: GPL-2.0
#include <endian.h>
#include <inttypes.h>
#include <stdio.h>
#include <string.h>

#include "../libvs/err.h"
#include "volume.h"

const char *vmfs_fd_text(uint32_t address)
{
	static _Thread_local char text[40];

	snprintf(text, sizeof(text), "<%u, %u>", vmfs_fd_cluster(address), vmfs_fd_item(address));
	return text;
}

bool vmfs_is_dir(const struct vmfs_inode *inode)
{
	return vmfs_is_directory(&inode->meta);
}

static int fail_inode(const struct vmfs_inode *inode, const char *member, uint64_t value)
{
	return vs_fail(VS_REFUSED,
		       "file descriptor %s at LV offset 0x%" PRIx64 ": %s is 0x%" PRIx64,
		       vmfs_fd_text(inode->address), inode->offset, member, value);
}

static int check_inode(struct vmfs_inode *inode)
{
	struct vmfs_layout layout;
	const char *wrong;
	__u64 value;

	wrong = vmfs_check_fd_lock(&inode->lock, inode->offset, &value);
	if (wrong)
		return fail_inode(inode, wrong, value);
	if (!inode->meta.nlink && le32toh(inode->meta.address) == inode->address)
		return vs_fail(VS_NOT_FOUND, "file descriptor %s at LV offset 0x%" PRIx64 " is free",
			       vmfs_fd_text(inode->address), inode->offset);
	wrong = vmfs_check_fd(&inode->volume->geo, &inode->meta, inode->address, &layout, &value);
	if (wrong)
		return fail_inode(inode, wrong, value);
	inode->block_shift = layout.shift;
	inode->levels = layout.levels;
	return VS_OK;
}

/* @raw: the whole file descriptor */
static void decode(struct vmfs_inode *inode, const uint8_t *raw)
{
	const struct vmfs_volume *volume = inode->volume;
	const uint8_t *meta = raw + volume->md, *data;
	unsigned int i;
	__le32 narrow;
	__le64 wide;

	memcpy(&inode->lock, raw, sizeof(inode->lock));
	memcpy(&inode->meta, meta, sizeof(inode->meta));
	inode->type = le32toh(inode->meta.type);
	inode->zla = le32toh(inode->meta.zla);
	inode->mode = le32toh(inode->meta.mode);
	inode->length = le64toh(inode->meta.length);
	inode->block_size = le64toh(inode->meta.block_size);
	data = meta + sizeof(inode->meta);
	inode->num_slots = volume->geo.num_slots;
	inode->resident_size = volume->geo.resident_size;
	if (volume->version < 6) {
		memcpy(inode->resident, data, VMFS_FD_DATA_SIZE);
		for (i = 0; i < VMFS_FD_SLOTS; i++) {
			memcpy(&narrow, data + i * sizeof(narrow), sizeof(narrow));
			inode->slots[i] = le32toh(narrow);
		}
		return;
	}
	memcpy(inode->resident, data, inode->resident_size);
	data = raw + volume->geo.fd_size - VMFS6_FD_SLOTS * sizeof(wide);
	for (i = 0; i < VMFS6_FD_SLOTS; i++) {
		memcpy(&wide, data + i * sizeof(wide), sizeof(wide));
		inode->slots[i] = le64toh(wide);
	}
}

static int read_at(struct vmfs_volume *volume, uint64_t offset, uint32_t address,
		   struct vmfs_inode *inode)
{
	uint8_t raw[2 * VMFS_MAX_MD];
	int err;

	inode->volume = volume;
	inode->address = address;
	inode->offset = offset;
	err = vmfs_lv_read(volume->lv, offset, raw, volume->geo.fd_size);
	if (err)
		return vs_fail_because(err, "file descriptor %s", vmfs_fd_text(address));
	decode(inode, raw);
	return check_inode(inode);
}

int vmfs_inode_read_early(struct vmfs_volume *volume, uint32_t address, struct vmfs_inode *inode)
{
	/* All system files are in cluster 0. */
	return read_at(volume, volume->geo.first_fd_lv +
		       (uint64_t)vmfs_fd_item(address) * volume->geo.fd_size, address, inode);
}

int vmfs_inode_read(struct vmfs_volume *volume, uint32_t address, struct vmfs_inode *inode)
{
	uint64_t offset, len;
	int err;

	if (vmfs_address_type(address) != VMFS_ADDR_FD)
		return vs_fail(VS_REFUSED, "0x%08x is not the address of a file descriptor",
			       address);
	err = vmfs_resource_item(&volume->res[VMFS_FDC], vmfs_fd_cluster(address),
				 vmfs_fd_item(address), 0, &offset, &len);
	if (err)
		return err;
	/* A file descriptor is one run of bytes wherever blocks are aligned. */
	if (len < volume->geo.fd_size)
		return vs_fail(VS_REFUSED, "file descriptor %s at LV offset 0x%" PRIx64 " is in two pieces",
			       vmfs_fd_text(address), offset);
	return read_at(volume, offset, address, inode);
}
