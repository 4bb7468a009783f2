"""What of a book is done so far, on the disk: a folder beside the run's, each part a file once it is done.

    with journal(out, identity, resume) as kept:
        kept.key                    the key accounts' result of an earlier try, or None
        kept.read(name)             what an earlier try made of a part, or None
        kept.keep_key(...), kept.keep(...)

Files appear whole or not at all, so that a process killed at any moment leaves only what is true; a damaged one
counts as not done. The folder is removed once the run is whole; a run that is not has a copy of it within.
"""

from __future__ import annotations

import hashlib
import json
import os
import shutil
import time
from collections.abc import Iterator, Mapping
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import IO, Any

from cmopt.domain.book_result import PartResult
from cmopt.domain.problem import Ints
from cmopt.domain.result import Result, Status
from cmopt.errors import InputError, Listed, Message, finding
from cmopt.i18n import N_
from cmopt.reports.files import replacing
from cmopt.store.folder import plain_errors
from cmopt.store.wire import Json, part_in, part_out, result_in, result_out

FOLDER = "parts"  # within a run that is not whole
IDENTITY, KEY, LOCK = "journal.json", "key.json", "lock"
FORMAT = 1
PATIENCE = 5.0  # seconds to wait for another run that works here

# What a run must have in common with the one it goes on with -> what that is called.
SHARED = {
    "format": N_("the format of unfinished work"),
    "cmopt": N_("the version of cmopt"),
    "ortools": N_("the version of ortools"),
    "inputs": N_("the tables"),
    "scheme": N_("the scheme"),
    "overrides": N_("the overrides (--set)"),
    "seed": N_("the seed"),
    "solver": N_("the solver"),
}

Identity = Mapping[str, Any]


def place_of(out: Path) -> Path:
    """Where the unfinished work of the run at `out` is kept."""
    return out.with_name(f"{out.name}.{FOLDER}")


@contextmanager
def journal(out: Path, identity: Identity, resume: Path | None) -> Iterator[Journal]:
    """The journal of the run at `out`, with what the run at `resume` had done.

    Raises InputError: nothing to go on with at `resume`; it is of other inputs, another scheme, seed, version
    or solver; another run works here; there is unfinished work here and `resume` does not name it; the disk.
    """
    place = place_of(out)
    with plain_errors(place):
        earlier = _Earlier() if resume is None else _Earlier.of(resume, identity)
        place.mkdir(parents=True, exist_ok=True)
    done = False
    try:
        with _alone(place):
            with plain_errors(place):
                if place not in earlier.folders:
                    _refuse_unfinished(place)
                    _clear(place)
                _write(place / IDENTITY, dict(identity))
                kept = Journal(place, earlier)
            try:
                yield kept
            finally:
                done = kept.whole or not kept.has_parts()
    finally:
        if done:
            shutil.rmtree(place, ignore_errors=True)


class Journal:
    def __init__(self, place: Path, earlier: _Earlier) -> None:
        self.place, self._earlier, self.whole = place, earlier, False
        self.key: Result | None = earlier.key()
        if self.key is not None:
            self.keep_key(self.key)

    def keep_key(self, result: Result) -> None:
        """The key accounts' result, on which every part rests. InputError: the disk."""
        with plain_errors(self.place):
            _write(self.place / KEY, result_out(result))

    def read(self, name: str, branches: tuple[str, ...], clients: Ints, staff: Ints) -> PartResult | None:
        """What an earlier try made of the part of this name, branches, clients and managers (positions)."""
        if self.key is None:
            return None
        for folder in self._earlier.folders:
            found = _read(folder / _file(name))
            if found is not None and found.get("name") == name:
                with suppress(KeyError, TypeError, ValueError):
                    part = part_in(found, branches, clients, staff)
                    if folder != self.place:
                        self.keep(part)
                    return part
        return None

    def keep(self, part: PartResult) -> None:
        """A part that is done; one that was cut short or has no division is not kept. InputError: the disk."""
        if part.holder is not None and part.result.status is not Status.CANCELLED:
            with plain_errors(self.place):
                _write(self.place / _file(part.name), part_out(part))

    def has_parts(self) -> bool:
        return any(self.place.glob("part-*.json"))

    def copy_to(self, folder: Path) -> None:
        """Into a run that is not whole."""
        (folder / FOLDER).mkdir()
        for file in sorted(self.place.glob("*.json")):
            shutil.copyfile(file, folder / FOLDER / file.name)

    def ended(self) -> None:
        """The run's folder is written, with a copy of this where it is not whole: the journal can go."""
        self.whole = True


