// SPDX-License-Identifier: GPL-2.0
/*
 * Page faults: those of a guest's vCPUs, of QEMU, of vhost, of anybody who
 * has mapped a file.
 */

#include "vmem.h"

/*
 * A fault that is given up because its task is being killed is an error to the core:
 * where the kernel itself touched the page, it would come again for ever otherwise.
 */
static vm_fault_t vmem_fault_error(int err)
{
	if (err == -EHWPOISON)	/* BUS_MCEERR_AR */
		return VM_FAULT_HWPOISON;
	return err ? VM_FAULT_SIGBUS : 0;
}

/*
 * There is no memory for the page.  If the core allows for it, its lock is dropped
 * during the wait, so that whoever wants to change the mappings of the process (QEMU's
 * monitor) need not wait too.  Then the fault comes again, unless the core sees a signal.
 */
static vm_fault_t vmem_fault_wait(struct vm_fault *vmf, struct vmem_file *file)
{
	struct file *f;

	if (!(vmf->flags & FAULT_FLAG_ALLOW_RETRY))
		return vmem_fault_error(vmem_wait_for_memory(file));
	if (vmf->flags & FAULT_FLAG_RETRY_NOWAIT)
		return VM_FAULT_RETRY;
	f = get_file(vmf->vma->vm_file);
	release_fault_lock(vmf);
	vmem_wait_for_memory(file);
	fput(f);	/* it may be gone */
	return VM_FAULT_RETRY;
}

/*
 * The page is in the swap file.  If the core allows for it, its lock is dropped
 * during the read, and the fault comes again; an error is found again then.
 */
static vm_fault_t vmem_fault_swapped(struct vm_fault *vmf, struct vmem_file *file)
{
	u64 start = local_clock();
	struct file *f;
	int err;

	if (!fault_flag_allow_retry_first(vmf->flags)) {
		err = vmem_swap_in(file, vmf->pgoff);
		return err == -ENOMEM ? vmem_fault_wait(vmf, file) : vmem_fault_error(err);
	}
	if (vmf->flags & FAULT_FLAG_RETRY_NOWAIT)
		return VM_FAULT_RETRY;
	f = get_file(vmf->vma->vm_file);
	release_fault_lock(vmf);
	if (vmem_swap_in(file, vmf->pgoff) == -ENOMEM)
		vmem_wait_for_memory(file);
	vmem_count_fault(file, VMEM_FAULT_KIND_SWAPPED, start);
	fput(f);	/* it may be gone */
	return VM_FAULT_RETRY;
}

/* What a fault will have to do, before it does it; a small page may become a huge one. */
static enum vmem_fault_kind vmem_fault_kind(const struct vmem_block *block, pgoff_t index,
					    bool write)
{
	if (block->huge)
		return VMEM_FAULT_KIND_PRESENT;
	switch (vmem_slot_state(vmem_slot(block, index))) {
	case VMEM_ABSENT:
	case VMEM_ZERO:
		return write ? VMEM_FAULT_KIND_SMALL : VMEM_FAULT_KIND_ZERO;
	case VMEM_SHARED:
		return write ? VMEM_FAULT_KIND_SHARED : VMEM_FAULT_KIND_PRESENT;
	case VMEM_COMPRESSED:
		return VMEM_FAULT_KIND_COMPRESSED;
	case VMEM_SWAPPED:
		return VMEM_FAULT_KIND_SWAPPED;
	case VMEM_WRITING:
		return VMEM_FAULT_KIND_WRITING;
	default:
		return VMEM_FAULT_KIND_PRESENT;
	}
}

/* vmem_find_page(), and what kind of fault that makes it */
static struct page *vmem_resolve(struct vmem_file *file, struct vmem_block *block, pgoff_t index,
				 bool write, enum vmem_fault_kind *kind)
{
	struct page *page;

	*kind = vmem_fault_kind(block, index, write);
	page = vmem_find_page(file, block, index, write);
	if (*kind == VMEM_FAULT_KIND_SMALL && block->huge)
		*kind = VMEM_FAULT_KIND_HUGE;
	return page;
}

/*
 * Whether the page must be one of the file's own: it is written to, or pinned for long.
 * Who pins it to read would go on reading the zeros, or what is shared, after a write.
 */
static bool vmem_wants_own(const struct vm_fault *vmf)
{
	return (vmf->vma->vm_flags & VM_SHARED) &&
	       ((vmf->flags & FAULT_FLAG_WRITE) || (current->flags & PF_MEMALLOC_PIN));
}

static vm_fault_t vmem_find_locked(struct vm_fault *vmf, struct vmem_file *file,
				   enum vmem_fault_kind *kind)
{
	bool write = vmem_wants_own(vmf);
	struct vmem_block *block = vmem_block_of(file, vmf->pgoff);
	enum vmem_fault_kind now;
	struct page *page;
	vm_fault_t ret;

