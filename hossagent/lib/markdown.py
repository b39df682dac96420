"""Markdown to HTML that is safe to show, whoever wrote the text."""

from __future__ import annotations

from typing import TYPE_CHECKING

import markdown as python_markdown
import nh3
from django.utils.safestring import mark_safe

if TYPE_CHECKING:
    from django.utils.safestring import SafeString

TAGS = {
    "a",
    "blockquote",
    "br",
    "code",
    "em",
    "h1",
    "h2",
    "h3",
    "h4",
    "hr",
    "li",
    "ol",
    "p",
    "pre",
    "strong",
    "table",
    "tbody",
    "td",
    "th",
    "thead",
    "tr",
    "ul",
}


def to_html(text: str, *, level: int = 1) -> SafeString:
    """The document as HTML: no script, no style, no picture, links only to web pages.

    `level` is what the document's own `#` becomes (2 below a page's own title).
    """
    html = python_markdown.markdown(text, extensions=["tables", "sane_lists"], output_format="html")
    for heading in range(4, 0, -1):
        target = min(heading + level - 1, 4)
        html = html.replace(f"<h{heading}>", f"<h{target}>").replace(
            f"</h{heading}>", f"</h{target}>"
        )
    clean = nh3.clean(
        html,
        tags=TAGS,
        attributes={"a": {"href"}},
        url_schemes={"http", "https"},
        link_rel="noopener noreferrer nofollow",
    )
    return mark_safe(clean)  # noqa: S308 # cleaned by an allow-list one line above
