"""Idempotency keys: a request that carries one is done once, however often it arrives."""

from dataclasses import dataclass

from schedy_server.model.errors import KeyReused
from schedy_server.service.context import Context


@dataclass(frozen=True, slots=True)
class Key:
    """An idempotency key, and the digest of the request that carries it."""

    text: str
    digest: bytes

    def remember(self, context: Context, answer: str) -> None:
        """Keep the answer for repeats, in the transaction that does what was asked."""
        context.ledger.notes.remember_answer(
            context.caller.account_key,
            self.text,
            digest=self.digest,
            answer=answer,
            now=context.now,
        )


def remembered(context: Context, key: Key | None) -> str | None:
    """Return the answer that an earlier arrival of the same request got; None if it is new.

    Raises:
        KeyReused: Another request used the key before.
    """
    if key is None:
        return None
    known = context.ledger.notes.answer(context.caller.account_key, key.text)
    if known is None:
        return None
    digest, answer = known
    if digest != key.digest:
        raise KeyReused("This idempotency key was used before, for another request.")
    return answer
