// SPDX-License-Identifier: GPL-2.0
/*
 * The mappings of a file.  The kernel keeps them in an interval tree, and exports no function
 * that looks there.
 */
#include <linux/fs.h>
#include <linux/interval_tree_generic.h>
#include <linux/rcupdate.h>
#include <linux/sched/signal.h>

#include "vmem.h"

static unsigned long vmem_vma_first(struct vm_area_struct *vma)
{
	return vma->vm_pgoff;
}

static unsigned long vmem_vma_last(struct vm_area_struct *vma)
{
	return vma->vm_pgoff + vma_pages(vma) - 1;
}

INTERVAL_TREE_DEFINE(struct vm_area_struct, shared.rb, unsigned long, shared.rb_subtree_last,
		     vmem_vma_first, vmem_vma_last, static __maybe_unused, vmem_vma)

/**
 * vmem_is_locked() - whether a process has locked pages with mlock()
 * @file: file
 * @index: index of the first page
 * @count: number of pages
 *
 * The folio's flag does not tell: a folio of 2 MiB gets it only if it was mapped before
 * mlock() was called.
 *
 * Context: may sleep; no lock that nests inside a folio's lock.
 * Return: true if a process has locked any of them.
 */
bool vmem_is_locked(struct vmem_file *file, pgoff_t index, unsigned long count)
{
	struct address_space *mapping = file->inode.i_mapping;
	struct vm_area_struct *vma;

	i_mmap_lock_read(mapping);
	vma = vmem_vma_iter_first(&mapping->i_mmap, index, index + count - 1);
	while (vma && !(READ_ONCE(vma->vm_flags) & VM_LOCKED))
		vma = vmem_vma_iter_next(vma, index, index + count - 1);
	i_mmap_unlock_read(mapping);
	return vma;
}

/* The thread that wants SIGBUS for an error that nobody has touched yet, as in mm/ */
static struct task_struct *vmem_early_thread(struct task_struct *task)
{
	const unsigned int early = PF_MCE_PROCESS | PF_MCE_EARLY;
	struct task_struct *thread;

	for_each_thread(task, thread)
		if ((READ_ONCE(thread->flags) & early) == early)
			return thread;
	return NULL;
}

static void vmem_tell_vma(const struct vm_area_struct *vma, pgoff_t index)
{
	unsigned long address = vma->vm_start + ((index - vma->vm_pgoff) << PAGE_SHIFT);
	struct task_struct *task, *thread;

	rcu_read_lock();
	for_each_process(task) {
		if (READ_ONCE(task->mm) != vma->vm_mm)
			continue;
		thread = vmem_early_thread(task);
		if (thread)
			send_sig_mceerr(BUS_MCEERR_AO, (void __user *)address, PAGE_SHIFT, thread);
	}
	rcu_read_unlock();
}

/**
 * vmem_tell_of_poison() - signal a broken page to the processes that asked for it
 * @file: file
 * @index: index of the page in the file
 *
 * They asked with PR_MCE_KILL_EARLY, as QEMU does.  Others get SIGBUS when they touch the
 * page.
 */
void vmem_tell_of_poison(struct vmem_file *file, pgoff_t index)
{
	struct address_space *mapping = file->inode.i_mapping;
	struct vm_area_struct *vma;

	i_mmap_lock_read(mapping);
	for (vma = vmem_vma_iter_first(&mapping->i_mmap, index, index); vma;
	     vma = vmem_vma_iter_next(vma, index, index))
		vmem_tell_vma(vma, index);
	i_mmap_unlock_read(mapping);
}

/* Where a process maps a page, by the mapping and index of its folio; 0 if unknown */
static unsigned long __maybe_unused vmem_address_of(struct mm_struct *mm,
						    const struct page *page)
{
	const struct folio *folio = page_folio(page);
	const struct address_space *mapping = READ_ONCE(folio->mapping);
	pgoff_t index = folio->index + folio_page_idx(folio, page);
	struct vm_area_struct *vma;
	struct vma_iterator vmi;

	vma_iter_init(&vmi, mm, 0);
	for_each_vma(vmi, vma) {
		if (vma->vm_file && vma->vm_file->f_mapping == mapping &&
		    mapping->a_ops == &vmem_address_space_operations &&
		    index - vma->vm_pgoff < vma_pages(vma))
			return vma->vm_start + ((index - vma->vm_pgoff) << PAGE_SHIFT);
	}
	return 0;
}

/**
 * vmem_tell_reader() - signal a broken page to the task that has just read it
 * @pfn: page frame that memory_failure() could not handle
 *
 * The caller of memory_failure() sends SIGBUS without an address next, which would end
 * QEMU.  At most one SIGBUS is pending for a thread: with ours pending, BUS_MCEERR_AR at
 * the address of the page, the kernel drops the other.  A shared page does not tell whose
 * it is, so its reader is killed.
 *
 * Context: any.  Does nothing unless the current task's machine check was for this page.
 */
void vmem_tell_reader(unsigned long pfn)
{
#ifdef CONFIG_X86_MCE
	const u64 mask = GENMASK_ULL(boot_cpu_data.x86_phys_bits - 1, 0);
	struct mm_struct *mm = current->mm;
	unsigned long address;

	if (!mm || !current->mce_ripv || PHYS_PFN(current->mce_addr & mask) != pfn ||
	    !mmap_read_trylock(mm))
		return;
	address = vmem_address_of(mm, pfn_to_page(pfn));
	mmap_read_unlock(mm);
	if (address)
		send_sig_mceerr(BUS_MCEERR_AR, (void __user *)address, PAGE_SHIFT, current);
#endif
}
