// SPDX-License-Identifier: GPL-2.0
/* Send all frames out of device IFINDEX. */
#include <linux/bpf.h>

static long (*bpf_redirect)(__u32 ifindex, __u64 flags) = (void *)BPF_FUNC_redirect;

__attribute__((section("tc"), used)) int redirect(struct __sk_buff *skb)
{
	return bpf_redirect(IFINDEX, 0);
}

char terms[] __attribute__((section("license"), used)) = "GPL";
