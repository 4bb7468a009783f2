"""report.html: the whole run on one page that needs no network, no server and no other file.

Nothing in the page comes from elsewhere: style, script and charts are inline, and a Content-Security-Policy
allows exactly this style and this script (by hash) and inline pictures, so that text from the bank's tables
could not run or fetch anything even if it slipped through the escaping.
"""

from __future__ import annotations

import base64
import hashlib
from collections.abc import Sequence
from functools import cache, partial
from importlib import resources
from pathlib import Path
from typing import Any

from cmopt.domain.draw import commitment
from cmopt.domain.run import Run
from cmopt.i18n import Lang, tr
from cmopt.reports import book_page, page, wording
from cmopt.reports.files import replacing
from cmopt.reports.summary import is_exact, joined, outcome_sentences, solvers_title
from cmopt.reports.view import counts, leads

PICTURE_TYPES = {".svg": "image/svg+xml", ".png": "image/png"}


def write_html(run: Run, rival: Run | None, path: Path, lang: Lang, charts: Sequence[Path]) -> None:
    """Write the run as one self-contained page in `lang`, with the rival's figures beside it.

    `charts`: SVG or PNG files; of two with the same stem the SVG is taken. Raises OSError when a chart cannot
    be read or the page cannot be written (an older page is then still intact).
    """
    text = render_html(run, rival, lang, charts)
    with replacing(path) as draft:
        draft.write_bytes(text.encode("utf-8"))


def render_html(run: Run, rival: Run | None, lang: Lang, charts: Sequence[Path]) -> str:
    """The page as text; the same runs and charts give the same text."""
    from markupsafe import Markup

    style, script = _part("report.css"), _part("report.js")
    said: str = _template().render(
        t=partial(_translate, lang=lang),
        lang="zh-CN" if lang == "zh" else "en",
        policy=_policy(style, script),
        style=Markup(style),  # our own files, not the case's text
        script=Markup(script),
        **_content(run, rival, lang, charts),
    )
    return said


@cache
def _template() -> Any:
    """The page's template, compiled once (that takes longer than filling it)."""
    from jinja2 import Environment, StrictUndefined

    env = Environment(autoescape=True, undefined=StrictUndefined, trim_blocks=True, lstrip_blocks=True)
    return env.from_string(_part("report.html.j2"))


def _content(run: Run, rival: Run | None, lang: Lang, charts: Sequence[Path]) -> dict[str, Any]:
    """Everything the template shows, as plain text and figures."""
    said = run.scheme.title.render(lang)
    return {
        "title": said,
        "case_name": run.case_name,
        "solver": solvers_title(run, lang),
        "seconds": f"{run.result.seconds:.1f}",
        "status": str(run.result.status),
        "status_title": wording.status_title(run.result.status, lang),
        "certificate": wording.certificate_title(run.result.certificate, lang),
        "clean": run.audit.clean,
        "outcome": joined(outcome_sentences(run, rival, lang), lang),
        "cards": _cards(run, lang),
        "rival": wording.solver_title(rival.result.solver, lang) if rival else None,
        "goals": page.goals(run, rival, lang, is_exact(run)),
        "book": book_page.book(run, lang),
        "lines": page.lines(run, lang),
        "outcomes": {o: wording.outcome_title(o, lang) for o in page.OUTCOMES},
        "team": page.team(run, lang),
        "tiers": page.tiers(run, rival, lang),
        "managers": page.managers(run, rival, lang),
        "fairness": page.fairness(run, rival, lang),
        "handovers": page.handovers(run, lang),
        "charts": [_picture(p, lang) for p in _one_each(charts)],
        "parts": [p.title.render(lang) for p in run.scheme.grading.parts],
        "grades": page.grades(run, lang),
        "soft": page.soft(run, lang),
        "notes": page.notes(run, lang),
        "seed": run.seed,
        "commitment": commitment(run.seed),
        "source": run.scheme.source.render(lang),
    }


def _cards(run: Run, lang: Lang) -> list[tuple[str, str, int]]:
    """(outcome or 'all', its title, how many accounts)."""
    told = counts(run)
    cards = [(o, wording.outcome_title(o, lang), told[o]) for o in page.OUTCOMES]
    return [("all", tr("Accounts divided", lang), len(leads(run))), *cards]


def _policy(style: str, script: str) -> str:
    return (
        f"default-src 'none'; img-src data:; style-src '{_hash(style)}'; script-src '{_hash(script)}'; "
        "base-uri 'none'; form-action 'none'"
    )


def _hash(text: str) -> str:
    return "sha256-" + base64.b64encode(hashlib.sha256(text.encode()).digest()).decode()


def _one_each(charts: Sequence[Path]) -> list[Path]:
    """One file a stem, SVG before PNG, in the order given."""
    best: dict[str, Path] = {}
    for chart in charts:
        if chart.suffix in PICTURE_TYPES and (chart.stem not in best or chart.suffix == ".svg"):
            best[chart.stem] = chart
    return list(best.values())


def _picture(chart: Path, lang: Lang) -> dict[str, str]:
    data = base64.b64encode(chart.read_bytes()).decode()
    caption = wording.chart_title(chart.stem, lang)
    return {
        "source": f"data:{PICTURE_TYPES[chart.suffix]};base64,{data}",
        "caption": caption,
        "name": chart.stem,
    }


def _translate(text: str, lang: Lang, **params: object) -> str:
    return tr(text, lang, **params)


def _part(name: str) -> str:
    return resources.files("cmopt.reports").joinpath("templates", name).read_text(encoding="utf-8")
