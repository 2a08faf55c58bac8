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

#endif /* _COMPAT_LINUX_MM_H */
