# Copyright: homelab.kubernetes contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
# Note that this module util is **PRIVATE** to the collection. It can have breaking changes at any time.
"""Runs the proof: tries every leg of ``legs.table``, wave after wave, and removes what they made."""

from __future__ import annotations

import contextlib
import dataclasses
import time
import typing as t
from concurrent.futures import ThreadPoolExecutor
from urllib.parse import quote

from ansible_collections.homelab.kubernetes.plugins.module_utils._catalog import api as kinds
from ansible_collections.homelab.kubernetes.plugins.module_utils._findings import Finding, errors
from ansible_collections.homelab.kubernetes.plugins.module_utils._verify import mark as _verify_mark
from ansible_collections.homelab.kubernetes.plugins.module_utils._verify import results
from ansible_collections.homelab.kubernetes.plugins.module_utils._verify.causes.api import (
    diagnose_api,
    diagnose_refusal,
)
from ansible_collections.homelab.kubernetes.plugins.module_utils._verify.causes.table import brief
from ansible_collections.homelab.kubernetes.plugins.module_utils._verify.legs.ready import relapsed
from ansible_collections.homelab.kubernetes.plugins.module_utils._verify.legs.table import LEGS, Row
from ansible_collections.homelab.kubernetes.plugins.module_utils._verify.session import (
    NOT_FOUND,
    PATIENCE,
    Api,
    ApiDownError,
    Lan,
    Outcome,
    RefusedError,
    Session,
    Settings,
)

CLEANUP_TIMEOUT = 30.0


@dataclasses.dataclass
class Result:
    """What was found."""

    legs: list[results.Leg] = dataclasses.field(default_factory=list)
    findings: list[Finding] = dataclasses.field(default_factory=list)
    nodes: list[results.NodeInfo] = dataclasses.field(default_factory=list)
    version: str = ""
    seconds: float = 0.0


class Verification:
    """One run of the proof."""

    def __init__(
        self, api: Api, lan: Lan, settings: Settings, patience: float = PATIENCE, legs: t.Sequence[Row] = LEGS
    ) -> None:
        self._rows = legs
        self._session = Session(api, lan, settings, patience, [kind for row in legs for kind in row.kinds])
        self.result = Result()

    def run(self) -> Result:
        """All legs, then the cleanup, whatever happens."""
        session = self._session
        try:
            self._run_legs()
        except BaseException:
            # Waiting threads end at once: an interrupted run must come to its cleanup.
            session.stop.set()
            raise
        finally:
            if session.created.is_set():
                self.result.findings += self._cleanup()
            session.calls.shutdown()
        self.result.legs = results.ordered_legs(self.result.legs, [row.name for row in self._rows])
        self.result.nodes = [results.node_info(node) for node in sorted(session.nodes, key=session.inventory_order)]
        self.result.version = session.version
        self.result.seconds = round(time.monotonic() - session.begin, 2)
        return self.result

    def _run_legs(self) -> None:
        settings = self._session.settings
        first, rest = ([row for row in self._rows if (row.wave == 0) is begin] for begin in (True, False))
        if not self._wave(first):
            self._skip(rest, "the API server does not answer")
            return
        if settings.read_only or not settings.prove:
            reason = "check mode creates nothing" if settings.read_only else "nothing was to be proven yet"
            self._skip([row for row in rest if not row.reads], reason)
            rest = [row for row in rest if row.reads]
        for wave in sorted({row.wave for row in rest}):
            self._wave([row for row in rest if row.wave == wave])
        if errors(self.result.findings):
            self._look_again()

    def _look_again(self) -> None:
        """A speaker or a node that was lost during the proof is named before what failed through it."""
        passed = {leg["name"] for leg in self.result.legs if leg["status"] == "passed"}
        if {"nodes", "workloads"} <= passed:
            with contextlib.suppress(ApiDownError, RefusedError):
                outcome = relapsed(self._session)
                self._session.learn(outcome.learned)
                found = results.merged(outcome.findings)
                self.result.findings[:0] = [f for f in found if f not in self.result.findings]

    def _skip(self, rows: t.Iterable[Row], reason: str) -> None:
        self.result.legs += results.skipped_legs([row.name for row in rows], reason)

    def _wave(self, rows: t.Sequence[Row]) -> bool:
        """Whether all legs of the wave passed."""
        with ThreadPoolExecutor(max_workers=len(rows)) as pool:
            futures = [pool.submit(self._leg, row) for row in rows]
            try:
                ended = [future.result() for future in futures]
            except BaseException:
                self._session.stop.set()
                raise
        for leg, outcome in ended:
            self._session.learn(outcome.learned)
            self.result.legs.append(leg)
            self.result.findings += [f for f in results.merged(outcome.findings) if f not in self.result.findings]
        return all(leg["status"] == "passed" for leg, _outcome in ended)

    def _leg(self, row: Row) -> tuple[results.Leg, Outcome]:
        """How a leg ended; it runs beside others and writes nothing down."""
        begin = time.monotonic()
        try:
            outcome = row.run(self._session)
        except ApiDownError as exc:
            outcome = Outcome("the API server stopped answering", [diagnose_api(str(exc), self._session.api.server)])
        except RefusedError as exc:
            outcome = Outcome("the API server refused a request", [diagnose_refusal(str(exc), "API server")])
        status: results.Status = "skipped" if outcome.skipped else "failed" if errors(outcome.findings) else "passed"
        seconds = round(time.monotonic() - begin, 2)
        return results.Leg(name=row.name, status=status, seconds=seconds, detail=outcome.detail), outcome

    def _cleanup(self) -> list[Finding]:
        """Removes what the proof made.

        Pods and services (and the load balancer's address) are gone when this returns. The empty namespace follows
        by itself: Kubernetes waits five seconds before it removes one, and nothing is gained by waiting with it.
        """
        session, name = self._session, self._session.settings.namespace
        session.stop.clear()
        deadline = time.monotonic() + CLEANUP_TIMEOUT
        try:
            if self._owned(deadline):
                session.empty(deadline)
            if self._owned(deadline):
                session.delete(f"/api/v1/namespaces/{quote(name)}", deadline)
        except (ApiDownError, RefusedError) as exc:
            return [kinds.VERIFY_LEFTOVERS.at(said=brief(str(exc)), name=name)]
        return []

    def _owned(self, deadline: float) -> bool:
        """Whether the namespace is there and still this run's: one that was cut off may have a successor already."""
        session = self._session
        try:
            namespace = session.json(
                "GET", f"/api/v1/namespaces/{quote(session.settings.namespace)}", deadline=deadline
            )
        except RefusedError as exc:
            if exc.status != NOT_FOUND:
                raise
            return False
        mark = _verify_mark.read(namespace)
        return mark is None or mark.run == session.settings.mark.run


__all__ = ("Result", "Verification")
