"""Notes as HTML that any page may show, whoever wrote them.

Raw HTML stays text, images become links, and links lead nowhere but to the web and to mail
addresses. What comes out has no scripts, no styles and no ids.
"""

from collections.abc import MutableMapping, Sequence
from functools import cache
from typing import Any
from urllib.parse import urlsplit

from markdown_it import MarkdownIt
from markdown_it.common.utils import escapeHtml
from markdown_it.renderer import RendererHTML
from markdown_it.token import Token
from markdown_it.utils import OptionsDict

_SCHEMES = frozenset({"http", "https", "mailto"})
_DEEPEST = 20  # lists within quotes within lists
_IN_LINK = "in a link"  # whether what is rendered is, as links hold no others


def to_html(note: str) -> str:
    """Return a note in Markdown as HTML."""
    html: str = _markdown().render(note)
    return html


class _Careful(MarkdownIt):
    """Makes no links but those that lead to the web, or to a mail address."""

    def validateLink(self, url: str) -> bool:  # noqa: N802 - the name is the library's
        """Tell whether a link may be one; never one into this page, or to this server."""
        try:
            return urlsplit(url.strip()).scheme.lower() in _SCHEMES
        except ValueError:
            return False


@cache
def _markdown() -> MarkdownIt:
    markdown = _Careful("commonmark", {"html": False, "maxNesting": _DEEPEST})
    markdown.enable(["table", "strikethrough"]).disable(["html_block", "html_inline"])
    markdown.add_render_rule("image", _image)
    markdown.add_render_rule("link_open", _link)
    markdown.add_render_rule("link_close", _link_end)
    for cell in ("th_open", "td_open"):
        markdown.add_render_rule(cell, _cell)
    return markdown


def _image(
    renderer: RendererHTML,
    tokens: Sequence[Token],
    index: int,
    options: OptionsDict,
    env: MutableMapping[str, Any],
) -> str:
    # No browser shall fetch what a note names, unless somebody follows the link.
    image = tokens[index]
    source = str(image.attrs["src"])
    text = escapeHtml(renderer.renderInlineAsText(image.children, options, env) or source)
    if env.get(_IN_LINK):
        return text
    title = {name: value for name, value in image.attrs.items() if name == "title"}
    ends = [
        Token("link_open", "a", 1, attrs={"href": source, **title}),
        Token("link_close", "a", -1),
    ]
    start = _link(renderer, ends, 0, options, env)
    return start + text + _link_end(renderer, ends, 1, options, env)


def _link(
    renderer: RendererHTML,
    tokens: Sequence[Token],
    index: int,
    options: OptionsDict,
    env: MutableMapping[str, Any],
) -> str:
    env[_IN_LINK] = True
    tokens[index].attrSet("rel", "noopener noreferrer nofollow")
    return renderer.renderToken(tokens, index, options, env)


def _link_end(
    renderer: RendererHTML,
    tokens: Sequence[Token],
    index: int,
    options: OptionsDict,
    env: MutableMapping[str, Any],
) -> str:
    env[_IN_LINK] = False
    return renderer.renderToken(tokens, index, options, env)


def _cell(
    renderer: RendererHTML,
    tokens: Sequence[Token],
    index: int,
    options: OptionsDict,
    env: MutableMapping[str, Any],
) -> str:
    # Alignment comes as a style, which the dashboard's Content-Security-Policy rightly refuses.
    tokens[index].attrs.pop("style", None)
    return renderer.renderToken(tokens, index, options, env)
