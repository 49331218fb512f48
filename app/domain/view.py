"""A dossier as it is at one instant."""

from dataclasses import dataclass
from datetime import datetime

from app.domain.counting import Counting
from app.domain.situation import Situation
from app.domain.terms import Term


@dataclass(frozen=True, slots=True)
class View:
    """A dossier as it is at one instant, for the rules to look at."""

    situation: Situation
    terms: tuple[Term, ...]
    now: datetime
    counting: Counting
