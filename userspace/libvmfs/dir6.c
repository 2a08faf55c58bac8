// SPDX-License-Identifier: GPL-2.0
/* Directories of VMFS-6 (§9). */
#include <endian.h>
#include <inttypes.h>
#include <stdlib.h>
#include <string.h>

#include "../libvs/err.h"
#include "dir.h"

/* In the order of their slots in the root's hash table */
static const char *const system_names[] = {
	".fbb.sf", ".fdc.sf", ".pbc.sf", ".sbc.sf", ".vh.sf", ".pb2.sf", ".sdd.sf", ".jbc.sf",
	".unmap.sf", ".dfd.sf",
};

/* A directory being read: @header, and one block of it at a time */
struct reader {
	struct vmfs_inode *dir;
	bool all;		/* also what is damaged */
	struct vmfs6_dir_header *header;
	uint8_t *block;
};

static int fail_dir(const struct reader *reader, uint64_t offset, const char *what)
{
	return vs_fail(VS_REFUSED, "directory %s at offset 0x%" PRIx64 ": %s",
		       vmfs_fd_text(reader->dir->address), offset, what);
}

static int start(struct reader *reader, struct vmfs_inode *dir)
{
	uint32_t version;
	int err;

	reader->dir = dir;
	reader->all = false;
	reader->header = vs_malloc(sizeof(*reader->header));
	reader->block = vs_malloc(dir->volume->md);
	err = vmfs_read(dir, 0, reader->header, sizeof(*reader->header));
	if (err)
		return err;
	version = le32toh(reader->header->version);
	return version == VMFS6_DIR_VERSION ? VS_OK : fail_dir(reader, 0, "unknown version");
}

static void stop(struct reader *reader)
{
	free(reader->header);
	free(reader->block);
}

static uint64_t block_offset(const struct reader *reader, uint64_t block)
{
	return VMFS6_DIR_HEADER_SIZE + block * reader->dir->volume->md;
}

static int read_block(struct reader *reader, uint64_t block, enum vmfs6_dir_block_type type,
		      struct vmfs6_dir_block *header)
{
	uint64_t offset = block_offset(reader, block);
	int err = vmfs_read(reader->dir, offset, reader->block, reader->dir->volume->md);

	if (err)
		return err;
	memcpy(header, reader->block, sizeof(*header));
	return le16toh(header->type) == type ? VS_OK :
	       fail_dir(reader, offset, "the block is of another type");
}

static int decode(const struct reader *reader, const struct vmfs6_dirent *raw, uint64_t offset,
		  struct vmfs_entry *entry)
{
	memset(entry, 0, sizeof(*entry));
	entry->type = le32toh(raw->type);
	entry->address = le32toh(raw->address);
	entry->generation = le32toh(raw->generation);
	entry->offset = offset;
	memcpy(entry->name, raw->name, sizeof(raw->name));
	entry->is_bad = !vmfs_name_length(raw->name, sizeof(raw->name));
	return entry->is_bad && !reader->all ? fail_dir(reader, offset, "the name is none") :
	       VS_OK;
}

/* Slot @slot of the block that was read */
static int decode_slot(const struct reader *reader, uint64_t block, unsigned int slot,
		       struct vmfs_entry *entry)
{
	uint64_t at = sizeof(struct vmfs6_dir_block) + slot * sizeof(struct vmfs6_dirent);
	struct vmfs6_dirent raw;

	if (slot >= VMFS6_DIRENTS_PER_BLOCK)
		return fail_dir(reader, block_offset(reader, block), "it has no such slot");
	memcpy(&raw, reader->block + at, sizeof(raw));
	return decode(reader, &raw, block_offset(reader, block) + at, entry);
}

/* A block that cannot be read, or is none: the end, or an entry that says so */
static int unread(const struct reader *reader, uint64_t block, int err, vmfs_entry_fn fn,
		  void *data)
{
	struct vmfs_entry entry = {
		.is_bad = true, .is_unread = true, .offset = block_offset(reader, block),
	};

	return reader->all ? fn(data, &entry) : err;
}

static int iterate_block(struct reader *reader, uint64_t block, vmfs_entry_fn fn, void *data)
{
	struct vmfs6_dir_block header;
	struct vmfs_entry entry;
	unsigned int slot;
	int err = read_block(reader, block, VMFS6_DIR_DIRENTS, &header);

	if (err)
		return unread(reader, block, err, fn, data);
	for (slot = 0; !err && slot < VMFS6_DIRENTS_PER_BLOCK; slot++) {
		if (header.bitmap[slot / 8] >> slot % 8 & 1)
			continue;
		err = decode_slot(reader, block, slot, &entry);
		if (!err)
			err = fn(data, &entry);
	}
	return err;
}

/* A map has four bits for each block, the high ones first. */
static int iterate_map(struct reader *reader, uint32_t map, uint64_t first, vmfs_entry_fn fn,
		       void *data)
{
	uint32_t md = reader->dir->volume->md, bytes = md - sizeof(struct vmfs6_dir_block), i;
	struct vmfs6_dir_block header;
	uint8_t *bits;
	int err = read_block(reader, map, VMFS6_DIR_MAP, &header);

	if (err)
		return unread(reader, map, err, fn, data);
	bits = vs_malloc(bytes);
	memcpy(bits, reader->block + sizeof(header), bytes);
	for (i = 0; !err && i < 2 * bytes; i++) {
		unsigned int nibble = i % 2 ? bits[i / 2] & 0xF : bits[i / 2] >> 4;

		if ((nibble & 3) == VMFS6_DIR_DIRENTS && !(nibble & 8))
			err = iterate_block(reader, first + i, fn, data);
	}
	free(bits);
	return err;
}

