# Copyright: homelab.kubernetes contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
# Note that this plugin util is **PRIVATE** to the collection. It can have breaking changes at any time.
"""What kubeadm and this collection would refuse later, by variable: a text of the right type that still cannot be used.

A rule takes a value and returns nothing, or what is wrong with it and the way out. kubeadm's own rules are those of
https://kubernetes.io/docs/concepts/overview/working-with-objects/names/.
"""

from __future__ import annotations

import re
import typing as t

from ansible_collections.homelab.kubernetes.plugins.module_utils import _ip
from ansible_collections.homelab.kubernetes.plugins.module_utils._kubeadm.documents import merge
from ansible_collections.homelab.kubernetes.plugins.module_utils._urls import has_login
from ansible_collections.homelab.kubernetes.plugins.plugin_utils import _proxy
from ansible_collections.homelab.kubernetes.plugins.plugin_utils._preflight.variables import shown

Wrong = tuple[str, str]
_LABEL = r"[a-z0-9](?:[-a-z0-9]{0,61}[a-z0-9])?"
_SUBDOMAIN = re.compile(rf"{_LABEL}(?:\.{_LABEL})*")


def _address(text: str) -> bool:
    try:
        _ip.address(text)
    except ValueError:
        return False
    return True


def _name(text: str, kept: str) -> str:
    """A text with everything else than the characters kept made to hyphens."""
    return re.sub(rf"[^{kept}]+", "-", text).strip("-.")


def dns_domain(name: str, value: str) -> Wrong | None:
    """RFC 1123: what services' names end with."""
    if _SUBDOMAIN.fullmatch(value) and len(value) <= 253:
        return None
    better = _name(value.lower().strip("."), "a-z0-9.-")
    return f"{name} is {shown(value)}, which is no DNS domain of small letters", f"{name}: {better or 'cluster.local'}"


def endpoint(name: str, value: str) -> Wrong | None:
    """An address or a DNS name, to which the port is added."""
    if not value or _address(value) or (_SUBDOMAIN.fullmatch(value) and not re.fullmatch(r"[0-9.]+", value)):
        return None
    host = re.sub(r"^[a-z]+://", "", value.lower()).split("/")[0]
    host = host[1:].split("]")[0] if host.startswith("[") else re.sub(r":[0-9]*$", "", host)
    what = (
        f"{name} is {shown(value)}, but must be an address or a DNS name of small letters, without a scheme or a port"
    )
    return what, f"{name}: {host if _address(host) else _name(host, 'a-z0-9.-') or 'k8s.home.lan'} (port 6443 is added)"


def cluster_name(name: str, value: str) -> Wrong | None:
    """It names files and a context of kubeconfigs."""
    if re.fullmatch(r"[A-Za-z0-9][A-Za-z0-9._-]{0,62}", value):
        return None
    better = _name(value, "A-Za-z0-9._-")[:63]
    return f"{name} is {shown(value)}, which cannot be the name of a file", f"{name}: {better or 'homelab'}"


def configuration(name: str, value: t.Mapping[str, t.Any]) -> Wrong | None:
    """Documents of kubeadm: arguments are lists since v1beta4."""
    try:
        merge({}, value, name)
    except ValueError as exc:
        what, _semicolon, way = str(exc).partition("; ")
        return what, way
    return None


def proxy(name: str, value: str) -> Wrong | None:
    """A login in an address is another finding."""
    if not value or has_login(value):
        return None
    try:
        _proxy.place(value)
    except ValueError as exc:
        return f"{name} {exc}", f"{name}: {_proxy.repaired(value) or f'http://192.168.0.5:{_proxy.PORT}'}"
    return None


def exceptions(name: str, value: str) -> Wrong | None:
    """What is not asked of the proxy: names, addresses and networks."""
    try:
        _proxy.exceptions(value)
    except ValueError as exc:
        return f"{name}: {exc}", f"separate them by commas, as in {name}: .home.lan,192.168.0.5,192.168.0.0/24"
    return None


def port(name: str, value: t.Any) -> Wrong | None:
    """0 is none. With ``-e`` a number comes as text."""
    if 0 <= int(value) < 2**16:
        return None
    return f"{name} is {value}, which is no port (1 to 65535), and not 0", f"{name}: 8443; or 0, which is without"


RULES: dict[str, tuple[type, t.Callable[[str, t.Any], Wrong | None]]] = {
    "cluster_dns_domain": (str, dns_domain),
    "cluster_endpoint": (str, endpoint),
    "cluster_http_proxy": (str, proxy),
    "cluster_https_proxy": (str, proxy),
    "cluster_name": (str, cluster_name),
    "cluster_no_proxy": (str, exceptions),
    "control_plane_init_configuration": (dict, configuration),
    "control_plane_cluster_configuration": (dict, configuration),
    "control_plane_kubelet_configuration": (dict, configuration),
    "control_plane_kube_proxy_configuration": (dict, configuration),
    "virtual_ip_haproxy_port": (object, port),
    "workers_join_configuration": (dict, configuration),
}


def broken(name: str, value: t.Any) -> Wrong | None:
    """What is wrong with a variable of the right type; a wrong type is another finding."""
    kind, rule = RULES.get(name, (object, lambda _name, _value: None))
    return rule(name, value) if isinstance(value, kind) else None


__all__ = ("RULES", "broken")
