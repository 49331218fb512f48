"""Is it alive, is it ready, how is it doing: for operators, outside the contract, with nothing of any organisation.

The processes of one `serve` count their requests together, in a folder that it made for them (`COUNTED_IN`); what waits
for the worker comes from what the worker wrote down.
"""

import os
from collections.abc import AsyncIterator, Iterator, Mapping
from datetime import date, datetime
from functools import lru_cache
from typing import Any

from prometheus_client import CollectorRegistry, Counter, Histogram, generate_latest
from prometheus_client.core import GaugeMetricFamily
from prometheus_client.exposition import CONTENT_TYPE_PLAIN_1_0_0
from prometheus_client.multiprocess import MultiProcessCollector
from prometheus_client.registry import Collector
from starlette.requests import Request
from starlette.responses import JSONResponse, Response
from starlette.routing import Route

from app.api.problems import Plain, problem
from app.domain.calendar import local_date
from app.store import metrics
from app.store.health import readiness
from app.store.session import Database
from app.store.transaction import StoreError

READY_AGAIN_SECONDS = 5
FEED_SECONDS = 60  # so far behind, and somebody should look: a transaction that was begun is not ended
COUNTED_IN = "PROMETHEUS_MULTIPROC_DIR"  # prometheus_client looks at it when it is imported
_BUCKETS = (0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1.0, 2.5, 5.0, 10.0)

_registry = CollectorRegistry()
_requests = Counter("gehoor_requests", "Requests answered.", ["method", "route", "status"], registry=_registry)
_seconds = Histogram(
    "gehoor_request_seconds", "Time to answer.", ["method", "route"], buckets=_BUCKETS, registry=_registry
)

# Lateness in seconds: 0 when nothing is late. From the instant that the worker named, so that it grows while no worker
# runs.
_LATENESS = {
    "next_breach_at": ("gehoor_guard_lag_seconds", "Since the oldest breach of a term that is not recorded."),
    "next_warning_at": ("gehoor_warning_lag_seconds", "Since the oldest warning that is due and not given."),
    "oldest_outbox_at": ("gehoor_outbox_age_seconds", "Age of the oldest announcement that waits."),
    "oldest_unfed_at": ("gehoor_feed_lag_seconds", "Age of the oldest event that the feed does not tell yet."),
    "oldest_undelivered_at": ("gehoor_undelivered_age_seconds", "Age of the oldest mail or event that is being tried."),
    "oldest_to_print_at": ("gehoor_to_print_age_seconds", "Age of the oldest letter that nobody has posted."),
    "failing_since": ("gehoor_failing_seconds", "For how long the webhook that fails longest has been failing."),
}


def watch(method: str, route: str, status: int, seconds: float) -> None:
    """Counts one answer. `route` is a template from the contract, so that there are never more series than routes."""
    answers, times = _series(method, route, status)
    answers.inc()
    times.observe(seconds)


@lru_cache(maxsize=4096)
def _series(method: str, route: str, status: int) -> tuple[Counter, Histogram]:
    return _requests.labels(method, route, str(status)), _seconds.labels(method, route)


def routes(database: Database) -> list[Route]:
    """/health/live, /health/ready and /metrics over this database."""

    async def ready(request: Request) -> Response:
        reasons = await readiness(database)
        return _readiness(reasons, [] if reasons else await _warnings(database))

    async def measured(request: Request) -> Response:
        figures = _Figures([family async for family in _figures(database)])
        return Response(generate_latest(_counted()) + generate_latest(figures), media_type=CONTENT_TYPE_PLAIN_1_0_0)

    return [Route("/health/live", _live), Route("/health/ready", ready), Route("/metrics", measured)]


async def _live(request: Request) -> Response:
    """The process answers; whether it can do its work is asked of ready."""
    return JSONResponse({"status": "alive"})


def _readiness(reasons: list[str], warnings: list[dict[str, Any]]) -> Response:
    if not reasons:
        return JSONResponse({"status": "ready", "warnings": warnings})
    plain = Plain("not-ready", "Not ready", " ".join(reasons))
    return problem(503, plain, headers={"Retry-After": str(READY_AGAIN_SECONDS)})


async def _warnings(database: Database) -> list[dict[str, Any]]:
    """What works, and all the same somebody should look at; as the worker last wrote it down, and about nobody."""
    try:
        async with database.snapshot() as tx:
            beats, now = await metrics.latest(tx), tx.now
    except StoreError:
        return []
    figures = beats[0].figures if beats else {}
    hit, behind = figures.get("failing_organisations", 0), _since(figures.get("oldest_unfed_at"), now)
    off = figures.get("off", [])
    found: list[tuple[bool, dict[str, Any]]] = [
        (bool(hit), {"code": "deliveries-failing", "organisations": hit}),
        (behind >= FEED_SECONDS, {"code": "feed-behind", "seconds": int(behind)}),
        (bool(off), {"code": "worker-not-durable", "off": off}),
    ]
    return [warning for holds, warning in found if holds]


def _counted() -> CollectorRegistry:
    """What this process counted, or all of them did when there are several: a scrape reaches any one."""
    if COUNTED_IN not in os.environ:
        return _registry
    together = CollectorRegistry()
    MultiProcessCollector(together)  # type: ignore[no-untyped-call]
    return together


class _Figures(Collector):
    """Figures of this moment. Not the library's gauges: those of several processes are kept, and told side by side."""

    def __init__(self, families: list[GaugeMetricFamily]) -> None:
        self._families = families

    def collect(self) -> list[GaugeMetricFamily]:
        return self._families


async def _figures(database: Database) -> AsyncIterator[GaugeMetricFamily]:
    """Whether the database answers, and what the worker wrote down in it."""
    words = "1 when the database answered this scrape."
    try:
        async with database.snapshot() as tx:
            beats, now = await metrics.latest(tx), tx.now
    except StoreError:
        yield GaugeMetricFamily("gehoor_database_up", words, value=0)
        return
    yield GaugeMetricFamily("gehoor_database_up", words, value=1)
    if beats:
        ages = GaugeMetricFamily(
            "gehoor_heartbeat_age_seconds", "Since a worker last said that it runs.", labels=["name"]
        )
        for beat in beats:
            ages.add_metric([beat.name], beat.age)
        yield ages
        for name, told, value in _values(beats[0].figures, now):
            yield GaugeMetricFamily(name, told, value=value)


def _values(figures: Mapping[str, Any], now: datetime) -> Iterator[tuple[str, str, float]]:
    for name, (metric, words) in _LATENESS.items():
        yield metric, words, _since(figures.get(name), now)
    yield "gehoor_dead_letters", "Deliveries that were given up.", figures.get("dead_letters", 0)
    yield "gehoor_failing_webhooks", "Webhooks that keep failing.", figures.get("failing_webhooks", 0)
    hit = figures.get("failing_organisations", 0)
    yield (
        "gehoor_failing_organisations",
        "Organisations of which mail out or in, or a webhook, has been failing for an hour.",
        hit,
    )
    yield "gehoor_open_terms", "Open terms of all organisations.", figures.get("open_terms", 0)
    until = figures.get("calendar_until")
    days = (date.fromisoformat(until) - local_date(now)).days if until else 0
    yield "gehoor_calendar_horizon_days", "Until the end of the last year with known royal-decree days.", days


def _since(instant: str | None, now: datetime) -> float:
    return max((now - datetime.fromisoformat(instant)).total_seconds(), 0.0) if instant else 0.0