static int iterate(struct reader *reader, vmfs_entry_fn fn, void *data)
{
	uint32_t maps = le32toh(reader->header->num_maps), i;
	uint64_t per_map = 2 * (reader->dir->volume->md - sizeof(struct vmfs6_dir_block));
	struct vmfs_entry entry;
	int err;

	if (maps > ARRAY_SIZE(reader->header->maps))
		return fail_dir(reader, 0, "it has too many maps");
	err = decode(reader, &reader->header->self, offsetof(struct vmfs6_dir_header, self),
		     &entry);
	if (!err)
		err = fn(data, &entry);
	if (!err)
		err = decode(reader, &reader->header->parent,
			     offsetof(struct vmfs6_dir_header, parent), &entry);
	if (!err)
		err = fn(data, &entry);
	for (i = 0; !err && i < maps; i++)
		err = iterate_map(reader, le32toh(reader->header->maps[i]), i * per_map, fn, data);
	return err;
}

int vmfs6_dir_iterate(struct vmfs_inode *dir, vmfs_entry_fn fn, void *data, bool all)
{
	struct reader reader;
	int err = start(&reader, dir);

	reader.all = all;
	if (!err)
		err = iterate(&reader, fn, data);
	stop(&reader);
	return err;
}

static void find_hash(const struct vmfs_inode *dir, const char *name, uint32_t *index,
		      uint16_t *link_hash)
{
	uint64_t hash = vmfs6_name_hash(name, strlen(name));
	bool is_root = dir->address == VMFS_FD_ROOT;
	unsigned int i;

	*index = hash % (is_root ? VMFS6_DIR_ROOT_SLOTS : VMFS6_DIR_HASH_SLOTS);
	*link_hash = hash >> 16;
	for (i = 0; is_root && i < ARRAY_SIZE(system_names); i++)
		if (!strcmp(name, system_names[i]))
			*index = *link_hash = VMFS6_DIR_SYSTEM_SLOT + i;
}

static int compare_at(struct reader *reader, uint32_t location, const char *name,
		      struct vmfs_entry *entry)
{
	struct vmfs6_dir_block header;
	int err;

	err = read_block(reader, vmfs6_location_block(location), VMFS6_DIR_DIRENTS, &header);
	if (!err)
		err = decode_slot(reader, vmfs6_location_block(location),
				  vmfs6_location_slot(location), entry);
	if (!err && strcmp(entry->name, name))
		return VS_NOT_FOUND;
	return err;
}

/* One group of links: VS_NOT_FOUND and the next group, or the entry */
static int search_group(struct reader *reader, uint32_t *location, const char *name,
			uint16_t link_hash, struct vmfs_entry *entry)
{
	uint32_t block = vmfs6_location_block(*location), slot = vmfs6_location_slot(*location);
	uint64_t at = sizeof(struct vmfs6_dir_block) + slot * sizeof(struct vmfs6_link_group);
	struct vmfs6_link_group group;
	struct vmfs6_dir_block header;
	unsigned int i;
	int err = read_block(reader, block, VMFS6_DIR_LINKS, &header);

	if (err)
		return err;
	if (at + sizeof(group) > reader->dir->volume->md)
		return fail_dir(reader, block_offset(reader, block), "it has no such group of links");
	memcpy(&group, reader->block + at, sizeof(group));
	*location = le32toh(group.next);
	for (i = 0; i < VMFS6_LINKS_PER_GROUP; i++) {
		uint32_t to = le32toh(group.links[i].location);

		if (le16toh(group.links[i].link_hash) != link_hash ||
		    vmfs6_location_type(to) != VMFS6_LOCATION_DIRENT)
			continue;
		err = compare_at(reader, to, name, entry);
		if (err != VS_NOT_FOUND)
			return err;
	}
	return VS_NOT_FOUND;
}

static int lookup(struct reader *reader, const char *name, struct vmfs_entry *entry)
{
	uint64_t left = reader->dir->length / sizeof(struct vmfs6_link_group);
	uint32_t index, location;
	uint16_t link_hash;
	int err = VS_NOT_FOUND;

	find_hash(reader->dir, name, &index, &link_hash);
	location = le32toh(reader->header->hash[index]);
	while (err == VS_NOT_FOUND && location) {
		if (vmfs6_location_type(location) == VMFS6_LOCATION_DIRENT) {
			err = compare_at(reader, location, name, entry);
			break;
		}
		if (vmfs6_location_type(location) != VMFS6_LOCATION_LINKS)
			return fail_dir(reader, 0, "a location in the hash table is of an unknown type");
		if (!left--)
			return fail_dir(reader, 0, "groups of links refer to each other in a circle");
		err = search_group(reader, &location, name, link_hash, entry);
	}
	if (err == VS_NOT_FOUND)
		vs_fail(VS_NOT_FOUND, "directory %s has no '%s'",
			vmfs_fd_text(reader->dir->address), name);
	return err;
}

int vmfs6_dir_lookup(struct vmfs_inode *dir, const char *name, struct vmfs_entry *entry)
{
	struct reader reader;
	int err = start(&reader, dir);

	if (!err && !strcmp(name, "."))
		err = decode(&reader, &reader.header->self, 0, entry);
	else if (!err && !strcmp(name, ".."))
		err = decode(&reader, &reader.header->parent, 0, entry);
	else if (!err)
		err = lookup(&reader, name, entry);
	stop(&reader);
	return err;
}
