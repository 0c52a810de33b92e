# SPDX-License-Identifier: GPL-3.0-or-later
"""What a person reads when a control plane cannot be made, and how a start that was cut off goes on."""

from __future__ import annotations

import os
import re
import typing as t
from pathlib import Path

import pytest
from ansible_collections.homelab.kubernetes.plugins.module_utils._kubeadm import documents as config
from ansible_collections.homelab.kubernetes.plugins.module_utils._kubeadm import run as host
from ansible_collections.homelab.kubernetes.plugins.modules import kubeadm_init
from ansible_collections.homelab.kubernetes.tests.unit.plugins.modules.kubeadm_of_tests import LOCK, WAY_OUT, exactly


def test_a_control_plane_of_somebody(files: Path) -> None:
    (files / "admin").touch()
    error = (
        f"this host holds {files}/admin, but no control plane answers at 192.0.2.11:6443 and none was begun from here; running "
        "kubeadm over it could destroy somebody's cluster. If nothing of it is needed, run `kubeadm reset` on the host "
        "yourself, then run the playbook again."
    )
    with pytest.raises(ValueError, match=exactly(error)):
        kubeadm_init.look("192.0.2.11", 0)


def test_a_control_plane_whose_api_is_away(files: Path) -> None:
    (files / "admin").touch()
    host.note(control_plane="complete")
    error = (
        "the control plane of this host is installed, but its API at 192.0.2.11:6443 has not been ready for 0 s; look at "
        "`journalctl -u kubelet` and `crictl ps -a` on the host."
    )
    with pytest.raises(ValueError, match=exactly(error)):
        kubeadm_init.look("192.0.2.11", 0)


BEGAN = 1_800_000_000
OLD, NEW = [{"kind": "InitConfiguration"}], [{"kind": "InitConfiguration", "other": "settings"}]
Documents = t.List[t.Dict[str, t.Any]]
PRISTINE = ["Node//cp1", "Namespace//default", "Pod/kube-system/etcd-cp1", "Deployment/kube-system/coredns"]
SHOP, WORKER = [*PRISTINE, "Namespace//shop"], [*PRISTINE, "Node//w1"]


