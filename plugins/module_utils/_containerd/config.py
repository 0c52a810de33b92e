# Copyright: homelab.kubernetes contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
# Note that this module util is **PRIVATE** to the collection. It can have breaking changes at any time.
"""containerd's files for the installed generation, and what its answers must say."""

from __future__ import annotations

import json
import re
import typing as t

from ansible_collections.homelab.kubernetes.plugins.module_utils import _files
from ansible_collections.homelab.kubernetes.plugins.module_utils._containerd import toml as _toml
from ansible_collections.homelab.kubernetes.plugins.module_utils._urls import has_login, masked

Document = dict[str, t.Any]
Version = tuple[int, int, int]

CERTS_DIR = "/etc/containerd/certs.d"
# What ``containerd config default`` imports since 2.2. A file without the line imports nothing, and NVIDIA's runtime lives there.
DROP_INS = "/etc/containerd/conf.d/*.toml"
CRICTL_PATH = "/etc/crictl.yaml"
CRI_1 = "io.containerd.grpc.v1.cri"
CRI_2_IMAGES = "io.containerd.cri.v1.images"
CRI_2_RUNTIME = "io.containerd.cri.v1.runtime"
# All that containerd 2 still reads from the table of containerd 1.
CRI_1_STREAMING = {
    "disable_tcp_service",
    "enable_tls_streaming",
    "stream_idle_timeout",
    "stream_server_address",
    "stream_server_port",
    "x509_key_pair_streaming",
}


# Where containerd itself asks for a registry of another name.
UPSTREAM_HOSTS = {"docker.io": "registry-1.docker.io"}
LOGIN_FIX = (
    "let the mirror admit the nodes without one; or leave this registry out and write its hosts.toml in "
    f"{CERTS_DIR} yourself, mode 0600, with the login in a header table"
)


class Endpoint(t.NamedTuple):
    """A mirror, whether it may say what a tag means, and the file of its CA on the nodes ("" for what the system trusts)."""

    url: str
    resolve: bool
    ca: str = ""


class Wish(t.NamedTuple):
    """What every generation has to say in its own words."""

    sandbox_image: str
    cni_bin_dir: str
    cni_conf_dir: str


def parse_version(text: str) -> Version:
    """The version out of ``containerd --version``, whoever packaged it."""
    found = re.search(r"(?:^|\s)v?(\d+)\.(\d+)\.(\d+)(?=\S*(?:\s|$))", text)
    if not found:
        raise ValueError(f"no version in the output of containerd --version: {text.strip()!r}")
    return int(found[1]), int(found[2]), int(found[3])


def dotted(version: Version) -> str:
    """As people write it."""
    return ".".join(str(part) for part in version)


def config_version(version: Version) -> int:
    """The version of the configuration file that this containerd reads without migrating it."""
    if version < (1, 7, 0):
        raise ValueError(
            f"containerd {dotted(version)} is too old: Kubernetes 1.35 and later need 1.7 or later; "
            "set containerd_source: docker, or install a newer release of the distribution"
        )
    if version < (2, 0, 0):
        return 2
    return 3 if version < (2, 3, 0) else 4


def merged(base: t.Mapping[str, t.Any], overrides: t.Mapping[str, t.Any]) -> Document:
    """Tables are merged, everything else is replaced; neither input is touched."""
    result = dict(base)
    for key, value in overrides.items():
        below = result.get(key)
        result[key] = merged(below, value) if isinstance(below, dict) and isinstance(value, dict) else value
    return result


def _runc() -> Document:
    """The one runtime, with the cgroup driver that the kubelet uses."""
    options = {"SystemdCgroup": True}
    return {
        "default_runtime_name": "runc",
        "runtimes": {"runc": {"runtime_type": "io.containerd.runc.v2", "options": options}},
    }


def base(version: Version, wish: Wish) -> Document:
    """The document before the user's overrides.

    ``disabled_plugins`` is there because Docker's package ships a file that disables CRI.
    """
    number = config_version(version)
    # bin_dirs came with 2.1; the older bin_dir goes away with 2.4.
    bins: Document = {"bin_dirs": [wish.cni_bin_dir]} if version >= (2, 1, 0) else {"bin_dir": wish.cni_bin_dir}
    cni = {**bins, "conf_dir": wish.cni_conf_dir}
    registry = {"config_path": CERTS_DIR}
    if number == 2:
        plugins: Document = {
            CRI_1: {"sandbox_image": wish.sandbox_image, "cni": cni, "containerd": _runc(), "registry": registry}
        }
    else:
        plugins = {
            CRI_2_IMAGES: {"pinned_images": {"sandbox": wish.sandbox_image}, "registry": registry},
            CRI_2_RUNTIME: {"cni": cni, "containerd": _runc()},
        }
    imports: Document = {"imports": [DROP_INS]} if version >= (2, 2, 0) else {}
    return {"version": number, **imports, "disabled_plugins": [], "plugins": plugins}


