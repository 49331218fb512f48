"""Accept: which of the media types that a route offers is wanted most."""

from collections.abc import Sequence
from functools import lru_cache
from typing import Annotated

from fastapi import Depends, Header
from starlette.exceptions import HTTPException
from starlette.requests import Request


def preferred(request: Request, offers: Sequence[str]) -> str:
    """The offer that Accept likes best (the first on a tie). Raises 406 when it likes none."""
    wishes = ",".join(request.headers.getlist("accept"))
    if not wishes:
        return offers[0]
    best = _best(wishes, tuple(offers))
    if best is None:
        raise HTTPException(406)
    return best


LANGUAGES = ("nl", "en")


async def language(
    accept_language: Annotated[
        str | None, Header(max_length=200, description="nl (default) or en, for texts that a complainant reads.")
    ] = None,
) -> str:
    """The language that the caller likes best of those we write; Dutch when none is asked for or known."""
    wishes = [_range(wish) for wish in (accept_language or "").split(",")]
    liked = {tongue: max((q for name, q in wishes if name.split("-")[0] == tongue), default=0) for tongue in LANGUAGES}
    return max(LANGUAGES, key=lambda tongue: liked[tongue])


Language = Annotated[str, Depends(language)]


@lru_cache(maxsize=256)
def _best(wishes: str, offers: tuple[str, ...]) -> str | None:
    ranges = [_range(wish) for wish in wishes.split(",") if wish.strip()]
    if not ranges:
        return offers[0]
    quality = {offer: _quality(offer, ranges) for offer in offers}
    best = max(offers, key=lambda offer: quality[offer])
    return best if quality[best] > 0 else None


def _range(wish: str) -> tuple[str, float]:
    media, *parameters = (part.strip().lower() for part in wish.split(";"))
    weights = [part[2:] for part in parameters if part.startswith("q=")]
    try:
        return media, float(weights[0]) if weights else 1.0
    except ValueError:
        return media, 0.0


def _quality(offer: str, ranges: list[tuple[str, float]]) -> float:
    """The weight of the most precise range that covers the offer (RFC 9110, 12.5.1)."""
    for pattern in (offer, offer.partition("/")[0] + "/*", "*/*"):
        weights = [weight for media, weight in ranges if media == pattern]
        if weights:
            return max(weights)
    return 0.0
