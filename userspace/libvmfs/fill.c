// SPDX-License-Identifier: GPL-2.0
/* New files: how they are laid out depends on their length only (§8). */
#include <endian.h>
#include <stdlib.h>
#include <string.h>

#include "../libvs/err.h"
#include "fill.h"

#define PB_SHIFT	10u		/* entries of a pointer block */
#define NO_BLOCK	UINT64_MAX

/* A pointer block that is being filled */
struct pointers {
	uint64_t number;		/* counted over the file, or NO_BLOCK */
	uint64_t offset;
	__le32 entries[VMFS_PB_SLOTS];
};

/* A file being written: blocks come in their order */
struct writer {
	struct vmfs_alloc *alloc;
	const struct vmfs_source *source;
	struct vmfs_fd *fd;
	unsigned int shift, levels;
	uint64_t blocks, pbs;
	struct pointers pointers[2];
	uint8_t *buf;
};

static int read_memory(void *data, uint64_t pos, void *buf, size_t len)
{
	memcpy(buf, (const uint8_t *)data + pos, len);
	return VS_OK;
}

void vmfs_source_memory(struct vmfs_source *source, const void *memory, size_t length)
{
	*source = (struct vmfs_source){
		.read = read_memory, .data = (void *)memory, .length = length,
	};
}

static int flush_pointers(struct writer *writer, unsigned int level)
{
	struct pointers *pointers = &writer->pointers[level];

	if (pointers->number == NO_BLOCK)
		return VS_OK;
	pointers->number = NO_BLOCK;
	return vmfs_lv_write(writer->alloc->volume->lv, pointers->offset, pointers->entries,
			     sizeof(pointers->entries));
}

static int store(struct writer *writer, unsigned int level, uint64_t number, uint32_t address);

/* The pointer block that is number @number of its level becomes the one being filled. */
static int need_pointers(struct writer *writer, unsigned int level, uint64_t number)
{
	struct pointers *pointers = &writer->pointers[level];
	uint32_t address;
	int err;

	if (pointers->number == number)
		return VS_OK;
	err = flush_pointers(writer, level);
	if (!err)
		err = vmfs_alloc_item(writer->alloc, VMFS_PBC, &address);
	if (!err)
		err = vmfs_address_offset(writer->alloc->volume, address, &pointers->offset);
	if (err)
		return err;
	writer->pbs++;
	pointers->number = number;
	memset(pointers->entries, 0, sizeof(pointers->entries));
	return store(writer, level + 1, number, address);
}

/* Level 0 has the addresses of data; the last one is in the file descriptor. */
static int store(struct writer *writer, unsigned int level, uint64_t number, uint32_t address)
{
	int err;

	if (level == writer->levels) {
		writer->fd->addresses[number] = htole32(address);
		return VS_OK;
	}
	err = need_pointers(writer, level, number >> PB_SHIFT);
	if (!err)
		writer->pointers[level].entries[number & (VMFS_PB_SLOTS - 1)] = htole32(address);
	return err;
}

static int write_block(struct writer *writer, enum vmfs_resource_kind kind, uint64_t number)
{
	uint64_t pos = number << writer->shift, size = 1ull << writer->shift, offset;
	uint64_t len = writer->source->length - pos;
	uint32_t address = 0;
	int err;

	if (!writer->levels)
		address = le32toh(writer->fd->addresses[number]);
	err = address ? VS_OK : vmfs_alloc_item(writer->alloc, kind, &address);
	if (!err)
		err = vmfs_address_offset(writer->alloc->volume, address, &offset);
	if (err)
		return err;
	memset(writer->buf, 0, size);
	err = writer->source->read(writer->source->data, pos, writer->buf, len < size ? len : size);
	if (!err)
		err = vmfs_lv_write(writer->alloc->volume->lv, offset, writer->buf, size);
	writer->blocks++;
	return err ? err : store(writer, 0, number, address);
}

static int write_blocks(struct writer *writer, enum vmfs_resource_kind kind)
{
	const struct vmfs_source *source = writer->source;
	uint64_t pos = 0;
	int err = VS_OK;

	writer->buf = vs_malloc(1ull << writer->shift);
	while (!err && pos < source->length) {
		if (source->next_data)
			pos = source->next_data(source->data, pos);
		if (pos >= source->length)
			break;
		err = write_block(writer, kind, pos >> writer->shift);
		pos = ((pos >> writer->shift) + 1) << writer->shift;
	}
	free(writer->buf);
	if (!err)
		err = flush_pointers(writer, 0);
	return err ? err : flush_pointers(writer, 1);
}

