"""The least that could be called a service: FastAPI, one pool, one statement per request; no rules, keys or walls."""

import os
import random
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import Any
from uuid import UUID

import asyncpg
from fastapi import FastAPI, Request
from fastapi.responses import Response
from pydantic import BaseModel

from bench.limits import WORK_LIST

ORGANISATION = os.environ.get("BENCH_ORGANISATION", "")
_LIST = f"SELECT json_agg(t)::text FROM ({WORK_LIST.format(organisation=ORGANISATION)}) t"
_DOSSIER = """
SELECT json_build_object('complaint', c,
    'events', (SELECT json_agg(e ORDER BY e.sequence) FROM events e
      WHERE e.organisation_id = c.organisation_id AND e.complaint_id = c.id),
    'terms', (SELECT json_agg(t) FROM terms t
      WHERE t.organisation_id = c.organisation_id AND t.complaint_id = c.id))::text
FROM complaints c WHERE c.organisation_id = $1 AND c.id = $2
"""


class Filing(BaseModel):
    description: str
    channel: str = "email"
    complainant: dict[str, Any]


@asynccontextmanager
async def _pool(app: FastAPI) -> AsyncIterator[None]:
    async with asyncpg.create_pool(os.environ["BENCH_URL"], min_size=6, max_size=6) as pool:
        app.state.pool = pool
        yield


app = FastAPI(lifespan=_pool, openapi_url=None)


@app.post("/v1/complaints", status_code=201)
async def file(filing: Filing, request: Request) -> dict[str, Any]:
    made = await request.app.state.pool.fetchval("SELECT bench.intake($1)", UUID(ORGANISATION))
    return {"id": str(made), "number": random.random()}


@app.get("/v1/terms")
async def work_list(request: Request, limit: int = 50) -> Response:
    return Response(await request.app.state.pool.fetchval(_LIST), media_type="application/json")


@app.get("/v1/complaints/{complaint_id}")
async def dossier(complaint_id: UUID, request: Request) -> Response:
    found = await request.app.state.pool.fetchval(_DOSSIER, UUID(ORGANISATION), complaint_id)
    return Response(found, media_type="application/json")
