"""A receipt that was not sent, because more mails would have gone out by themselves than may in an hour."""

from app.domain.situation import Situation

# Whoever was told this needs no receipt any more.
ANSWERED = (
    "complaint.acknowledged",
    "complaint.resolved",
    "complaint.withdrawn",
    "complaint.closed",
    "first_response.sent",
    "decision.sent",
    "inadmissibility.notified",
)
# The codes of the note about it: of its address, for good; of the organisation, until there is room.
OF_ADDRESS = "mail_cap"
OF_ORGANISATION = "mail_cap_total"
_WHY = {
    OF_ADDRESS: "no receipt was sent: this address got as many automatic mails as it may in an hour",
    OF_ORGANISATION: "no receipt was sent yet: as many automatic mails went out as may in an hour; it is tried for"
    " three days",
}


def withheld(situation: Situation) -> str | None:
    """The code of the note that says so, the last one; None when there is none."""
    codes = [note.facts.get("code") for note in situation.all_of("note.recorded")]
    return next((code for code in reversed(codes) if code in _WHY), None)


def missed(situation: Situation) -> str | None:
    """Why there is no receipt, in a sentence; None when something was sent since, or none was withheld."""
    code = withheld(situation)
    return _WHY[code] if code and situation.last_of("message.sent", *ANSWERED) is None else None
