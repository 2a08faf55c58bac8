// SPDX-License-Identifier: GPL-2.0
#include <endian.h>
#include <inttypes.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>

#include "../libvs/err.h"
#include "volume.h"

const char *vmfs_fd_text(uint32_t address)
{
	static char text[40];

	snprintf(text, sizeof(text), "<%u, %u>", vmfs_fd_cluster(address), vmfs_fd_item(address));
	return text;
}

bool vmfs_is_dir(const struct vmfs_inode *inode)
{
	/* .sdd.sf is a system file and a directory (§10). */
	return inode->type == VMFS_TYPE_DIR ||
	       (inode->type == VMFS_TYPE_SYSTEM && S_ISDIR(inode->mode));
}

static int fail_inode(const struct vmfs_inode *inode, const char *member, uint64_t value)
{
	return vs_fail(VS_REFUSED,
		       "file descriptor %s at LV offset 0x%" PRIx64 ": %s is 0x%" PRIx64,
		       vmfs_fd_text(inode->address), inode->offset, member, value);
}

static int find_shift(struct vmfs_inode *inode)
{
	const struct vmfs_volume *volume = inode->volume;
	unsigned int shift = inode->meta.block_shift;

	/* VMFS-3 has the size only; VMFS-6 finds blocks by the shift. */
	if (volume->version < 6) {
		if (!inode->block_size || inode->block_size & (inode->block_size - 1))
			return fail_inode(inode, "block size", inode->block_size);
		shift = __builtin_ctzll(inode->block_size);
	}
	if (shift > 40)
		return fail_inode(inode, "block shift", shift);
	inode->block_shift = shift;
	switch (inode->zla) {
	case VMFS_ZLA_RESIDENT:
		return VS_OK;
	case VMFS_ZLA_SB:
		if (1ull << shift == volume->sub_block_size)
			return VS_OK;
		break;
	default:
		if (shift == volume->block_shift)
			return VS_OK;
		if (volume->version == 6 && shift == volume->lfb_shift)
			return VS_OK;
	}
	return fail_inode(inode, "block size", 1ull << shift);
}

static int check_inode(struct vmfs_inode *inode)
{
	const struct vmfs_fd_meta *meta = &inode->meta;

	if (le32toh(inode->lock.magic) != VMFS_MAGIC_FD)
		return fail_inode(inode, "magic number", le32toh(inode->lock.magic));
	if (le64toh(inode->lock.offset) != inode->offset)
		return fail_inode(inode, "the offset in its lock", le64toh(inode->lock.offset));
	if (le32toh(meta->address) != inode->address)
		return fail_inode(inode, "its own address", le32toh(meta->address));
	if (!meta->nlink)
		return vs_fail(VS_NOT_FOUND, "file descriptor %s at LV offset 0x%" PRIx64 " is free",
			       vmfs_fd_text(inode->address), inode->offset);
	if (inode->type < VMFS_TYPE_DIR || inode->type > VMFS_TYPE_RDM)
		return fail_inode(inode, "type", inode->type);
	if (inode->type == VMFS_TYPE_RDM)
		return VS_OK;
	switch (inode->zla) {
	case VMFS_ZLA_FB:
	case VMFS_ZLA_SB:
	case VMFS_ZLA_PB:
	case VMFS_ZLA_PB2:
	case VMFS_ZLA_PB_DOUBLE:
	case VMFS_ZLA_RESIDENT:
		break;
	default:
		return fail_inode(inode, "block address type", inode->zla);
	}
	if (find_shift(inode))
		return VS_REFUSED;
	/* A file that ends behind what it can have is damaged; one with holes is not. */
	if (inode->length > vmfs_max_length(inode))
		return fail_inode(inode, "length", inode->length);
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
	if (volume->version < 6) {
		inode->num_slots = VMFS_FD_SLOTS;
		inode->resident_size = VMFS_FD_DATA_SIZE;
		memcpy(inode->resident, data, VMFS_FD_DATA_SIZE);
		for (i = 0; i < VMFS_FD_SLOTS; i++) {
			memcpy(&narrow, data + i * sizeof(narrow), sizeof(narrow));
			inode->slots[i] = le32toh(narrow);
		}
		return;
	}
	inode->num_slots = VMFS6_FD_SLOTS;
	inode->resident_size = volume->md - VMFS6_FD_RESIDENT_OFFSET;
	memcpy(inode->resident, data, inode->resident_size);
	data = raw + volume->fd_size - VMFS6_FD_SLOTS * sizeof(wide);
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
	err = vmfs_lv_read(volume->lv, offset, raw, volume->fd_size);
	if (err)
		return vs_fail_because(err, "file descriptor %s", vmfs_fd_text(address));
	decode(inode, raw);
	return check_inode(inode);
}

int vmfs_inode_read_early(struct vmfs_volume *volume, uint32_t address, struct vmfs_inode *inode)
{
	uint64_t first = (uint64_t)le32toh(volume->fs.fdc_cg_offset) +
			 (uint64_t)le32toh(volume->fs.fdc_clusters_per_group) * 2 * volume->md;

	/* All system files are in cluster 0. */
	return read_at(volume, volume->fdc_offset + first +
		       (uint64_t)vmfs_fd_item(address) * volume->fd_size, address, inode);
}

int vmfs_inode_read(struct vmfs_volume *volume, uint32_t address, struct vmfs_inode *inode)
{
	uint64_t offset, len;
	int err;

	if (vmfs_address_type(address) != VMFS_ADDR_FD)
		return vs_fail(VS_REFUSED, "0x%08x is not the address of a file descriptor",
			       address);
	err = vmfs_resource_item(&volume->res[VMFS_RES_FD], vmfs_fd_cluster(address),
				 vmfs_fd_item(address), 0, &offset, &len);
	if (err)
		return err;
	/* A file descriptor is one run of bytes wherever blocks are aligned. */
	if (len < volume->fd_size)
		return vs_fail(VS_REFUSED, "file descriptor %s at LV offset 0x%" PRIx64 " is in two pieces",
			       vmfs_fd_text(address), offset);
	return read_at(volume, offset, address, inode);
}
