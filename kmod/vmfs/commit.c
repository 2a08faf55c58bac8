// SPDX-License-Identifier: GPL-2.0
/*
 * Writing a transaction: first to the log, then to where its sectors belong.
 */
#include <linux/crc32c.h>
#include <linux/list_sort.h>

#include "tx.h"

static int vmfs_buf_by_index(void *unused, const struct list_head *a, const struct list_head *b)
{
	const struct vmfs_buf *x = list_entry(a, struct vmfs_buf, committing);
	const struct vmfs_buf *y = list_entry(b, struct vmfs_buf, committing);

	return x->index < y->index ? -1 : x->index > y->index;
}

/* Do two pages' dirty sectors follow each other? */
static bool vmfs_record_continues(const struct vmfs_log_record *record, u64 lv)
{
	return le64_to_cpu(record->lv) + le32_to_cpu(record->sectors) * VMFS_SECTOR == lv;
}

static void vmfs_record_begin(struct vmfs_log_record *record, u64 lv)
{
	memset(record, 0, sizeof(*record));
	record->lv = cpu_to_le64(lv);
}

static unsigned int vmfs_fill_records(struct list_head *bufs, struct vmfs_log_record *records)
{
	unsigned int count = 0, bit;
	struct vmfs_buf *buf;

	list_for_each_entry(buf, bufs, committing) {
		for (bit = 0; bit < VMFS_BUF_SIZE / VMFS_SECTOR; bit++) {
			u64 lv = vmfs_buf_lv(buf) + bit * VMFS_SECTOR;

			if (!(buf->dirty & BIT(bit)))
				continue;
			if (!count || !vmfs_record_continues(&records[count - 1], lv))
				vmfs_record_begin(&records[count++], lv);
			le32_add_cpu(&records[count - 1].sectors, 1);
		}
	}
	return count;
}

static void *vmfs_copy_sectors(struct list_head *bufs, void *to)
{
	struct vmfs_buf *buf;
	unsigned int bit;

	list_for_each_entry(buf, bufs, committing) {
		for (bit = 0; bit < VMFS_BUF_SIZE / VMFS_SECTOR; bit++) {
			if (!(buf->dirty & BIT(bit)))
				continue;
			memcpy(to, buf->data + bit * VMFS_SECTOR, VMFS_SECTOR);
			to += VMFS_SECTOR;
		}
		buf->dirty = 0;
	}
	return to;
}

/* Make the image of the log.  Returns its length, bytes. */
static u32 vmfs_fill_log(struct vmfs_volume *vol, struct list_head *bufs)
{
	struct vmfs_journal *journal = vol->journal;
	struct vmfs_log_header *header = journal->log;
	unsigned int count;
	void *sectors, *end;
	size_t size;

	list_sort(NULL, bufs, vmfs_buf_by_index);
	memset(header, 0, sizeof(*header));
	count = vmfs_fill_records(bufs, (struct vmfs_log_record *)(header + 1));
	size = count * sizeof(struct vmfs_log_record);
	sectors = (void *)(header + 1) + round_up(size, VMFS_SECTOR);
	memset((void *)(header + 1) + size, 0, round_up(size, VMFS_SECTOR) - size);
	end = vmfs_copy_sectors(bufs, sectors);
	header->magic = cpu_to_le32(VMFS_LOG_MAGIC);
	header->sequence = cpu_to_le64(++journal->sequence);
	header->length = cpu_to_le32(end - journal->log);
	header->num_records = cpu_to_le32(count);
	header->owner = vol->locks->host;
	header->hb_generation = vol->locks->hb->slot->generation;
	header->lv_uuid = vol->disk.lv_uuid;
	return end - journal->log;
}

/* Close the running transaction.  Returns the length of the log, 0 if nothing changed. */
static u32 vmfs_close_transaction(struct vmfs_volume *vol, struct list_head *bufs)
{
	struct vmfs_journal *journal = vol->journal;
	struct vmfs_buf *buf, *next;
	u32 len = 0;

	lockdep_assert_held(&journal->commit_mutex);
	down_write(&journal->sem);
	spin_lock(&journal->lock);
	list_for_each_entry_safe(buf, next, &journal->dirty, tx) {
		list_del_init(&buf->tx);
		list_add_tail(&buf->committing, bufs);
	}
	journal->sectors = 0;
	spin_unlock(&journal->lock);
	if (!list_empty(bufs) && !vol->disk.err)
		len = vmfs_fill_log(vol, bufs);
	journal->ops->closed(vol);
	up_write(&journal->sem);
	return len;
}

