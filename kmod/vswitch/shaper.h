/* SPDX-License-Identifier: GPL-2.0 */
/*
 * Shaping: limits one direction of a port to an average and a peak rate.
 */
#ifndef _VSWITCH_SHAPER_H
#define _VSWITCH_SHAPER_H

#include <linux/hrtimer.h>
#include <linux/math64.h>
#include <linux/skbuff.h>
#include <linux/spinlock.h>

#include "bucket.h"

struct vsw_port;
struct vsw_shaping;

/**
 * struct vsw_shape - shaping as compiled into a snapshot
 * @average: as deep as the burst size
 * @peak: a millisecond deep, so that the timer need not fire more often
 * @queue_bytes: limit of the queue in bytes of frames, 0 for no shaping
 * @queue_memory: and in bytes of memory
 */
struct vsw_shape {
	struct vsw_rate average;
	struct vsw_rate peak;
	u32 queue_bytes;
	u32 queue_memory;
};

/**
 * struct vsw_shaper - credit and queue of one direction of a port
 * @lock: protects all of it
 * @average: credit for the average rate
 * @peak: credit for the peak rate
 * @queue: waiting frames, the first of which @timer waits for
 * @backlog: bytes of @queue
 * @memory: memory of @queue, in bytes: short frames take much more than their length
 * @draining: the timer is sending from @queue: new frames queue up
 * @stopped: the port leaves: nothing is queued
 * @timer: fires in softirq
 * @port: port
 * @egress: direction
 */
struct vsw_shaper {
	spinlock_t lock;	/* all of it */
	struct vsw_bucket average;
	struct vsw_bucket peak;
	struct sk_buff_head queue;
	u32 backlog;
	u32 memory;
	bool draining;
	bool stopped;
	struct hrtimer timer;
	const struct vsw_port *port;
	bool egress;
};

/* Verdict on a frame: see vsw_shape() */
enum vsw_verdict {
	VSW_PASS,
	VSW_QUEUED,
	VSW_FULL,
};

void vsw_shapers_init(struct vsw_port *port);
void vsw_shapers_stop(struct vsw_port *port);
void vsw_shapers_rearm(struct vsw_port *port);
void vsw_shape_compile(struct vsw_shape *shape, const struct vsw_shaping *shaping);
enum vsw_verdict vsw_shape(struct vsw_shaper *shaper, const struct vsw_shape *shape,
			   struct sk_buff *skb);

#endif /* _VSWITCH_SHAPER_H */
