"""The page of the server's settings."""

from schedy_server.settings import CONFIG_VARIABLE, OPTIONS
from scripts.reference.markdown import MADE, block, code, table, whole

_ABOUT = f"""\
Everything about a server that can be tuned. A command-line option wins over an environment
variable, that over the configuration file, that over the default. The file is TOML; `--config FILE`
or the variable `{CONFIG_VARIABLE}` names it, and a key that is no setting is refused.

`schedy-server serve` takes all settings; the other commands take those that they need, mostly
`--data` and `--database`.
"""
_EXAMPLE = """\
host = "0.0.0.0"
port = 443
tls_cert = "/etc/schedy/cert.pem"
tls_key = "/etc/schedy/key.pem"
trusted_proxies = ["10.0.0.0/8"]
max_body = "64MiB"
token_lifetime = "1h"
"""
_VALUES = """\
Times are written `90`, `90s`, `15m`, `2h` or `1d`; sizes `1048576`, `1024KiB`, `16MiB` or `1GiB`.
Lists are separated by commas, and may be TOML lists in the file.
"""


def page() -> str:
    """Return the page."""
    rows = (
        (code(each.flag), code(each.variable), code(each.name), each.shown, each.meaning)
        for each in OPTIONS
    )
    headers = ("option", "variable", "key in the file", "default", "meaning")
    return whole(MADE, "# Settings", _ABOUT, table(headers, rows), _VALUES, block(_EXAMPLE, "toml"))
