#!/bin/bash
# SPDX-License-Identifier: GPL-2.0
#
# What a vswitch does, shown with commands as they run.  Needs root and the
# module; "make demo" runs it in a test machine.  Exits non-zero as soon as
# something is not as it says.

set -euo pipefail

bold='' plain='' failed=''
if [ -t 1 ]; then
	bold=$'\e[1m' plain=$'\e[0m' failed=$'\e[1;31m'
fi

heading()
{
	printf '\n%s=== %s ===%s\n' "$bold" "$1" "$plain"
	shift
	printf '%s\n' "$@"
	echo
}

show_command()
{
	printf '%s+ %s%s\n' "$bold" "$*" "$plain"
}

# run COMMAND...: show a command, and run it
run()
{
	show_command "$@"
	"$@"
}

not_so()
{
	printf '%sNOT SO: %s%s\n' "$failed" "$*" "$plain" >&2
	exit 1
}

so()
{
	printf '  -> %s\n' "$*"
}

# in_ns NAMESPACE COMMAND...
in_ns()
{
	run ip netns exec "$@"
}

can_ping()
{
	in_ns "$1" ping -q -c 3 -i 0.2 -W 10 "$2" || not_so "$1 reaches $2"
	so "$1 reaches $2."
}

cannot_ping()
{
	! in_ns "$1" ping -q -c 2 -i 0.2 -W 1 "$2" || not_so "$1 does not reach $2"
	so "$1 does not reach $2."
}

# A host: a namespace with one NIC, eth0, whose other end is the device $2
make_host()
{
	ip netns add "$1"
	run ip link add "$2" type veth peer name eth0 netns "$1"
	ip -n "$1" link set lo up
	ip netns exec "$1" sysctl -qw net.ipv6.conf.all.disable_ipv6=1
	ip -n "$1" link set eth0 address "$4"
	run ip -n "$1" address add "$3/24" dev eth0
	ip -n "$1" link set eth0 up
}

# The same, behind the physical switch, in a VLAN
make_outside_host()
{
	make_host "$1" "$2" "$3" "$4"
	ip link set "$2" netns physical
	ip -n physical link set "$2" master sw0 up
	bridge -n physical vlan del dev "$2" vid 1
	run bridge -n physical vlan add dev "$2" vid "$5" pvid untagged
}

make_physical_switch()
{
	run ip netns add physical
	ip netns exec physical sysctl -qw net.ipv6.conf.all.disable_ipv6=1 \
		net.ipv6.conf.default.disable_ipv6=1
	run ip -n physical link add sw0 type bridge vlan_filtering 1
	run ip link add eth0 type veth peer name port1 netns physical
	run ip -n physical link set port1 master sw0 up
	run bridge -n physical vlan add dev port1 vid 10
	run bridge -n physical vlan add dev port1 vid 20
	ip -n physical link set sw0 up
	make_outside_host outside10 port10 10.0.0.110 02:00:00:00:0a:01 10
	make_outside_host outside20 port20 10.0.0.120 02:00:00:00:14:01 20
	sysctl -qw net.ipv6.conf.default.disable_ipv6=1 net.ipv6.conf.all.disable_ipv6=1
}

await_link()
{
	local tries

	for tries in {1..200}; do
		[ "$(vsctl -j port show vs0 | jq 'all(.link)')" = true ] && return
		sleep 0.05
	done
	not_so "all ports have a link (after $tries looks)"
}

stage_physical()
{
	heading "The world outside" \
		"A physical switch: a VLAN-aware Linux bridge in a namespace of its own.  Its port1" \
		"is the other end of eth0, this host's NIC, and a trunk of VLANs 10 and 20.  Behind" \
		"it there is a host in each VLAN.  All hosts here have addresses of one subnet, so" \
		"that only VLANs keep them apart."
	make_physical_switch
}

stage_switch()
{
	heading "A virtual switch" \
		"An uplink, and two port groups.  A port group is a policy that ports share: here," \
		"the VLAN.  The guests know nothing of VLANs."
	run vsctl switch add vs0
	run vsctl uplink add vs0 eth0
	run vsctl portgroup add vs0 prod vlan 10
	run vsctl portgroup add vs0 dev vlan 20
}

stage_guests()
{
	heading "Four guests" \
		"Namespaces stand for VMs.  Each gets a port, a port group, and the MAC address that" \
		"is its own: the switch learns nothing, it is told."
	make_host prod1 tap1 10.0.0.11 02:00:00:00:00:01
	make_host prod2 tap2 10.0.0.12 02:00:00:00:00:02
	make_host dev1 tap3 10.0.0.21 02:00:00:00:00:03
	make_host dev2 tap4 10.0.0.22 02:00:00:00:00:04
	run vsctl port add vs0 tap1 portgroup prod mac 02:00:00:00:00:01
	run vsctl port add vs0 tap2 portgroup prod mac 02:00:00:00:00:02
	run vsctl port add vs0 tap3 portgroup dev mac 02:00:00:00:00:03
	run vsctl port add vs0 tap4 portgroup dev mac 02:00:00:00:00:04
}

stage_vmk()
{
	heading "A VMkernel adapter" \
		"The host's own way into a VLAN: a network device that is a port of the switch."
	run vsctl vmk add vs0 vmk0 portgroup prod address 10.0.0.1/24
	await_link
	run ping -q -c 3 -i 0.2 -W 10 10.0.0.110 || not_so "the host reaches outside10"
	so "the host reaches the outside host of VLAN 10."
}

