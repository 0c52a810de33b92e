# SPDX-License-Identifier: GPL-3.0-or-later
from __future__ import annotations

import hashlib
import re
from pathlib import Path

import pytest
from ansible_collections.homelab.kubernetes.plugins.plugin_utils._addons.manifest import download, fetch_manifest

TEXT = "kind: Namespace\n"
SHA = hashlib.sha256(TEXT.encode()).hexdigest()


@pytest.fixture
def source(tmp_path: Path) -> Path:
    path = tmp_path / "manifest.yaml"
    path.write_text(TEXT)
    return path


@pytest.mark.parametrize("as_url", [True, False])
def test_a_pinned_manifest_is_kept_and_read_once(source: Path, tmp_path: Path, as_url: bool) -> None:
    place = source.as_uri() if as_url else str(source)
    assert fetch_manifest(place, SHA, tmp_path / "cache") == TEXT
    source.unlink()
    assert fetch_manifest(place, SHA, tmp_path / "cache") == TEXT


def test_a_spoilt_copy_is_read_again(source: Path, tmp_path: Path) -> None:
    fetch_manifest(str(source), SHA, tmp_path)
    (tmp_path / SHA).write_text("spoilt")
    assert fetch_manifest(str(source), SHA, tmp_path) == TEXT


def test_what_was_checked_is_what_is_used(source: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Whoever may write to the cache changes the file after each look at it."""
    fetch_manifest(str(source), SHA, tmp_path)
    look = Path.read_bytes

    def look_and_change(path: Path) -> bytes:
        content = look(path)
        path.write_text("kind: Secret\n")
        return content

    monkeypatch.setattr(Path, "read_bytes", look_and_change)
    assert fetch_manifest(str(source), SHA, tmp_path) == TEXT


@pytest.mark.parametrize("before", [None, 0o755, 0o777, 0o700])
def test_the_cache_is_for_nobody_else(source: Path, tmp_path: Path, before: int | None) -> None:
    cache = tmp_path / "cache/manifests"
    if before:
        cache.mkdir(parents=True)
        cache.chmod(before)
    fetch_manifest(str(source), SHA, cache)
    assert cache.stat().st_mode & 0o777 == 0o700
    assert [path.name for path in cache.iterdir()] == [SHA]


def test_another_content_is_refused_and_not_kept(source: Path, tmp_path: Path) -> None:
    source.write_text("kind: Secret\n")
    found = hashlib.sha256(b"kind: Secret\n").hexdigest()
    error = (
        f"the manifest {source} has sha256 {found}, but {SHA} was pinned: it is not the file this version was tested with. "
        "If you changed the version or the file on purpose, set the checksum variable beside it too"
    )
    with pytest.raises(ValueError, match=f"^{re.escape(error)}$"):
        fetch_manifest(str(source), SHA, tmp_path / "cache")
    assert not (tmp_path / "cache").exists()


def test_without_a_checksum_nothing_is_kept(source: Path, tmp_path: Path) -> None:
    assert fetch_manifest(str(source), "", tmp_path / "cache") == TEXT
    assert not (tmp_path / "cache").exists()


def test_no_login_is_shown(tmp_path: Path) -> None:
    with pytest.raises(ValueError, match=r"^the manifest http://\*\*\*@127\.0\.0\.1:9/x cannot be read: (?!.*secret)"):
        download("http://anna:secret@127.0.0.1:9/x", attempts=1)


def test_a_missing_file_is_named(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("time.sleep", lambda _seconds: None)
    with pytest.raises(ValueError, match=r"^the manifest /nowhere\.yaml cannot be read: .*No such file"):
        fetch_manifest("/nowhere.yaml", SHA, tmp_path)
