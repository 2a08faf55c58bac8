// SPDX-License-Identifier: GPL-2.0
/*
 * Module init and exit: the table of contents of vmem.
 */
#include <linux/init.h>
#include <linux/module.h>

#include "vmem.h"

/* In this order, and back */
static const struct {
	int (*init)(void);
	void (*exit)(void);
} vmem_parts[] __refconst = {
	{ vmem_spare_init, vmem_spare_exit },
	{ vmem_alloc_init, vmem_alloc_exit },
	{ vmem_zero_init, vmem_zero_exit },
	{ vmem_store_init, vmem_store_exit },
	{ vmem_compress_init, vmem_compress_exit },
	{ vmem_swap_init, vmem_swap_exit },
	{ vmem_poison_init, vmem_poison_exit },
	{ vmem_reclaim_init, vmem_reclaim_exit },
	{ vmem_shrink_init, vmem_shrink_exit },
	{ vmem_unused_init, vmem_unused_exit },
	{ vmem_netlink_init, vmem_netlink_exit },
	{ vmem_sample_init, vmem_sample_exit },
	{ vmem_super_init, vmem_super_exit },
};

static void vmem_exit_parts(unsigned int count)
{
	while (count--)
		vmem_parts[count].exit();
}

static int __init vmem_init(void)
{
	unsigned int i;
	int err;

	vmem_content_init();
	for (i = 0; i < ARRAY_SIZE(vmem_parts); i++) {
		err = vmem_parts[i].init();
		if (err) {
			vmem_exit_parts(i);
			return err;
		}
	}
	return 0;
}

static void __exit vmem_exit(void)
{
	vmem_exit_parts(ARRAY_SIZE(vmem_parts));
}

module_init(vmem_init);
module_exit(vmem_exit);

MODULE_LICENSE("GPL");
MODULE_DESCRIPTION("Filesystem for the memory of guests");
