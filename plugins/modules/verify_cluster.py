#!/usr/bin/python
# Copyright: homelab.kubernetes contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""See DOCUMENTATION."""

from __future__ import annotations

DOCUMENTATION = r"""
module: verify_cluster
short_description: Prove that a cluster works
version_added: 0.1.0
author:
  - homelab.kubernetes contributors (@homelab-kubernetes)
description:
  - Waits until everything that was installed is ready, then uses the cluster the way its users will.
  - Runs a small web server on every node and tries pods, services, DNS and the load balancer with it, from inside
    the cluster and from this machine; then removes all of it.
  - A leg that fails is explained with its cause and a fix. All legs are tried and reported together. A finding of severity C(warning), such as
    all CoreDNS pods on one node, fails nothing.
  - The legs are C(api), C(control-planes), C(nodes), C(workloads), C(pods), C(pod-network), C(dns), C(cluster-ip), C(node-port),
    C(load-balancer), C(network-policy), C(metrics) and C(hpa).
  - Never reports a change, because it leaves the cluster as it was. Test pods and services are gone when it ends; their
    empty namespace is being deleted, which Kubernetes finishes some five seconds later.
requirements:
  - kubernetes >= 24.2.0 (Python, on the host that runs the module)
extends_documentation_fragment:
  - homelab.kubernetes._attributes.looks
options:
  kubeconfig:
    description: Kubeconfig of a cluster administrator. Its current context is used.
    type: path
    required: true
  nodes:
    description: Names of the nodes. The cluster must have exactly these.
    type: list
    elements: str
    required: true
  node_addresses:
    description: Mapping of node name to a list of the addresses that are asked for the NodePort; its InternalIP where it is missing.
    type: dict
    default: {}
  namespaces:
    description:
      - Namespaces in which every Deployment, DaemonSet, StatefulSet and static pod must be ready, beside the one of O(cni).
      - None of them may be empty.
    type: list
    elements: str
    default: [kube-system]
  image:
    description: Kubernetes' own test server, agnhost, under any name.
    type: str
    default: registry.k8s.io/e2e-test-images/agnhost:2.66.1
  namespace:
    description:
      - Namespace for the test objects. It is created and deleted; what an interrupted run left in it is removed first.
      - A namespace that was not made by this module is refused and not touched, as is one in which another run of it goes on.
    type: str
    default: homelab-verify
  dns_domain:
    description: DNS domain of the cluster.
    type: str
    default: cluster.local
  external_name:
    description: Name on the Internet that pods must be able to resolve. Nothing is sent to it. Empty skips this.
    type: str
    default: kubernetes.io
  load_balancer:
    description: Whether services of type LoadBalancer must get an address that answers from this machine.
    type: bool
    default: false
  cni:
    description: The pod network. With V(calico), NetworkPolicy must be enforced; the others do not promise it, and the leg is skipped.
    type: str
    choices: [flannel, calico, none]
    default: none
  metrics:
    description: Whether metrics-server must have figures of every node.
    type: bool
    default: false
  hpa:
    description: Whether a HorizontalPodAutoscaler must follow the load of an application, which takes about two minutes.
    type: bool
    default: false
  storage_nodes:
    description: Nodes that mount NFS volumes, where the cluster has storage of this collection. With none, storage is not proven.
    type: list
    elements: str
    default: []
  timeout:
    description: Seconds to wait for what a fresh cluster still starts. Legs over the network get 20 seconds more.
    type: int
    default: 300
  prove:
    description: >-
      With V(false) nothing is created: the module waits until the API, the nodes and everything in O(namespaces) are
      ready, and says why when they do not get ready.
    type: bool
    default: true
  dual_stack:
    description: Whether pods and services have IPv4 and IPv6. Then every leg over the network is tried with both.
    type: bool
    default: false
  load_balancer_families:
    description: Families of which the load balancer has addresses. Empty means that of the services.
    type: list
    elements: str
    choices: [IPv4, IPv6]
    default: []
  control_planes:
    description:
      - Mapping of control plane to what M(homelab.kubernetes.control_plane_info) told there, as it was registered.
      - With two or more, each must serve the API at its own address and be a voting member of etcd.
    type: dict
    default: {}
  virtual_ip:
    description: Address that exactly one of them must hold. Empty skips this.
    type: str
    default: ""
  failover:
    description: What M(homelab.kubernetes.http_watch) measured at O(virtual_ip) while it was taken from its holder and back. Empty where that was not done.
    type: list
    elements: dict
    default: []
attributes:
  check_mode:
    description: >-
      In check mode only the legs that create nothing run, once and without waiting, and what they find does not fail
      the task, because the rest of the run may be what would repair it. Without a kubeconfig everything is skipped.
    support: full
"""

EXAMPLES = r"""
- name: Prove that the cluster works
  homelab.kubernetes.verify_cluster:
    kubeconfig: "{{ inventory_dir }}/homelab.kubeconfig"
    nodes: "{{ groups['cluster'] }}"
    node_addresses: "{{ groups['cluster'] | homelab.kubernetes.node_addresses(hostvars) }}"
    namespaces: [kube-system, metallb-system]
    load_balancer: true
    cni: flannel
  delegate_to: localhost
  run_once: true
"""

