# SPDX-License-Identifier: GPL-3.0-or-later
"""What mount.nfs says, in words for a person."""

from __future__ import annotations

import pytest
from ansible_collections.homelab.kubernetes.plugins.module_utils._nfs.mount import (
    Share,
    mount_finding,
    mount_options,
    mounts_below,
    port_finding,
    write_finding,
)

SHARE = Share("192.168.0.31", "/srv/nfs", ("nfsvers=4.2",))
PREFIX = "192.168.0.31:/srv/nfs cannot be used: "


@pytest.mark.parametrize(
    ("said", "id_", "message"),
    [
        (
            "mount.nfs: access denied by server while mounting 192.168.0.31:/srv/nfs\n",
            "nfs-mount-refused",
            "the server refuses this node (access denied by server while mounting 192.168.0.31:/srv/nfs)",
        ),
        ("mount.nfs: Operation not permitted for 192.168.0.31:/srv/nfs on /tmp/x\n", "nfs-mount-refused", None),
        (
            "mount.nfs: mounting 192.168.0.31:/srv/nfs failed, reason given by server: No such file or directory\n",
            "nfs-path-missing",
            "the server shows this node no such path: it is missing there, or no export of it lists this node (mounting "
            "192.168.0.31:/srv/nfs failed, reason given by server: No such file or directory)",
        ),
        ("mount.nfs: mount point is Not a directory\n", "nfs-path-missing", None),
        ("mount.nfs: Protocol not supported for 192.168.0.31:/srv/nfs on /tmp/x\n", "nfs-version-unsupported", None),
        (
            "mount: /tmp/x: unknown filesystem type 'nfs'.\n       dmesg(1) may have more information after failed mount system call.\n",
            "nfs-client-missing",
            "this host cannot mount NFS: its kernel has no NFS client, or mount.nfs is not installed "
            "(/tmp/x: unknown filesystem type 'nfs'.)",
        ),
        ("mount.nfs: No such device\n", "nfs-client-missing", None),
        (
            "mount: /tmp/x: bad option; for several filesystems (e.g. nfs, cifs) you might need a /sbin/mount.<type> helper program.\n",
            "nfs-client-missing",
            None,
        ),
        ("mount.nfs: Connection refused\n", "nfs-server-unreachable", None),
        ("mount.nfs: Connection timed out for 192.168.0.31:/srv/nfs on /tmp/x\n", "nfs-server-unreachable", None),
        ("mount.nfs: Failed to resolve server nas: Name or service not known\n", "nfs-server-unreachable", None),
        ("mount.nfs: an incorrect mount option was specified\n", "nfs-mount-failed", None),
        ("mount.nfs: something new\n", "nfs-mount-failed", "it cannot be mounted (something new)"),
    ],
)
def test_causes(said: str, id_: str, message: str | None) -> None:
    found = mount_finding(SHARE, "192.168.0.12", said)
    assert found["id"] == id_
    assert found["fix"]
    assert "{" not in found["fix"]
    assert found["message"].startswith(PREFIX)
    if message:
        assert found["message"] == PREFIX + message


def test_the_fix_names_the_node() -> None:
    found = mount_finding(SHARE, "192.168.0.12", "mount.nfs: access denied by server")
    assert found["fix"] == (
        "add the node's address 192.168.0.12 to the clients of the export on 192.168.0.31, and run `exportfs -ra` there"
    )


def test_no_connection() -> None:
    found = port_finding(SHARE, "", "[Errno 113] No route to host")
    assert found["message"] == PREFIX + "the server does not answer ([Errno 113] No route to host)"


def test_no_writing() -> None:
    found = write_finding(SHARE, "192.168.0.12", "Permission denied", 65534)
    assert found["message"] == (
        PREFIX + "it can be mounted, but neither root nor its owner 65534 may write (Permission denied)"
    )
    assert found["fix"] == "export /srv/nfs with rw; with root_squash give the directory an owner that may write"


def test_a_test_does_not_wait_for_ever() -> None:
    assert mount_options(["nfsvers=4.2", "hard", "timeo=600", "noatime"]) == (
        "nfsvers=4.2,noatime,soft,timeo=50,retrans=1,retry=0,nosuid,nodev,noexec"
    )


@pytest.mark.parametrize("wanted", [[], ["suid"], ["nosuid", "exec", "dev"], ["suid,dev,exec"]])
def test_programs_of_the_server_get_no_rights(wanted: list[str]) -> None:
    assert mount_options(wanted).split(",")[-3:] == ["nosuid", "nodev", "noexec"]


MOUNTINFO = """22 1 0:20 / / rw,relatime shared:1 - ext4 /dev/vda1 rw
30 22 0:25 / /run rw,nosuid shared:5 - tmpfs tmpfs rw
71 30 0:50 / /run/homelab.kubernetes/nfs/tmpab12 rw - nfs4 192.168.0.31:/srv/nfs rw
72 71 0:51 / /run/homelab.kubernetes/nfs/tmpab12/a\\040b rw - nfs4 192.168.0.31:/srv/nfs/a rw
73 30 0:52 / /run/homelab.kubernetes/nfsother rw - tmpfs tmpfs rw
74 22 0:53 / /mnt/run/homelab.kubernetes/nfs/x rw - tmpfs tmpfs rw
"""


def test_only_our_own_mounts_are_taken_away() -> None:
    assert mounts_below(MOUNTINFO, "/run/homelab.kubernetes/nfs") == [
        "/run/homelab.kubernetes/nfs/tmpab12/a b",
        "/run/homelab.kubernetes/nfs/tmpab12",
    ]


def test_ipv6_is_written_in_brackets() -> None:
    assert Share("fd00::1", "/srv", ()).source == "[fd00::1]:/srv"


@pytest.mark.parametrize(
    "last",
    ["an incorrect mount option was specified", "Operation not permitted for 192.168.1.5:/volume1/k8s on /tmp/x"],
)
def test_the_lock_service_of_nfs_3_is_the_nodes_own(last: str) -> None:
    said = (
        "mount.nfs: rpc.statd is not running but is required for remote locking.\n"
        f"mount.nfs: Either use '-o nolock' to keep locks local, or start statd.\nmount.nfs: {last}"
    )
    found = mount_finding(Share("192.168.1.5", "/volume1/k8s", ("nfsvers=3",)), "192.168.1.11", said)
    assert found["id"] == "nfs-locks-missing"
    assert found["fix"] == (
        "mount with nfsvers=4.2 or nolock in nfs_storage_mount_options, or start it on the node: "
        "`systemctl enable --now rpc-statd`"
    )
