// SPDX-License-Identifier: GPL-2.0
/*
 * The table of blocks of which a part is written, in the journal's block.
 *
 * fsync() of such a block (partial.c) puts it into this table, as a part of the
 * transaction: its content is on the device when the log, written behind a flush,
 * says so.  The rest of the block is filled with zeros later: by the periodic work
 * when more than half of the table is used, the oldest first; when the volume is
 * frozen or unmounted; or by who replays the journal.  So what other drivers see of
 * a volume that was closed are whole blocks.
 */
#include <linux/slab.h>

#include "partial.h"

#define TABLE_BUFS	(VMFS_WRITTEN_SIZE / VMFS_BUF_SIZE)
#define HALF		(VMFS_WRITTEN_SLOTS / 2)

/* Numbers of blocks are below that, as far as a file descriptor and two levels reach. */
#define MAX_BLOCKS	((u64)VMFS_FD_SLOTS * VMFS_PB_SLOTS * VMFS_PB_SLOTS)

static_assert(sizeof(struct vmfs_written_header) +
	      VMFS_WRITTEN_SLOTS * sizeof(struct vmfs_written) == VMFS_WRITTEN_SIZE);
static_assert(VMFS_TX_SECTORS * VMFS_SECTOR + sizeof(struct vmfs_log_header) +
	      round_up(VMFS_TX_SECTORS * sizeof(struct vmfs_log_record), VMFS_SECTOR) <=
	      VMFS_WRITTEN_OFFSET - VMFS_LOG_OFFSET);

/**
 * struct vmfs_written_table - of a volume that is mounted read-write
 * @lock: protects what follows, but @bufs
 * @used: slots in use
 * @count: their number
 * @fifo: &vmfs_partial.link of each, the oldest first
 * @bufs: pages of the table
 */
struct vmfs_written_table {
	spinlock_t lock; /* see above */
	DECLARE_BITMAP(used, VMFS_WRITTEN_SLOTS);
	unsigned int count;
	struct list_head fifo;
	struct vmfs_buf *bufs[TABLE_BUFS];
};

static struct vmfs_written *vmfs_written_find_entry(struct vmfs_written_table *table, u32 slot,
						    struct vmfs_buf **buf)
{
	size_t at = sizeof(struct vmfs_written_header) + slot * sizeof(struct vmfs_written);

	*buf = table->bufs[at / VMFS_BUF_SIZE];
	return (*buf)->data + at % VMFS_BUF_SIZE;
}

/* Give a block a slot.  Returns whether there was one. */
static bool vmfs_written_take_slot(struct vmfs_written_table *table, struct vmfs_partial *partial)
{
	unsigned long slot;

	spin_lock(&table->lock);
	slot = find_first_zero_bit(table->used, VMFS_WRITTEN_SLOTS);
	if (slot < VMFS_WRITTEN_SLOTS) {
		__set_bit(slot, table->used);
		table->count++;
		list_add_tail(&partial->link, &table->fifo);
		partial->slot = slot;
	}
	spin_unlock(&table->lock);
	return slot < VMFS_WRITTEN_SLOTS;
}

/**
 * vmfs_written_set() - let the table have a block as it is now
 * @tx: transaction; uses a sector
 * @partial: block; map_sem is held exclusively
 *
 * Return: 0, -ENOSPC if the table is full, or cannot have blocks of this size.
 */
int vmfs_written_set(struct vmfs_tx *tx, struct vmfs_partial *partial)
{
	struct vmfs_written_table *table = tx->vol->space->written;
	u64 words[VMFS_WRITTEN_WORDS];
	struct vmfs_written *entry;
	struct vmfs_buf *buf;
	unsigned int i;

	if (tx->vol->fb_shift > ilog2(sizeof(words) * BITS_PER_BYTE * VMFS_WRITTEN_UNIT))
		return -ENOSPC;
	if (partial->slot == VMFS_NO_SLOT && !vmfs_written_take_slot(table, partial))
		return -ENOSPC;
	entry = vmfs_written_find_entry(table, partial->slot, &buf);
	bitmap_to_arr64(words, partial->bits, sizeof(words) * BITS_PER_BYTE);
	entry->fd = cpu_to_le32(partial->file->fd);
	entry->fb = cpu_to_le32(vmfs_fb_address(partial->lv >> tx->vol->fb_shift));
	entry->block = cpu_to_le64(partial->block);
	for (i = 0; i < VMFS_WRITTEN_WORDS; i++)
		entry->bitmap[i] = cpu_to_le64(words[i]);
	vmfs_tx_dirty(tx, buf, entry, sizeof(*entry));
	return 0;
}

