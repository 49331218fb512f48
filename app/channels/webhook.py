"""One POST of a signed event to an address that a tenant chose."""

import asyncio
import ssl
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from ipaddress import IPv6Address

import httpx
from standardwebhooks import Webhook

from app.channels.address import Address, Outgoing, Refused, Resolve, Target, resolved
from app.channels.trust import public_trust
from app.domain.delivery import GONE, Outcome

SECONDS = 15.0
CONNECT_SECONDS = 5.0
CONTENT_TYPE = "application/cloudevents+json"


@dataclass(frozen=True, slots=True)
class Post:
    """What to send. `id` names the event in every copy of it; `secrets` are two while one takes the other's place."""

    url: str
    id: str
    body: bytes
    secrets: Sequence[str]
    sent_at: datetime


class Webhooks:
    """Sends. `version` is the contract's, `resolve` how names are looked up when not by the system.

    Every post has a connection of its own: one that is kept could be taken for another name at the same address.
    No redirects are followed, no cookies kept and no proxy asked: the transport does none of it.
    """

    def __init__(
        self, outgoing: Outgoing, version: str, *, resolve: Resolve | None = None, trust: ssl.SSLContext | None = None
    ) -> None:
        self._outgoing = outgoing
        self._version = version
        self._resolve = resolve
        limits = httpx.Limits(max_connections=None, max_keepalive_connections=0)
        self._transport = httpx.AsyncHTTPTransport(verify=trust or public_trust(), trust_env=False, limits=limits)

    async def close(self) -> None:
        await self._transport.aclose()

    async def post(self, post: Post) -> Outcome:
        """How it went; an error of the far end is an outcome and never raised."""
        try:
            async with asyncio.timeout(SECONDS):
                target = await resolved(post.url, self._outgoing, self._resolve)
                return _outcome(await self._sent(target, post))
        except Refused as refused:
            return Outcome("temporary", None, refused.code)
        except (TimeoutError, httpx.TimeoutException):
            return Outcome("temporary", None, "timeout")
        except httpx.ConnectError as error:
            return Outcome("temporary", None, "tls-failed" if _about_tls(error) else "connection-failed")
        except (httpx.HTTPError, httpx.InvalidURL, OSError):
            return Outcome("temporary", None, "connection-failed")

    async def _sent(self, target: Target, post: Post) -> int:
        """The answer's status, from the first address that takes a connection."""
        *others, last = target.addresses[:3]
        for address in others:
            try:
                return await self._status(target, address, post)
            except (httpx.ConnectError, httpx.ConnectTimeout):
                continue
        return await self._status(target, last, post)

    async def _status(self, target: Target, address: Address, post: Post) -> int:
        timeout = {"connect": CONNECT_SECONDS, "read": SECONDS, "write": SECONDS, "pool": SECONDS}
        answer = await self._transport.handle_async_request(
            httpx.Request(
                "POST",
                f"{target.scheme}://{_in_url(address)}:{target.port}{target.path}",
                headers={"Host": target.authority, **self._headers(post)},
                content=post.body,
                extensions={"sni_hostname": target.host.strip("[]"), "timeout": timeout},
            )
        )
        # the body says nothing that counts; not to read it is the surest bound on it
        await answer.aclose()
        return answer.status_code

    def _headers(self, post: Post) -> dict[str, str]:
        at = post.sent_at.astimezone(UTC)
        text = post.body.decode()
        return {
            "Content-Type": CONTENT_TYPE,
            "User-Agent": "Gehoor",
            "API-Version": self._version,
            "webhook-id": post.id,
            "webhook-timestamp": str(int(at.timestamp())),
            "webhook-signature": " ".join(Webhook(secret).sign(post.id, at, text) for secret in post.secrets),
        }


def _in_url(address: Address) -> str:
    return f"[{address}]" if isinstance(address, IPv6Address) else str(address)


def _outcome(status: int) -> Outcome:
    if 200 <= status < 300:
        return Outcome("delivered", status, "delivered")
    if status == 410:
        return Outcome("temporary", status, GONE)
    return Outcome("temporary", status, "redirected" if 300 <= status < 400 else "refused")


def _about_tls(error: BaseException) -> bool:
    cause: BaseException | None = error
    while cause is not None and not isinstance(cause, ssl.SSLError):
        cause = cause.__cause__ or cause.__context__
    return cause is not None
