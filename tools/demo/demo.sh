#!/bin/bash
# SPDX-License-Identifier: GPL-2.0
#
# The demo, as it runs inside the test machine: see ./run.
#
#   g1 g2 ─┐                                 ┌─ out10   VLAN 10
#          ├ prod (VLAN 10) ┐                │
#   vmk0  ─┘                ├ vs0 ═ uplink0 ═ br0 (the "physical switch")
#   g3 g4 ── dev (VLAN 20) ─┘                │
#                                            └─ out20   VLAN 20
#
# Guests and outside hosts are network namespaces.  br0 is a VLAN-aware Linux
# bridge, in a namespace of its own: we have not written what judges us.

set -u

bold='' plain=''
if [ -n "${DEMO_COLOR:-}" ]; then
	bold=$'\e[1m' plain=$'\e[0m'
fi
failed=0

title()
{
	printf '\n%s== %s%s\n' "$bold" "$*" "$plain"
}

# Show a command and run it; the demo goes on if it fails, and fails in the end.
run()
{
	printf '%s$ %s%s\n' "$bold" "$*" "$plain"
	"$@" || wrong "this command failed: $*"
}

right()
{
	printf '   -> %s\n' "$*"
}

wrong()
{
	printf '   -> NOT SO: %s\n' "$*"
	failed=1
}

guest()
{
	ip netns exec "$@"
}

# add_host NAMESPACE ADDRESS DEVICE MAC: a host on the other end of DEVICE
add_host()
{
	ip netns add "$1"
	ip link add "$3" type veth peer name eth0 address "$4" netns "$1"
	ip -n "$1" addr add "$2" dev eth0
	ip -n "$1" link set eth0 up
}

can_ping()
{
	run ip netns exec "$1" ping -q -c 3 -i 0.2 -W 2 "$2"
}

cannot_ping()
{
	printf '%s$ ip netns exec %s ping -q -c 2 -i 0.2 -W 1 %s%s\n' "$bold" "$1" "$2" "$plain"
	if guest "$1" ping -q -c 2 -i 0.2 -W 1 "$2"; then
		wrong "$1 reaches $2"
	else
		right "nothing comes back, as it should be: $3"
	fi
}

# throughput FROM TO ADDRESS WHERE
throughput()
{
	local rate

	guest "$2" iperf3 -s -1 -D >/dev/null
	until guest "$2" ss -Hltn sport = :5201 | grep -q 5201; do :; done
	printf '%s$ ip netns exec %s iperf3 -c %s -t 3%s\n' "$bold" "$1" "$3" "$plain"
	rate=$(guest "$1" iperf3 -J -c "$3" -t 3 | jq '.end.sum_received.bits_per_second // 0 | round')
	if [ "${rate:-0}" -gt 1000000 ]; then
		right "$((rate / 1000000)) Mbit/s $4 (in an emulated machine: real ones are many times faster)"
	else
		wrong "iperf3 carried $rate bit/s $4"
	fi
}

drops()
{
	vsctl -j stats vs0 "$1" | jq --arg reason "$2" '.[0].drop[$reason] // 0'
}

guests_and_outside()
{
	for n in 1 2; do
		add_host "g$n" "10.0.0.$n/24" "tap$n" "02:00:00:00:00:0$n"
	done
	for n in 3 4; do
		add_host "g$n" "10.0.0.$n/24" "tap$n" "02:00:00:00:00:0$n"
	done
	ip netns add physical
	ip link add uplink0 type veth peer name trunk netns physical
	for vlan in 10 20; do
		add_host "out$vlan" "10.0.0.1$vlan/24" "wire$vlan" "02:00:00:00:01:$vlan"
		ip link set "wire$vlan" netns physical
	done
	ip -n physical link add br0 type bridge vlan_filtering 1 vlan_default_pvid 0
	for port in trunk wire10 wire20; do
		ip -n physical link set "$port" master br0 up
	done
	ip -n physical link set br0 up
	bridge -n physical vlan add dev trunk vid 10
	bridge -n physical vlan add dev trunk vid 20
	bridge -n physical vlan add dev wire10 vid 10 pvid untagged
	bridge -n physical vlan add dev wire20 vid 20 pvid untagged
}

build_switch()
{
	run vsctl switch add vs0
	run vsctl uplink add vs0 uplink0
	run vsctl portgroup add vs0 prod vlan 10
	run vsctl portgroup add vs0 dev vlan 20
	for n in 1 2; do
		run vsctl port add vs0 "tap$n" portgroup prod mac "02:00:00:00:00:0$n"
	done
	for n in 3 4; do
		run vsctl port add vs0 "tap$n" portgroup dev mac "02:00:00:00:00:0$n"
	done
	run vsctl vmk add vs0 vmk0 portgroup prod address 10.0.0.100/24
}

