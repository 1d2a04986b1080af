"""The page itself: HTML with its style and its pictures inside, no script, nothing fetched from anywhere.

Everything from outside (titles, statements, the learner's own words) passes `_text`, or matplotlib, which escapes.
"""

from __future__ import annotations

from html import escape
from importlib.resources import files

from studyapp.charts.images import svg
from studyapp.charts.pictures import Bars, Heat, Picture, Section
from studyapp.core.audit import Finding
from studyapp.core.gate import ItemStanding
from studyapp.core.text import date_words, visible
from studyapp.report.content import Report
from studyapp.services.standing import Standing

POLICY = "default-src 'none'; style-src 'unsafe-inline'"
"""The browser itself refuses whatever is not written in the page."""
VERDICT_MARKS = {"solid": "■", "shaky": "◧", "untested": "□"}


def page(report: Report) -> str:
    """The whole document.

    Raises:
        StudyError: matplotlib is not there.
    """
    parts = [_standing(one, content) for one, content in zip(report.standings, report.contents, strict=True)]
    names = [*(f"module-{n}" for n in range(len(parts))), *(f"section-{n}" for n in range(len(report.sections)))]
    titles = [*(one.title for one in report.standings), *(section.title for section in report.sections)]
    parts += [_section(section, f"s{number}") for number, section in enumerate(report.sections)]
    links = "".join(f'<li><a href="#{name}">{_text(title)}</a></li>' for name, title in zip(names, titles, strict=True))
    bodies = "\n".join(
        f'<section id="{name}" aria-labelledby="{name}-t">\n<h2 id="{name}-t">{_text(title)}</h2>\n{part}</section>'
        for name, title, part in zip(names, titles, parts, strict=True)
    )
    style = files("studyapp.report").joinpath("page.css").read_text("utf-8")
    return f"""<!doctype html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta http-equiv="Content-Security-Policy" content="{POLICY}">
<meta name="viewport" content="width=device-width, initial-scale=1">
<meta name="color-scheme" content="light dark">
<title>{_text(report.title)}: report of {date_words(report.day)}</title>
<style>
{style}</style>
</head>
<body>
<header>
<h1>{_text(report.title)}</h1>
<p>Report of {date_words(report.day)}. All figures follow from the learner's log.</p>
</header>
<nav aria-label="Contents"><ul>{links}</ul></nav>
<main>
{bodies}
</main>
</body>
</html>
"""


def _text(text: str) -> str:
    return escape(" ".join(visible(text).split()))


# -- where the module stands


def _standing(now: Standing, content: str) -> str:
    parts = []
    if now.items:
        state = "open" if now.open else "not open yet"
        parts.append(
            f"<p>{now.done} of {len(now.items)} gate items are done; the gate is <strong>{state}</strong>.</p>"
        )
        parts.append(f'<h3>Gate</h3>\n<ul class="checks">{"".join(_item(one, content) for one in now.items)}</ul>')
    if now.findings:
        parts.append(f'<h3>Foundation-gap audit</h3>\n<ul class="checks">{"".join(map(_finding, now.findings))}</ul>')
    if now.open and now.bridge:
        parts.append(f"<p>{_text(now.bridge.text)}</p>")
    return "\n".join(parts) + "\n"


def _item(one: ItemStanding, content: str) -> str:
    mark = "☑" if one.done else "☐"
    signed = [one.signed.words, one.signed.content_words(content)] if one.signed else []
    lines = [one.reason, *signed, one.disagreement]
    return _check(mark, "done" if one.done else "open", one.item.text, lines, doubtful=bool(one.disagreement))


def _finding(finding: Finding) -> str:
    mark = VERDICT_MARKS[finding.verdict.value]
    ticked = "ticked" if finding.ticked else "not ticked"
    lines = [finding.reason, finding.explained.words if finding.explained else "", finding.disagreement]
    word = f"{finding.verdict.value}, {ticked}"
    return _check(mark, word, finding.statement.text, lines, doubtful=bool(finding.disagreement))


def _check(mark: str, word: str, text: str, lines: list[str], *, doubtful: bool) -> str:
    """A line of a list: a mark for the eye, the same in a word, then why; the last line may be a doubt."""
    small = "".join(f"<br><small>{_text(line)}</small>" for line in lines[:-1] if line)
    doubt = f'<br><small class="doubt">⚠ {_text(lines[-1])}</small>' if doubtful else ""
    return f'<li><span aria-hidden="true">{mark}</span> <strong>{_text(word)}</strong> {_text(text)}{small}{doubt}</li>'


# -- figures


def _section(section: Section, name: str) -> str:
    words = "".join(f"<p>{_text(line)}</p>\n" for line in section.words)
    return words + "".join(_figure(picture, f"{name}p{number}") for number, picture in enumerate(section.pictures))


def _figure(picture: Picture, name: str) -> str:
    title = _text(picture.title)
    return (
        f'<figure>\n<figcaption id="{name}-title">{title}</figcaption>\n'
        f'<div class="picture" role="img" aria-label="{_text(alternative(picture))}">{svg(picture, name)}</div>\n'
        f"<details><summary>{title} as a table</summary>\n{_table(picture)}</details>\n</figure>\n"
    )


def alternative(picture: Picture) -> str:
    """What the picture says, for who does not see it; every number is in the table below."""
    head, rows = picture.table()
    if isinstance(picture, Bars):
        return f"{picture.title}, {picture.x}. " + "; ".join(f"{bar.label}: {bar.words}" for bar in picture.bars) + "."
    if isinstance(picture, Heat):
        total = sum(count for count in picture.days.values())
        return f"{picture.title}: {total} answers on {len(picture.days)} days; by month in the table below."
    return f"{picture.title}: {' and '.join(part for part in head if part)}, {len(rows)} rows in the table below."


def _table(picture: Picture) -> str:
    head, rows = picture.table()
    heads = "".join(f'<th scope="col">{_text(part)}</th>' if part else "<td></td>" for part in head)
    body = "".join(
        f'<tr><th scope="row">{_text(row[0])}</th>{"".join(f"<td>{_text(cell)}</td>" for cell in row[1:])}</tr>'
        for row in rows
    )
    return f'<div class="table"><table><thead><tr>{heads}</tr></thead><tbody>{body}</tbody></table></div>\n'
