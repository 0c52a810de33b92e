# Copyright: homelab.kubernetes contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
# Note that this plugin util is **PRIVATE** to the collection. It can have breaking changes at any time.
"""The summary of a cluster as one HTML file that needs nothing else: no script, no font, no other file."""

from __future__ import annotations

import html
import typing as t

from ansible_collections.homelab.kubernetes.plugins.module_utils._text import one_line
from ansible_collections.homelab.kubernetes.plugins.module_utils._verify.results import verdict

_STYLE = """
:root { color-scheme: light dark; }
body { font: 16px/1.5 system-ui, sans-serif; max-width: 68rem; margin: 2rem auto; padding: 0 1rem; }
h1 { margin-bottom: 0; } h2 { margin-top: 2rem; font-size: 1.15rem; }
.wide { overflow-x: auto; } table { border-collapse: collapse; width: 100%; }
th, td { text-align: left; padding: .3rem .8rem .3rem 0; border-bottom: 1px solid #8885; vertical-align: top; }
code, pre { font: 14px/1.5 ui-monospace, monospace; }
pre { background: #8882; padding: .6rem 1rem; overflow-x: auto; }
.verdict { font-size: 1.15rem; margin: .2rem 0 0; }
.passed { color: #18794e; } .failed { color: #d92d20; } .skipped { color: #888; }
@media (prefers-color-scheme: dark) { .passed { color: #4cc38a; } .failed { color: #ff6369; } }
figure { margin: 0; background: #fff; border-radius: .5rem; padding: .5rem; } figure svg { max-width: 100%; height: auto; }
"""
_COLUMNS = ("name", "role", "address", "os", "kubelet", "runtime")


def _text(value: t.Any) -> str:
    return html.escape(one_line(str(value)))


def _table(heads: t.Sequence[str], rows: t.Iterable[t.Sequence[str]]) -> str:
    """A table, which a narrow screen scrolls; cells are HTML already."""
    head = "".join(f"<th>{_text(name)}</th>" for name in heads)
    body = "\n".join(f"<tr>{''.join(f'<td>{cell}</td>' for cell in row)}</tr>" for row in rows)
    return f'<div class="wide"><table>\n<tr>{head}</tr>\n{body}\n</table></div>'


def _nodes(nodes: t.Sequence[t.Mapping[str, t.Any]]) -> str:
    return _table([*_COLUMNS, "ready"], ([*(_text(n[c]) for c in _COLUMNS), _ready(n)] for n in nodes))


def _ready(node: t.Mapping[str, t.Any]) -> str:
    ready = node.get("ready", True)
    return f'<span class="{"passed" if ready else "failed"}">{"yes" if ready else "no"}</span>'


def _legs(legs: t.Iterable[t.Mapping[str, t.Any]]) -> str:
    rows = (
        [
            _text(leg["name"]),
            f'<span class="{_text(leg["status"])}">{_text(leg["status"])}</span>',
            f"{float(leg['seconds']):.1f} s",
            _text(leg["detail"]),
        ]
        for leg in legs
    )
    return _table(["what", "", "time", ""], rows)


def _findings(findings: t.Iterable[t.Mapping[str, t.Any]]) -> str:
    rows = (
        [
            f"<code>{_text(finding['id'])}</code>",
            _text(f"{finding['host']} {finding['message']}".strip()),
            _text(finding["why"]),
            _text(finding["fix"]),
        ]
        for finding in findings
    )
    return _table(["id", "what", "why", "fix"], rows)


def page(
    verification: t.Mapping[str, t.Any],
    *,
    name: str,
    lines: t.Sequence[str] = (),
    picture: str = "",
) -> str:
    """The page. ``verification`` is what verify_cluster returned, ``lines`` the summary as text, ``picture`` an SVG."""
    legs, findings = verification.get("legs") or [], verification.get("findings") or []
    nodes = verification.get("nodes") or []
    words = verdict(legs, findings)
    good = "passed" if words == "The cluster works" else "skipped"
    tone = "failed" if findings or any(leg["status"] == "failed" for leg in legs) else good
    version = verification.get("kubernetes_version", "")
    parts = [
        f"<h1>{_text(name)}</h1>",
        f'<p class="verdict {tone}">{_text(words)}</p>',
        f"<p>Kubernetes {_text(version)} at <code>{_text(verification.get('server', ''))}</code></p>"
        if version
        else "",
        f"<h2>Problems</h2>\n{_findings(findings)}" if findings else "",
        f"<h2>Nodes</h2>\n{_nodes(nodes)}" if nodes else "",
        f"<h2>Proof</h2>\n{_legs(legs)}" if legs else "",
        f"<h2>Addresses and topology</h2>\n<figure>{picture}</figure>" if picture else "",
        f"<h2>As text</h2>\n<pre>{chr(10).join(map(_text, lines))}</pre>" if lines else "",
    ]
    body = "\n".join(part for part in parts if part)
    return f"""<!DOCTYPE html>
<html lang="en">
<meta charset="utf-8">
<meta name="viewport" content="width=device-width">
<title>{_text(name)}: {_text(words)}</title>
<style>{_STYLE}</style>
<body>
{body}
</body>
</html>
"""


__all__ = ("page",)
