/* SPDX-License-Identifier: GPL-2.0 */
/*
 * Virtual disks as VMware and QEMU know them: a text file, NAME.vmdk, that
 * describes the disk, and a file with its bytes, NAME-flat.vmdk.
 */
#ifndef VS_VMDK_H
#define VS_VMDK_H

#include <limits.h>
#include <stdbool.h>
#include <stdint.h>
#include <sys/stat.h>

#include <jansson.h>

#define VS_VMDK_SECTOR		512u
#define VS_VMDK_MAX_SIZE	69201586814976ull	/* bytes: what VMFS-5 can hold */

enum vs_vmdk_type {
	VS_VMDK_THIN,		/* blocks are allocated when written */
	VS_VMDK_LAZY,		/* blocks are allocated, zeroed when written */
	VS_VMDK_EAGER,		/* blocks are allocated and zeroed */
};

/**
 * struct vs_vmdk - an open disk of one flat file
 * @path: of the text file
 * @flat: path of the file with the bytes, or that stands for a LUN
 * @text: of the text file
 * @sectors: size of the disk
 * @fd: of @flat, or -1
 * @folder: that both files are in, O_PATH: see folder.h
 * @made: what a new @flat is called until the disk is finished; "" once it has its name
 * @owner: what the text had before it is changed; no mode where it is new
 * @is_done: the text is in place: the disk is what it says, whatever fails later
 * @is_mapping: @flat stands for a LUN: see rdm.h
 */
struct vs_vmdk {
	char *path;
	char *flat;
	char *text;
	uint64_t sectors;
	int fd;
	int folder;
	char made[NAME_MAX + 1];
	struct stat owner;
	bool is_done;
	bool is_mapping;
};

/* What may be done with an open disk: nobody else may have it open for that. */
enum vs_vmdk_access {
	VS_VMDK_LOOK,		/* to show it */
	VS_VMDK_READ,		/* all of it: nobody writes to it */
	VS_VMDK_WRITE,		/* nobody else has it open */
	VS_VMDK_EXTEND,		/* as that; an extension that was interrupted is undone */
};

/* All return VS_OK or fail with a text. */

int vs_vmdk_open(struct vs_vmdk *disk, const char *path, enum vs_vmdk_access access);
/* A disk that is not there yet, with neither file: both paths, the folder. */
int vs_vmdk_begin(struct vs_vmdk *disk, const char *path, const char *suffix);
/*
 * A new disk without content: a hole of this size, or blocks that read as zero.  If the
 * process ends before vs_vmdk_finish(), it has no name, and the next one removes it.
 */
int vs_vmdk_create(struct vs_vmdk *disk, const char *path, uint64_t size, enum vs_vmdk_type type,
		   const char *adapter);
void vs_vmdk_close(struct vs_vmdk *disk);
/* Remove an unfinished disk. */
void vs_vmdk_remove(struct vs_vmdk *disk);

/* "a/b.vmdk" is "a/b-flat.vmdk" with @suffix "-flat.vmdk". */
int vs_vmdk_path(const char *path, const char *suffix, char **made);
/* The text of a new disk, in memory */
int vs_vmdk_make_text(struct vs_vmdk *disk, const char *create_type, const char *extent_type,
		      const char *adapter, bool thin);
/* The text of a new disk becomes its file: only then is it one. */
int vs_vmdk_finish(struct vs_vmdk *disk);
/* A member of the text, "ddb.adapterType"; NULL where it is not; to be freed. */
char *vs_vmdk_get(const struct vs_vmdk *disk, const char *key);
/* Change it, add it, or with NULL remove it, in memory. */
void vs_vmdk_set(struct vs_vmdk *disk, const char *key, const char *value);
void vs_vmdk_set_size(struct vs_vmdk *disk, uint64_t size);
/* A new size, in text and file; @type of what is added.  Undone by ftruncate() if it fails. */
int vs_vmdk_resize(struct vs_vmdk *disk, uint64_t size, enum vs_vmdk_type type);
/* Its content is another one now. */
int vs_vmdk_new_content(struct vs_vmdk *disk);

/* The text beside it of a snapshot that is made on this disk, to be freed; NULL: there is none. */
char *vs_vmdk_find_child(const struct vs_vmdk *disk);

/* Blocks for bytes that have none; where they will be written anyway, if that can be. */
int vs_vmdk_allocate(const struct vs_vmdk *disk, uint64_t from, uint64_t to,
		     enum vs_vmdk_type type);

int vs_vmdk_json(const struct vs_vmdk *disk, json_t **value);

#endif
