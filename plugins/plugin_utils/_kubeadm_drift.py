# Copyright: homelab.kubernetes contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
# Note that this plugin util is **PRIVATE** to the collection. It can have breaking changes at any time.
"""Where the configuration that is wanted, the file on the host and the cluster's ConfigMaps differ, setting by setting."""

from __future__ import annotations

import re
import typing as t

Document = t.Mapping[str, t.Any]
_DURATION = re.compile(r"(?=\d)(?:(\d{1,9})h)?(?:(\d{1,9})m)?(?:(\d{1,9})s)?")


class Difference(t.TypedDict):
    """A setting, and its value in each place; None where it is not set, or where the place has no such document.

    ``pending`` says whether the cluster lacks what is wanted; the file only tells how it began.
    """

    setting: str
    wanted: t.Any
    file: t.Any
    cluster: t.Any
    pending: bool


def settings(document: t.Any, path: str = "") -> dict[str, t.Any]:
    """The settings of a document by their path. Arguments (a list of name and value) go by their name, other lists are values."""
    if isinstance(document, list) and document and all(isinstance(v, t.Mapping) and "name" in v for v in document):
        document = {str(v["name"]): v.get("value", v) for v in document}
    if not isinstance(document, t.Mapping):
        return {path: document}
    found: dict[str, t.Any] = {}
    for key, value in document.items():
        if key not in ("apiVersion", "kind"):
            found.update(settings(value, f"{path}.{key}" if path else str(key)))
    return found


def _plain(value: t.Any) -> t.Any:
    """A value to compare: kubeadm writes 10m as 10m0s."""
    match = _DURATION.fullmatch(value) if isinstance(value, str) else None
    if not match or value.isdigit():
        return value
    hours, minutes, seconds = (int(number or 0) for number in match.groups())
    return ("seconds", hours * 3600 + minutes * 60 + seconds)


def _of_kind(documents: t.Iterable[t.Any], kind: str) -> dict[str, t.Any] | None:
    """The settings of the document of a kind, None when there is none."""
    found = (d for d in documents if isinstance(d, t.Mapping) and d.get("kind") == kind)
    return next((settings(document) for document in found), None)


def differences(wanted: t.Iterable[Document], file: t.Iterable[t.Any], cluster: t.Iterable[t.Any]) -> list[Difference]:
    """Settings, wanted or in the file, of which the file or the cluster has another value.

    What kubeadm added by itself is in the cluster alone and no difference. A setting that is wanted no longer is one as
    long as the cluster keeps the file's value.
    """
    file, cluster = list(file), list(cluster)
    result: list[Difference] = []
    for document in wanted:
        kind = document["kind"]
        wish, kept, live = settings(document), _of_kind(file, kind), _of_kind(cluster, kind)
        for setting in sorted({**wish, **(kept or {})}):
            want, had, has = (_plain((place or {}).get(setting)) for place in (wish, kept, live))
            pending = live is not None and has != want and (setting in wish or has == had)
            if pending or (kept is not None and had != want):
                now = (live or {}).get(setting)
                values = Difference(
                    setting=f"{kind}.{setting}",
                    wanted=wish.get(setting),
                    file=(kept or {}).get(setting),
                    cluster=now,
                    pending=pending,
                )
                result.append(values)
    return result


def lines(found: t.Iterable[Difference], place: t.Literal["wanted", "file", "cluster"]) -> str:
    """The settings with their value in one place, for a diff; unset ones are left out."""
    return "".join(f"{d['setting']}: {d[place]}\n" for d in found if d[place] is not None)


__all__ = ("Difference", "differences", "lines", "settings")
