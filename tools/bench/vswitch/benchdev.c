// SPDX-License-Identifier: GPL-2.0
/*
 * For measuring only: devices that end a frame's way, and the least that a
 * device can do to send it on.
 *
 *   echo b0 >/sys/module/benchdev/parameters/sink		frames end here
 *   echo a1 b1 >/sys/module/benchdev/parameters/redirect	a1's go out of b1
 *   echo a1 >/sys/module/benchdev/parameters/release		as before
 *
 * Frames are counted where they end, so that none is lost unnoticed.
 */
#include <linux/if_vlan.h>
#include <linux/module.h>
#include <linux/netdevice.h>
#include <linux/rtnetlink.h>

/* One of each for each CPU: CPUs that write one line together would be measured. */
struct counters {
	unsigned long frames;
	unsigned long bytes;
	unsigned long tagged;
};

static DEFINE_PER_CPU_ALIGNED(struct counters, counters);

static int get_counter(char *buffer, const struct kernel_param *param)
{
	unsigned long offset = (unsigned long)param->arg, sum = 0;
	int cpu;

	for_each_possible_cpu(cpu)
		sum += *(unsigned long *)((char *)per_cpu_ptr(&counters, cpu) + offset);
	return sprintf(buffer, "%lu\n", sum);
}

static const struct kernel_param_ops counter_ops = { .get = get_counter };

module_param_cb(frames, &counter_ops, (void *)offsetof(struct counters, frames), 0444);
MODULE_PARM_DESC(frames, "frames that ended");
module_param_cb(bytes, &counter_ops, (void *)offsetof(struct counters, bytes), 0444);
MODULE_PARM_DESC(bytes, "their bytes, without Ethernet headers");
module_param_cb(tagged, &counter_ops, (void *)offsetof(struct counters, tagged), 0444);
MODULE_PARM_DESC(tagged, "frames that ended with a VLAN tag");

static rx_handler_result_t sink_frame(struct sk_buff **pskb)
{
	struct counters *mine = this_cpu_ptr(&counters);

	mine->frames++;
	mine->bytes += (*pskb)->len;
	mine->tagged += skb_vlan_tag_present(*pskb);
	consume_skb(*pskb);
	return RX_HANDLER_CONSUMED;
}

static rx_handler_result_t redirect_frame(struct sk_buff **pskb)
{
	struct sk_buff *skb = *pskb;

	skb->dev = rcu_dereference(skb->dev->rx_handler_data);
	__skb_push(skb, ETH_HLEN);
	dev_queue_xmit(skb);
	return RX_HANDLER_CONSUMED;
}

static struct net_device *find_device(char *name)
{
	return name ? __dev_get_by_name(&init_net, strim(name)) : NULL;
}

static int set_sink(const char *value, const struct kernel_param *param)
{
	char name[2 * IFNAMSIZ];
	struct net_device *dev;
	int err = -ENODEV;

	strscpy(name, value, sizeof(name));
	rtnl_lock();
	dev = find_device(name);
	if (dev)
		err = netdev_rx_handler_register(dev, sink_frame, NULL);
	rtnl_unlock();
	return err;
}

static int set_redirect(const char *value, const struct kernel_param *param)
{
	char name[2 * IFNAMSIZ];
	struct net_device *from, *to;
	char *rest = name;
	int err = -ENODEV;

	strscpy(name, value, sizeof(name));
	rtnl_lock();
	from = find_device(strsep(&rest, " "));
	to = find_device(rest);
	if (from && to)
		err = netdev_rx_handler_register(from, redirect_frame, to);
	rtnl_unlock();
	return err;
}

static int set_release(const char *value, const struct kernel_param *param)
{
	char name[2 * IFNAMSIZ];
	struct net_device *dev;
	int err = -ENODEV;

	strscpy(name, value, sizeof(name));
	rtnl_lock();
	dev = find_device(name);
	if (dev) {
		netdev_rx_handler_unregister(dev);
		err = 0;
	}
	rtnl_unlock();
	return err;
}

static const struct kernel_param_ops sink_ops = { .set = set_sink };
static const struct kernel_param_ops redirect_ops = { .set = set_redirect };
static const struct kernel_param_ops release_ops = { .set = set_release };

module_param_cb(sink, &sink_ops, NULL, 0200);
module_param_cb(redirect, &redirect_ops, NULL, 0200);
module_param_cb(release, &release_ops, NULL, 0200);

static int __init benchdev_init(void)
{
	return 0;
}
module_init(benchdev_init);

/* Devices that still have a handler hold no reference: the machine ends with the run. */
static void __exit benchdev_exit(void)
{
}
module_exit(benchdev_exit);

MODULE_DESCRIPTION("Ends of the way for measured frames");
MODULE_LICENSE("GPL");