/**
 * vmfs_written_clear() - the table does not have a block any more
 * @tx: transaction that completes or frees it; uses a sector if the block has a slot
 * @partial: block; map_sem is held exclusively, or nobody else knows the block
 */
void vmfs_written_clear(struct vmfs_tx *tx, struct vmfs_partial *partial)
{
	struct vmfs_written_table *table = tx->vol->space->written;
	struct vmfs_written *entry;
	struct vmfs_buf *buf;

	if (partial->slot == VMFS_NO_SLOT)
		return;
	entry = vmfs_written_find_entry(table, partial->slot, &buf);
	memset(entry, 0, sizeof(*entry));
	vmfs_tx_dirty(tx, buf, entry, sizeof(*entry));
	spin_lock(&table->lock);
	list_del_init(&partial->link);
	__clear_bit(partial->slot, table->used);
	table->count--;
	spin_unlock(&table->lock);
	partial->slot = VMFS_NO_SLOT;
}

/**
 * vmfs_written_forget() - a block goes from memory, and stays in the table
 * @vol: volume
 * @partial: block that nobody else knows
 *
 * The journal stays when the volume is unmounted, for the next mount to look.
 */
void vmfs_written_forget(struct vmfs_volume *vol, struct vmfs_partial *partial)
{
	if (!vol->space->written)
		return;
	spin_lock(&vol->space->written->lock);
	list_del_init(&partial->link);
	spin_unlock(&vol->space->written->lock);
}

/**
 * vmfs_written_is_empty() - does the table have no block?
 * @vol: volume that is active
 *
 * Return: whether it is so.
 */
bool vmfs_written_is_empty(struct vmfs_volume *vol)
{
	return !vol->space->written->count;
}

/**
 * vmfs_written_is_crowded() - should blocks be completed, so that others find a slot?
 * @vol: volume that is active
 *
 * Return: whether it is so.
 */
bool vmfs_written_is_crowded(struct vmfs_volume *vol)
{
	return READ_ONCE(vol->space->written->count) > HALF;
}

/**
 * vmfs_written_oldest() - the oldest block, which becomes the newest
 * @vol: volume that is active
 * @fd: set to the address of its file's descriptor
 * @block: set to its number
 *
 * Return: whether there is one.
 */
bool vmfs_written_oldest(struct vmfs_volume *vol, u32 *fd, u64 *block)
{
	struct vmfs_written_table *table = vol->space->written;
	struct vmfs_partial *partial;

	spin_lock(&table->lock);
	partial = list_first_entry_or_null(&table->fifo, struct vmfs_partial, link);
	if (partial) {
		*fd = partial->file->fd;
		*block = partial->block;
		list_move_tail(&partial->link, &table->fifo);
	}
	spin_unlock(&table->lock);
	return partial;
}

/* What an entry says.  Nothing of it is trusted: its block may be another file's now. */
static int vmfs_written_load_entry(struct vmfs_volume *vol, u32 slot,
				   const struct vmfs_written *entry)
{
	u64 words[VMFS_WRITTEN_WORDS];
	u32 fb = le32_to_cpu(entry->fb);
	struct vmfs_partial *partial;
	unsigned int i;

	if (!entry->fd || le64_to_cpu(entry->block) >= MAX_BLOCKS)
		return 0;
	partial = vmfs_partial_load(vol, le32_to_cpu(entry->fd), le64_to_cpu(entry->block),
				    (u64)vmfs_fb_block(fb) << vol->fb_shift);
	if (IS_ERR(partial))
		return PTR_ERR(partial);
	if (partial->slot != VMFS_NO_SLOT)	/* twice: never written so */
		return 0;
	for (i = 0; i < VMFS_WRITTEN_WORDS; i++)
		words[i] = le64_to_cpu(entry->bitmap[i]);
	bitmap_from_arr64(partial->bits, words, vmfs_fb_size(vol) >> VMFS_BLOCK_SHIFT);
	if (vol->space->written) {
		__set_bit(slot, vol->space->written->used);
		vol->space->written->count++;
		list_move_tail(&partial->link, &vol->space->written->fifo);
		partial->slot = slot;
	}
	return 0;
}

static int vmfs_written_load_table(struct vmfs_volume *vol, const void *data)
{
	const struct vmfs_written *entries = data + sizeof(struct vmfs_written_header);
	u32 slot;
	int err = 0;

	if (vol->fb_shift > ilog2(VMFS_WRITTEN_WORDS * 64 * VMFS_WRITTEN_UNIT))
		return 0;
	for (slot = 0; !err && slot < VMFS_WRITTEN_SLOTS; slot++)
		err = vmfs_written_load_entry(vol, slot, &entries[slot]);
	return err;
}

