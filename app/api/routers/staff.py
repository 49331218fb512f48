"""Employees."""

from typing import Annotated
from uuid import UUID

from fastapi import Path, Query
from starlette.responses import Response

from app.api.callers import IfMatch, reads
from app.api.contract_examples import examples
from app.api.edge.route import Router
from app.api.idempotency import Writing, writes
from app.api.pagination import Listed, Page
from app.api.schemas.staff import (
    EMPLOYEE,
    EMPLOYEE_CHANGE,
    NEW_EMPLOYEE,
    EmployeeAnswer,
    EmployeeChange,
    NewEmployee,
    StaffFilters,
    employee_answer,
)
from app.api.values import Id
from app.services import staff
from app.store import people
from app.store.transaction import Transaction

router = Router(tags=["staff"])
StaffId = Annotated[Id, Path(alias="staffId")]
# who handles complaints has to be able to name a colleague
Reading = Annotated[Transaction, reads("complaints:read")]


@router.get("/staff", openapi_extra=examples(response={"items": [EMPLOYEE], "next": None, "prev": None}))
async def listing(
    filters: Annotated[StaffFilters, Query()], paging: Listed, response: Response, tx: Reading
) -> Page[EmployeeAnswer]:
    """Everyone who works with complaints, in the order in which they were added."""
    chosen = filters.model_dump()
    after = UUID(str(paging.position[0])) if paging.position else None
    rows = await people.employees(tx, after, paging.fetch, backwards=paging.backwards, **chosen)
    total = await people.count_employees(tx, **chosen) if paging.with_total else None
    return paging.page(response, rows, lambda row: (str(row["id"]),), employee_answer, total)


@router.post(
    "/staff",
    status_code=201,
    openapi_extra=examples(request=NEW_EMPLOYEE, response=EMPLOYEE),
    responses={201: {"model": EmployeeAnswer, "description": "Added"}},
)
async def add(sent: NewEmployee, writing: Annotated[Writing, writes("administration")]) -> Response:
    """Adds an employee. A key of their own is made with `POST /api-keys`."""
    row = await staff.create(writing.tx, name=sent.name, email=sent.email, roles=sent.roles)
    headers = {"ETag": staff.etag(row), "Location": f"/v1/staff/{row['id']}"}
    return await writing.answer(employee_answer(row), headers=headers)


@router.get("/staff/{staffId}", openapi_extra=examples(response=EMPLOYEE))
async def read(staff_id: StaffId, response: Response, tx: Reading) -> EmployeeAnswer:
    """One employee."""
    row = await staff.read(tx, staff_id)
    response.headers["ETag"] = staff.etag(row)
    return employee_answer(row)


@router.patch(
    "/staff/{staffId}",
    openapi_extra=examples(request=EMPLOYEE_CHANGE, response={**EMPLOYEE, "active": False}),
    responses={200: {"model": EmployeeAnswer, "description": "As it is now"}},
)
async def change(
    staff_id: StaffId,
    sent: EmployeeChange,
    writing: Annotated[Writing, writes("administration")],
    if_match: IfMatch = None,
) -> Response:
    """Changes an employee, or ends their access. Needs If-Match."""
    row = await staff.change(writing.tx, staff_id, sent.sent(), if_match)
    return await writing.answer(employee_answer(row), status=200, headers={"ETag": staff.etag(row)})