def applicable(overrides: t.Mapping[str, t.Any], version: Version) -> Document:
    """The overrides without the CRI tables of the other generation, which containerd would ignore without a word.

    A user with both generations gives both tables; one that has only the wrong table is told so.
    """
    plugins = dict(overrides.get("plugins") or {})
    old = {key for key in plugins.get(CRI_1) or {} if key not in CRI_1_STREAMING}
    new = sorted(key for key in plugins if key in (CRI_2_IMAGES, CRI_2_RUNTIME))
    if config_version(version) == 2:
        if new and not old:
            raise ValueError(
                f"containerd_config has plugins.'{new[0]}', which containerd {dotted(version)} ignores; use plugins.'{CRI_1}'"
            )
        for key in new:
            del plugins[key]
    elif old:
        if not new:
            raise ValueError(
                f"containerd_config has {min(old)} in plugins.'{CRI_1}', which containerd {dotted(version)} ignores; "
                f"use plugins.'{CRI_2_RUNTIME}' (containers, CNI) or plugins.'{CRI_2_IMAGES}' (images, registries)"
            )
        plugins[CRI_1] = {key: value for key, value in plugins[CRI_1].items() if key in CRI_1_STREAMING}
        if not plugins[CRI_1]:
            del plugins[CRI_1]
    return {**overrides, "plugins": plugins} if "plugins" in overrides else dict(overrides)


def document(version: Version, wish: Wish, overrides: t.Mapping[str, t.Any]) -> Document:
    """The whole configuration."""
    return merged(base(version, wish), applicable(overrides, version))


def config_text(config: t.Mapping[str, t.Any]) -> str:
    """config.toml."""
    return _files.HEADER + _toml.dumps(config)


def endpoint(registry: str, item: object) -> Endpoint:
    """One address of a registry's mirrors: a URL, or a mapping of it, whether it may resolve tags, and its CA. Raises ValueError."""
    place = f"containerd_registry_mirrors.{registry}"
    options = {"url": item} if isinstance(item, str) else item
    if not isinstance(options, dict) or not isinstance(options.get("url"), str):
        raise ValueError(f"{place}: {masked(repr(item))} is neither a URL nor a mapping with a url")
    url, resolve, ca = (
        options["url"],
        options.get("resolve", options["url"].startswith("https://")),
        options.get("ca", ""),
    )
    if set(options) - {"url", "resolve", "ca"} or not isinstance(resolve, bool):
        raise ValueError(
            f"{place}: {masked(repr(item))} may have url, resolve (true or false) and ca, and nothing else"
        )
    if not isinstance(ca, str) or (ca and not ca.startswith("/")):
        raise ValueError(
            f"{place}: ca {ca!r} is not the path of a certificate on the nodes, such as /etc/ssl/certs/home-ca.pem"
        )
    if has_login(url):
        raise ValueError(f"{place}: {masked(url)} holds a login, which every user of the host could read: {LOGIN_FIX}")
    if not re.fullmatch(r"https?://[^\s/]+(/\S*)?", url):
        raise ValueError(f"{place}: {url!r} is not a URL such as http://192.168.0.5:5000")
    return Endpoint(url, resolve, ca)


def endpoints(registry: str, items: object) -> list[Endpoint]:
    """All mirrors of a registry. Raises ValueError."""
    if not isinstance(items, list) or not items:
        raise ValueError(f"containerd_registry_mirrors.{registry} must be a list of URLs, not {masked(repr(items))}")
    return [endpoint(registry, item) for item in items]


def hosts_text(mirrors: t.Sequence[Endpoint]) -> str:
    """hosts.toml of one registry: the mirrors in order, and the registry itself after them.

    One that only pulls is asked by digest: what a tag means is then the registry's own to say, over TLS.
    """
    hosts: Document = {}
    for item in mirrors:
        hosts[item.url] = {"capabilities": ["pull", "resolve"] if item.resolve else ["pull"]}
        # containerd appends /v2 to a path that does not end in it; below /v2/ (Harbor, ECR) the path is the whole root.
        if re.search(r"/v2/.", item.url):
            hosts[item.url]["override_path"] = True
        if item.ca:
            hosts[item.url]["ca"] = item.ca
    return _files.HEADER + _toml.dumps({"host": hosts})


