# Copyright: homelab.kubernetes contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""containerd's files by generation, and what its answers must say."""

from __future__ import annotations

import json
import re
import typing as t

import pytest
import tomllib
from ansible_collections.homelab.kubernetes.plugins.module_utils._containerd.config import (
    Version,
    Wish,
    config_text,
    config_version,
    cri_plugin_problems,
    cri_problems,
    crictl_text,
    differences,
    document,
    merged,
    parse_version,
    registry_files,
    registry_urls,
)
from ansible_collections.homelab.kubernetes.plugins.module_utils._files import HEADER

PAUSE = "registry.k8s.io/pause:3.10.2"
WISH = Wish(PAUSE, "/opt/cni/bin", "/etc/cni/net.d")
CERTS = "/etc/containerd/certs.d"
CRI_1 = "io.containerd.grpc.v1.cri"
IMAGES = "io.containerd.cri.v1.images"
RUNTIME = "io.containerd.cri.v1.runtime"

VERSIONS: list[tuple[str, Version, int]] = [
    ("containerd github.com/containerd/containerd 1.7.24~ds1 1.7.24~ds1-6+deb13u1\n", (1, 7, 24), 2),
    ("containerd github.com/containerd/containerd/v2 2.0.5 fb4c30d4ede3531652d86197bf3fc9515e5276d9\n", (2, 0, 5), 3),
    ("containerd github.com/containerd/containerd/v2 2.2.7 abc", (2, 2, 7), 3),
    ("containerd github.com/containerd/containerd/v2 2.3.4+unknown \n", (2, 3, 4), 4),
    ("containerd containerd.io v2.4.1 0123456789abcdef", (2, 4, 1), 4),
    ("containerd containerd.io v2.4.0-rc.1 0123", (2, 4, 0), 4),
    ("containerd example.org 3.0.0", (3, 0, 0), 4),
]


@pytest.mark.parametrize(("text", "version", "number"), VERSIONS)
def test_versions(text: str, version: Version, number: int) -> None:
    assert parse_version(text) == version
    assert config_version(version) == number


def test_version_fail() -> None:
    with pytest.raises(ValueError, match=r"^no version in the output of containerd --version: 'containerd unknown'$"):
        parse_version("containerd unknown\n")


def test_too_old() -> None:
    message = (
        "containerd 1.6.20 is too old: Kubernetes 1.35 and later need 1.7 or later; "
        "set containerd_source: docker, or install a newer release of the distribution"
    )
    with pytest.raises(ValueError, match=f"^{re.escape(message)}$"):
        config_version((1, 6, 20))


RUNC = {
    "default_runtime_name": "runc",
    "runtimes": {"runc": {"runtime_type": "io.containerd.runc.v2", "options": {"SystemdCgroup": True}}},
}
OLD_CNI = {"bin_dir": "/opt/cni/bin", "conf_dir": "/etc/cni/net.d"}
NEW_CNI = {"bin_dirs": ["/opt/cni/bin"], "conf_dir": "/etc/cni/net.d"}
REGISTRY = {"config_path": CERTS}


DROP_INS = {"imports": ["/etc/containerd/conf.d/*.toml"]}


def second(number: int, cni: dict[str, t.Any], imports: dict[str, t.Any] = DROP_INS) -> dict[str, t.Any]:
    """A document of containerd 2, which imports drop-ins by default from 2.2 on."""
    images = {"pinned_images": {"sandbox": PAUSE}, "registry": REGISTRY}
    return {
        "version": number,
        **imports,
        "disabled_plugins": [],
        "plugins": {IMAGES: images, RUNTIME: {"cni": cni, "containerd": RUNC}},
    }


DOCUMENTS: list[tuple[Version, dict[str, t.Any]]] = [
    (
        (1, 7, 24),
        {
            "version": 2,
            "disabled_plugins": [],
            "plugins": {CRI_1: {"sandbox_image": PAUSE, "cni": OLD_CNI, "containerd": RUNC, "registry": REGISTRY}},
        },
    ),
    ((2, 0, 5), second(3, OLD_CNI, {})),
    ((2, 1, 9), second(3, NEW_CNI, {})),
    ((2, 2, 0), second(3, NEW_CNI)),
    ((2, 2, 7), second(3, NEW_CNI)),
    ((2, 3, 4), second(4, NEW_CNI)),
    ((2, 4, 1), second(4, NEW_CNI)),
]


@pytest.mark.parametrize(("version", "wanted"), DOCUMENTS)
def test_document(version: Version, wanted: dict[str, t.Any]) -> None:
    assert document(version, WISH, {}) == wanted
    text = config_text(wanted)
    assert text.startswith(HEADER)
    assert tomllib.loads(text) == wanted


