# Copyright: homelab.kubernetes contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Objects of manifests, from a file and from a folder, and what does not fit the checksum."""

from __future__ import annotations

import hashlib
import re
import typing as t
from pathlib import Path

import pytest
from ansible.errors import AnsibleLookupError
from ansible_collections.homelab.kubernetes.plugins.lookup import manifest

Kinds = t.Callable[..., t.List[str]]
ONE, TWO = "kind: A\n---\n---\nkind: B\n", "kind: C\n"


def sha(text: str) -> str:
    return hashlib.sha256(text.encode()).hexdigest()


@pytest.fixture
def folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path / "cache"))
    (tmp_path / "one.yml").write_text(ONE)
    (tmp_path / "two.yml").write_text(TWO)
    return tmp_path


@pytest.fixture
def kinds(look: t.Callable[..., t.List[t.Any]]) -> Kinds:
    return lambda *terms, **options: [one["kind"] for one in look(manifest, list(terms), **options)]


def test_objects_in_order(folder: Path, kinds: Kinds) -> None:
    """A document without anything is none."""
    assert kinds(f"{folder}/one.yml", sha256=sha(ONE)) == ["A", "B"]
    assert kinds(f"{folder}/one.yml", f"{folder}/two.yml") == ["A", "B", "C"]
    assert kinds((folder / "two.yml").as_uri()) == ["C"]


@pytest.mark.parametrize("slash", ["", "/"])
def test_files_of_a_folder(folder: Path, kinds: Kinds, slash: str) -> None:
    files = {"two.yml": sha(TWO), "one.yml": sha(ONE)}
    assert kinds(f"{folder}{slash}", files=files) == ["C", "A", "B"]
    assert kinds(f"{folder}{slash}", files=files, sha256="of no use with files") == ["C", "A", "B"]


def test_a_pinned_manifest_is_kept(folder: Path, kinds: Kinds) -> None:
    assert kinds(f"{folder}/two.yml", sha256=sha(TWO)) == ["C"]
    (folder / "two.yml").unlink()
    assert kinds(f"{folder}/two.yml", sha256=sha(TWO)) == ["C"]


@pytest.mark.parametrize("options", [{"sha256": "0" * 64}, {"files": {"two.yml": "0" * 64}}])
def test_another_content(folder: Path, kinds: Kinds, options: dict[str, t.Any]) -> None:
    source = folder if "files" in options else folder / "two.yml"
    error = f"the manifest {folder}/two.yml has sha256 {sha(TWO)}, but {'0' * 64} was pinned: "
    with pytest.raises(AnsibleLookupError, match=f"^{re.escape(error)}"):
        kinds(str(source), **options)


def test_nothing_there(folder: Path, kinds: Kinds) -> None:
    with pytest.raises(AnsibleLookupError, match=f"^{re.escape(f'the manifest {folder}/x.yml cannot be read: ')}"):
        kinds(f"{folder}/x.yml")
