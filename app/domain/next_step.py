"""One thing that may happen next, as far as the place in the procedure says it."""

from collections.abc import Mapping
from functools import lru_cache
from typing import NamedTuple

from app.domain.duties import owed_in
from app.domain.setting import Setting
from app.domain.steps import STEPS


class NextStep(NamedTuple):
    """One thing that may happen now: who does it, which terms it would meet, what it owes.

    `cases`: for a step in a case with an external body, the cases in which it is possible. `waits_for`: for an answer,
    what comes before it and did not happen yet.
    """

    step: str
    event: str
    roles: tuple[str, ...]
    meets: tuple[str, ...]
    forms: tuple[str, ...]
    content: tuple[str, ...]
    verdicts: tuple[str, ...]
    cases: tuple[str, ...] = ()
    waits_for: tuple[str, ...] = ()


@lru_cache(maxsize=512)
def steps_in(setting: Setting) -> Mapping[tuple[str, str], NextStep]:
    """By step and event, possible or not: whose it is and what it owes there, of whichever complaint."""
    owed = owed_in(setting)
    return {
        (step.name, event): NextStep(
            *(step.name, event, owed[event].roles, ()),
            *(owed[event].demand.forms, owed[event].demand.content, owed[event].demand.verdicts),
        )
        for step in STEPS
        for event in step.events
    }