class _Earlier:
    """Folders with what an earlier try of the same run had done, the newest first."""

    def __init__(self, folders: tuple[Path, ...] = ()) -> None:
        self.folders = folders

    @classmethod
    def of(cls, resume: Path, identity: Identity) -> _Earlier:
        there = [f for f in (place_of(resume), resume / FOLDER) if (f / IDENTITY).is_file()]
        if not there:
            text = N_("nothing to go on with: no unfinished division of a book is kept here")
            raise InputError(finding("resume-none", text, str(resume)))
        for folder in there:
            said = _read(folder / IDENTITY) or {}
            other = [k for k in SHARED if said.get(k) != identity.get(k)]
            if other:
                text = N_("cannot go on with this run: not the same are {what}")
                what = Listed([Message(SHARED[k]) for k in other])
                raise InputError(finding("resume-differs", text, str(resume), what=what))
        return cls(tuple(there))

    def key(self) -> Result | None:
        for folder in self.folders:
            found = _read(folder / KEY)
            if found is not None:
                with suppress(KeyError, TypeError, ValueError):
                    return result_in(found)
        return None


def _refuse_unfinished(place: Path) -> None:
    n = len(list(place.glob("part-*.json")))
    if n:
        text = N_(
            "{n} parts of a run that was cut short are kept here: go on with it (--resume {run}), or remove "
            "this folder"
        )
        run = place.with_name(place.name.removesuffix(f".{FOLDER}"))
        raise InputError(finding("unfinished", text, str(place), n=n, run=str(run)))


def _clear(place: Path) -> None:
    for file in place.glob("*.json"):
        file.unlink()


def _file(name: str) -> str:
    """A file name for a part: branches may be called anything."""
    return f"part-{hashlib.sha256(name.encode()).hexdigest()[:24]}.json"


# --- files ---------------------------------------------------------------------------------------------


def _write(path: Path, content: Json) -> None:
    """With a hash of the content in front, so that a damaged file is seen."""
    body = json.dumps(content, ensure_ascii=False, separators=(",", ":"), allow_nan=False, sort_keys=True)
    digest = hashlib.sha256(body.encode()).hexdigest()
    with replacing(path) as draft:
        draft.write_text(f'{{"sha256":"{digest}","content":{body}}}\n', encoding="utf-8", newline="\n")


def _read(path: Path) -> Json | None:
    """The content; None where there is no such file or it is damaged."""
    try:
        text = path.read_text(encoding="utf-8")
        found: Json = json.loads(text)["content"]
        body = text[text.index('"content":') + len('"content":') :].rstrip("\n").removesuffix("}")
        whole = hashlib.sha256(body.encode()).hexdigest() == json.loads(text)["sha256"]
    except (OSError, ValueError, KeyError, TypeError, RecursionError):
        return None
    return found if whole and isinstance(found, dict) else None


@contextmanager
def _alone(place: Path) -> Iterator[None]:
    """Nobody else works in `place` meanwhile. The system gives the lock back when the process ends, however."""
    with (place / LOCK).open("a+b") as file:
        until = time.monotonic() + PATIENCE
        while not _locked(file):
            if time.monotonic() > until:
                text = N_("another run is at work here and did not end within {n} seconds")
                raise InputError(finding("journal-locked", text, str(place), n=int(PATIENCE)))
            time.sleep(0.05)
        yield


def _locked(file: IO[bytes]) -> bool:
    try:
        if os.name == "nt":
            import msvcrt

            msvcrt.locking(file.fileno(), msvcrt.LK_NBLCK, 1)  # type: ignore[attr-defined]
        else:
            import fcntl

            fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except OSError:
        return False
    return True
