# SPDX-License-Identifier: GPL-3.0-or-later
"""The command line: python -m mirror ..."""

from __future__ import annotations

import argparse
import sys
from collections.abc import Sequence
from pathlib import Path
from typing import Any

from . import base, builder, derived, outdated, registries, repository, serving, source, variables
from .components import load, read_variables
from .paths import LAB
from .process import MirrorError


def parser() -> argparse.ArgumentParser:
    """Return the parser of the command line."""
    top = argparse.ArgumentParser(prog="python -m mirror", description="Build and serve what a cluster is made of.")
    commands = top.add_subparsers(dest="command", required=True)
    part = commands.add_parser("build", help="build what is missing")
    part.add_argument("names", nargs="*", metavar="NAME", help="component (default: all that `make lab` needs)")
    for name, help_ in (("base", "make a base image"), ("node", "make the image of the lab's nodes")):
        part = commands.add_parser(name, help=help_)
        part.add_argument("suite", choices=base.SUITES)
    commands.add_parser("source", help="tell where the lab's artifacts come from: upstream or mirror (LAB_SOURCE)")
    part = commands.add_parser("prepare", help="make ready what lab nodes of a suite need")
    part.add_argument("suite", choices=base.SUITES, nargs="?", default=base.SUITES[0])
    part.add_argument("--vars", type=Path, metavar="FILE", help="variables of a scenario, beside the lab's own")
    part = commands.add_parser("serve", help="serve the mirror on a Docker network")
    part.add_argument("--network", required=True, help="an existing Docker network")
    part.add_argument("--ip", required=True, help="the mirror's address in it")
    part.add_argument("--name", default=serving.NAME, help="the container's name (default: %(default)s)")
    part = commands.add_parser("unserve", help="stop serving")
    part.add_argument("--name", default=serving.NAME, help="the container's name (default: %(default)s)")
    commands.add_parser("outdated", help="list what is pinned in the repository, and the newest that can be had")
    part = commands.add_parser("vars", help="print the roles' variables for a mirror, or keep a file of them")
    part.add_argument("--url", required=True, help="for example http://192.0.2.10")
    part.add_argument("--output", type=Path, metavar="FILE", help="write them there; what is printed tells of a change")
    return top


def lab_variables(*more: Path) -> dict[str, Any]:
    """Return the variables of the lab's inventory, and of more files over them."""
    return read_variables([*sorted(LAB.glob("*.yml")), *more])


def run(arguments: argparse.Namespace) -> int:
    """Do what the command line asks; return the exit code."""
    if arguments.command == "build":
        return builder.build(arguments.names, lab_variables())
    if arguments.command == "source":
        print(source.choose())
    elif arguments.command == "prepare":
        derived.node(arguments.suite)
        found = lab_variables(*([arguments.vars] if arguments.vars else []))
        return builder.build([], found) if source.choose() == "mirror" else 0
    elif arguments.command == "base":
        print(f"{base.ensure(arguments.suite)}: ready")
    elif arguments.command == "node":
        print(f"{derived.node(arguments.suite)}: ready")
    elif arguments.command == "serve":
        serving.serve(arguments.network, arguments.ip, arguments.name)
    elif arguments.command == "unserve":
        serving.unserve(arguments.name)
    elif arguments.command == "outdated":
        print(outdated.rows_text(registries.rows(load())), end="")
    else:
        pins = load()
        write(variables.text(pins, arguments.url, repository.fingerprints(pins)), arguments.output)
    return 0


def write(text: str, path: Path | None) -> None:
    """Print a text, or make it the content of a file and say "changed" where it was not."""
    if path is None:
        print(text, end="")
    elif not path.is_file() or path.read_text() != text:
        path.write_text(text)
        print("changed")


def main(words: Sequence[str] | None = None) -> int:
    """Run the command line; say what went wrong in one place."""
    try:
        return run(parser().parse_args(words))
    except MirrorError as exc:
        print(f"error: {exc}", file=sys.stderr)
    except KeyboardInterrupt:
        print("interrupted", file=sys.stderr)
    return 1


if __name__ == "__main__":
    sys.exit(main())