show_isolation()
{
	can_ping g1 10.0.0.2
	right "g1 and g2 are in port group prod"
	can_ping g3 10.0.0.4
	right "g3 and g4 are in port group dev"
	cannot_ping g1 10.0.0.3 "prod is VLAN 10, dev is VLAN 20, though the addresses are of one subnet"
}

show_outside()
{
	can_ping g1 10.0.0.110
	can_ping g3 10.0.0.120
	cannot_ping g1 10.0.0.120 "out20 is in VLAN 20"
	run ping -q -c 3 -i 0.2 -W 2 10.0.0.110
	right "the host itself, through its VMkernel adapter vmk0"
	run ping -q -c 2 -i 0.2 -W 2 10.0.0.1
}

show_wire()
{
	local capture=/tmp/demo.pcap

	printf '%s$ tcpdump -i trunk (at the far end of the uplink, while g1 and g3 ping)%s\n' "$bold" "$plain"
	guest physical timeout 20 tcpdump -i trunk -c 4 -w "$capture" vlan and icmp 2>/tmp/demo.tcpdump &
	until grep -q listening /tmp/demo.tcpdump 2>/dev/null; do :; done
	guest g1 ping -q -c 1 -W 2 10.0.0.110 >/dev/null
	guest g3 ping -q -c 1 -W 2 10.0.0.120 >/dev/null
	wait $! || wrong "tcpdump did not see four tagged frames"
	tcpdump -e -n -r "$capture" 2>/dev/null | cut -d ' ' -f 2- | cut -c 1-150
	for vlan in 10 20; do
		if tcpdump -e -n -r "$capture" 2>/dev/null | grep -q "vlan $vlan,.*ICMP echo request"; then
			right "the frames of VLAN $vlan carry their 802.1Q tag"
		else
			wrong "no frame with the tag of VLAN $vlan on the wire"
		fi
	done
}

show_forgery()
{
	local before after

	before=$(drops tap1 forged_source)
	run ip -n g1 link set eth0 address 02:00:00:00:00:66
	cannot_ping g1 10.0.0.2 "g1 uses an address that is not its own, and forged transmits are rejected"
	after=$(drops tap1 forged_source)
	run vsctl stats vs0 tap1
	if [ "$after" -gt "$before" ]; then
		right "$((after - before)) frames were dropped as forged_source, and counted"
	else
		wrong "no frame was counted as forged"
	fi
	run vsctl portgroup set vs0 prod mac-changes accept
	run vsctl port set vs0 tap1 effective-mac 02:00:00:00:00:66
	run ip -n g1 neighbour flush dev eth0
	run ip -n g2 neighbour flush dev eth0
	can_ping g1 10.0.0.2
	right "the administrator may allow the new address, for this port group only"
	run vsctl port set vs0 tap1 effective-mac 02:00:00:00:00:01
	run vsctl portgroup set vs0 prod mac-changes inherit
	run ip -n g1 link set eth0 address 02:00:00:00:00:01
}

show_tables()
{
	run vsctl switch show
	run vsctl portgroup show vs0
	run vsctl port show vs0
	run vsctl uplink show vs0
	run vsctl vmk show vs0
	run vsctl stats vs0
}

show_configuration_file()
{
	local file=/tmp/vs0.yaml

	printf '%s$ vsctl save vs0 > %s%s\n' "$bold" "$file" "$plain"
	vsctl save vs0 >"$file" || wrong "the configuration could not be saved"
	cat "$file"
	run vsctl apply -f "$file"
	run sed -i 's/vlan: 20/vlan: 30/' "$file"
	run vsctl apply -f "$file"
	cannot_ping g3 10.0.0.120 "dev is VLAN 30 now"
	can_ping g3 10.0.0.4
}

title "Four guests, two hosts outside, and a physical switch between them (a Linux bridge)"
guests_and_outside
title "A virtual switch: two port groups, an uplink, a VMkernel adapter of the host"
build_switch
title "Inside a VLAN there is traffic, across VLANs there is none"
show_isolation
throughput g1 g2 10.0.0.2 "from guest to guest"
title "Through the uplink to the world outside"
show_outside
throughput g1 out10 10.0.0.110 "through the uplink"
title "What is on the wire of the uplink"
show_wire
title "A guest that pretends to be another one"
show_forgery
title "What the administrator sees"
show_tables
title "The configuration as a file"
show_configuration_file

echo
if [ "$failed" = 0 ]; then
	echo "The demo is over, and all of it was as it should be."
else
	echo "Some of the demo was NOT as it should be: see above."
fi
exit "$failed"
