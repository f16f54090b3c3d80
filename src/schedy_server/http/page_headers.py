"""What a browser is told to refuse a page: scripts, frames, anything from elsewhere."""

import base64
import hashlib
from collections.abc import Mapping


def page_headers(style: str, *, forms: bool = False) -> Mapping[str, str]:
    """Return the headers of a page that needs its own style and nothing else.

    Args:
        forms: Whether it sends forms, to this server.
    """
    digest = base64.b64encode(hashlib.sha256(style.encode()).digest()).decode()
    target = "'self'" if forms else "'none'"
    return {
        "Content-Security-Policy": (
            f"default-src 'none'; style-src 'sha256-{digest}'; "
            f"base-uri 'none'; form-action {target}; frame-ancestors 'none'"
        ),
        "Cross-Origin-Opener-Policy": "same-origin",
        "Referrer-Policy": "no-referrer",  # an address may hold a secret, like that of the set-up
    }
