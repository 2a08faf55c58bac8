#!/usr/bin/python3
# SPDX-License-Identifier: GPL-2.0
"""Uplinks: loops that cannot be, the order of a team, failover and failback."""

import errno
import os
import sys

sys.path.insert(0, os.path.join(os.path.dirname(os.path.abspath(__file__)), "../lib"))

import frames
import lab
from frames import BROADCAST, STRANGER, eth, tag, tagged
from ktap import check, equal, run, test, wait_for


def goes_out_on(net, client, uplink, vlan=10):
    """What a client sends leaves on this uplink and on no other."""
    frame = eth(STRANGER, client.mac)
    net.deliver(client, frame, to={uplink: tagged(frame, vlan)})


def comes_in_from(net, uplink, client, vlan=10):
    """A broadcast from this uplink reaches the client."""
    frame = eth(BROADCAST, uplink.mac, tags=tag(vlan))
    net.deliver(uplink, frame, to={client: frames.retag(frame)})


def await_uplink(client, uplink):
    wait_for(lambda: client.get().get("uplink") == (uplink.id if uplink else None),
             f"{client} to use {uplink}")


@test
def never_from_uplink_to_uplink(net):
    """Known or unknown, unicast or not: what comes from outside stays here."""
    net.portgroup("prod", vlan=10)
    a = net.client("prod")
    first, second = net.uplink(), net.uplink()
    net.deliver(first, eth(STRANGER, first.mac, tags=tag(10)), drop={first: "unknown-unicast"})
    net.deliver(second, eth(first.mac, second.mac, tags=tag(10)), drop={second: "unknown-unicast"})
    frame = eth(BROADCAST, first.mac, tags=tag(10))
    net.deliver(first, frame, to={a: frames.retag(frame)})
    net.deliver(first, eth(BROADCAST, first.mac), drop={first: "no-receiver"})
    net.deliver(first, eth("01:00:5e:00:00:05", first.mac, tags=tag(99)),
                drop={first: "no-receiver"})


@test
def own_frames_coming_back(net):
    """A broadcast that the physical switch sends back on another uplink."""
    net.portgroup("prod", vlan=10)
    a, b = net.client("prod"), net.client("prod")
    first, second = net.uplink(), net.uplink()
    frame = eth(BROADCAST, a.mac)
    outside = tagged(frame, 10)
    net.deliver(a, frame, to={b: frame, first: outside})
    net.deliver(first, outside, drop={first: "reflected"})
    net.deliver(second, outside, drop={second: "reflected"})
    net.deliver(second, eth(b.mac, a.mac, tags=tag(10)), drop={second: "reflected"})
    # The same address in another VLAN is somebody else's.
    net.deliver(first, eth(BROADCAST, a.mac, tags=tag(20)), drop={first: "no-receiver"})
    net.deliver(second, eth(b.mac, a.mac, tags=tag(20)), drop={second: "unknown-unicast"})


@test
def multicast_from_the_other_uplink(net):
    """The physical switch floods to all uplinks: one copy is taken."""
    net.portgroup("prod", vlan=10)
    a, b = net.client("prod"), net.client("prod")
    first, second = net.uplink(), net.uplink()
    frame = eth(BROADCAST, first.mac, tags=tag(10))
    net.deliver(first, frame, to={port: frames.retag(frame) for port in (a, b)})
    net.deliver(second, frame, drop={second: "reverse-path"})


@test
def reverse_path_is_checked_per_receiver(net):
    """Two port groups of one VLAN on different uplinks: each gets its copy."""
    first, second = net.uplink(), net.uplink()
    net.portgroup("left", vlan=10, teaming={"active": [first.id, second.id]})
    net.portgroup("right", vlan=10, teaming={"active": [second.id, first.id]})
    a, b = net.client("left"), net.client("right")
    comes_in_from(net, first, a)
    comes_in_from(net, second, b)


@test
def unicast_from_any_uplink_of_the_team(net):
    """Switches outside may still know the old way; unused uplinks are none."""
    first, second, third = net.uplink(), net.uplink(), net.uplink()
    net.portgroup("prod", vlan=10, teaming={"active": [first.id], "standby": [second.id]})
    a = net.client("prod")
    for uplink in (first, second):
        frame = eth(a.mac, uplink.mac, tags=tag(10))
        net.deliver(uplink, frame, to={a: frames.retag(frame)})
    net.deliver(third, eth(a.mac, third.mac, tags=tag(10)), drop={third: "reverse-path"})
    net.deliver(third, eth(BROADCAST, third.mac, tags=tag(10)), drop={third: "reverse-path"})