def registry_files(mirrors: t.Mapping[str, t.Any]) -> dict[str, str]:
    """Path -> content of every hosts.toml. Raises ValueError."""
    result = {}
    for registry, items in sorted(mirrors.items()):
        if not re.fullmatch(r"_default|[A-Za-z0-9]([A-Za-z0-9.-]*[A-Za-z0-9])?(:\d+)?", str(registry)):
            raise ValueError(
                f"containerd_registry_mirrors: {masked(repr(registry))} is not the host of a registry such as docker.io"
            )
        result[f"{CERTS_DIR}/{registry}/hosts.toml"] = hosts_text(endpoints(registry, items))
    return result


def registry_urls(registries: t.Iterable[str], mirrors: object) -> list[str]:
    """Where nodes will ask for the images of some registries; what is wrong with a mirror is told elsewhere.

    Every registry answers at /v2/ of its root, if only to ask for a login. It is needed itself unless a mirror resolves.
    """
    listed = mirrors if isinstance(mirrors, dict) else {}
    bases: list[str] = []
    for registry in registries:
        items = listed.get(registry, listed.get("_default"))
        try:
            found = [] if items is None else endpoints(registry, items)
        except ValueError:
            continue
        bases += [item.url for item in found]
        if not any(item.resolve for item in found):
            bases.append(f"https://{UPSTREAM_HOSTS.get(registry, registry)}")
    return list(dict.fromkeys(re.sub(r"^(https?://[^/]+).*$", r"\1/v2/", base) for base in bases))


def crictl_text(socket: str) -> str:
    """crictl.yaml."""
    return f"{_files.HEADER}runtime-endpoint: unix://{socket}\nimage-endpoint: unix://{socket}\ntimeout: 10\n"


def _durations(one: object, other: object) -> bool:
    """Two durations count as equal, because Go spells them anew (1000ms is 1s)."""
    pattern = r"(\d+(\.\d+)?(ns|us|µs|ms|s|m|h))+"
    return all(isinstance(item, str) and re.fullmatch(pattern, item) is not None for item in (one, other))


def differences(wanted: t.Mapping[str, t.Any], found: t.Mapping[str, t.Any], place: str = "") -> list[str]:
    """What ``wanted`` says and ``found`` does not; more in ``found`` is fine, and so is nothing for an empty value."""
    result = []
    for key, value in wanted.items():
        where = f"{place}.{key}" if place and "." not in key else f"{place}.'{key}'" if place else key
        other = found.get(key)
        if isinstance(value, dict):
            result += differences(value, other if isinstance(other, dict) else {}, where)
        elif other != value and (value or other is not None) and not _durations(value, other):
            result.append(f"{where} is {'absent' if other is None else repr(other)} instead of {value!r}")
    return result


def cri_problems(info: str, config: t.Mapping[str, t.Any]) -> list[str]:
    """What the answer of ``crictl info`` lacks of the configuration."""
    try:
        answer = json.loads(info)
        conditions = {item["type"]: item for item in answer["status"]["conditions"]}
        live = answer["config"]
    except (KeyError, TypeError, ValueError) as exc:
        return [f"crictl info gave no status and configuration ({type(exc).__name__})"]
    problems = []
    ready = conditions.get("RuntimeReady", {})
    if ready.get("status") is not True:
        problems.append(f"the runtime is not ready: {ready.get('reason', '')} {ready.get('message', '')}".strip())
    plugins = config["plugins"]
    cri = plugins.get(CRI_2_RUNTIME) or plugins[CRI_1]
    wanted: Document = {
        "containerd": {"runtimes": {"runc": {"options": cri["containerd"]["runtimes"]["runc"]["options"]}}}
    }
    if "sandbox_image" in cri:
        wanted["sandboxImage"] = cri["sandbox_image"]
    return problems + differences(wanted, live)


def cri_plugin_problems(plugins: str) -> list[str]:
    """What ``ctr plugins ls`` says against CRI, for hosts that have no crictl yet."""
    for line in plugins.splitlines():
        fields = line.split()
        if fields[:2] == [CRI_1.rpartition(".")[0], "cri"]:
            return [] if fields[-1] == "ok" else [f"containerd's CRI plugin is in state {fields[-1]}"]
    return ["containerd runs without its CRI plugin"]


__all__ = (
    "CERTS_DIR",
    "CRICTL_PATH",
    "Document",
    "Version",
    "Wish",
    "base",
    "config_text",
    "config_version",
    "cri_plugin_problems",
    "cri_problems",
    "crictl_text",
    "differences",
    "document",
    "dotted",
    "parse_version",
    "registry_files",
    "registry_urls",
)
