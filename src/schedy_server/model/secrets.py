"""Comparing what only one side should know."""

import hmac


def same_secret(known: str | None, shown: str) -> bool:
    """Tell whether somebody shows the right secret.

    It takes as long however much of it is right, so nobody can guess it piece by piece.
    """
    return known is not None and hmac.compare_digest(
        known.encode("utf-8", "surrogatepass"), shown.encode("utf-8", "surrogatepass")
    )
