/* SPDX-License-Identifier: GPL-2.0 */
#undef TRACE_SYSTEM
#define TRACE_SYSTEM vmem

#if !defined(_VMEM_TRACE_H) || defined(TRACE_HEADER_MULTI_READ)
#define _VMEM_TRACE_H

#include <linux/tracepoint.h>

#include "vmem.h"

DECLARE_EVENT_CLASS(vmem_page,
	TP_PROTO(const struct vmem_file *file, pgoff_t index),
	TP_ARGS(file, index),
	TP_STRUCT__entry(
		__field(unsigned long, id)
		__field(pgoff_t, index)
	),
	TP_fast_assign(
		__entry->id = file->inode.i_ino;
		__entry->index = index;
	),
	TP_printk("id=%lu index=%lu", __entry->id, __entry->index)
);

/* A write to a shared page gave the page a folio of its own. */
DEFINE_EVENT(vmem_page, vmem_break,
	TP_PROTO(const struct vmem_file *file, pgoff_t index),
	TP_ARGS(file, index)
);

/* A block of 2 MiB, which begins at this page, was split. */
DEFINE_EVENT(vmem_page, vmem_split,
	TP_PROTO(const struct vmem_file *file, pgoff_t index),
	TP_ARGS(file, index)
);

/* A page was written to the swap file, or not: err. */
TRACE_EVENT(vmem_swap_out,
	TP_PROTO(const struct vmem_file *file, pgoff_t index, int err),
	TP_ARGS(file, index, err),
	TP_STRUCT__entry(
		__field(unsigned long, id)
		__field(pgoff_t, index)
		__field(int, err)
	),
	TP_fast_assign(
		__entry->id = file->inode.i_ino;
		__entry->index = index;
		__entry->err = err;
	),
	TP_printk("id=%lu index=%lu err=%d", __entry->id, __entry->index, __entry->err)
);

/* Pages were given back: a hole was punched. */
TRACE_EVENT(vmem_punch,
	TP_PROTO(const struct vmem_file *file, pgoff_t index, pgoff_t pages),
	TP_ARGS(file, index, pages),
	TP_STRUCT__entry(
		__field(unsigned long, id)
		__field(pgoff_t, index)
		__field(pgoff_t, pages)
	),
	TP_fast_assign(
		__entry->id = file->inode.i_ino;
		__entry->index = index;
		__entry->pages = pages;
	),
	TP_printk("id=%lu index=%lu pages=%lu", __entry->id, __entry->index, __entry->pages)
);

/* Memory was taken from a file: this many pages of those asked for. */
TRACE_EVENT(vmem_reclaim,
	TP_PROTO(const struct vmem_file *file, long pages, long freed),
	TP_ARGS(file, pages, freed),
	TP_STRUCT__entry(
		__field(unsigned long, id)
		__field(long, pages)
		__field(long, freed)
	),
	TP_fast_assign(
		__entry->id = file->inode.i_ino;
		__entry->pages = pages;
		__entry->freed = freed;
	),
	TP_printk("id=%lu pages=%ld freed=%ld", __entry->id, __entry->pages, __entry->freed)
);

#endif /* _VMEM_TRACE_H */

#undef TRACE_INCLUDE_PATH
#define TRACE_INCLUDE_PATH .
#undef TRACE_INCLUDE_FILE
#define TRACE_INCLUDE_FILE trace

#include <trace/define_trace.h>