static bool vmfs_written_is_table(struct vmfs_volume *vol, const struct vmfs_written_header *header)
{
	return le32_to_cpu(header->magic) == VMFS_WRITTEN_MAGIC &&
	       !memcmp(&header->lv_uuid, &vol->disk.lv_uuid, sizeof(header->lv_uuid));
}

/**
 * vmfs_written_look() - see what is written, on a volume that is only read
 * @vol: volume, VMFS-5, that perhaps was not closed
 *
 * Return: 0, -EIO, -EUCLEAN, -ENOMEM.
 */
int vmfs_written_look(struct vmfs_volume *vol)
{
	void *data = kvmalloc(VMFS_WRITTEN_SIZE, GFP_KERNEL);
	struct vmfs_heartbeat *slots = NULL;
	unsigned int i;
	int err = data ? vmfs_hb_read_all(vol, &slots) : -ENOMEM;

	for (i = 0; !err && i < VMFS_HB_SLOTS; i++) {
		u64 lv = le64_to_cpu(slots[i].journal_offset);

		if (le32_to_cpu(slots[i].state) == VMFS_HB_FREE || !lv ||
		    lv & (vmfs_fb_size(vol) - 1) || lv >= vol->disk.size)
			continue;
		err = vmfs_lv_io(vol, REQ_OP_READ, lv + VMFS_WRITTEN_OFFSET, data,
				 VMFS_WRITTEN_SIZE);
		if (!err && vmfs_written_is_table(vol, data))
			err = vmfs_written_load_table(vol, data);
	}
	kvfree(slots);
	kvfree(data);
	return err;
}

static int vmfs_written_format_table(struct vmfs_volume *vol, void *data)
{
	struct vmfs_written_header *header = data;

	memset(data, 0, VMFS_WRITTEN_SIZE);
	header->magic = cpu_to_le32(VMFS_WRITTEN_MAGIC);
	header->lv_uuid = vol->disk.lv_uuid;
	return vmfs_lv_io(vol, REQ_OP_WRITE, vol->journal->lv + VMFS_WRITTEN_OFFSET, data,
			  VMFS_WRITTEN_SIZE);
}

/**
 * vmfs_written_open() - get the table ready; durable with the log that follows
 * @vol: volume with its journal
 * @is_new: the journal was not taken over
 *
 * Return: 0, -EIO, -ENOMEM; vmfs_written_close() cleans up in any case.
 */
int vmfs_written_open(struct vmfs_volume *vol, bool is_new)
{
	u64 lv = vol->journal->lv + VMFS_WRITTEN_OFFSET;
	void *data = kvmalloc(VMFS_WRITTEN_SIZE, GFP_KERNEL);
	struct vmfs_written_table *table = kzalloc(sizeof(*table), GFP_KERNEL);
	unsigned int i;
	int err = 0;

	vol->space->written = table;
	if (!data || !table) {
		kvfree(data);
		return -ENOMEM;
	}
	spin_lock_init(&table->lock);
	INIT_LIST_HEAD(&table->fifo);
	if (!is_new)
		err = vmfs_lv_io(vol, REQ_OP_READ, lv, data, VMFS_WRITTEN_SIZE);
	if (!err && !is_new && vmfs_written_is_table(vol, data))
		err = vmfs_written_load_table(vol, data);
	else if (!err)
		err = vmfs_written_format_table(vol, data);
	for (i = 0; !err && i < TABLE_BUFS; i++) {
		table->bufs[i] = vmfs_buf_get(vol, lv + i * VMFS_BUF_SIZE);
		if (IS_ERR(table->bufs[i])) {
			err = PTR_ERR(table->bufs[i]);
			table->bufs[i] = NULL;
		}
	}
	kvfree(data);
	return err;
}

/**
 * vmfs_written_close() - undo vmfs_written_open()
 * @vol: volume whose transactions are over
 */
void vmfs_written_close(struct vmfs_volume *vol)
{
	struct vmfs_written_table *table = vol->space->written;
	struct vmfs_partial *partial, *next;
	unsigned int i;

	if (!table)
		return;
	/* A mount that stays read-only goes on reading by what was loaded. */
	list_for_each_entry_safe(partial, next, &table->fifo, link) {
		list_del_init(&partial->link);
		partial->slot = VMFS_NO_SLOT;
	}
	for (i = 0; i < TABLE_BUFS; i++)
		vmfs_buf_put(table->bufs[i]);
	vol->space->written = NULL;
	kfree(table);
}
