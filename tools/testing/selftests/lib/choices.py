# SPDX-License-Identifier: GPL-2.0
"""Random policies, good ones and bad ones, for tests that change everything."""

OVERRIDES = ("vlan", "security", "teaming", "shaping")


class Choices:
    """Values of attributes, by a random number generator that the test seeded."""

    def __init__(self, rng):
        self.rng = rng

    def some(self, values):
        """Some of the values, in any order."""
        return self.rng.sample(values, self.rng.randrange(0, len(values) + 1))

    def vlans(self):
        rng = self.rng
        if rng.random() < 0.7:
            return {"vlan": rng.choice([0, 0, 10, 10, 20, 100, 101, 102, 4094, 4095, 4096])}
        edges = sorted(rng.sample(range(0, 4097 if rng.random() < 0.1 else 40), 4))
        return {"trunk": [{"first": edges[0], "last": edges[1]},
                          {"first": edges[2], "last": edges[3]}]}

    def security(self):
        security = {name: self.rng.choice(["accept", "reject", "inherit"]) for name in
                    ("promiscuous", "mac-changes", "forged-transmits")}
        security["mac-source"] = self.rng.choice(["static", "agent", "observed", "inherit"])
        return {name: security[name] for name in self.some(sorted(security))}

    def teaming(self, ids):
        """Of uplinks with these ids, or of what is none."""
        rng = self.rng
        if rng.random() < 0.2:
            return {}
        ids = self.some(ids)
        cut = sorted(rng.randrange(len(ids) + 1) for _ in range(2))
        teaming = {"active": ids[:cut[0]], "standby": ids[cut[0]:cut[1]], "unused": ids[cut[1]:]}
        for key, values in (("policy", ("explicit", "port-id", "source-mac", "ip-hash", "load")),
                            ("detection", ("link", "link", "beacon")), ("failback", (0, 1)),
                            ("notify-switches", (0, 1))):
            if rng.random() < 0.4:
                teaming[key] = rng.choice(values)
        return teaming

    def shaping(self):
        rng = self.rng
        if rng.random() < 0.4:
            return {}
        average, peak = rng.choice([(0, 0), (100, 99), (100, 100), (5000, 10000), (1000, 9000000)])
        return {"average": average, "peak": peak, "burst": rng.choice([0, 1, 100, 4194303])}

    def learning(self):
        rng = self.rng
        if rng.random() < 0.4:
            return {}
        return {"limit": rng.choice([1, 2, 4096, 4097]), "full": rng.choice(["drop", "allow"]),
                "flood": rng.randrange(2), "ageing": rng.choice([1, 600])}

    def policies(self, uplinks):
        """What a port group has and a port may override."""
        made = {"security": self.security, "teaming": lambda: self.teaming(uplinks),
                "shaping_ingress": self.shaping, "shaping_egress": self.shaping}
        attributes = {name: make() for name, make in made.items() if self.rng.random() < 0.25}
        if self.rng.random() < 0.4:
            attributes.update(self.vlans())
        return attributes

    def portgroup(self, uplinks):
        """All of a port group but its name."""
        rng, attributes = self.rng, self.policies(uplinks)
        for name, make in (("learning", self.learning), ("snooping", lambda: rng.randrange(2)),
                           ("overrides", lambda: set(self.some(OVERRIDES))),
                           ("blocked", lambda: rng.choice([0, 0, 0, 1]))):
            if rng.random() < 0.25:
                attributes[name] = make()
        return attributes

    def pvlan(self):
        secondaries = self.some([101, 102, 103, 104])
        attributes = {"primary": self.rng.choice([100, 100, 101, 10, 0])}
        if secondaries and self.rng.random() < 0.7:
            attributes["isolated"] = secondaries.pop()
        return {**attributes, "community": secondaries}

    def mirror(self, ports):
        """A session between ports with these ids; few can be a destination."""
        rng = self.rng
        return {"name": rng.choice(["first", "second"]), "ingress": self.some(ports)[:3],
                "egress": self.some(ports)[:3], "vlan": self.some([0, 10, 20, 999])[:1],
                "destination": rng.choice(ports or [1]),
                **rng.choice([{}, {"rspan_vlan": rng.choice([999, 10, 4095])}]),
                **rng.choice([{}, {"length": rng.choice([59, 60, 128])}]),
                **rng.choice([{}, {"sampling": rng.choice([0, 1, 3])}])}
