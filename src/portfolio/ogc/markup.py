"""Pieces of a page: everything that comes from data goes through `escape` here."""

from collections.abc import Iterable, Mapping, Sequence
from html import escape
from typing import Any

from portfolio.language import Language, Text

# An address on the page and what it is called; the last of a trail is the page itself.
Step = tuple[str, str]

_PAGE = """<!doctype html>
<html lang="{language}">
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<title>{title}</title>
<link rel="icon" href="data:,">
<link rel="stylesheet" href="/static/ogc.css">
</head>
<body>
<header>
<nav aria-label="{here}">
<ol>{trail}</ol>
</nav>
</header>
<main>
<h1>{heading}</h1>
{content}
</main>
</body>
</html>
"""
_HERE = Text("Du är här", "You are here")
_LINKS = Text("Länkar", "Links")
_TEMPLATE = Text("mall", "template")


def page(language: Language, trail: Sequence[Step], heading: str, content: str) -> str:
    """A whole page; `content` is markup already."""
    steps = [f"<li>{anchor(href, name)}</li>" for href, name in trail[:-1]]
    steps.append(f'<li aria-current="page">{escape(trail[-1][1])}</li>')
    names = [name for _, name in reversed(trail)]
    return _PAGE.format(
        language=language,
        title=escape(" – ".join(names)),
        here=_HERE.in_language(language),
        trail="".join(steps),
        heading=escape(heading),
        content=content,
    )


def anchor(href: str, name: str) -> str:
    return f'<a href="{escape(href)}">{escape(name)}</a>'


def paragraph(text: str) -> str:
    return f"<p>{escape(text)}</p>"


def code(text: str) -> str:
    return f"<code>{escape(text)}</code>"


def section(heading: str, content: str) -> str:
    return f"<section><h2>{escape(heading)}</h2>\n{content}\n</section>"


def bullets(parts: Iterable[str]) -> str:
    """A list of what is markup already."""
    return f"<ul>{''.join(f'<li>{part}</li>' for part in parts)}</ul>"


def table(caption: str, heads: Sequence[str], rows: Iterable[Sequence[str]]) -> str:
    """A table whose cells are markup already; the first of a row is its heading.

    It scrolls by itself where the window is narrow, so it can be reached from the keyboard.
    """
    top = "".join(f'<th scope="col">{escape(head)}</th>' for head in heads)
    body = "\n".join(_row(row) for row in rows)
    named = escape(caption)
    return (
        f'<div class="wide" role="region" aria-label="{named}" tabindex="0">\n'
        f"<table><caption>{named}</caption><thead><tr>{top}</tr></thead>\n"
        f"<tbody>{body}</tbody></table></div>"
    )


def _row(cells: Sequence[str]) -> str:
    first, *rest = cells
    return f'<tr><th scope="row">{first}</th>{"".join(f"<td>{cell}</td>" for cell in rest)}</tr>'


def links(document: Mapping[str, Any], language: Language) -> str:
    """Every link that the same resource has as JSON."""
    found = bullets(_link(link, language) for link in document.get("links", ()))
    return section(_LINKS.in_language(language), found)


def _link(link: Mapping[str, Any], language: Language) -> str:
    href, kind = str(link["href"]), str(link.get("type", "")).partition(";")[0]
    relation = str(link["rel"]).rpartition("/")[2]
    about = f"{code(relation)} <small>{escape(kind)}</small>"
    if link.get("templated"):
        return f"{code(href)} {about} ({_TEMPLATE.in_language(language)})"
    return f"{anchor(as_json(href) if 'json' in kind else href, link.get('title') or href)} {about}"


def as_json(href: str) -> str:
    """The same address, also from a browser, which would be given a page."""
    parts = [part for part in href.partition("?")[2].split("&") if part]
    kept = [part for part in parts if part not in ("f=html", "f=json")]
    return f"{href.partition('?')[0]}?{'&'.join([*kept, 'f=json'])}"
