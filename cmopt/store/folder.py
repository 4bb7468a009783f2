"""Folders and files that appear whole or not at all, and never in the place of what is not ours."""

from __future__ import annotations

import glob
import hashlib
import os
import shutil
import tempfile
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from cmopt.errors import InputError, because, finding
from cmopt.i18n import N_

MANIFEST = "manifest.json"
LEFT_OVER = 24 * 3600  # seconds after which a draft can no longer be somebody's work in progress


@contextmanager
def whole_folder(out: Path, marker: str | None = MANIFEST) -> Iterator[Path]:
    """A fresh folder beside `out` to write into; it takes the place of `out` when the block ends well.

    A killed or failing block leaves the old folder as it was. `out` may be absent, empty, or an earlier
    folder of the same kind (it has `marker`); anything else is refused with InputError, and so is a place
    that cannot be written, a full disk, or a file of the old folder that another program holds open.
    """
    out = _absolute(out)
    check_place(out, marker)
    with plain_errors(out):
        out.parent.mkdir(parents=True, exist_ok=True)
        _sweep(out)
        draft = Path(tempfile.mkdtemp(prefix=f".{out.name}.draft-", dir=out.parent))
        try:
            yield draft
            draft.chmod(0o755)
            _put_in_place(draft, out)
        finally:
            shutil.rmtree(draft, ignore_errors=True)


@contextmanager
def new_file(path: Path) -> Iterator[Path]:
    """A path beside `path` to write a file to, which becomes `path` when the block ends well.

    InputError where something of this name is there already (it could be somebody's work), or where the file
    cannot be written.
    """
    path = _absolute(path)
    with plain_errors(path):
        if os.path.lexists(path):
            raise InputError(finding("out-exists", N_("there is one already; name a new file"), str(path)))
        path.parent.mkdir(parents=True, exist_ok=True)
        draft = Path(tempfile.mkdtemp(prefix=f".{path.name}.draft-", dir=path.parent))
        try:
            yield draft / path.name
            (draft / path.name).replace(path)
        finally:
            shutil.rmtree(draft, ignore_errors=True)


def check_place(out: Path, marker: str | None = MANIFEST) -> None:
    """InputError where `out` is a file, or a folder of other things that `whole_folder` would not replace."""
    with plain_errors(out):
        put_back(out)
        if out.is_dir():
            names = {p.name for p in out.iterdir()}
            if names and marker not in names:
                text = N_("the folder holds other files; name an empty or new one, or an earlier run")
                if marker is None:
                    text = N_("the folder holds files already; name an empty or new one")
                raise InputError(finding("out-foreign", text, str(out)))
        elif os.path.lexists(out):
            raise InputError(finding("out-file", N_("there is a file of this name; name a folder"), str(out)))


@contextmanager
def plain_errors(out: Path) -> Iterator[None]:
    """The system's errors within the block as an InputError that names `out` and says why."""
    try:
        yield
    except OSError as error:
        raise InputError(
            finding(
                "out-unwritable",
                N_("cannot write there ({why}); is a file of it open in another program, or the disk full?"),
                str(out),
                why=because(error),
            )
        ) from None


def put_back(out: Path) -> None:
    """Put the old folder back where the machine stopped in the middle of replacing it."""
    if not out.exists():
        for aside in sorted(out.parent.glob(f".{glob.escape(out.name)}.old-*")):
            if (aside / out.name).is_dir():
                (aside / out.name).rename(out)
                return


def _put_in_place(draft: Path, out: Path) -> None:
    if not out.exists():
        draft.rename(out)
        return
    old = Path(tempfile.mkdtemp(prefix=f".{out.name}.old-", dir=out.parent))
    try:
        out.rename(old / out.name)
        draft.rename(out)
    finally:
        put_back(out)
        shutil.rmtree(old, ignore_errors=True)


def _sweep(out: Path) -> None:
    """Remove what killed writes to `out` left beside it long ago."""
    for kind in ("draft", "old"):
        for left in out.parent.glob(f".{glob.escape(out.name)}.{kind}-*"):
            if left.stat().st_mtime < time.time() - LEFT_OVER:
                shutil.rmtree(left, ignore_errors=True)


def _absolute(path: Path) -> Path:
    return Path(os.path.abspath(path))  # noqa: PTH100  (no links resolved: the user's own name is kept)


def sha256_of(path: Path) -> str:
    with path.open("rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()


def hashes_below(folder: Path) -> dict[str, str]:
    """Path within the folder (with forward slashes) -> SHA-256, for every file but the manifest."""
    return {
        p.relative_to(folder).as_posix(): sha256_of(p)
        for p in sorted(folder.rglob("*"))
        if p.is_file() and p.relative_to(folder).as_posix() != MANIFEST
    }
