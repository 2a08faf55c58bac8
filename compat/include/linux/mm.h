/* SPDX-License-Identifier: GPL-2.0 */
#include_next <linux/mm.h>

#ifndef _COMPAT_LINUX_MM_H
#define _COMPAT_LINUX_MM_H

/* Since 6.3 */
#ifndef COMPAT_HAS_VM_FLAGS_SET
static inline void vm_flags_set(struct vm_area_struct *vma, vm_flags_t flags)
{
	vma->vm_flags |= flags;
}
#endif

/* Since 6.4, where a fault may hold the lock of its VMA instead */
#ifndef COMPAT_HAS_RELEASE_FAULT_LOCK
static inline void release_fault_lock(struct vm_fault *vmf)
{
	mmap_read_unlock(vmf->vma->vm_mm);
}
#endif

#endif /* _COMPAT_LINUX_MM_H */
