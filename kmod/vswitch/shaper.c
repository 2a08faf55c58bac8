// SPDX-License-Identifier: GPL-2.0
/*
 * Shaping: two token buckets and a queue for one direction of a port.
 *
 * A frame passes when both buckets have credit for it: that of the average rate,
 * as deep as the burst size, and that of the peak rate.  Otherwise it is queued, or
 * dropped if the queue is full.
 */
#include "snapshot.h"

/* The queue holds 50 ms at the average rate, but at least two GSO frames. */
#define VSW_QUEUE_PART		20
#define VSW_QUEUE_MIN		(2 * GSO_LEGACY_MAX_SIZE)
#define VSW_QUEUE_MAX		SZ_16M

/* Memory per byte: full-size frames take up to three times their length. */
#define VSW_QUEUE_MEMORY	4

/* Frames that leave the queue at once, before other softirqs have their turn */
#define VSW_QUEUE_BUDGET	64

/**
 * vsw_shape_compile() - prepare shaping for the data path
 * @shape: to be filled
 * @shaping: as configured
 */
void vsw_shape_compile(struct vsw_shape *shape, const struct vsw_shaping *shaping)
{
	u64 average = shaping->average * 125ULL, peak = shaping->peak * 125ULL;

	if (!average)
		return;
	vsw_rate_set(&shape->average, average, shaping->burst * 1024ULL);
	vsw_rate_set(&shape->peak, peak, peak / MSEC_PER_SEC);
	shape->queue_bytes = clamp(average / VSW_QUEUE_PART, VSW_QUEUE_MIN, (u64)VSW_QUEUE_MAX);
	shape->queue_memory = VSW_QUEUE_MEMORY * shape->queue_bytes;
}

/* How long the first frame must wait, in ns */
static u64 vsw_shaper_wait(struct vsw_shaper *shaper, const struct vsw_shape *shape, u32 len)
{
	u64 now = ktime_get_ns();

	lockdep_assert_held(&shaper->lock);
	vsw_bucket_fill(&shaper->average, &shape->average, now);
	vsw_bucket_fill(&shaper->peak, &shape->peak, now);
	return max(vsw_bucket_wait(&shaper->average, &shape->average, len),
		   vsw_bucket_wait(&shaper->peak, &shape->peak, len));
}

static void vsw_shaper_take(struct vsw_shaper *shaper, u32 len)
{
	vsw_bucket_take(&shaper->average, len);
	vsw_bucket_take(&shaper->peak, len);
}

static void vsw_shaper_arm(struct vsw_shaper *shaper, u64 wait)
{
	hrtimer_start(&shaper->timer, ns_to_ktime(wait), HRTIMER_MODE_REL_SOFT);
}

static enum vsw_verdict vsw_shaper_enqueue(struct vsw_shaper *shaper, const struct vsw_shape *shape,
					   struct sk_buff *skb)
{
	if (shaper->stopped)
		return VSW_FULL;
	if (shaper->backlog && (shaper->backlog + skb->len > shape->queue_bytes ||
				shaper->memory + skb->truesize > shape->queue_memory))
		return VSW_FULL;
	shaper->backlog += skb->len;
	shaper->memory += skb->truesize;
	__skb_queue_tail(&shaper->queue, skb);
	return VSW_QUEUED;
}

static enum vsw_verdict vsw_shape_locked(struct vsw_shaper *shaper, const struct vsw_shape *shape,
					 struct sk_buff *skb)
{
	enum vsw_verdict verdict;
	u64 wait;

	if (shaper->draining || !skb_queue_empty(&shaper->queue))
		return vsw_shaper_enqueue(shaper, shape, skb);
	wait = vsw_shaper_wait(shaper, shape, skb->len);
	if (!wait) {
		vsw_shaper_take(shaper, skb->len);
		return VSW_PASS;
	}
	verdict = vsw_shaper_enqueue(shaper, shape, skb);
	if (verdict == VSW_QUEUED)
		vsw_shaper_arm(shaper, wait);
	return verdict;
}

/**
 * vsw_shape() - pass, queue or refuse a frame
 * @shaper: direction of a port
 * @shape: its rates in the snapshot
 * @skb: frame
 *
 * Context: rcu_read_lock(), bottom halves off.
 * Return: VSW_PASS; VSW_QUEUED if vsw_forward_shaped() or vsw_deliver_shaped()
 * gets the frame later; VSW_FULL if the caller has to drop it.
 */
enum vsw_verdict vsw_shape(struct vsw_shaper *shaper, const struct vsw_shape *shape,
			   struct sk_buff *skb)
{
	enum vsw_verdict verdict;

	spin_lock(&shaper->lock);
	verdict = vsw_shape_locked(shaper, shape, skb);
	spin_unlock(&shaper->lock);
	return verdict;
}