stage_inside()
{
	heading "Inside a VLAN" "Guests of one port group reach each other, and the outside host."
	can_ping prod1 10.0.0.12
	can_ping dev1 10.0.0.22
	can_ping prod1 10.0.0.110
	can_ping dev1 10.0.0.120
}

stage_isolation()
{
	heading "Across VLANs" "Nothing gets from one VLAN into the other, neither here nor outside."
	cannot_ping prod1 10.0.0.21
	cannot_ping dev1 10.0.0.110
}

stage_tag()
{
	heading "The wire" \
		"What left through the uplink, as the physical switch received it: prod1's frames" \
		"carry the tag of VLAN 10, dev1's that of VLAN 20.  The guests sent none."
	local capture=/run/demo.capture log=/run/demo.tcpdump pid
	local command=(ip netns exec physical tcpdump -n -e -l --immediate-mode -Q in -i port1
		-c 2 'vlan and icmp[icmptype] = icmp-echo')

	show_command "${command[@]}" '&'
	"${command[@]}" >"$capture" 2>"$log" &
	pid=$!
	until grep -q '^listening' "$log"; do sleep 0.05; done
	in_ns prod1 ping -q -c 1 -W 10 10.0.0.110
	in_ns dev1 ping -q -c 1 -W 10 10.0.0.120
	timeout 20 tail --pid="$pid" -f /dev/null || kill "$pid"
	cat "$capture"
	grep -q '02:00:00:00:00:01 .*802.1Q.*vlan 10,.*10.0.0.11 > 10.0.0.110' "$capture" ||
		not_so "prod1's frame has the tag of VLAN 10"
	grep -q '02:00:00:00:00:03 .*802.1Q.*vlan 20,.*10.0.0.21 > 10.0.0.120' "$capture" ||
		not_so "dev1's frame has the tag of VLAN 20"
	so "both frames had the 802.1Q tag of their port group."
}

# throughput FROM TO ADDRESS
throughput()
{
	local report=/run/demo.iperf3

	in_ns "$2" iperf3 -s -1 -D
	until ip netns exec "$2" ss -ltn | grep -q :5201; do sleep 0.05; done
	show_command ip netns exec "$1" iperf3 -c "$3" -t 2 -J
	ip netns exec "$1" iperf3 -c "$3" -t 2 -J >"$report" || not_so "iperf3 from $1 to $2 works"
	jq -e '.end.sum_received.bytes > 1000000' "$report" >/dev/null ||
		not_so "iperf3 moved data from $1 to $2"
	so "$1 to $2: $(jq '.end.sum_received.bits_per_second / 1e6 | floor' "$report") Mbit/s" \
		"(in an emulated machine)."
}

stage_throughput()
{
	heading "TCP" "Large segments pass uncut, inside the switch and, tagged, through the uplink."
	throughput prod1 prod2 10.0.0.12
	throughput dev1 outside20 10.0.0.120
}

forged_count()
{
	vsctl -j stats vs0 tap1 | jq '.[0].drop.forged_source // 0'
}

stage_forged()
{
	local before

	heading "A forged address" \
		"prod1 takes another MAC address than the one it was given.  By default the switch" \
		"drops what it sends then, and counts why."
	before=$(forged_count)
	in_ns prod1 ip link set eth0 address 02:66:66:66:66:66
	cannot_ping prod1 10.0.0.12
	run vsctl stats vs0 tap1
	[ "$(forged_count)" -gt "$before" ] || not_so "the forged frames were counted"
	so "$(($(forged_count) - before)) frames dropped as forged_source (before that: $before)."
	in_ns prod1 ip link set eth0 address 02:00:00:00:00:01
	can_ping prod1 10.0.0.12
}

stage_tables()
{
	heading "What there is" "The same as JSON: vsctl -j ..."
	run vsctl switch show
	run vsctl portgroup show
	run vsctl port show
	run vsctl uplink show
	run vsctl vmk show
	run vsctl stats
	[ "$(vsctl -j port show vs0 | jq length)" = 6 ] || not_so "the switch has six ports"
	[ "$(vsctl -j portgroup show vs0 | jq -c 'map(.port_count)')" = '[3,2]' ] ||
		not_so "prod has three ports and dev has two"
}

stage_file()
{
	local file=/run/demo.yaml

	heading "The configuration as a file" \
		"It is applied as a whole, to what differs; ports that do not change keep running."
	show_command "vsctl save vs0 > $file"
	vsctl save vs0 >"$file"
	cat "$file"
	run vsctl apply -f "$file" | tee /run/demo.apply
	grep -qx 'nothing to change' /run/demo.apply || not_so "what was saved changes nothing"
	run sed -i 's/vlan: 20/vlan: 30/' "$file"
	run vsctl apply -f "$file"
	cannot_ping dev1 10.0.0.120
	can_ping dev1 10.0.0.22
}

stage_physical
stage_switch
stage_guests
stage_vmk
stage_inside
stage_isolation
stage_tag
stage_throughput
stage_forged
stage_tables
stage_file
printf '\n%sAll of it was so.%s\n' "$bold" "$plain"