RETURN = r"""
legs:
  description: Every leg in order, with its C(name), C(status) (passed, failed or skipped), C(seconds) and C(detail).
  type: list
  elements: dict
  returned: success
  sample:
    - {name: pod-network, status: passed, seconds: 0.21, detail: 6 of 6 paths between pods on different nodes}
findings:
  description: What is wrong, with C(id), C(severity), C(host), C(message), C(why) and C(fix).
  type: list
  elements: dict
  returned: always
report:
  description: Legs and findings as lines to read.
  type: list
  elements: str
  returned: success
seconds:
  description: How long all of it took.
  type: float
  returned: success
server:
  description: URL of the API server.
  type: str
  returned: success
  sample: https://192.168.0.11:6443
kubernetes_version:
  description: Version of the API server.
  type: str
  returned: success
  sample: v1.37.2
nodes:
  description: Every node with C(name), C(role), C(address), C(os), C(kubelet), C(runtime) and whether it is C(ready).
  type: list
  elements: dict
  returned: success
certificates:
  description:
    - When the API server's certificate (C(server)) and the kubeconfig's (C(client)) expire.
    - What cannot be read is left out.
  type: dict
  returned: success
  sample: {server: "2027-11-21T10:00:00Z", client: "2027-11-21T10:00:00Z"}
"""

import dataclasses
import json
import os
import re
import signal
import threading
import time
import typing as t
from pathlib import Path

from ansible.module_utils.basic import AnsibleModule, missing_required_lib
from ansible_collections.homelab.kubernetes.plugins.module_utils._catalog import api as kinds
from ansible_collections.homelab.kubernetes.plugins.module_utils._cni import POD_NETWORKS
from ansible_collections.homelab.kubernetes.plugins.module_utils._findings import errors
from ansible_collections.homelab.kubernetes.plugins.module_utils._verify import mark as _verify_mark
from ansible_collections.homelab.kubernetes.plugins.module_utils._verify import objects as v
from ansible_collections.homelab.kubernetes.plugins.module_utils._verify import results
from ansible_collections.homelab.kubernetes.plugins.module_utils._verify.lan import HomeLan, server_certificate
from ansible_collections.homelab.kubernetes.plugins.module_utils._verify.legs.table import NAMES
from ansible_collections.homelab.kubernetes.plugins.module_utils._verify.run import Result, Verification
from ansible_collections.homelab.kubernetes.plugins.module_utils._verify.session import ApiDownError, Reply, Settings

try:
    import urllib3
    import yaml
    from kubernetes import client, config
except ImportError:
    HAS_KUBERNETES = False
else:
    HAS_KUBERNETES = True

try:
    from cryptography import x509
except ImportError:
    HAS_CRYPTOGRAPHY = False
else:
    HAS_CRYPTOGRAPHY = True

ARGUMENTS = {
    "kubeconfig": {"type": "path", "required": True},
    "nodes": {"type": "list", "elements": "str", "required": True},
    "node_addresses": {"type": "dict", "default": {}},
    "namespaces": {"type": "list", "elements": "str", "default": ["kube-system"]},
    "image": {"type": "str", "default": "registry.k8s.io/e2e-test-images/agnhost:2.66.1"},
    "namespace": {"type": "str", "default": "homelab-verify"},
    "dns_domain": {"type": "str", "default": "cluster.local"},
    "external_name": {"type": "str", "default": "kubernetes.io"},
    "load_balancer": {"type": "bool", "default": False},
    "cni": {"type": "str", "choices": list(POD_NETWORKS), "default": "none"},
    "metrics": {"type": "bool", "default": False},
    "hpa": {"type": "bool", "default": False},
    "storage_nodes": {"type": "list", "elements": "str", "default": []},
    "timeout": {"type": "int", "default": 300},
    "prove": {"type": "bool", "default": True},
    "dual_stack": {"type": "bool", "default": False},
    "load_balancer_families": {"type": "list", "elements": "str", "choices": ["IPv4", "IPv6"], "default": []},
    "control_planes": {"type": "dict", "default": {}},
    "virtual_ip": {"type": "str", "default": ""},
    "failover": {"type": "list", "elements": "dict", "default": []},
}

# Requests run side by side; each worker thread keeps its connection.
CONNECTIONS = 40


class KubernetesApi:
    """The API server through the kubernetes client's connection: its models would cost more time than the requests."""

    def __init__(self, kubeconfig: str) -> None:
        configuration = client.Configuration()
        config.load_kube_config(config_file=kubeconfig, client_configuration=configuration, persist_config=False)
        configuration.connection_pool_maxsize = CONNECTIONS
        self.server: str = configuration.host
        self.certificate_file: str = configuration.cert_file or ""
        self._pool = client.ApiClient(configuration).rest_client.pool_manager
        self._headers = {"Accept": "application/json", "Content-Type": "application/json"}
        for setting in configuration.auth_settings().values():
            self._headers[setting["key"]] = setting["value"]

    def call(
        self, method: str, path: str, body: v.Object | None = None, timeout: float = 5.0, server: str = ""
    ) -> Reply:
        """One request."""
        data = None if body is None else json.dumps(body)
        limit = urllib3.Timeout(connect=min(timeout, 3.0), read=timeout)
        try:
            reply = self._pool.request(
                method, (server or self.server) + path, body=data, headers=self._headers, timeout=limit, retries=False
            )
        except urllib3.exceptions.HTTPError as exc:
            # The connection's own name stands in front of the reason and says nothing new.
            raise ApiDownError(re.sub(r"^(<[^>]*>|\w+\([^)]*\)): ", "", str(exc.args[-1]))) from exc
        return Reply(reply.status, reply.data.decode(errors="replace"))