@test
def default_order(net):
    """Without lists: all uplinks, by the order of their ids."""
    net.portgroup("prod", vlan=10)
    a = net.client("prod")
    first, second = net.uplink(), net.uplink()
    goes_out_on(net, a, first)
    net.link(first, False)
    await_uplink(a, second)
    goes_out_on(net, a, second)


@test
def failover_and_failback(net):
    """active, active, standby: down the list as links are lost, and back up."""
    one, two, three, unused = (net.uplink() for _ in range(4))
    net.set_switch(teaming={"active": [two.id, one.id], "standby": [three.id]})
    net.portgroup("prod", vlan=10)
    a = net.client("prod")
    goes_out_on(net, a, two)
    comes_in_from(net, two, a)
    net.link(two, False)
    await_uplink(a, one)
    goes_out_on(net, a, one)
    comes_in_from(net, one, a)
    net.link(one, False)
    await_uplink(a, three)
    goes_out_on(net, a, three)
    comes_in_from(net, three, a)
    net.link(three, False)
    await_uplink(a, None)
    net.deliver(a, eth(STRANGER, a.mac), drop={a: "no-uplink"})
    net.deliver(unused, eth(a.mac, unused.mac, tags=tag(10)), drop={unused: "reverse-path"})
    for uplink in (three, one, two):
        net.link(uplink, True)
        await_uplink(a, uplink)
        goes_out_on(net, a, uplink)
        comes_in_from(net, uplink, a)


@test
def failover_by_admin_down(net):
    net.portgroup("prod", vlan=10)
    a = net.client("prod")
    first, second = net.uplink(), net.uplink()
    net.prepare()
    net.links.set(first.name, up=False)
    await_uplink(a, second)
    goes_out_on(net, a, second)
    net.links.set(first.name, up=True)
    net.await_link(first, 1)
    await_uplink(a, first)
    goes_out_on(net, a, first)


@test
def failover_by_blocking(net):
    """An uplink that the administrator blocks is not usable either."""
    net.portgroup("prod", vlan=10)
    a = net.client("prod")
    first, second = net.uplink(), net.uplink()
    first.set(blocked=1)
    goes_out_on(net, a, second)
    first.set(blocked=0)
    goes_out_on(net, a, first)


@test
def failover_is_announced(net):
    net.portgroup("prod", vlan=10)
    a = net.client("prod")
    first, second = net.uplink(), net.uplink()
    net.prepare()
    events = net.api.subscribe("event")
    net.link(first, False)
    await_uplink(a, second)
    seen = events.take()
    failovers = [msg for name, msg in seen if name == "failover-ntf"]
    equal(failovers, [{"switch": net.switch, "portgroup": "prod", "old-uplink": first.id,
                       "new-uplink": second.id}], "failover notifications")
    links = [(msg["id"], msg["link"]) for name, msg in seen if name == "link-ntf"]
    equal(links, [(first.id, 0)], "link notifications")
    net.link(second, False)
    await_uplink(a, None)
    failovers = [msg for name, msg in events.take() if name == "failover-ntf"]
    equal(failovers, [{"switch": net.switch, "portgroup": "prod", "old-uplink": second.id}],
          "failover notification when none is left")
    events.close()


@test
def portgroup_overrides_order(net):
    """Each port group its own order on the same uplinks; an empty nest
    returns to that of the switch."""
    first, second = net.uplink(), net.uplink()
    net.portgroup("prod", vlan=10)
    net.portgroup("storage", vlan=20, teaming={"active": [second.id], "standby": [first.id]})
    net.portgroup("pinned", vlan=30, teaming={"active": [second.id]})
    a, b, c = net.client("prod"), net.client("storage"), net.client("pinned")
    goes_out_on(net, a, first)
    goes_out_on(net, b, second, vlan=20)
    goes_out_on(net, c, second, vlan=30)
    net.link(second, False)
    await_uplink(b, first)
    goes_out_on(net, b, first, vlan=20)
    net.deliver(c, eth(STRANGER, c.mac), drop={c: "no-uplink"})
    net.link(second, True)
    await_uplink(b, second)
    net.set_portgroup("storage", teaming={})
    goes_out_on(net, b, first, vlan=20)
    goes_out_on(net, c, second, vlan=30)