def cri(name: str, **values: t.Any) -> dict[str, t.Any]:
    """Overrides in one CRI table."""
    return {"plugins": {name: values}}


BOTH = merged(cri(CRI_1, restrict_oom_score_adj=True), cri(RUNTIME, restrict_oom_score_adj=True))
OVERRIDES: list[tuple[Version, dict[str, t.Any], tuple[str, ...], t.Any]] = [
    ((1, 7, 24), cri(CRI_1, restrict_oom_score_adj=True), (CRI_1, "restrict_oom_score_adj"), True),
    ((2, 0, 5), cri(RUNTIME, restrict_oom_score_adj=True), (RUNTIME, "restrict_oom_score_adj"), True),
    ((2, 3, 4), cri(RUNTIME, restrict_oom_score_adj=True), (RUNTIME, "restrict_oom_score_adj"), True),
    (
        (2, 4, 1),
        cri(RUNTIME, cni={"conf_dir": "/x"}),
        (RUNTIME, "cni"),
        {"bin_dirs": ["/opt/cni/bin"], "conf_dir": "/x"},
    ),
    ((2, 3, 4), cri(RUNTIME, cni={"bin_dirs": ["/a", "/b"]}), (RUNTIME, "cni", "bin_dirs"), ["/a", "/b"]),
    ((2, 3, 4), cri(CRI_1, stream_server_port="10010"), (CRI_1,), {"stream_server_port": "10010"}),
    (
        (2, 3, 4),
        cri("io.containerd.gc.v1.scheduler", pause_threshold=0.02),
        ("io.containerd.gc.v1.scheduler", "pause_threshold"),
        0.02,
    ),
    ((1, 7, 24), BOTH, (CRI_1, "restrict_oom_score_adj"), True),
    ((2, 3, 4), BOTH, (RUNTIME, "restrict_oom_score_adj"), True),
]


@pytest.mark.parametrize(("version", "overrides", "path", "value"), OVERRIDES)
def test_overrides(version: Version, overrides: dict[str, t.Any], path: tuple[str, ...], value: t.Any) -> None:
    before = json.dumps(overrides)
    found: t.Any = document(version, WISH, overrides)["plugins"]
    for key in path:
        found = found[key]
    assert found == value
    assert json.dumps(overrides) == before


def test_other_generation_left_out() -> None:
    assert set(document((1, 7, 24), WISH, BOTH)["plugins"]) == {CRI_1}
    assert set(document((2, 3, 4), WISH, BOTH)["plugins"]) == {IMAGES, RUNTIME}


def test_overrides_of_the_top() -> None:
    found = document((2, 3, 4), WISH, {"oom_score": -999, "imports": []})
    assert (found["oom_score"], found["imports"], found["version"]) == (-999, [], 4)
    # Before 2.2 it is a line of the user's.
    assert document((1, 7, 24), WISH, DROP_INS)["imports"] == ["/etc/containerd/conf.d/*.toml"]


OVERRIDES_FAIL: list[tuple[Version, dict[str, t.Any], str]] = [
    (
        (1, 7, 24),
        cri(RUNTIME, enable_selinux=True),
        f"containerd_config has plugins.'{RUNTIME}', which containerd 1.7.24 ignores; use plugins.'{CRI_1}'",
    ),
    (
        (2, 3, 4),
        cri(CRI_1, sandbox_image="x", stream_server_port="0"),
        f"containerd_config has sandbox_image in plugins.'{CRI_1}', which containerd 2.3.4 ignores; "
        f"use plugins.'{RUNTIME}' (containers, CNI) or plugins.'{IMAGES}' (images, registries)",
    ),
]


@pytest.mark.parametrize(("version", "overrides", "message"), OVERRIDES_FAIL)
def test_overrides_fail(version: Version, overrides: dict[str, t.Any], message: str) -> None:
    with pytest.raises(ValueError, match=f"^{re.escape(message)}$"):
        document(version, WISH, overrides)


PULL, BOTH_WAYS = 'capabilities = ["pull"]', 'capabilities = ["pull", "resolve"]'


def test_registry_files() -> None:
    files = registry_files(
        {"quay.io": ["http://m:5000", "https://n/v2/quay"], "localhost:5001": ["http://m"], "_default": ["http://m"]}
    )
    assert list(files) == [
        f"{CERTS}/_default/hosts.toml",
        f"{CERTS}/localhost:5001/hosts.toml",
        f"{CERTS}/quay.io/hosts.toml",
    ]
    assert files[f"{CERTS}/quay.io/hosts.toml"] == (
        f'{HEADER}[host."http://m:5000"]\n{PULL}\n\n[host."https://n/v2/quay"]\n{BOTH_WAYS}\noverride_path = true\n'
    )


