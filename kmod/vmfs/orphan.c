// SPDX-License-Identifier: GPL-2.0
/*
 * Orphans: files that were deleted while they were open.  Their file descriptors
 * are in a table in the journal's block, so that they are released after a crash.
 */
#include "vfs.h"

static struct vmfs_buf *vmfs_orphan_get_slot(struct vmfs_volume *vol, u32 slot, __le32 **entry)
{
	u64 lv = vol->journal->lv + VMFS_ORPHANS_OFFSET + slot * sizeof(__le32);
	struct vmfs_buf *buf = vmfs_buf_get(vol, lv);

	if (!IS_ERR(buf))
		*entry = buf->data + (lv & (VMFS_BUF_SIZE - 1));
	return buf;
}

static u32 vmfs_orphan_reserve_slot(struct vmfs_mount *mount)
{
	u32 slot;

	spin_lock(&mount->orphans_lock);
	slot = find_first_zero_bit(mount->orphans, VMFS_ORPHANS);
	if (slot < VMFS_ORPHANS)
		__set_bit(slot, mount->orphans);
	spin_unlock(&mount->orphans_lock);
	return slot < VMFS_ORPHANS ? slot : VMFS_NO_ORPHAN;
}

static void vmfs_orphan_unreserve_slot(struct vmfs_mount *mount, u32 slot)
{
	spin_lock(&mount->orphans_lock);
	__clear_bit(slot, mount->orphans);
	spin_unlock(&mount->orphans_lock);
}

/**
 * vmfs_orphan_add() - note that a file is about to lose its last name
 * @tx: transaction that removes the name; uses a sector
 * @vi: inode
 *
 * Return: 0, -ENFILE if too many deleted files are open, -EIO, -ENOMEM.
 */
int vmfs_orphan_add(struct vmfs_tx *tx, struct vmfs_inode *vi)
{
	struct vmfs_mount *mount = vmfs_mount(tx->vol);
	struct vmfs_buf *buf;
	__le32 *entry;
	u32 slot;

	if (vi->orphan != VMFS_NO_ORPHAN)
		return 0;
	slot = vmfs_orphan_reserve_slot(mount);
	if (slot == VMFS_NO_ORPHAN)
		return -ENFILE;
	buf = vmfs_orphan_get_slot(tx->vol, slot, &entry);
	if (IS_ERR(buf)) {
		vmfs_orphan_unreserve_slot(mount, slot);
		return PTR_ERR(buf);
	}
	*entry = cpu_to_le32(vi->inode.i_ino);
	vmfs_tx_dirty(tx, buf, entry, sizeof(*entry));
	vmfs_buf_put(buf);
	vi->orphan = slot;
	return 0;
}

/**
 * vmfs_orphan_del() - the file is gone
 * @tx: transaction that frees the file descriptor; uses a sector
 * @vi: inode
 */
void vmfs_orphan_del(struct vmfs_tx *tx, struct vmfs_inode *vi)
{
	struct vmfs_buf *buf;
	__le32 *entry;

	if (vi->orphan == VMFS_NO_ORPHAN)
		return;
	buf = vmfs_orphan_get_slot(tx->vol, vi->orphan, &entry);
	if (IS_ERR(buf))
		return;	/* A free file descriptor in the table does no harm. */
	*entry = 0;
	vmfs_tx_dirty(tx, buf, entry, sizeof(*entry));
	vmfs_buf_put(buf);
	vmfs_orphan_unreserve_slot(vmfs_mount(tx->vol), vi->orphan);
	vi->orphan = VMFS_NO_ORPHAN;
}

/**
 * vmfs_orphans_load() - mark the slots that a host that crashed has left
 * @vol: volume whose journal was taken over
 *
 * Return: 0 or an error of reading.
 */
int vmfs_orphans_load(struct vmfs_volume *vol)
{
	u32 slot;

	for (slot = 0; slot < VMFS_ORPHANS; slot++) {
		__le32 *entry;
		struct vmfs_buf *buf = vmfs_orphan_get_slot(vol, slot, &entry);

		if (IS_ERR(buf))
			return PTR_ERR(buf);
		if (*entry)
			__set_bit(slot, vmfs_mount(vol)->orphans);
		vmfs_buf_put(buf);
	}
	return 0;
}

static int vmfs_orphan_clear_slot(struct vmfs_volume *vol, u32 slot)
{
	struct vmfs_buf *buf;
	struct vmfs_tx tx;
	__le32 *entry;
	int err;

	err = vmfs_tx_begin(vol, &tx, 1);
	if (err)
		return err;
	buf = vmfs_orphan_get_slot(vol, slot, &entry);
	if (!IS_ERR(buf)) {
		*entry = 0;
		vmfs_tx_dirty(&tx, buf, entry, sizeof(*entry));
		vmfs_buf_put(buf);
		vmfs_orphan_unreserve_slot(vmfs_mount(vol), slot);
	}
	vmfs_tx_end(&tx);
	return PTR_ERR_OR_ZERO(buf);
}

/**
 * vmfs_orphans_release() - release what a host that crashed has left
 * @vol: volume that is ready to be written to
 *
 * Return: 0 or an error of reading.
 */
int vmfs_orphans_release(struct vmfs_volume *vol)
{
	struct vmfs_mount *mount = vmfs_mount(vol);
	u32 slot = 0;

	while ((slot = find_next_bit(mount->orphans, VMFS_ORPHANS, slot)) < VMFS_ORPHANS) {
		__le32 *entry;
		struct vmfs_buf *buf = vmfs_orphan_get_slot(vol, slot, &entry);
		struct inode *inode;
		u32 address;
		int err;

		if (IS_ERR(buf))
			return PTR_ERR(buf);
		address = le32_to_cpu(*entry);
		vmfs_buf_put(buf);
		inode = vmfs_iget_orphan(vol->sb, address);
		if (inode == ERR_PTR(-ESTALE)) {
			/* It is released.  What cannot be read stays in the table. */
			err = vmfs_orphan_clear_slot(vol, slot);
			if (err)
				return err;
		} else if (!IS_ERR(inode)) {
			to_vmfs(inode)->orphan = slot;
			iput(inode);	/* evicted: nobody else has it */
		}
		slot++;
	}
	return 0;
}
