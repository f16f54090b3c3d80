"""Large answers, packed for whoever can unpack them."""

import asyncio
import gzip

from starlette.requests import Request
from starlette.responses import Response

_WORTH_IT = 1400  # bytes; what is smaller goes in one packet anyway
_LEVEL = 2  # the others save little and take long


async def packed(request: Request, body: bytes, media_type: str) -> Response:
    """Return an answer, with gzip if that is worth it and the client takes it.

    Only for answers without a secret in them: from how small a body is packed, somebody who can
    have it asked for with words of his own could guess what else it holds.
    """
    headers = {"Vary": "Accept-Encoding"}
    if len(body) >= _WORTH_IT and "gzip" in request.headers.get("accept-encoding", ""):
        body = await asyncio.to_thread(gzip.compress, body, _LEVEL, mtime=0)
        headers["Content-Encoding"] = "gzip"
    return Response(body, headers=headers, media_type=media_type)
