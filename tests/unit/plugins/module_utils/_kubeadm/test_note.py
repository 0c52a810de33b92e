# SPDX-License-Identifier: GPL-3.0-or-later
from __future__ import annotations

import os
import time
from pathlib import Path

import pytest
from ansible_collections.homelab.kubernetes.plugins.module_utils._kubeadm import documents as config
from ansible_collections.homelab.kubernetes.plugins.module_utils._kubeadm import note as _kubeadm_note
from ansible_collections.homelab.kubernetes.plugins.module_utils._kubeadm.note import GRACE, Traces, life

BEGAN = 1_800_000_000.0
MINUTE, HOUR, DAY = 60.0, 3600.0, 86400.0


@pytest.mark.parametrize(
    ("text", "note"), [("", {}), ("[]", {}), ("{", {}), ('{"worker": "started"}', {"worker": "started"})]
)
def test_parse(text: str, note: dict[str, str]) -> None:
    assert _kubeadm_note.parse(text) == note


WRITTEN = "etcd was still written {} after the start"
NETWORK = "a pod network was installed after the start"


@pytest.mark.parametrize(
    ("traces", "expected"),
    [
        # Cut off before the kubelet began, or taken back by somebody since; a pod network's file may stay.
        (Traces(BEGAN, None, 0), ""),
        (Traces(BEGAN, None, BEGAN + DAY), ""),
        # Cut off in the middle: etcd began, and the node died or kubeadm gave up.
        (Traces(BEGAN, BEGAN + 20, 0), ""),
        (Traces(BEGAN, BEGAN + GRACE, 0), ""),
        # The clock went back, as without a battery; no certificate is valid then, so nothing lived.
        (Traces(BEGAN, 20.0, 0), ""),
        # The remains of an earlier cluster's network.
        (Traces(BEGAN, BEGAN + 20, BEGAN - DAY), ""),
        (Traces(BEGAN, BEGAN + GRACE + 1, 0), WRITTEN.format("30 minutes")),
        (Traces(BEGAN, BEGAN + 90 * MINUTE, 0), WRITTEN.format("90 minutes")),
        (Traces(BEGAN, BEGAN + 20 * HOUR, 0), WRITTEN.format("20 hours")),
        (Traces(BEGAN, BEGAN + 21 * DAY, 0), WRITTEN.format("21 days")),
        (Traces(BEGAN, BEGAN + 5 * MINUTE, BEGAN + 2 * MINUTE), NETWORK),
        (Traces(0, BEGAN, 0), "it has data in etcd, and the note does not say since when"),
        (Traces(0, None, BEGAN), ""),
    ],
)
def test_life(traces: Traces, expected: str) -> None:
    assert life(traces) == expected


@pytest.mark.parametrize(
    ("texts", "folders"),
    [
        ([], ["/var/lib/etcd"]),
        (["    - --data-dir=/var/lib/etcd\n"], ["/var/lib/etcd"]),
        (["    - --data-dir=/mnt/ssd/etcd\n", ""], ["/var/lib/etcd", "/mnt/ssd/etcd"]),
        (["", "etcd:\n  local:\n    dataDir: '/mnt/b'\n"], ["/var/lib/etcd", "/mnt/b"]),
        ([config.text([{"etcd": {"local": {"dataDir": "/mnt/c", "x": 1}}}])], ["/var/lib/etcd", "/mnt/c"]),
    ],
)
def test_data_folders(texts: list[str], folders: list[str]) -> None:
    assert _kubeadm_note.data_folders(*texts) == folders


@pytest.mark.parametrize(
    ("manifest", "elsewhere"),
    [
        ("", False),
        ("    - --etcd-servers=https://127.0.0.1:2379\n", False),
        ("    - --etcd-servers=https://[::1]:2379\n", False),
        ("    - --etcd-servers=https://192.0.2.5:2379,https://192.0.2.6:2379\n", True),
    ],
)
def test_etcd_is_elsewhere(manifest: str, elsewhere: bool) -> None:
    assert _kubeadm_note.etcd_is_elsewhere(manifest) is elsewhere


def test_traces(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    manifests, networks = tmp_path / "manifests", tmp_path / "net.d"
    manifests.mkdir()
    networks.mkdir()
    monkeypatch.setattr(_kubeadm_note, "DATA", str(tmp_path / "etcd"))
    monkeypatch.setattr(_kubeadm_note, "MANIFESTS", str(manifests))
    monkeypatch.setattr(_kubeadm_note, "NETWORKS", f"{networks}/*.conf*")
    file = tmp_path / "kubeadm.yaml"
    assert _kubeadm_note.traces({}, str(file)) == (0, None, 0)
    assert _kubeadm_note.traces({"began": "yesterday"}, str(file)).began == 0
    (networks / "10-flannel.conflist").touch()
    os.utime(networks / "10-flannel.conflist", (5, 5))
    # Another folder for etcd's data, as kubeadm's configuration says.
    file.write_text(f"etcd:\n  local:\n    dataDir: {tmp_path}/ssd\n")
    wal = tmp_path / "ssd/member/wal"
    wal.mkdir(parents=True)
    for path, at in ((wal / "0.tmp", 3), (wal / "0-0.wal", 7), (wal.parent, 4)):
        path.touch()
        os.utime(path, (at, at))
    assert _kubeadm_note.traces({"began": 2}, str(file)) == (2, 7, 5)
    file.unlink()
    (manifests / "kube-apiserver.yaml").write_text("    - --etcd-servers=https://192.0.2.5:2379\n")
    written = _kubeadm_note.traces({"began": 2}, str(file)).written
    assert written is not None
    assert abs(written - time.time()) < 60
