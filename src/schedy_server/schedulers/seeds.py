"""From an experiment's seed to the generator of each decision.

Never change this: decisions of the past are replayed with it.
"""

import hashlib
import random


def generator(seed: int, decision: int) -> random.Random:
    """Return the generator of one decision, independent of those of all others.

    Schedulers draw from its `random()` alone: that is the one method whose sequence Python
    promises to keep.
    """
    digest = hashlib.sha256(f"schedy:{seed}:{decision}".encode()).digest()
    return random.Random(int.from_bytes(digest))
