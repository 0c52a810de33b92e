# SPDX-License-Identifier: GPL-3.0-or-later
"""The terminal pictures: what of a run is in them, and that nothing of this machine is."""

from __future__ import annotations

import importlib.util
import re
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[next(at for at, up in enumerate(Path(__file__).parents) if (up / "galaxy.yml").exists())]
SPEC = importlib.util.spec_from_file_location("pictures", ROOT / "docs/pictures.py")
assert SPEC
assert SPEC.loader
pictures = importlib.util.module_from_spec(SPEC)
SPEC.loader.exec_module(pictures)

RUN = """\
built everything
[0:00] Preflight: cp1
       1.0 s  preflight: no change
\x1b[0;36m[0:01] Verify: cp1\x1b[0m
lab: Kubernetes v1.37.1, 1 node
\x1b[0;32m[0:02] done\x1b[0m
cp1                        : ok=5    changed=0    unreachable=0    failed=0
log: /home/anna/.cache/run.log
"""


def test_the_screen_is_the_last_phase_up_to_how_it_ended() -> None:
    shown = [pictures.plain(line) for line in pictures.screen(RUN, "Verify|Proof")]
    assert shown == ["[0:01] Verify: cp1", "lab: Kubernetes v1.37.1, 1 node", "[0:02] done"]


@pytest.mark.parametrize(
    ("output", "message"),
    [
        ("ERROR! the inventory is empty", "the output has no phase Verify"),
        ("[0:00] Verify: cp1\nstill at it", "the output ends before the run does: still at it"),
    ],
)
def test_a_run_that_shows_nothing_is_no_picture(output: str, message: str) -> None:
    with pytest.raises(ValueError, match=f"^{message}$"):
        pictures.screen(output, "Verify")


def test_folders_of_this_machine_are_those_of_your_home() -> None:
    places = {"/srv/clone": "/home/you/lab", "/srv/clone/collections/x": "/home/you/lab"}
    assert pictures.clean(["task: /srv/clone/collections/x/roles/a.yml:3", "in /srv/clone/b"], places) == [
        "task: /home/you/lab/roles/a.yml:3",
        "in /home/you/lab/b",
    ]


@pytest.mark.parametrize("path", ["/root/x", "/tmp/x", "/home/anna/x"])
def test_a_folder_that_is_left_is_an_error(path: str) -> None:
    with pytest.raises(ValueError, match=f"^a path of this machine is left: see {path}$"):
        pictures.clean([f"\x1b[31msee {path}\x1b[0m"], {})


def words(svg: str) -> list[str]:
    """The lines of a picture."""
    rows: dict[float, str] = {}
    for at, text in re.findall(r'<text [^>]*? y="([\d.]+)"[^>]*>([^<]*)</text>', svg):
        rows[float(at)] = rows.get(float(at), "") + text
    return [rows[at].replace("&#160;", " ").rstrip() for at in sorted(rows)]


def test_a_wide_line_is_cut_at_a_blank_and_indented() -> None:
    svg = pictures.svg("ls", ["    why: " + "word " * 30 + "end"], "test")
    assert words(svg) == ["$ ls", "    why: " + "word " * 17 + "word", "        " + "word " * 12 + "end"]


@pytest.mark.parametrize("name", ["preflight", "summary"])
def test_what_is_in_the_repository_is_wide_enough_and_fetches_nothing(name: str) -> None:
    svg = (ROOT / f"docs/pictures/{name}.svg").read_text()
    assert set(re.findall(r"https?://[^\s<&\"]+", svg)) <= {"http://www.w3.org/2000/svg", "https://172.28.0.11:6443"}
    lines = words(svg)
    assert lines[0].startswith("$ ansible-playbook ")
    assert max(map(len, lines)) <= pictures.WIDTH
    assert re.match(r"\[\d+:\d\d\] (done|FAILED)", lines[-1])
    assert pictures.clean(lines, {}) == lines
