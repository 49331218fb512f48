"""The five organisations of the demo: their procedures, employees and keys, and a register to look at."""

import json
import os
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import timedelta
from pathlib import Path
from random import Random
from typing import Any
from uuid import UUID

from app.demo.stories import STORIES, Telling, tell
from app.domain.callers import Actor
from app.domain.procedure import Procedure
from app.procedures.reading import shipped
from app.services import bodies, keys, organisations, procedures, staff
from app.services.sealing import Means
from app.store.session import Database

ORGANISATIONS = {
    "jso": "JSO",
    "klikklaar": "Klikklaar",
    "so-trainingsbureau": "SO! Trainingsbureau",
    "hss": "HSS Hulpverlening Sociale Sector",
    "bijstand-naar-werk": "Bijstand naar Werk",
}
NAMES = ("Sam Voorbeeld", "Robin Proef", "Noor Denkbeeldig", "Jip Fictief", "Bo Testman", "Lou Verzonnen")
TEXTS = (
    "De afspraak is twee keer verzet zonder dat iemand mij belde.",
    "Ik kreeg onjuiste informatie en moest daardoor opnieuw beginnen.",
    "Ik ben niet netjes te woord gestaan toen ik om uitleg vroeg.",
    "Op mijn vraag van vorige maand heb ik nog steeds geen antwoord.",
    "De rekening klopt niet met wat er is afgesproken.",
    "Er is over mij gesproken zonder dat ik erbij was.",
)
"""Fictitious people and complaints."""


@dataclass(frozen=True)
class Founded:
    """An organisation of the demo with the keys to it."""

    organisation_id: UUID
    keys: dict[str, Any]


async def build(owner: Database, app: Database, sealing: Means) -> dict[str, Any]:
    """Makes everything there is in the demo; the keys of organisations and bodies, as the credentials file has them."""
    keys_of: dict[str, Any] = {}
    of_bodies = await _bodies(owner)  # first: cases that go to them are told of in the register
    for procedure in shipped():
        founded = await _found(owner, app, procedure.procedure, procedure, sealing)
        keys_of[procedure.procedure] = founded.keys
    return {"organisations": keys_of, "bodies": of_bodies}


async def _bodies(owner: Database) -> dict[str, str]:
    """The external bodies that the procedures name, once each: one body serves many organisations."""
    named = {body.body: body for procedure in shipped() for body in procedure.bodies if not body.per_case}
    return {name: (await bodies.found(owner, name, body.name, body.kind)).key for name, body in sorted(named.items())}


async def _found(owner: Database, app: Database, slug: str, procedure: Procedure, sealing: Means) -> Founded:
    made = await organisations.found(owner, slug, ORGANISATIONS[slug], sandbox=True)
    async with app.organisation(made.organisation_id) as tx:
        await procedures.publish(tx, procedure, allow_past=True)
        by_itself = {"automatic_receipt": True, "automatic_acknowledgement": True}
        await organisations.change(tx, "*", settings={**by_itself, **_contacts(slug)})
        credentials: dict[str, Any] = {"admin": made.admin_key}
        for kind, name in (("system", "crm"), ("website", "website"), ("reporter", "reporter"), ("auditor", "auditor")):
            credentials[name] = (await keys.create(tx, kind=kind, name=name)).key
        employees = {}
        credentials["staff"] = {}
        for role in procedure.roles:
            title = role.title.nl if role.title else role.role
            employee = await staff.create(
                tx, name=title.capitalize(), email=f"{role.role}@{slug}.example.org", roles=[role.role]
            )
            employees[role.role] = Actor("staff", employee["id"], (role.role,))
            key = await keys.create(tx, kind="staff", name=role.role, staff_id=employee["id"])
            credentials["staff"][role.role] = key.key
        await _fill(tx, slug, procedure, employees, sealing)
    return Founded(made.organisation_id, credentials)


def _contacts(slug: str) -> dict[str, str]:
    """How a letter says it can be reached: names and numbers that can belong to nobody."""
    return {
        "contact_email": f"klachten@{slug}.example.org",
        "contact_phone": "010 000 00 00",
        "contact_url": f"https://www.{slug}.example.org/klachten",
        "contact_address": "Voorbeeldlaan 1\n1234 AB Voorbeeldstad",
    }


async def _fill(tx: Any, slug: str, procedure: Procedure, employees: Mapping[str, Actor], sealing: Means) -> None:
    random = Random(slug)  # noqa: S311 - the same register every time, not a secret
    for number, story in enumerate(sorted(STORIES, key=lambda story: -story.ago)):
        received_at = tx.now - timedelta(days=story.ago, hours=random.randint(1, 8), minutes=random.randint(0, 59))
        telling = Telling(tx, procedure, dict(employees), random, sealing)
        await tell(telling, received_at, story, TEXTS[number % len(TEXTS)], NAMES[number % len(NAMES)])


def keep(path: Path, credentials: Mapping[str, Any]) -> None:
    """Writes the keys so that only this user can read them."""
    write_private(path, json.dumps(credentials, indent=2) + "\n")


def write_private(path: Path, text: str) -> None:
    """The whole file or the one that was there; readable by this user alone."""
    path.parent.mkdir(parents=True, exist_ok=True)
    temporary = path.with_name(path.name + ".new")
    descriptor = os.open(temporary, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600)
    with os.fdopen(descriptor, "w", encoding="utf-8") as file:
        file.write(text)
    temporary.replace(path)


def kept(path: Path) -> dict[str, Any] | None:
    return json.loads(path.read_text(encoding="utf-8")) if path.exists() else None
