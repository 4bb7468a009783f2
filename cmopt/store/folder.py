"""A folder that appears whole or not at all, and never overwrites what is not a run of ours."""

from __future__ import annotations

import hashlib
import os
import shutil
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from cmopt.errors import InputError, because, finding
from cmopt.i18n import N_

MANIFEST = "manifest.json"


@contextmanager
def whole_folder(out: Path, marker: str = MANIFEST) -> Iterator[Path]:
    """A fresh folder beside `out` to write into; it takes the place of `out` when the block ends well.

    A killed or failing block leaves the old folder as it was. `out` may be absent, empty, or an earlier
    folder of the same kind (it has `marker`); anything else is refused with InputError, and so is a place
    that cannot be written, a full disk, or a file of the old folder that another program holds open.
    """
    out = Path(os.path.abspath(out))  # noqa: PTH100  (no links resolved: the user's own name is kept)
    _refuse_foreign(out, marker)
    try:
        out.parent.mkdir(parents=True, exist_ok=True)
        draft = Path(tempfile.mkdtemp(prefix=f".{out.name}.draft-", dir=out.parent))
    except OSError as error:
        raise _cannot_write(out, error) from None
    try:
        yield draft
        draft.chmod(0o755)
        _put_in_place(draft, out)
    except OSError as error:
        raise _cannot_write(out, error) from None
    finally:
        shutil.rmtree(draft, ignore_errors=True)


def _refuse_foreign(out: Path, marker: str) -> None:
    if out.is_dir():
        names = {p.name for p in out.iterdir()}
        if names and marker not in names:
            raise InputError(
                finding(
                    "out-foreign",
                    N_("the folder holds other files; name an empty or new one, or an earlier run"),
                    str(out),
                )
            )
    elif out.exists():
        raise InputError(finding("out-file", N_("there is a file of this name; name a folder"), str(out)))


def _put_in_place(draft: Path, out: Path) -> None:
    if not out.exists():
        draft.rename(out)
        return
    old = Path(tempfile.mkdtemp(prefix=f".{out.name}.old-", dir=out.parent))
    out.rename(old / out.name)
    try:
        draft.rename(out)
    except OSError:
        (old / out.name).rename(out)
        raise
    finally:
        if out.exists():
            shutil.rmtree(old, ignore_errors=True)


def _cannot_write(out: Path, error: OSError) -> InputError:
    return InputError(
        finding(
            "out-unwritable",
            N_("cannot write there ({why}); is a file of it open in another program, or the disk full?"),
            str(out),
            why=because(error),
        )
    )


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