/* The flush in front makes what was written before durable, on all devices. */
static int vmfs_write_log(struct vmfs_volume *vol, u32 len)
{
	struct vmfs_journal *journal = vol->journal;
	struct vmfs_log_header *header = journal->log;

	header->crc = cpu_to_le32(crc32c(~0, journal->log, len));
	return vmfs_lv_io(vol, REQ_OP_WRITE | REQ_PREFLUSH | REQ_FUA,
			  journal->lv + VMFS_LOG_OFFSET, journal->log, len);
}

/* Write the sectors to where they belong.  Durable at the next flush. */
static int vmfs_write_home(struct vmfs_volume *vol)
{
	const struct vmfs_log_header *header = vol->journal->log;
	const struct vmfs_log_record *records = (const void *)(header + 1);
	u32 count = le32_to_cpu(header->num_records), i;
	void *sectors = (void *)records + round_up(count * sizeof(*records), VMFS_SECTOR);
	struct vmfs_batch batch;

	vmfs_batch_begin(&batch);
	for (i = 0; i < count; i++) {
		size_t len = le32_to_cpu(records[i].sectors) * VMFS_SECTOR;

		vmfs_batch_write(vol, &batch, le64_to_cpu(records[i].lv), sectors, len);
		sectors += len;
	}
	return vmfs_batch_wait(&batch);
}

static int vmfs_write_transaction(struct vmfs_volume *vol, u32 len, bool with_log)
{
	int err = 0;

	if (!vmfs_may_write(vol))
		return -EIO;
	vmfs_count(vol, VMFS_COUNT_COMMITS, 1);
	if (with_log) {
		vmfs_count(vol, VMFS_COUNT_LOGGED_SECTORS, len / VMFS_SECTOR);
		err = vmfs_write_log(vol, len);
	}
	if (!err && !vmfs_may_write(vol))
		err = -EIO;
	return err ?: vmfs_write_home(vol);
}

static int vmfs_commit_locked(struct vmfs_volume *vol, bool with_log)
{
	struct vmfs_journal *journal = vol->journal;
	struct vmfs_buf *buf, *next;
	LIST_HEAD(bufs);
	int err;
	u32 len;

	WRITE_ONCE(journal->started, journal->started + 1);
	smp_mb(); /* vmfs_commit(): who has not seen that has its changes in what we close */
	len = vmfs_close_transaction(vol, &bufs);
	if (vol->disk.err)
		err = vol->disk.err;
	else if (!len)
		err = vmfs_flush(vol);
	else
		err = vmfs_write_transaction(vol, len, with_log);
	if (err && !vol->disk.err)
		vmfs_shutdown(vol, -EIO, "a transaction cannot be written");
	journal->ops->written(vol, err);
	list_for_each_entry_safe(buf, next, &bufs, committing) {
		list_del(&buf->committing);
		vmfs_buf_put(buf);
	}
	return err;
}

/**
 * vmfs_commit() - make all changes durable
 * @vol: volume
 *
 * Content that has been written to the devices is durable then, too.  A commit that began
 * after this was called is as good as one of our own.
 *
 * Context: sleeps; not within a transaction.
 * Return: 0 or -EIO; then nothing can be changed any more.
 */
int vmfs_commit(struct vmfs_volume *vol)
{
	struct vmfs_journal *journal = vol->journal;
	unsigned long seen;
	int err;

	smp_mb(); /* our changes, then what has begun: see vmfs_commit_locked() */
	seen = READ_ONCE(journal->started);
	mutex_lock(&journal->commit_mutex);
	err = journal->started != seen ? vol->disk.err : vmfs_commit_locked(vol, true);
	mutex_unlock(&journal->commit_mutex);
	return err;
}

/**
 * vmfs_commit_home() - write the last changes, without a log
 * @vol: volume that nobody changes any more
 *
 * For what may be lost as a whole in a crash, and is written as a whole: a sector.
 *
 * Return: 0 or -EIO.
 */
int vmfs_commit_home(struct vmfs_volume *vol)
{
	struct vmfs_journal *journal = vol->journal;
	int err;

	mutex_lock(&journal->commit_mutex);
	err = vmfs_commit_locked(vol, false);
	mutex_unlock(&journal->commit_mutex);
	return err ?: vmfs_flush(vol);
}

/**
 * vmfs_discard_changes() - forget what could not be written
 * @vol: volume that nobody changes any more
 */
void vmfs_discard_changes(struct vmfs_volume *vol)
{
	struct vmfs_journal *journal = vol->journal;
	struct vmfs_buf *buf, *next;

	list_for_each_entry_safe(buf, next, &journal->dirty, tx) {
		list_del_init(&buf->tx);
		buf->dirty = 0;
		vmfs_buf_drop(buf);
	}
	journal->ops->written(vol, -EIO);
	journal->ops->closed(vol);
	journal->ops->written(vol, -EIO);
}
