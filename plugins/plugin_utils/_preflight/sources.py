# Copyright: homelab.kubernetes contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
# Note that this plugin util is **PRIVATE** to the collection. It can have breaking changes at any time.
"""Who could put something else in the place of packages, images and manifests, judged by their addresses alone."""

from __future__ import annotations

import typing as t

from ansible_collections.homelab.kubernetes.plugins.module_utils._containerd import config as _containerd
from ansible_collections.homelab.kubernetes.plugins.module_utils._findings import Finding
from ansible_collections.homelab.kubernetes.plugins.module_utils._host import facts as _host
from ansible_collections.homelab.kubernetes.plugins.module_utils._sources import apt as _apt
from ansible_collections.homelab.kubernetes.plugins.module_utils._sources import openpgp as _openpgp
from ansible_collections.homelab.kubernetes.plugins.module_utils._urls import has_login, is_protected, masked
from ansible_collections.homelab.kubernetes.plugins.plugin_utils._catalog import inventory as kinds
from ansible_collections.homelab.kubernetes.plugins.plugin_utils._preflight.context import Context, Host
from ansible_collections.homelab.kubernetes.plugins.plugin_utils._preflight.variables import (
    Problem,
    grouped,
    invalid_findings,
)

Values = t.Mapping[str, t.Any]

MIRRORS = "containerd_registry_mirrors"
# Family -> the package sources, where each has its key, and the variable that pins it ("" where nothing can).
KEYS = {
    "Debian": (
        ("kubeadm_apt_repository", "/Release.key", "kubeadm_apt_key_fingerprints"),
        ("containerd_repository", "/gpg", "containerd_apt_key_fingerprints"),
    ),
    "RedHat": (
        ("kubeadm_rpm_repository", "/repodata/repomd.xml.key", ""),
        ("containerd_repository", "/gpg", ""),
    ),
}
PINS = tuple(pins for _variable, _path, pins in KEYS["Debian"])
PACKAGES = tuple(dict.fromkeys(variable for family in KEYS.values() for variable, _path, _pins in family))
# What the checks need to know of a host's variables, besides the addresses of manifests.
VARIABLES = (*PACKAGES, *PINS, MIRRORS, "containerd_source")
PROXIES = ("cluster_http_proxy", "cluster_https_proxy")
ADDRESSES = (*PACKAGES, *PROXIES, MIRRORS, "preflight_urls", "preflight_package_urls", "preflight_manifests")

_DNF_FIX = (
    "in the Red Hat family admit the hosts by their addresses, or set username and password in /etc/dnf/dnf.conf, which then sends "
    "them to every repository"
)


# Tasks and services show their environment to everybody.
_PROXY_FIX = (
    "let the proxy admit the hosts by their addresses; or put one of your own before it that needs none and knows this one "
    "(login= of cache_peer in squid, Upstream in tinyproxy)"
)


def _texts(value: t.Any) -> t.Iterator[str]:
    """Every text in a value, however deep."""
    if isinstance(value, str):
        yield value
    elif isinstance(value, (list, tuple)):
        for item in value:
            yield from _texts(item)
    elif isinstance(value, dict):
        yield from _texts(list(value.values()))


def _login_fix(variable: str) -> str:
    if variable in PACKAGES:
        return f"{_apt.LOGIN_FIX}; {_DNF_FIX}"
    if variable in PROXIES:
        return _PROXY_FIX
    if variable == MIRRORS:
        return _containerd.LOGIN_FIX
    return "use an address that needs no login; for a manifest, download it and give its path on this machine"


def login_problems(host: str, given: Values) -> t.Iterator[Problem]:
    """Addresses with a login, in what the user has set."""
    for variable, value in given.items():
        for url in _texts(value):
            if has_login(url):
                yield Problem(host, variable, masked(url), _login_fix(variable))


def key_problems(host: str, values: Values, family: str) -> t.Iterator[Problem]:
    """Addresses of package keys that anybody on the way could replace. A value that is not known is not judged."""
    for variable, path, pins in KEYS[family]:
        url = values.get(variable)
        unused = variable == "containerd_repository" and values.get("containerd_source", "docker") != "docker"
        if unused or not isinstance(url, str) or is_protected(url) or (pins and values.get(pins, True)):
            continue
        fix = f"or {_apt.PIN_FIX} in {pins}" if pins else "dnf has no setting for a fingerprint"
        yield Problem(host, variable, masked(url + path), fix)


def value_problems(host: str, values: Values) -> t.Iterator[Problem]:
    """Fingerprints that are none, and mirrors that no hosts.toml can be made of."""
    for variable in PINS:
        for text in values.get(variable) or []:
            try:
                _openpgp.pin(text)
            except ValueError as exc:
                fix = f"write what `gpg --show-keys FILE` prints for the key; {variable}: [] accepts any key over https"
                yield Problem(host, variable, f"{variable}: {exc}", fix)
    mirrors = values.get(MIRRORS)
    if isinstance(mirrors, dict) and not any(map(has_login, _texts(mirrors))):
        try:
            _containerd.registry_files(mirrors)
        except ValueError as exc:
            fix = f'write it as {MIRRORS}: {{docker.io: ["http://192.168.0.5:5000"]}}'
            yield Problem(host, MIRRORS, str(exc), fix)


def login_findings(problems: t.Iterable[Problem], hosts: t.Sequence[str]) -> t.Iterator[Finding]:
    for problem, host, where in grouped(problems, hosts):
        yield kinds.URL_WITH_LOGIN.at(
            host,
            subjects=[problem.variable],
            variable=problem.variable,
            value=problem.message,
            where=where,
            instead=problem.fix,
        )


def key_findings(problems: t.Iterable[Problem], hosts: t.Sequence[str]) -> t.Iterator[Finding]:
    for problem, host, where in grouped(problems, hosts):
        yield kinds.PACKAGE_KEY_UNPINNED.at(
            host,
            subjects=[problem.variable],
            variable=problem.variable,
            value=problem.message,
            where=where,
            instead=problem.fix,
        )


def findings(
    values: t.Mapping[str, Values], given: t.Mapping[str, Values], hosts: t.Mapping[str, Host]
) -> t.List[Finding]:
    """Everything that is wrong. ``values`` are the variables of each host, ``given`` the addresses that the user has set."""
    names = sorted(values)
    families = {
        name: _host.ansible_facts(facts["os"])["os_family"]
        for name, facts in Context({}, hosts).seen.items()
        if name in values
    }
    logins = [problem for name in names for problem in login_problems(name, given.get(name, {}))]
    keys = [problem for name, family in families.items() for problem in key_problems(name, values[name], family)]
    wrong = [problem for name in names for problem in value_problems(name, values[name])]
    return [*login_findings(logins, names), *key_findings(keys, names), *invalid_findings(wrong, names)]


__all__ = ("ADDRESSES", "VARIABLES", "findings")