/* The next frame that may leave, or NULL; without shaping, all may. */
static struct sk_buff *vsw_shaper_next(struct vsw_shaper *shaper, const struct vsw_shape *shape)
{
	struct sk_buff *skb;
	u64 wait = 0;

	spin_lock(&shaper->lock);
	skb = skb_peek(&shaper->queue);
	if (skb && shape)
		wait = vsw_shaper_wait(shaper, shape, skb->len);
	shaper->draining = skb && !wait;
	if (shaper->draining) {
		if (shape)
			vsw_shaper_take(shaper, skb->len);
		__skb_unlink(skb, &shaper->queue);
		shaper->backlog -= skb->len;
		shaper->memory -= skb->truesize;
	} else if (skb) {
		vsw_shaper_arm(shaper, wait);
		skb = NULL;
	}
	spin_unlock(&shaper->lock);
	return skb;
}

/* The budget is spent: continue after other softirqs had their turn. */
static void vsw_shaper_pause(struct vsw_shaper *shaper)
{
	spin_lock(&shaper->lock);
	shaper->draining = false;
	if (!skb_queue_empty(&shaper->queue))
		vsw_shaper_arm(shaper, 0);
	spin_unlock(&shaper->lock);
}

static enum hrtimer_restart vsw_shaper_fire(struct hrtimer *timer)
{
	struct vsw_shaper *shaper = container_of(timer, struct vsw_shaper, timer);
	const struct vsw_port *port = shaper->port;
	const struct vsw_fwd_features *features;
	const struct vsw_shape *shape = NULL;
	unsigned int sent;
	struct sk_buff *skb;

	rcu_read_lock();
	features = rcu_dereference(port->sw->fwd)->ports[port->id].features;
	if (features && features->shape[shaper->egress].queue_bytes)
		shape = &features->shape[shaper->egress];
	for (sent = 0; sent < VSW_QUEUE_BUDGET; sent++) {
		skb = vsw_shaper_next(shaper, shape);
		if (!skb)
			break;
		if (shaper->egress)
			vsw_deliver_shaped(port, skb);
		else
			vsw_forward_shaped(port, skb);
	}
	if (sent == VSW_QUEUE_BUDGET)
		vsw_shaper_pause(shaper);
	rcu_read_unlock();
	return HRTIMER_NORESTART;
}

static void vsw_shaper_init(struct vsw_shaper *shaper, const struct vsw_port *port, bool egress)
{
	spin_lock_init(&shaper->lock);
	__skb_queue_head_init(&shaper->queue);
	hrtimer_setup(&shaper->timer, vsw_shaper_fire, CLOCK_MONOTONIC, HRTIMER_MODE_REL_SOFT);
	shaper->port = port;
	shaper->egress = egress;
}

/**
 * vsw_shapers_init() - prepare the shaping of a port that joins
 * @port: port
 */
void vsw_shapers_init(struct vsw_port *port)
{
	vsw_shaper_init(&port->shapers[VSW_INGRESS], port, false);
	vsw_shaper_init(&port->shapers[VSW_EGRESS], port, true);
}

static void vsw_shaper_stop(struct vsw_shaper *shaper)
{
	struct sk_buff_head queue;

	__skb_queue_head_init(&queue);
	spin_lock_bh(&shaper->lock);
	shaper->stopped = true;
	shaper->backlog = 0;
	shaper->memory = 0;
	skb_queue_splice_init(&shaper->queue, &queue);
	spin_unlock_bh(&shaper->lock);
	hrtimer_cancel(&shaper->timer);
	__skb_queue_purge(&queue);
}

/**
 * vsw_shapers_stop() - drop queued frames and queue no more
 * @port: port that leaves, still in the snapshot
 *
 * Queued frames refer to devices that may be gone when this has returned.
 *
 * Context: process.
 */
void vsw_shapers_stop(struct vsw_port *port)
{
	vsw_shaper_stop(&port->shapers[VSW_INGRESS]);
	vsw_shaper_stop(&port->shapers[VSW_EGRESS]);
}

static void vsw_shaper_rearm(struct vsw_shaper *shaper)
{
	spin_lock_bh(&shaper->lock);
	if (!skb_queue_empty(&shaper->queue))
		vsw_shaper_arm(shaper, 0);
	spin_unlock_bh(&shaper->lock);
}

/**
 * vsw_shapers_rearm() - recompute how long queued frames must wait
 * @port: port, with a new snapshot
 */
void vsw_shapers_rearm(struct vsw_port *port)
{
	vsw_shaper_rearm(&port->shapers[VSW_INGRESS]);
	vsw_shaper_rearm(&port->shapers[VSW_EGRESS]);
}
