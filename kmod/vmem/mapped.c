// SPDX-License-Identifier: GPL-2.0
/*
 * Who has a file mapped.  The kernel keeps the mappings of a file in a tree, by
 * the pages that they show, and has no function for modules that looks there.
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
 * vmem_is_locked() - whether pages are to stay in memory: mlock()
 * @file: file
 * @index: index of the first page
 * @count: number of pages
 *
 * The mark in a folio does not say so: one of 2 MiB only gets it where it was mapped
 * before mlock() was called.
 *
 * Context: may sleep; no lock inside of that of a folio.
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

/* The kernel's way to say which thread is told of an error that nobody has touched yet */
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
 * vmem_tell_of_poison() - signal a broken page to the processes that want to know
 * @file: file
 * @index: index of the page in the file
 *
 * Those are who asked with PR_MCE_KILL_EARLY for their own, as QEMU does.  All
 * others learn of it as they touch the page.
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

/* Where a process has a page mapped, by what its folio says: 0 where that does not tell */
static unsigned long vmem_address_of(struct mm_struct *mm, const struct page *page)
{
	const struct folio *folio = page_folio(page);
	const struct address_space *mapping = READ_ONCE(folio->mapping);
	pgoff_t index = folio->index + folio_page_idx(folio, page);
	struct vm_area_struct *vma;
	VMA_ITERATOR(vmi, mm, 0);

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
 * @pfn: page frame, of which memory_failure() says that it cannot be handled
 *
 * The caller of memory_failure() sends SIGBUS next, without an address, which would end
 * QEMU.  But one SIGBUS is pending for a thread at most: with ours, BUS_MCEERR_AR at the
 * address of the page, there already, that one is dropped.  Pages that several share
 * carry no file's mapping: who reads one of these is killed.
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