@test
def removed_uplink(net):
    """Unplugging the uplink in use moves its ports to the next one."""
    first, second = net.uplink(), net.uplink()
    net.set_switch(teaming={"active": [first.id, second.id]})
    net.portgroup("prod", vlan=10)
    a = net.client("prod")
    goes_out_on(net, a, first)
    net.links.set(first.name, master=0)
    net.ports.remove(first)
    first.close()
    goes_out_on(net, a, second)
    teaming = net.api.do("switch-get", ifindex=net.switch)["teaming"]
    equal(teaming.get("active"), [second.id], "active uplinks afterwards")
    net.links.delete(first.name)


@test
def unplugged_uplink(net):
    """Its place in all orders stays, and the next device of its name has it."""
    first, second = net.uplink(), net.uplink()
    net.set_switch(teaming={"active": [first.id, second.id]})
    net.portgroup("prod", vlan=10)
    net.portgroup("other", vlan=20, teaming={"active": [second.id], "standby": [first.id]})
    a = net.client("prod")
    goes_out_on(net, a, first)
    events = net.api.subscribe("config")
    net.ports.remove(first)
    first.close()
    net.links.delete(first.name)
    goes_out_on(net, a, second)

    def orders():
        own = net.api.do("portgroup-get", switch=net.switch, name="other")["teaming"]
        return (net.api.do("switch-get", ifindex=net.switch)["teaming"]["active"],
                own["active"], own["standby"])
    expected = ([first.id, second.id], [second.id], [first.id])
    equal(orders(), expected, "orders without the device")
    place = net.api.do("port-get", switch=net.switch, id=first.id)
    equal((place["name"], place["role"], place["uplink-state"], place["absent"],
           place.get("ifindex")), (first.name, "uplink", "absent", 1, None), "its place")
    check(("port-ntf", first.name) in [(name, msg.get("name")) for name, msg in events.take()],
          "nobody was told")
    events.close()
    net.links.add_veth(first.name, first.far, net.far.fd)
    net.far.links.set(first.far, up=True, arp=False)
    wait_for(lambda: "absent" not in net.api.do("port-get", switch=net.switch, id=first.id),
             "the device to take its place")
    again = lab.Port(net, first.name, first.far, first.mac)
    net.ports.append(again)
    net.fresh = False
    equal(again.id, first.id, "id of the port")
    equal(orders(), expected, "orders with the new device")
    goes_out_on(net, a, again)


@test
def uplink_that_is_expected(net):
    """It has a place before it is there; the place goes with its role."""
    net.portgroup("prod", vlan=10)
    a = net.client("prod")
    name = "late0"
    net.api.do("txn", switch=net.switch, port_set=[{"name": name, "role": "uplink"}])
    place = net.api.do("port-get", switch=net.switch, name=name)
    net.set_switch(teaming={"active": [place["id"]]})
    net.deliver(a, eth(STRANGER, a.mac), drop={a: "no-uplink"})
    net.refused(errno.ENODEV, [name], net.api.do, "txn", switch=net.switch, port_set=[
        {"name": name, "role": "unassigned"}, {"name": name, "portgroup": "prod"}])
    net.refused(errno.ENOENT, ["'none'"], net.api.do, "txn", switch=net.switch, port_set=[
        {"name": "late1", "role": "uplink"}, {"id": a.id, "portgroup": "none"}])
    net.links.add_veth("other0", "far0", net.far.fd)
    net.far.links.set("far0", up=True, arp=False)
    net.links.set("other0", new_name=name)      # as udev does
    wait_for(lambda: net.api.do("port-get", switch=net.switch, name=name)["link"],
             "the device to join and to be up")
    up = lab.Port(net, name, "far0", frames.mac(place["id"], "02:aa:00"))
    net.ports.append(up)
    net.fresh = False
    equal(up.id, place["id"], "id of the port")
    goes_out_on(net, a, up)
    net.ports.remove(up)
    up.close()
    net.links.delete(name)
    net.api.do("port-set", switch=net.switch, name=name, role="unassigned")
    equal([port["name"] for port in net.api.dump("port-get", switch=net.switch)], [a.name],
          "ports in the end")
    equal(net.api.do("switch-get", ifindex=net.switch)["teaming"].get("active"), None,
          "order in the end")


@test
def no_uplink_at_all(net):
    net.portgroup("prod", vlan=10)
    a, b = net.client("prod"), net.client("prod")
    net.deliver(a, eth(BROADCAST, a.mac), to=[b])
    net.deliver(a, eth(STRANGER, a.mac), drop={a: "no-uplink"})


run(lab.Lab, lab.close)