static void set_block_size(struct vmfs_fd *fd, unsigned int shift)
{
	fd->meta.block_size = htole64(1ull << shift);
	fd->meta.block_shift = shift;
	fd->meta.tbz_shift = htole32(shift);
}

/* The layout of a file of this length and type */
static enum vmfs_zla choose_zla(const struct vmfs_volume *volume, const struct vmfs_fd *fd,
				uint64_t length)
{
	uint32_t type = le32toh(fd->meta.type);
	uint64_t blocks = (length + volume->block_size - 1) >> volume->block_shift;

	if (length <= VMFS_FD_DATA_SIZE && type == VMFS_TYPE_FILE)
		return VMFS_ZLA_RESIDENT;
	/* ESXi never makes the root, which has a file block, smaller. */
	if (length <= volume->sub_block_size && fd->meta.zla != htole32(VMFS_ZLA_FB))
		return VMFS_ZLA_SB;
	if (blocks <= VMFS_FD_SLOTS)
		return VMFS_ZLA_FB;
	if (blocks <= VMFS_FD_SLOTS * VMFS_PB_SLOTS)
		return VMFS_ZLA_PB;
	return VMFS_ZLA_PB_DOUBLE;
}

static int write_data(struct vmfs_alloc *alloc, struct vmfs_fd *fd,
		      const struct vmfs_source *source)
{
	struct vmfs_volume *volume = alloc->volume;
	enum vmfs_zla zla = choose_zla(volume, fd, source->length);
	struct writer writer = {
		.alloc = alloc, .source = source, .fd = fd, .shift = volume->block_shift,
		.levels = zla == VMFS_ZLA_PB_DOUBLE ? 2 : zla == VMFS_ZLA_PB ? 1 : 0,
		.pointers = { { .number = NO_BLOCK }, { .number = NO_BLOCK } },
	};
	int err;

	if (source->length > (uint64_t)VMFS_FD_SLOTS << (volume->block_shift + 2 * PB_SHIFT))
		return vs_fail(VS_REFUSED, "the file is too large: it has %llu bytes",
			       (unsigned long long)source->length);
	fd->meta.zla = htole32(zla);
	fd->meta.length = htole64(source->length);
	set_block_size(fd, volume->block_shift);
	if (zla == VMFS_ZLA_RESIDENT) {
		fd->meta.block_size = htole64(volume->sub_block_size);
		fd->meta.block_shift = __builtin_ctz(volume->sub_block_size);
		return source->read(source->data, 0, fd->resident, source->length);
	}
	if (zla == VMFS_ZLA_SB) {
		writer.shift = __builtin_ctz(volume->sub_block_size);
		set_block_size(fd, writer.shift);
	}
	err = write_blocks(&writer, zla == VMFS_ZLA_SB ? VMFS_SBC : VMFS_FBB);
	fd->meta.num_blocks = htole64(writer.blocks);
	fd->meta.new_lo = htole32(writer.blocks);
	fd->meta.num_pbs = htole32(writer.pbs);
	return err;
}

int vmfs_fill_file(struct vmfs_alloc *alloc, const struct vmfs_new *attributes, uint32_t address,
		   uint32_t generation, const struct vmfs_source *source)
{
	struct vmfs_fd fd = {};
	uint64_t offset;
	int err = vmfs_address_offset(alloc->volume, address, &offset);

	if (err)
		return err;
	/* The root was there before. */
	if (address == VMFS_FD_ROOT)
		err = vmfs_lv_read(alloc->volume->lv, offset, &fd, sizeof(fd));
	if (err)
		return err;
	fd.lock.magic = htole32(VMFS_MAGIC_FD);
	fd.lock.offset = htole64(offset);
	fd.lock.token = htole64(1);
	fd.meta.address = htole32(address);
	fd.meta.generation = htole32(generation);
	fd.meta.nlink = htole32(attributes->nlink);
	fd.meta.type = htole32(attributes->type);
	fd.meta.mtime = htole32(attributes->mtime);
	fd.meta.ctime = htole32(attributes->ctime);
	fd.meta.atime = htole32(attributes->atime);
	fd.meta.uid = htole32(attributes->uid);
	fd.meta.gid = htole32(attributes->gid);
	fd.meta.mode = htole32(attributes->mode);
	fd.meta.affinity = htole32(address);
	err = write_data(alloc, &fd, source);
	return err ? err : vmfs_lv_write(alloc->volume->lv, offset, &fd, sizeof(fd));
}