def _not_after(certificate: x509.Certificate) -> str:
    # The aware property exists since cryptography 42; the naive one before it is in UTC too.
    end = getattr(certificate, "not_valid_after_utc", None) or certificate.not_valid_after
    return end.strftime("%Y-%m-%dT%H:%M:%SZ")


def certificates(api: KubernetesApi) -> dict[str, str]:
    """When the certificates expire; what cannot be read is left out, it is no part of the proof."""
    found: dict[str, str] = {}
    if not HAS_CRYPTOGRAPHY:
        return found
    try:
        found["server"] = _not_after(x509.load_der_x509_certificate(server_certificate(api.server)))
        if api.certificate_file:
            pem = Path(api.certificate_file).read_bytes()
            found["client"] = _not_after(x509.load_pem_x509_certificate(pem))
    except (OSError, ValueError):
        pass
    return found


def no_kubeconfig(path: str, check_mode: bool) -> Result:
    """There is no cluster to look at: in check mode that is what the run would change, else an error."""
    if check_mode:
        return Result(legs=results.skipped_legs(NAMES, f"check mode, and {path} does not exist yet"))
    missing = kinds.KUBECONFIG_MISSING.at(subjects=["cluster_kubeconfig"], path=path)
    return Result(legs=results.skipped_legs(NAMES, "no kubeconfig"), findings=[missing])


def bad_kubeconfig(path: str, problem: str) -> Result:
    """The kubeconfig cannot be used."""
    broken = kinds.KUBECONFIG_INVALID.at(subjects=["cluster_kubeconfig"], said=problem, path=path)
    return Result(legs=results.skipped_legs(NAMES, "no usable kubeconfig"), findings=[broken])


def settings(module: AnsibleModule) -> Settings:
    """The module's options as what is to be proven."""
    names = [field.name for field in dataclasses.fields(Settings) if field.name not in ("read_only", "mark")]
    values = {name: module.params[name] for name in names}
    of_cni = [name for name in (POD_NETWORKS[values["cni"]].namespace,) if name and name not in values["namespaces"]]
    values["namespaces"] = [*values["namespaces"], *of_cni]
    return Settings(**values, read_only=module.check_mode, mark=_verify_mark.own())


def end(_number: int, _frame: t.Any) -> None:
    """A run that is told to end still cleans up, once: whoever tells it again does not disturb that."""
    signal.signal(signal.SIGTERM, signal.SIG_IGN)
    raise KeyboardInterrupt


def end_with(processes: t.Sequence[_verify_mark.Process]) -> None:
    """Ends this run when one of them is gone: nobody waits for its result when Ansible was killed."""
    while all(map(_verify_mark.alive, processes)):
        time.sleep(1.0)
    os.kill(os.getpid(), signal.SIGTERM)


def verify(module: AnsibleModule) -> tuple[Result, str, dict[str, str]]:
    """The result, the server and its certificates."""
    path = module.params["kubeconfig"]
    if not os.path.exists(path):
        return no_kubeconfig(path, module.check_mode), "", {}
    try:
        api = KubernetesApi(path)
    except (config.ConfigException, OSError, ValueError, TypeError, yaml.YAMLError) as exc:
        return bad_kubeconfig(path, str(exc)), "", {}
    asked = settings(module)
    threading.Thread(target=end_with, args=(asked.mark.processes,), daemon=True).start()
    result = Verification(api, HomeLan(), asked).run()
    return result, api.server, certificates(api) if result.version else {}


def main() -> None:
    module = AnsibleModule(argument_spec=ARGUMENTS, supports_check_mode=True)
    problem = "" if HAS_KUBERNETES else missing_required_lib("kubernetes")
    answer: dict[str, t.Any] = {"changed": False}
    if not problem:
        signal.signal(signal.SIGTERM, end)
        result, server, expiry = verify(module)
        lines = results.report(result.legs, result.findings, result.seconds)
        answer |= {
            "legs": result.legs,
            "findings": result.findings,
            "report": lines,
            "seconds": result.seconds,
            "server": server,
            "kubernetes_version": result.version,
            "nodes": result.nodes,
            "certificates": expiry,
        }
        problem = "\n".join(lines) if errors(result.findings) and not module.check_mode else ""
    if problem:
        # The message is the report: what it says already would only bury it.
        answer = {key: answer[key] for key in ("changed", "findings") if key in answer}
        module.fail_json(msg=problem, **answer)
    module.exit_json(**answer)


if __name__ == "__main__":
    main()
