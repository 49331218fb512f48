"""Codes that say more than the kind of a refusal does: its kind, and when it is given.

Programs act on them; /docs/problems has a heading for each, where `type` of a problem points.
"""

from collections.abc import Mapping
from typing import Final

from app.domain.errors import Forbidden, Invalid, NotPossible, Refused

PRECISE: Final[Mapping[str, tuple[type[Refused], str]]] = {
    # whose it is
    "body-only": (Forbidden, "Only the external body itself may say this, or correct what it said."),
    "involved": (Forbidden, "Whoever is involved in a complaint may not act on it."),
    "more-than-own": (Forbidden, "A key cannot make one that opens more than its own kind does."),
    "not-a-body": (Forbidden, "This is for external bodies, with a key of their own."),
    "not-for-bodies": (Forbidden, "An external body does not record this."),
    "not-for-forms": (Forbidden, "A website's key files by web form only."),
    "role-required": (Forbidden, "The step is for a role; an integration names the employee with onBehalfOf."),
    "scope-required": (Forbidden, "The key lacks the scope that this operation needs."),
    # complaints, letters and files
    "approved-before": (NotPossible, "This draft was approved already, as it stands."),
    "by-post": (NotPossible, "A person brings a letter; record that it was posted."),
    "complaint-full": (NotPossible, "The files of one complaint hold no more together."),
    "filed-already": (NotPossible, "This mail was filed already."),
    "infected": (NotPossible, "Malware was found in this file; it is not handed out."),
    "message-final": (NotPossible, "What was sent, received or noted is not changed; write another message."),
    "not-to-print": (NotPossible, "Only a letter that is still to be printed is posted."),
    "ordered-measure": (NotPossible, "An external body ordered this measure: record it in its case, with the proof."),
    "period-over": (NotPossible, "This review was owed in a period that is over."),
    "quarantined": (NotPossible, "This file is still being looked into; try again in a moment."),
    "quota-used-up": (NotPossible, "The organisation has used up its room for files."),
    "same-version": (NotPossible, "The last version says exactly this already."),
    "too-many-files": (NotPossible, "A complaint holds no more files."),
    # cases with an external body
    "case-over": (NotPossible, "The case is over."),
    "dossier-not-asked-for": (NotPossible, "The body asks for the dossier in a case that it opened, until it has it."),
    "escalation-exists": (NotPossible, "The complaint is with this body already, or with another of its kind."),
    "file-altered": (NotPossible, "A file is not what it was when it was kept, so nothing is sealed."),
    "no-dossier-yet": (NotPossible, "The dossier comes first; dispatch it."),
    "not-binding": (NotPossible, "The decision does not bind the organisation: record it in the complaint."),
    "nothing-to-correct": (NotPossible, "The body recorded no such thing in this case."),
    "sealed-already": (NotPossible, "The dossier of this case is sealed already; add a supplement."),
    "too-early": (NotPossible, "Not yet; `possibleOn` tells from which day."),
    # the organisation
    "clock-backwards": (NotPossible, "The clock of a sandbox goes forward only."),
    "delivered-already": (NotPossible, "This mail was delivered; send a new message instead."),
    "key-ended": (NotPossible, "This key was revoked or replaced, or has ended; make a new one."),
    "last-administrator": (NotPossible, "This is the last administrator's key that does not end by itself."),
    "paused": (NotPossible, "This webhook is paused; activate it first."),
    "recipient-changed": (NotPossible, "This person has another address now, or left the case; send a new message."),
    "slug-taken": (NotPossible, "There is an organisation with this slug."),
    "too-many": (NotPossible, "There are as many webhooks as there may be; remove one first."),
    "was-a-test": (NotPossible, "This was a test delivery; do another."),
    "webhook-removed": (NotPossible, "This webhook was removed; nothing goes there any more."),
    # procedures
    "invalid-procedure": (Invalid, "This is not a procedure yet; `errors` names every fault."),
    "too-much-to-simulate": (Invalid, "This is too much to simulate at once."),
}