class Start:
    """A control plane whose start was cut off: what runs on it, and the commands that it was given."""

    def __init__(self, folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
        self.folder = folder
        self.params = {"address": "192.0.2.11", "path": str(folder / "kubeadm.yaml"), "timeout": 120, "documents": OLD}
        self.ready, self.objects, self.whole, self.fails = True, t.cast("list[str] | None", PRISTINE), True, ""
        self.commands: list[str] = []
        self.waited: list[float] = []
        (folder / "kubeadm.yaml").write_text(config.text(OLD))
        host.note(control_plane="started", began=BEGAN)
        monkeypatch.setattr(host, "api_ready", self.api_ready)
        monkeypatch.setattr(host, "kubectl", self.kubectl)
        monkeypatch.setattr(host, "run", self.run)
        monkeypatch.setattr(kubeadm_init.time, "time", lambda: BEGAN + 21 * 86400.0)

    def etcd(self, seconds: float) -> None:
        """Data of etcd, written for so long after the beginning."""
        path = self.folder / "data/member/wal/0-0.wal"
        path.parent.mkdir(parents=True)
        path.touch()
        for place in (path, self.folder / "data/member"):
            os.utime(place, (BEGAN + seconds, BEGAN + seconds))

    def api_ready(self, address: str, seconds: float = 0) -> bool:
        assert address == "192.0.2.11"
        self.waited.append(seconds)
        return self.ready

    def kubectl(self, *arguments: str, kubeconfig: str = "") -> str:
        if arguments[1] == kubeadm_init.KINDS:
            if self.objects is None:
                raise ValueError("Forbidden")
            return "".join(f"{name}\n" for name in self.objects)
        if "daemonset/kube-proxy" in arguments and not self.whole:
            raise ValueError("NotFound")
        return ""

    def run(self, command: list[str], label: str, lock: int) -> host.Ran:
        assert lock == LOCK
        line = " ".join(command).replace(str(self.folder), "")
        self.commands.append(re.sub(r"/private/\S+", "FILE", line))
        if self.fails and self.fails in line:
            raise host.KubeadmError("kubeadm init failed:\n  boom", [])
        return host.Ran([{"name": "addons", "seconds": 1.0}], [])

    def act(self, check_mode: bool = False) -> dict[str, t.Any]:
        return kubeadm_init.act(self.params, None if check_mode else LOCK)


FINISH = "kubeadm init --config /kubeadm.yaml --skip-phases=preflight,certs,kubeconfig,etcd,control-plane,kubelet-start"
RESTART = [
    "kubeadm reset --force",
    "kubeadm config validate --config FILE",
    "kubeadm init --config /kubeadm.yaml",
]


@pytest.fixture
def start(files: Path, monkeypatch: pytest.MonkeyPatch) -> Start:
    return Start(files, monkeypatch)


@pytest.mark.parametrize(
    ("etcd", "given", "wanted", "commands", "repair"),
    [
        # Cut off before the kubelet began: nobody is waited for.
        (None, {}, OLD, RESTART, "restart"),
        (20, {}, OLD, [FINISH], "finish"),
        (20, {"objects": None}, OLD, [FINISH], "finish"),
        (20, {"fails": "--skip-phases"}, OLD, [FINISH, *RESTART], "restart"),
        (20, {"ready": False}, OLD, RESTART, "restart"),
        (20, {"ready": False}, NEW, RESTART, "restart"),
        # Whoever cuts a run off to correct a setting gets it, as long as the cluster is nobody's.
        (20, {}, NEW, RESTART, "restart"),
        (20, {"objects": None}, NEW, RESTART, "restart"),
        # In use: finished as it began, with what is missing, and never reset.
        (20, {"objects": SHOP}, OLD, [], "finish"),
        (20, {"objects": SHOP}, NEW, [], "finish"),
        (20, {"objects": WORKER}, NEW, [], "finish"),
        (20, {"objects": WORKER, "whole": False}, NEW, [FINISH], "finish"),
        (21 * 86400, {"objects": None}, NEW, [], "finish"),
        (21 * 86400, {}, NEW, [], "finish"),
        # Cut off in the evening, the machine left on, run again in the morning.
        (12 * 3600, {"whole": False}, OLD, [FINISH], "finish"),
        (12 * 3600, {"whole": False, "fails": "--skip-phases"}, OLD, [FINISH, *RESTART], "restart"),
        # kubeadm failed for a setting, which a person has corrected since.
        (12 * 3600, {"whole": False}, NEW, RESTART, "restart"),
        (12 * 3600, {"whole": False, "objects": None}, NEW, [FINISH], "finish"),
    ],
)
def test_a_start_that_was_cut_off(
    start: Start, etcd: float | None, given: dict[str, t.Any], wanted: Documents, commands: list[str], repair: str
) -> None:
    if etcd is not None:
        start.etcd(etcd)
    start.params["documents"] = wanted
    vars(start).update(given)
    predicted = start.act(check_mode=True)
    assert (predicted["changed"], start.commands, host.record()["control_plane"]) == (True, [], "started")
    result = start.act()
    assert (start.commands, result["repair"], result["state"], result["changed"]) == (commands, repair, "partial", True)
    assert predicted["repair"] == ("finish" if "fails" in given else repair)
    assert set(start.waited) == ({120} if etcd is not None else set())
    assert host.record()["control_plane"] == "complete"
    kept = config.text(OLD if repair == "finish" else wanted)
    assert (start.folder / "kubeadm.yaml").read_text() == kept
    assert result["diff"]["after"] == kept
    began = BEGAN if repair == "finish" else BEGAN + 21 * 86400
    assert host.record()["began"] == began


AWAY = (
    "the start of this control plane was cut off, but its cluster was used afterwards: {}. Its API at 192.0.2.11:6443 has not "
    "been ready for 120 s, and beginning again would erase what the cluster holds. Look at `journalctl -u kubelet` and `crictl "
    "ps -a` on the host; when the API answers, run the playbook again and it is finished as it is. " + WAY_OUT
)


@pytest.mark.parametrize("wanted", [OLD, NEW])
@pytest.mark.parametrize(
    ("etcd", "network", "use"),
    [
        (21 * 86400, False, "etcd was still written 21 days after the start"),
        (60, True, "a pod network was installed after the start"),
    ],
)
def test_a_cluster_in_use_whose_api_is_away(
    start: Start, etcd: float, network: bool, use: str, wanted: Documents
) -> None:
    start.etcd(etcd)
    if network:
        (start.folder / "networks").touch()
        os.utime(start.folder / "networks", (BEGAN + 50, BEGAN + 50))
    start.params["documents"], start.ready = wanted, False
    for check_mode in (True, False):
        with pytest.raises(ValueError, match=exactly(AWAY.format(use))):
            start.act(check_mode)
    assert start.commands == []
    assert host.record() == {"control_plane": "started", "began": BEGAN}


def test_a_cluster_in_use_that_cannot_be_finished(start: Start) -> None:
    start.etcd(20)
    start.objects, start.whole, start.fails = [*SHOP, *(f"Namespace//n{n}" for n in range(9))], False, "--skip-phases"
    error = (
        "the start of this control plane was cut off, and kubeadm cannot finish it now: kubeadm init failed:\n  boom\nThe cluster "
        "was used afterwards (it holds Namespace//shop, Namespace//n0, Namespace//n1, Namespace//n2, Namespace//n3 and more), so it "
        f"is not begun again. Correct what kubeadm names, then run the playbook again. {WAY_OUT}"
    )
    with pytest.raises(host.KubeadmError, match=exactly(error)):
        start.act()
    assert start.commands == [FINISH]
    assert host.record()["control_plane"] == "started"


def test_phases_that_are_not_wanted_stay_so(start: Start) -> None:
    start.etcd(20)
    documents = [{"kind": "InitConfiguration", "skipPhases": ["addon/kube-proxy"]}]
    (start.folder / "kubeadm.yaml").write_text(config.text(documents))
    start.params["documents"], start.whole = documents, False
    start.act()
    assert start.commands == [f"{FINISH},addon/kube-proxy"]
    host.note(control_plane="started")
    start.commands.clear()
    start.objects = SHOP
    assert start.act()["repair"] == "finish"
    assert start.commands == []


def test_a_cluster_in_use_whose_file_is_an_earlier_releases_yaml(start: Start) -> None:
    start.etcd(20)
    yaml = "kind: InitConfiguration\nskipPhases:\n- addon/coredns\n"
    (start.folder / "kubeadm.yaml").write_text(yaml)
    start.objects, start.whole = SHOP, False
    assert start.act()["repair"] == "finish"
    assert start.commands == [f"{FINISH},addon/coredns"]
    assert (start.folder / "kubeadm.yaml").read_text() == yaml


def test_the_note_says_when_a_start_began(start: Start) -> None:
    Path(host.RECORD).write_text("")
    assert start.act()["state"] == "absent"
    assert host.record() == {"control_plane": "complete", "began": BEGAN + 21 * 86400}
