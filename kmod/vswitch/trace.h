/* SPDX-License-Identifier: GPL-2.0 */
#undef TRACE_SYSTEM
#define TRACE_SYSTEM vswitch

#if !defined(_VSWITCH_TRACE_H) || defined(TRACE_HEADER_MULTI_READ)
#define _VSWITCH_TRACE_H

#include <linux/skbuff.h>
#include <linux/tracepoint.h>

#include "snapshot.h"

/* A dropped frame, as counted in &vsw_port_stats.drops */
TRACE_EVENT(vswitch_drop,
	TP_PROTO(const struct vsw_fwd_port *port, const struct sk_buff *skb,
		 enum vswitch_drop_reason reason),
	TP_ARGS(port, skb, reason),
	TP_STRUCT__entry(
		__array(char, port, IFNAMSIZ)
		__field(int, ifindex)
		__field(const void *, skbaddr)
		__field(unsigned int, len)
		__field(u8, reason)
		__array(char, reason_name, 24)
	),
	TP_fast_assign(
		memcpy(__entry->port, port->dev->name, IFNAMSIZ);
		__entry->ifindex = port->dev->ifindex;
		__entry->skbaddr = skb;
		__entry->len = skb->len;
		__entry->reason = reason;
		strscpy(__entry->reason_name, vsw_drop_names[reason], 24);
	),
	TP_printk("port=%s ifindex=%d skbaddr=%p len=%u reason=%s", __entry->port,
		  __entry->ifindex, __entry->skbaddr, __entry->len, __entry->reason_name)
);

#endif /* _VSWITCH_TRACE_H */

#undef TRACE_INCLUDE_PATH
#define TRACE_INCLUDE_PATH .
#undef TRACE_INCLUDE_FILE
#define TRACE_INCLUDE_FILE trace

#include <trace/define_trace.h>
