"""Results as one HTML page that needs no other file: the table, the traps, and each experiment."""

from __future__ import annotations

import base64
import re
from collections.abc import Sequence
from html import escape

from unspool.chapter.running import Result
from unspool.chapter.sentences import (
    figure_text,
    heading,
    lines,
    reached,
    story,
    texts_figures,
)
from unspool.chapter.traps import TRAPS

STYLE = """
body { font: 15px/1.5 system-ui, sans-serif; color: #222; max-width: 62rem; margin: 2rem auto;
  padding: 0 1rem; }
h1 { font-size: 1.7rem; } h2 { font-size: 1.25rem; margin-top: 2.4rem; }
h3 { font-size: 1.05rem; margin: 2rem 0 0.3rem; }
table { border-collapse: collapse; width: 100%; font-size: 0.9rem; }
th, td { text-align: left; padding: 0.25rem 0.6rem; border-bottom: 1px solid #ddd;
  vertical-align: top; }
td.number, th.number { text-align: right; font-variant-numeric: tabular-nums; white-space: nowrap; }
td.met { color: #00603c; } td.missed { color: #a33c00; font-weight: bold; }
img { max-width: 100%; height: auto; display: block; }
pre { white-space: pre-wrap; font: 13px/1.45 ui-monospace, monospace; background: #f6f6f6;
  padding: 0.7rem 0.9rem; }
a { color: #0072b2; } .note { color: #555; font-size: 0.9rem; }
@media (max-width: 45rem) { table { display: block; overflow-x: auto; } }
"""


def page(
    results: Sequence[Result],
    sections: Sequence[str],
    *,
    seed: int,
    seconds: float,
    missing: int = 0,
) -> str:
    """The page of these results, with the `section` of each.

    seconds: what all of it took; missing: how many experiments were not run any more.
    """
    said = f"{len(results)} experiments, seed {seed}, {seconds:.0f} s in all."
    if missing:
        said += f" Interrupted: {missing} more were not run."
    parts = [
        "<!doctype html>",
        '<html lang="en"><head><meta charset="utf-8">',
        '<meta name="viewport" content="width=device-width, initial-scale=1">',
        f"<title>Unspool: the chapter</title><style>{STYLE}</style></head><body>",
        "<h1>The chapter</h1>",
        f"<p>{said} Lower errors and higher accuracies are better; a figure that is at least as "
        "good as the weakest that the texts print is green, one that is not is bold. Seconds are "
        "those of the run with the texts' settings, compiling included; two experiments run at a "
        "time.</p>",
        _table(results),
        _traps(results),
        "<h2>The experiments</h2>",
        *sections,
        "</body></html>",
    ]
    return "\n".join(part for part in parts if part) + "\n"


def _table(results: Sequence[Result]) -> str:
    improved = any(result.improved is not None for result in results)
    rows = [
        "<table><thead><tr><th class=number>row</th><th>experiment</th><th>system</th>"
        "<th>figure</th><th class=number>texts</th><th class=number>ours</th>"
        + ("<th class=number>improved</th>" if improved else "")
        + "<th class=number>seconds</th></tr></thead><tbody>"
    ]
    for result in results:
        entry = result.entry
        rows.append(
            f"<tr><td class=number>{entry.row or ''}</td>"
            f'<td><a href="#{escape(entry.name)}">{escape(entry.name)}</a></td>'
            f"<td>{escape(entry.what)}</td>"
            f"<td>{escape(entry.measure) if entry.figures or result.figure is not None else ''}"
            f"</td><td class=number>{escape(texts_figures(entry))}</td>"
            + _cell(result, result.figure)
            + (_cell(result, result.improved_figure) if improved else "")
            + f"<td class=number>{result.seconds:.1f}</td></tr>"
        )
    return "\n".join([*rows, "</tbody></table>"])


def _cell(result: Result, figure: float | None) -> str:
    met = reached(result.entry, figure)
    kind = "" if met is None else " met" if met else " missed"
    return f'<td class="number{kind}">{figure_text(figure)}</td>'


def _traps(results: Sequence[Result]) -> str:
    shown = {number: [r.entry.name for r in results if r.entry.trap == number] for number in TRAPS}
    parts = ["<h2>Traps in the texts</h2>"]
    for number, names in shown.items():
        if not names:
            continue
        trap = TRAPS[number]
        links = ", ".join(f'<a href="#{escape(name)}">{escape(name)}</a>' for name in names)
        parts += [
            f'<h3 id="trap-{number}">{number}. {escape(trap.title)}</h3>',
            f"<p><b>Wrong:</b> {escape(trap.wrong)}<br><b>Right:</b> {escape(trap.right)}<br>"
            f'<span class="note">See {links}.</span></p>',
        ]
    return "\n".join(parts) if len(parts) > 1 else ""


def section(result: Result) -> str:
    """What there is to say and to see of one result."""
    from unspool.chapter.plots import page_picture, png

    entry = result.entry
    picture = page_picture(result.outcome, result.improved)
    pictures = {} if picture is None else {"losses and forecasts": picture}
    trap = ""
    if entry.trap is not None:
        title = f"Trap {entry.trap}: {TRAPS[entry.trap].title.lower()}"
        trap = f'<li><a href="#trap-{entry.trap}">{escape(title)}</a></li>'
    pictures |= {name: png(draw()) for name, draw in result.outcome.plots.items()}
    return "\n".join(
        [
            f'<h3 id="{escape(entry.name)}">{escape(heading(entry))}</h3>',
            *(f"<p>{_marked(paragraph)}</p>" for paragraph in story(entry)),
            "<ul>",
            *(f"<li>{escape(line)}</li>" for line in lines(result, with_trap=False)),
            trap,
            "</ul>",
            *(_image(data, f"{entry.name}: {name}") for name, data in pictures.items()),
            f'<p class="note">The file to copy from: {escape(entry.path)}</p>',
        ]
    )


def _marked(paragraph: str) -> str:
    """A paragraph of a docstring, its *stressed* words and its `code` as HTML."""
    text = re.sub(r"\*(\w[^*]*\w)\*", r"<em>\1</em>", escape(paragraph))
    return re.sub(r"`([^`]+)`", r"<code>\1</code>", text)


def _image(png: bytes, name: str) -> str:
    data = base64.b64encode(png).decode("ascii")
    return f'<img alt="{escape(name)}" src="data:image/png;base64,{data}">'
