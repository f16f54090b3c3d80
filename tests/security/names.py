"""Names that break programs: for every one of them, somebody has thought of it too late."""

# ruff: noqa: RUF001 - letters that look like others are the point

import string
import unicodedata
from typing import Literal

from schedy_server.model.errors import Invalid
from schedy_server.service.names import checked_name

_WORDS = """
undefined undef null NULL nil NIL None none true false True False NaN Infinity -Infinity INF
hasOwnProperty __proto__ constructor prototype toString then self this con CON PRN AUX NUL COM1
LPT9 localhost jobs claims nextjob export batches attempts log kept finish report heartbeat
release requeue cancel void adopt experiments tokens token me workers setup docs healthz readyz
metrics version 0 1 -1 +1 1.00 $1.00 1/2 1E2 1e-2 -0 0x0 0xffffffff 0b1 0o7 1_000 1,000.00 ١٢٣ ²
½ ⅷ 1/0 9223372036854775808 1;DROP 1'or'1'='1 %s %d %n %x {} {0} {{}} ${HOME} $HOME $(id) `id`
|id ;id &&id >file <file ~ ~root !! ../ ..\\ ../../etc/passwd /etc/passwd C:\\CON
file:///etc/passwd javascript:alert(1) data:text/html,x //evil.example http://evil.example/ ?a=b
#frag & &amp; &#0; ;a=b * ** . .. ... .a a. -rf --help - '"` \\ \\\\ \\n \\0 \\u0000 %00 %0a %2e
%2F %2f %252F %25 % %% %zz %u0041 + a+b @ = , : [ ] [] {} () <> <script>alert(1)</script>
"><img/src=x/onerror=alert(1)> {{7*7}} <%=1%> <?php?> <!-- --> ]]> <![CDATA[ =1+1 +1+1 @SUM(A1)
=cmd|'/C'!A0 W/"x" "x" xn--caf-dma.example ☃ 😀 👩‍👩‍👧 🇫🇷
✋🏿 田中さん 部落格 ヽ༼ຈل͜ຈ༽ﾉ Ω≈ç√∫ åß∂ƒ ЁЂЃЄ ⁰⁴⁵
﷽ ﷺ ̡͓̞ͅI̗c͢ Z̮̞̠͙͔ͅ ˙ɐnbᴉlɐ 𝐓𝐡𝐞 𝕿𝖍𝖊 ⒯⒣⒠ ⓣⓗⓔ Ｔｈｅ ﬀ ß ẞ ı İ ſ K Å ﬁ ǆ ثم בְּרֵאשִׁית שלום مرحبا
Powerلُلُصّبُ జ్ఞా গণ্য ་ཆོས 㐀 𠜎 𠜱 𝄞 \U0010fffd \ue000 ￾ ￿
"""
_SPACES = "\u00a0\u1680\u2000\u2003\u2007\u2009\u200a\u202f\u205f\u3000"
_INVISIBLE = "\u00ad\u034f\u061c\u115f\u17b4\u180e\u200b\u200c\u200d\u2060\u2061\u2800\u3164\ufeff"
_DIRECTIONS = "\u200e\u200f\u202a\u202b\u202c\u202d\u202e\u2066\u2067\u2068\u2069\u2028\u2029"
_LETTERS = "àéîõüçñåšžőłđøæœßǎḁệắ가각힣がぎばぱ÷ΐϋйїäöΩÅ豈אָשׁ"
_FORMS: tuple[Literal["NFC", "NFD", "NFKC", "NFKD"], ...] = ("NFC", "NFD", "NFKC", "NFKD")


def naughty_names() -> list[str]:
    """Return more than 500 different names, in the same order each time."""
    ascii_ = string.printable
    names = [
        *_WORDS.split(),
        "",
        *ascii_,
        *(f"a{character}b" for character in ascii_),
        *(f"%{number:02X}" for number in range(0, 256, 3)),
        *(f"a{each}b" for each in _SPACES + _INVISIBLE + _DIRECTIONS),
        *(each for each in _SPACES + _INVISIBLE + _DIRECTIONS),
        *(unicodedata.normalize(form, each) for each in _LETTERS for form in _FORMS),
        *(each.upper() for each in _LETTERS),
        *(chr(point) for point in range(0x100, 0x1_0000, 0x2F1) if not 0xD800 <= point < 0xE000),
        *("a" * length for length in (2, 255, 256, 499, 500, 501, 1000)),
        *("\N{ROCKET}" * length for length in (125, 250, 500, 501)),
        "e" + "\u0301" * 499,
        *("a\tb", "a\x1b[2Jb", "a\x7fb", "a\x9bb", "a\x00", " a", "a ", "  ", "a  b"),
    ]
    return list(dict.fromkeys(names))


def is_kept(name: str) -> bool:
    """Tell whether the rules for names allow it."""
    try:
        checked_name(name, "experiment")
    except Invalid:
        return False
    return True