	for (;;) {
		mutex_lock(&block->lock);
		vmem_place_note(file, block, vmf->vma);
		page = vmem_resolve(file, block, vmf->pgoff, write, &now);
		if (now != VMEM_FAULT_KIND_PRESENT)	/* after swapping in, it is */
			*kind = now;
		if (!IS_ERR(page))
			break;
		mutex_unlock(&block->lock);
		if (PTR_ERR(page) == -EAGAIN)
			ret = vmem_fault_swapped(vmf, file);
		else if (PTR_ERR(page) == -ENOMEM)
			ret = vmem_fault_wait(vmf, file);
		else
			ret = vmem_fault_error(PTR_ERR(page));
		if (ret)
			return ret;
	}
	get_page(page);
	lock_page(page);
	mutex_unlock(&block->lock);
	vmf->page = page;
	return VM_FAULT_LOCKED;
}

static vm_fault_t vmem_fault(struct vm_fault *vmf)
{
	struct vmem_file *file = vmem_file_of(file_inode(vmf->vma->vm_file));
	enum vmem_fault_kind kind = VMEM_FAULT_KIND_PRESENT;
	u64 start = local_clock();
	vm_fault_t ret;

	if (vmf->pgoff >= vmem_file_pages(file))
		return VM_FAULT_SIGBUS;
	vmem_count_event(file, VMEM_A_EVENTS_FAULT);
	if (READ_ONCE(file->group_is_short)) {
		WRITE_ONCE(file->group_is_short, false);
		vmem_reclaim_own(file);
	}
	ret = vmem_find_locked(vmf, file, &kind);
	if (ret != VM_FAULT_RETRY)	/* or it is counted, and the file may be gone */
		vmem_count_fault(file, kind, start);
	return ret;
}

/*
 * A page that is mapped read-only is written to, or one that vmem_fault()
 * found a moment ago.  If it is the page to write to, it goes back locked.  If
 * not, a new one takes its place, and the fault comes again to map that.
 * Without a lock on the page, 0 must never be returned: the core would retry
 * for ever where a page has no mapping.
 *
 * A folio that carries the file's mapping is some page's own, or some block's, and
 * keeps it as long as it is: whose it is was found out when this one was mapped, or
 * by vmem_fault(), and the core has held a reference since.  So it was not
 * frozen, and if it was punched, that took the mapping under the folio's lock.
 */
static vm_fault_t vmem_page_mkwrite(struct vm_fault *vmf)
{
	struct vmem_file *file = vmem_file_of(file_inode(vmf->vma->vm_file));
	struct vmem_block *block = vmem_block_of(file, vmf->pgoff);
	struct folio *folio = page_folio(vmf->page);
	vm_fault_t ret = VM_FAULT_NOPAGE;
	enum vmem_fault_kind kind;
	struct page *page;
	u64 start;

	folio_lock(folio);
	if (folio->mapping == file->inode.i_mapping)
		return VM_FAULT_LOCKED;
	folio_unlock(folio);

	start = local_clock();
	mutex_lock(&block->lock);
	vmem_place_note(file, block, vmf->vma);
	page = vmem_resolve(file, block, vmf->pgoff, true, &kind);
	if (page == vmf->page) {
		lock_page(page);
		ret = VM_FAULT_LOCKED;
	}
	mutex_unlock(&block->lock);
	if (kind != VMEM_FAULT_KIND_PRESENT)
		vmem_count_fault(file, kind, start);
	/*
	 * The core cannot drop its lock in the middle of this.  So with the page unmapped the
	 * fault comes again as one of vmem_fault(), which waits for memory, or fails.
	 */
	if (IS_ERR(page))
		unmap_mapping_pages(file->inode.i_mapping, vmf->pgoff, 1, false);
	return ret;
}

/* Nothing is mapped around a fault.  That there is a map_pages at all is what
 * lets faults run under the lock of the VMA instead of mmap_lock.
 */
static vm_fault_t vmem_map_pages(struct vm_fault *vmf, pgoff_t start, pgoff_t end)
{
	return 0;
}

/* Writes are intercepted, so that pages can be shared and zero pages mapped. */
const struct vm_operations_struct vmem_managed_vm_ops = {
	.fault		= vmem_fault,
	.map_pages	= vmem_map_pages,
	.page_mkwrite	= vmem_page_mkwrite,
};

/* With page_mkwrite, the kernel refuses writable long-term pins (VFIO, RDMA). */
const struct vm_operations_struct vmem_reserved_vm_ops = {
	.fault		= vmem_fault,
	.map_pages	= vmem_map_pages,
};
