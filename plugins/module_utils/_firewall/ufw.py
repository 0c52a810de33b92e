# Copyright: homelab.kubernetes contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
# Note that this module util is **PRIVATE** to the collection. It can have breaking changes at any time.
"""ufw's own files and commands: which rules are there, which are missing, and which of ours nobody wants any more.

ufw keeps a line for each rule in ``/etc/ufw/user.rules`` (IPv4) and ``user6.rules``, the comment as hexadecimal digits::

    ### tuple ### allow tcp 6443 0.0.0.0/0 any 192.168.0.0/24 in comment=686f6d656c61622e6b756265726e65746573204e4653

A rule belongs to the collection when its comment says so; everything else is the user's and is never touched.
"""

from __future__ import annotations

import re
import typing as t

OURS = "homelab.kubernetes "
_ANYBODY = {4: "0.0.0.0/0", 6: "::/0"}
# Rules of other kinds (deny, interfaces, applications, source ports) are never ours.
_TUPLE = re.compile(r"### tuple ### (route:)?allow (\S+) (\S+) (\S+) any (\S+) in(?: comment=((?:[0-9a-f]{2})+))?")


class Rule(t.NamedTuple):
    """Something that ufw allows, as its files say it: ``any`` for every protocol or port, /0 for everybody of a family."""

    route: bool
    protocol: str
    port: str
    destination: str
    source: str

    def command(self, *, comment: str = "", delete: bool = False) -> t.List[str]:
        """The command that adds the rule with a comment, or deletes it."""
        words = ["ufw", *["route"] * self.route, *["delete"] * delete, "allow"]
        words += ["proto", self.protocol] if self.protocol != "any" else []
        words += ["from", self.source, "to", self.destination]
        words += ["port", self.port] if self.port != "any" else []
        return words + (["comment", comment] if comment else [])

    def __str__(self) -> str:
        return " ".join(self.command()[1:])


def wanted_rules(openings: t.Iterable[t.Mapping[str, t.Any]], ipv6: bool) -> t.Dict[Rule, str]:
    """The rules of openings, each with its comment; an opening for anybody is a rule of each family that ufw has.

    Raises ValueError where source and destination are of two families.
    """
    result: t.Dict[Rule, str] = {}
    for one in openings:
        ends = [one[key] for key in ("source", "destination") if one[key]]
        families = {6 if ":" in end else 4 for end in ends} or ({4, 6} if ipv6 else {4})
        if ends and len(families) > 1:
            raise ValueError(f"no packet goes from {one['source']} to {one['destination']}")
        for family in sorted(families):
            ports = one["protocol"] or "any", one["port"] or "any"
            places = one["destination"] or _ANYBODY[family], one["source"] or _ANYBODY[family]
            result.setdefault(Rule(one["route"], *ports, *places), OURS + one["comment"])
    return result


def present_rules(text: str) -> t.Dict[Rule, str]:
    """What a rules file allows, with the comments."""
    found = (_TUPLE.fullmatch(line.strip()) for line in text.splitlines())
    return {
        Rule(bool(match[1]), *match.group(2, 3, 4, 5)): bytes.fromhex(match[6] or "").decode("utf-8", "replace")
        for match in found
        if match
    }


def stale_rules(
    present: t.Mapping[Rule, str], wanted: t.Container[Rule], mine: t.Callable[[str], bool]
) -> t.List[Rule]:
    """The rules of ours that nobody wants any more; ``mine`` judges the words after the collection's name."""
    return [
        rule
        for rule, comment in present.items()
        if rule not in wanted and comment.startswith(OURS) and mine(comment[len(OURS) :])
    ]


def has_ipv6(defaults: str) -> bool:
    """Whether ``/etc/default/ufw`` lets ufw keep rules of IPv6."""
    return bool(re.search(r"(?mi)^\s*IPV6\s*=\s*[\"']?yes\b", defaults))


__all__ = ("OURS", "Rule", "has_ipv6", "present_rules", "stale_rules", "wanted_rules")