@pytest.mark.parametrize(
    ("mirror", "capabilities"),
    [
        ("http://m:5000", PULL),
        ("http://127.0.0.1:5000", PULL),
        ("https://m:5000", BOTH_WAYS),
        ({"url": "http://m:5000"}, PULL),
        ({"url": "http://m:5000", "resolve": True}, BOTH_WAYS),
        ({"url": "https://m:5000"}, BOTH_WAYS),
        ({"url": "https://m:5000", "resolve": False}, PULL),
    ],
)
def test_who_says_what_a_tag_means(mirror: t.Any, capabilities: str) -> None:
    (text,) = registry_files({"docker.io": [mirror]}).values()
    assert text.splitlines()[2:] == [capabilities]


REGISTRIES = ["registry.k8s.io", "docker.io", "ghcr.io"]


@pytest.mark.parametrize(
    ("mirrors", "urls"),
    [
        ({}, ["https://registry.k8s.io/v2/", "https://registry-1.docker.io/v2/", "https://ghcr.io/v2/"]),
        (
            {"ghcr.io": ["http://m:5000/ghcr", "http://n"]},
            ["https://registry.k8s.io/v2/", "https://registry-1.docker.io/v2/", "http://m:5000/v2/", "http://n/v2/"]
            + ["https://ghcr.io/v2/"],
        ),
        ({"_default": [{"url": "http://m:5000", "resolve": True}]}, ["http://m:5000/v2/"]),
        (
            {"_default": ["https://m"], "docker.io": ["http://m:5000"]},
            ["https://m/v2/", "http://m:5000/v2/", "https://registry-1.docker.io/v2/"],
        ),
        ("http://m", ["https://registry.k8s.io/v2/", "https://registry-1.docker.io/v2/", "https://ghcr.io/v2/"]),
        ({"_default": "http://m", "ghcr.io": [5000], "docker.io": ["https://a:b@m"]}, []),
    ],
)
def test_where_images_come_from(mirrors: t.Any, urls: list[str]) -> None:
    assert registry_urls(REGISTRIES, mirrors) == urls


REGISTRY_FAIL: list[tuple[dict[str, t.Any], str]] = [
    ({"docker.io": "http://m"}, "containerd_registry_mirrors.docker.io must be a list of URLs, not 'http://m'"),
    ({"docker.io": []}, "containerd_registry_mirrors.docker.io must be a list of URLs, not []"),
    ({"docker.io": [5000]}, "containerd_registry_mirrors.docker.io: 5000 is neither a URL nor a mapping with a url"),
    (
        {"docker.io": [{"resolve": True}]},
        "containerd_registry_mirrors.docker.io: {'resolve': True} is neither a URL nor a mapping with a url",
    ),
    (
        {"docker.io": [{"url": "http://m", "resolve": "yes"}]},
        "containerd_registry_mirrors.docker.io: {'url': 'http://m', 'resolve': 'yes'} may have url, resolve (true or false) "
        "and ca, and nothing else",
    ),
    (
        {"docker.io": [{"url": "http://a:b@m", "skip_verify": True}]},
        "containerd_registry_mirrors.docker.io: {'url': 'http://***@m', 'skip_verify': True} may have url, resolve (true or "
        "false) and ca, and nothing else",
    ),
    (
        {"docker.io": ["https://anna:secret@m"]},
        "containerd_registry_mirrors.docker.io: https://***@m holds a login, which every user of the host could read: let the "
        "mirror admit the nodes without one; or leave this registry out and write its hosts.toml in /etc/containerd/certs.d "
        "yourself, mode 0600, with the login in a header table",
    ),
    (
        {"docker.io": ["m:5000"]},
        "containerd_registry_mirrors.docker.io: 'm:5000' is not a URL such as http://192.168.0.5:5000",
    ),
    ({"../x": ["http://m"]}, "containerd_registry_mirrors: '../x' is not the host of a registry such as docker.io"),
    (
        {"https://docker.io": ["http://m"]},
        "containerd_registry_mirrors: 'https://docker.io' is not the host of a registry such as docker.io",
    ),
]


@pytest.mark.parametrize(("mirrors", "message"), REGISTRY_FAIL)
def test_registry_files_fail(mirrors: dict[str, t.Any], message: str) -> None:
    with pytest.raises(ValueError, match=f"^{re.escape(message)}$"):
        registry_files(mirrors)


def test_crictl_text() -> None:
    assert (
        crictl_text("/run/c.sock")
        == f"{HEADER}runtime-endpoint: unix:///run/c.sock\nimage-endpoint: unix:///run/c.sock\ntimeout: 10\n"
    )


