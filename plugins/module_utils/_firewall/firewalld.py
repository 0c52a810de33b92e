# Copyright: homelab.kubernetes contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
# Note that this module util is **PRIVATE** to the collection. It can have breaking changes at any time.
"""Policies of firewalld that hold nothing but the collection's rules.

A policy (firewalld.policies(5), since firewalld 0.9) judges packets of all zones before the zones do. One from ANY to HOST
says who reaches the node, one from ANY to ANY what passes through it. Their files are ours as a whole: a rule that nobody
wants any more goes with the next file, and the zones stay the user's.
"""

from __future__ import annotations

import typing as t

FOLDER = "/etc/firewalld/policies"
TRUSTED = "/etc/firewalld/zones/trusted.xml"
# Pods' devices are in no zone, and firewalld 2 asks a policy from ANY to ANY only where one end is in some: their addresses are in this one.
ZONE = "homelab-pods"
ZONE_PATH = f"/etc/firewalld/zones/{ZONE}.xml"

# Purpose -> policies, and whether each is about what passes through.
_POLICIES = {"nodes": (("homelab-nodes", False), ("homelab-forward", True)), "nfs": (("homelab-nfs", False),)}

# The elements of a rule with their attributes, as firewalld.richlanguage(5) orders them; the first is the rule itself.
Element = t.Tuple[str, t.Dict[str, str]]


class Policy(t.NamedTuple):
    """A policy: its name, where its packets go (HOST, or ANY to pass through), and its rules in rich language and XML."""

    name: str
    egress: str
    rules: t.Dict[str, str]

    @property
    def path(self) -> str:
        return f"{FOLDER}/{self.name}.xml"


def _elements(one: t.Mapping[str, t.Any]) -> t.Iterator[Element]:
    """An opening as elements. A network of /0 is everybody of its family, which the family says already."""
    ends = [(key, one[key]) for key in ("source", "destination") if one[key]]
    yield "rule", {"family": "ipv6" if ":" in ends[0][1] else "ipv4"} if ends else {}
    yield from ((key, {"address": address}) for key, address in ends if not address.endswith("/0"))
    if one["port"]:
        yield "port", {"port": one["port"].replace(":", "-"), "protocol": one["protocol"]}
    elif one["protocol"] != "any":
        yield "protocol", {"value": one["protocol"]}
    yield "accept", {}


def _words(element: Element) -> str:
    name, attributes = element
    return " ".join([name, *(f'{key}="{value}"' for key, value in attributes.items())])


def policies(purpose: str, openings: t.Sequence[t.Mapping[str, t.Any]]) -> t.List[Policy]:
    """The policies of a purpose with the rules of openings, those without a rule too: their files have to go."""
    result = []
    for name, route in _POLICIES[purpose]:
        rules = {}
        for one in openings:
            if one["route"] is route:
                rule, *parts = map(_words, _elements(one))
                rules[" ".join([rule, *parts])] = f"<{rule}>{''.join(f'<{part}/>' for part in parts)}</rule>"
        result.append(Policy(name, "ANY" if route else "HOST", rules))
    return result


def policy_text(policy: Policy) -> str:
    """The file of a policy, which ends before the zones' own rules are asked (a negative priority); "" without a rule."""
    if not policy.rules:
        return ""
    lines = [
        '<?xml version="1.0" encoding="utf-8"?>',
        '<policy priority="-1" target="CONTINUE">',
        "  <short>homelab.kubernetes</short>",
        "  <description>Written by homelab.kubernetes: changes here are overwritten.</description>",
        '  <ingress-zone name="ANY"/>',
        f'  <egress-zone name="{policy.egress}"/>',
        *(f"  {rule}" for rule in policy.rules.values()),
        "</policy>",
    ]
    return "\n".join(lines) + "\n"


def zone_text(cidrs: t.Sequence[str]) -> str:
    """The file of the pods' zone, which lets nothing in by itself; "" without pods."""
    if not cidrs:
        return ""
    lines = [
        '<?xml version="1.0" encoding="utf-8"?>',
        "<zone>",
        "  <short>homelab.kubernetes</short>",
        "  <description>Written by homelab.kubernetes: changes here are overwritten.</description>",
        *(f'  <source address="{cidr}"/>' for cidr in cidrs),
        "  <forward/>",
        "</zone>",
    ]
    return "\n".join(lines) + "\n"


def zone_sources(text: str, zone: str = ZONE) -> t.Set[str]:
    """The sources of a zone, out of what ``firewall-cmd --get-active-zones`` prints."""
    name = ""
    for line in text.splitlines():
        if line[:1].strip():
            name = line.split()[0]
        elif name == zone and line.strip().startswith("sources:"):
            return set(line.split()[1:])
    return set()


def running_rules(text: str) -> t.Dict[str, t.Set[str]]:
    """Policy -> its rich rules, out of what ``firewall-cmd --list-all-policies`` prints."""
    result: t.Dict[str, t.Set[str]] = {}
    name = ""
    for line in text.splitlines():
        if line[:1].strip():
            name = line.split()[0]
            result[name] = set()
        elif line.strip().startswith("rule "):
            result[name].add(line.strip())
    return result


def trusted_sources(zone: str, cidrs: t.Iterable[str]) -> t.List[str]:
    """Networks that the file of the zone ``trusted`` names as sources: versions before 0.1.0 put the pods there."""
    return [cidr for cidr in cidrs if f'<source address="{cidr}"' in zone]


__all__ = (
    "TRUSTED",
    "ZONE",
    "ZONE_PATH",
    "Policy",
    "policies",
    "policy_text",
    "running_rules",
    "trusted_sources",
    "zone_sources",
    "zone_text",
)
