# SPDX-License-Identifier: GPL-3.0-or-later
"""A host that lies in a folder, with programs that write down what they are told, and runs of a module on it."""

from __future__ import annotations

import json
import typing as t
from pathlib import Path
from types import ModuleType

import pytest
from ansible.module_utils.testing import patch_module_args

PROGRAM = '#!/bin/sh\necho "{name} $*" >> "{told}"\n{text}\n'


class Machine:
    """``root`` is what a module may write to; programs and what they were told lie beside it."""

    def __init__(self, folder: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch) -> None:
        self.root, self.programs, self.told = folder / "root", folder / "programs", folder / "told"
        self.capsys = capsys
        self.root.mkdir()
        self.programs.mkdir()
        monkeypatch.setenv("PATH", str(self.programs), prepend=":")

    def program(self, name: str, text: str = "") -> None:
        """A command of the host, in sh."""
        path = self.programs / name
        path.write_text(PROGRAM.format(name=name, told=self.told, text=text))
        path.chmod(0o755)

    def commands(self) -> list[str]:
        """What was run since somebody asked last."""
        lines = self.told.read_text().splitlines() if self.told.exists() else []
        self.told.unlink(missing_ok=True)
        return lines

    def file(self, name: str, text: str = "") -> Path:
        """A file below the root, with its folders."""
        path = self.root / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text)
        return path

    def look(self) -> dict[str, str]:
        """Everything below the root: mode and content, or where a link leads."""
        seen = {}
        for path in sorted(self.root.rglob("*")):
            mode = f"{path.lstat().st_mode & 0o777:03o}"
            text = f"-> {path.readlink()}" if path.is_symlink() else path.read_text() if path.is_file() else "folder"
            seen[str(path.relative_to(self.root))] = f"{mode} {text}"
        return seen

    def run(self, module: ModuleType, *, check: bool = False, **params: t.Any) -> dict[str, t.Any]:
        """One task, as Ansible runs the module."""
        with patch_module_args({**params, "_ansible_check_mode": check}), pytest.raises(SystemExit):
            module.main()
        return dict(json.loads(self.capsys.readouterr().out))

    def four_steps(
        self, module: ModuleType, between: t.Callable[[], t.Any] = lambda: None, **params: t.Any
    ) -> dict[str, t.Any]:
        """Check, real, check, real; the handlers' work lies between. The result is that of the second."""
        before = self.look()
        predicted = self.run(module, check=True, **params)
        assert predicted["changed"] is True, predicted
        assert self.look() == before
        done = self.run(module, **params)
        assert done["changed"] is True, done
        assert done["diff"] == predicted["diff"]
        between()
        after = self.look()
        assert after != before
        self.commands()
        for check in (True, False):
            again = self.run(module, check=check, **params)
            assert again["changed"] is False, again
            assert self.look() == after
        return done