DIFFERENCES: list[tuple[dict[str, t.Any], dict[str, t.Any], list[str]]] = [
    ({}, {"a": 1}, []),
    ({"a": {"b": 1}}, {"a": {"b": 1, "c": 2}}, []),
    ({"a": {"b.c": {"d": True}}}, {"a": {"b.c": {"d": False}}}, ["a.'b.c'.d is False instead of True"]),
    ({"a": {"b": 1}}, {}, ["a.b is absent instead of 1"]),
    ({"a": {"b": 1}}, {"a": 3}, ["a.b is absent instead of 1"]),
    ({"a": [], "b": "", "c": False}, {}, []),
    ({"a": []}, {"a": ["cri"]}, ["a is ['cri'] instead of []"]),
    ({"a": "1000ms"}, {"a": "1s"}, []),
    ({"a": "1000ms"}, {"a": "one"}, ["a is 'one' instead of '1000ms'"]),
]


@pytest.mark.parametrize(("wanted", "found", "texts"), DIFFERENCES)
def test_differences(wanted: dict[str, t.Any], found: dict[str, t.Any], texts: list[str]) -> None:
    assert differences(wanted, found) == texts


def info(ready: bool = True, systemd: bool = True, **config: t.Any) -> str:
    """An answer of crictl info."""
    condition = {
        "type": "RuntimeReady",
        "status": ready,
        "reason": "" if ready else "Why",
        "message": "" if ready else "because",
    }
    live = {"containerd": {"runtimes": {"runc": {"options": {"SystemdCgroup": systemd}}}}, **config}
    return json.dumps(
        {"status": {"conditions": [condition, {"type": "NetworkReady", "status": False}]}, "config": live}
    )


CGROUP = "containerd.runtimes.runc.options.SystemdCgroup is False instead of True"
CRI: list[tuple[Version, str, list[str]]] = [
    ((2, 3, 4), info(), []),
    ((1, 7, 24), info(sandboxImage=PAUSE), []),
    (
        (1, 7, 24),
        info(sandboxImage="registry.k8s.io/pause:3.8"),
        [f"sandboxImage is 'registry.k8s.io/pause:3.8' instead of '{PAUSE}'"],
    ),
    ((2, 3, 4), info(systemd=False), [CGROUP]),
    ((2, 0, 5), info(ready=False), ["the runtime is not ready: Why because"]),
    ((2, 3, 4), "{}", ["crictl info gave no status and configuration (KeyError)"]),
    ((2, 3, 4), "null", ["crictl info gave no status and configuration (TypeError)"]),
    ((2, 3, 4), "no", ["crictl info gave no status and configuration (JSONDecodeError)"]),
]


@pytest.mark.parametrize(("version", "answer", "problems"), CRI)
def test_cri_problems(version: Version, answer: str, problems: list[str]) -> None:
    assert cri_problems(answer, document(version, WISH, {})) == problems


TITLE = "TYPE                      ID     PLATFORMS      STATUS\n"
PLUGINS = [
    (TITLE + "io.containerd.grpc.v1     cri    linux/amd64    ok\n", []),
    (TITLE + "io.containerd.grpc.v1     cri    -              ok\n", []),
    (TITLE + "io.containerd.grpc.v1     cri    -              error\n", ["containerd's CRI plugin is in state error"]),
    (TITLE + "io.containerd.grpc.v1     images -              ok\n", ["containerd runs without its CRI plugin"]),
]


@pytest.mark.parametrize(("text", "problems"), PLUGINS)
def test_cri_plugin_problems(text: str, problems: list[str]) -> None:
    assert cri_plugin_problems(text) == problems


@pytest.mark.parametrize(
    ("mirror", "lines"),
    [
        ("https://harbor.lan/v2/dockerhub", {"override_path = true"}),
        ("https://repo.lan/v2/", set()),
        ("https://repo.lan/dockerhub", set()),
        ("http://192.168.0.5:5000", set()),
        (
            {"url": "https://harbor.lan", "ca": "/etc/ssl/certs/home.pem"},
            {'ca = "/etc/ssl/certs/home.pem"'},
        ),
    ],
)
def test_a_path_below_v2_is_the_whole_root(mirror: t.Any, lines: set[str]) -> None:
    (text,) = registry_files({"docker.io": [mirror]}).values()
    said = {line.strip() for line in text.splitlines() if line.strip().startswith(("override_path", "ca ="))}
    assert said == lines


def test_a_ca_is_a_file_of_the_nodes() -> None:
    with pytest.raises(ValueError, match=r"^containerd_registry_mirrors.docker.io: ca 'home.pem' is not the path"):
        registry_files({"docker.io": [{"url": "https://harbor.lan", "ca": "home.pem"}]})
