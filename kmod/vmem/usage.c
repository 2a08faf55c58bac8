// SPDX-License-Identifier: GPL-2.0
/*
 * How much memory a guest has and uses, for who decides about it.
 */
#include "vmem.h"

/**
 * vmem_granted() - how much memory a file has
 * @file: file
 *
 * Return: pages, as in &vmem_usage.granted.
 */
unsigned long vmem_granted(struct vmem_file *file)
{
	return vmem_file_count(file, VMEM_PRIVATE) + vmem_file_count(file, VMEM_HUGE) +
	       vmem_file_count(file, VMEM_SHARED) + vmem_file_count(file, VMEM_WRITING) +
	       vmem_pool_pages(file);
}
EXPORT_SYMBOL_GPL(vmem_granted);

/**
 * vmem_get_usage() - how much memory a file has and uses
 * @file: file
 * @usage: gets it
 */
void vmem_get_usage(struct vmem_file *file, struct vmem_usage *usage)
{
	usage->size = vmem_file_pages(file);
	usage->reserved = vmem_is_reserved(file) ? usage->size : 0;
	usage->granted = vmem_granted(file);
	usage->away = vmem_file_count(file, VMEM_COMPRESSED) + vmem_file_count(file, VMEM_SWAPPED);
	usage->active = vmem_active(file);
	usage->measured = READ_ONCE(file->sampled);
}
EXPORT_SYMBOL_GPL(vmem_get_usage);
