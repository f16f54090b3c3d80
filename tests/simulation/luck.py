"""For the time of a run, whatever the server draws at random is drawn from the seed."""

import base64
import logging
import random
import secrets
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from typing import Any
from unittest.mock import patch

import structlog

from schedy_server.service import watch
from schedy_server.storage import transactor

_RARELY = 20.0  # seconds; to look every second for what strains a server that is at ease is slow


@contextmanager
def determined(seed: int) -> Iterator[None]:
    """Have names, nonces and pauses follow from a seed."""
    dice = random.Random(f"server {seed}")
    state, configured = random.getstate(), structlog.get_config()

    def text(size: int = 32) -> str:
        return base64.urlsafe_b64encode(dice.randbytes(size)).rstrip(b"=").decode()

    with ExitStack() as stack:
        stack.callback(random.setstate, state)
        random.seed(seed)
        stack.callback(lambda: structlog.configure(**configured))
        structlog.configure(wrapper_class=structlog.make_filtering_bound_logger(logging.CRITICAL))
        drawn: dict[str, Any] = {
            "token_bytes": lambda size=32: dice.randbytes(size),
            "token_hex": lambda size=32: dice.randbytes(size).hex(),
            "token_urlsafe": text,
            "choice": dice.choice,
            "randbelow": dice.randrange,
        }
        for name, function in drawn.items():
            stack.enter_context(patch.object(secrets, name, function))
        stack.enter_context(patch.object(watch, "_PAUSE", _RARELY))
        stack.enter_context(patch.object(transactor, "_FIRST_PAUSE", 0.0))
        yield
