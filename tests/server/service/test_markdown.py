"""Notes as HTML: what people want to write is shown, what nobody should write does nothing."""

import re
import time
from html.parser import HTMLParser

import pytest
from hypothesis import given
from hypothesis import strategies as st

from schedy_server.model.words import LONGEST_NOTE
from schedy_server.service.markdown import to_html

# What CommonMark makes, tables and strikethrough; nothing else ever comes out.
_TEXT = {"h1", "h2", "h3", "h4", "h5", "h6", "p", "br", "hr", "em", "strong", "s", "code", "a"}
_BLOCKS = {"pre", "blockquote", "ul", "ol", "li", "table", "thead", "tbody", "tr", "th", "td"}
ELEMENTS = _TEXT | _BLOCKS
ATTRIBUTES = {"a": {"href", "rel", "title"}, "code": {"class"}, "ol": {"start"}}
ATTACKS = [
    "<script>alert(1)</script>",
    "<img src=x onerror=alert(1)>",
    "<svg/onload=alert(1)>",
    "<iframe src='javascript:alert(1)'></iframe>",
    "<a href='javascript:alert(1)'>x</a>",
    "<style>*{display:none}</style>",
    "<base href='//evil.test/'>",
    "<form action='//evil.test'><button>Sign in</button></form>",
    "<math><mtext></mtext><mglyph><svg><mtext><style><path id='</style><img onerror=alert(1)>'>",
    "<!--><img src=x onerror=alert(1)>-->",
    "<![CDATA[<script>alert(1)</script>]]>",
    "<?php echo 1 ?>",
    "[x](javascript:alert(1))",
    "[x](JaVaScRiPt:alert(1))",
    "[x](java\tscript:alert(1))",
    "[x](&#106;avascript:alert(1))",
    "[x](&#x6A;&#x61;vascript&colon;alert(1))",
    "[x](\x01javascript:alert(1))",
    "[x](%6Aavascript:alert(1))",
    "[x](vbscript:msgbox(1))",
    "[x](data:text/html;base64,PHNjcmlwdD5hbGVydCgxKTwvc2NyaXB0Pg==)",
    "[x](data:image/svg+xml;base64,PHN2Zy8+)",
    "[x](file:///etc/passwd)",
    "[x](blob:https://schedy.test/1)",
    "[x](//evil.test)",
    "[x](/token/)",
    "[x](#top)",
    "[x](\\\\evil.test)",
    "<javascript:alert(1)>",
    "<data:text/html,x>",
    "![x](https://evil.test/pixel.png)",
    "![x](javascript:alert(1))",
    "[![x](https://evil.test/p.png)](javascript:alert(1))",
    '[x](https://a.test "\\" onmouseover=alert(1) x=\\"")',
    "[x](https://a.test'onmouseover='alert(1))",
    '[x](https://a.test"onmouseover="alert(1))',
    "[x]: javascript:alert(1)\n\n[x]",
    '```"><script>alert(1)</script>\ncode\n```',
    '``` x" onload="alert(1)\ncode\n```',
    "`<script>alert(1)</script>`",
    "    <script>alert(1)</script>",
    "| a | b |\n|:--|--:|\n| <script>alert(1)</script> | x |",
    "# <img src=x onerror=alert(1)>",
    "x\u2028<script>alert(1)</script>",
    "\x00<script>alert(1)</script>",
    "<scr\x00ipt>alert(1)</scr\x00ipt>",
    "<a\nhref\n=\n'javascript:alert(1)'>",
    "&lt;script&gt;alert(1)&lt;/script&gt;",
]


class Found(HTMLParser):
    """What a browser would make of it."""

    def __init__(self, html: str) -> None:
        super().__init__()
        self.elements: list[tuple[str, dict[str, str | None]]] = []
        self.feed(html)
        self.close()

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.elements.append((tag, dict(attrs)))

    def handle_comment(self, data: str) -> None:
        raise AssertionError(data)

    def handle_decl(self, decl: str) -> None:
        raise AssertionError(decl)

    def handle_pi(self, data: str) -> None:
        raise AssertionError(data)


def assert_harmless(html: str) -> None:
    for name, attributes in Found(html).elements:
        assert name in ELEMENTS
        assert attributes.keys() <= ATTRIBUTES.get(name, set())
        if name == "a":
            assert re.match(r"(?i)(https?|mailto):", attributes["href"] or "")
            assert attributes["rel"] == "noopener noreferrer nofollow"


@pytest.mark.parametrize("attack", ATTACKS)
def test_an_attack_is_mere_text(attack: str) -> None:
    html = to_html(attack)
    assert_harmless(html)
    for prefix in ("> ", "- ", "1. ", "**", "| x |\n|---|\n| "):
        assert_harmless(to_html(prefix + attack))


@given(st.lists(st.sampled_from([*ATTACKS, "[", "](", ")", "<", ">", "`", "\n", "*", "|"])))
def test_attacks_are_no_better_together(pieces: list[str]) -> None:
    assert_harmless(to_html("".join(pieces)))


@given(st.text())
def test_any_text_is_harmless(text: str) -> None:
    assert_harmless(to_html(text))


@pytest.mark.parametrize(
    ("note", "html"),
    [
        ("# Why", "<h1>Why</h1>"),
        ("a *b* **c** ~~d~~ `e`", "<em>b</em> <strong>c</strong> <s>d</s> <code>e</code>"),
        ("- a\n- b", "<li>a</li>"),
        ("> a", "<blockquote>"),
        ("| a |\n|:-:|\n| 1 |", "<td>1</td>"),
        ("```python\nx < 1\n```", '<code class="language-python">x &lt; 1'),
        ("[a](https://a.test/?x=1&y=2)", 'href="https://a.test/?x=1&amp;y=2"'),
        ("<https://a.test>", '<a href="https://a.test" rel="noopener noreferrer nofollow">'),
        ("see ![a *plot*](https://a.test/p.png)!", 'follow">a plot</a>!</p>'),
        ("see ![a](https://a.test/p.png)", '<p>see <a href="https://a.test/p.png"'),
        ("![](https://a.test/p.png)", ">https://a.test/p.png</a>"),
        ("[![a](https://b.test)](https://a.test)", '<p><a href="https://a.test"'),
        ("[![a](https://b.test)](https://a.test)", 'follow">a</a></p>'),
        ("[a](https://a.test) ![b](https://b.test)", '<a href="https://b.test"'),
        ("<ana@lab.org>", 'href="mailto:ana@lab.org"'),
    ],
)
def test_what_people_want_to_write_is_shown(note: str, html: str) -> None:
    assert html in to_html(note)


@pytest.mark.parametrize(
    "piece",
    [
        "[",
        "![",
        "*a ",
        "_a*",
        "`",
        "> ",
        "- ",
        "<",
        "](",
        "a\n",
        "|a|\n|-|\n",
        "&#",
        "~~",
        "**a_",
        "![](http:a)",
    ],
)
def test_no_note_takes_long(piece: str) -> None:
    note = (piece * LONGEST_NOTE)[:LONGEST_NOTE]
    started = time.process_time()
    assert_harmless(to_html(note))
    assert time.process_time() - started < 10
