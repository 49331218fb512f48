"""Questions about who may complain, and about what comes in."""

from collections.abc import Callable, Iterator

from app.domain.survey import Question, View


def _intake_leads_nowhere(view: View) -> Iterator[Question]:
    starts = (("complaint", "klacht", "complaint.received"), ("signal", "signaal", "signal.received"))
    for kind, dutch, event in starts:
        if kind in view.room.kinds and event not in view.room.openings:
            yield Question(
                "intake-without-stage",
                "/intake/kinds",
                f"Er kan een {dutch} binnenkomen, maar geen fase neemt die op.",
                f"A {kind} can come in, but no stage takes it up.",
            )


def _kinds_not_listed(view: View) -> Iterator[Question]:
    intake = view.procedure.intake
    for index, rule in enumerate(intake.channels):
        if rule.counts_as not in intake.kinds:
            yield Question(
                "kind-not-listed",
                f"/intake/channels/{index}/counts_as",
                "Wat zo binnenkomt, staat niet bij de soorten. Hoort die soort erbij?",
                "What comes in this way is not among the kinds. Does that kind belong there?",
            )


def _nobody_for_the_young(view: View) -> Iterator[Question]:
    age = view.procedure.intake.minimum_age
    if age and not {who.type for who in view.procedure.intake.complainants} & set(age.otherwise):
        yield Question(
            "nobody-for-the-young",
            "/intake/minimum_age/otherwise",
            "Wie namens een jonger iemand klaagt, staat niet bij wie mag klagen. Ontbreekt die daar?",
            "Whoever complains for someone younger is not among who may complain. Is that missing there?",
        )


def _anonymous_type(view: View) -> Iterator[Question]:
    for index, who in enumerate(view.procedure.intake.complainants):
        if who.type == "anonymous":
            yield Question(
                "anonymous-is-said",
                f"/intake/complainants/{index}",
                "Dat iemand geen naam geeft, wordt bij de klacht zelf gezegd en volgt niet uit het soort klager. "
                "Wie klaagt hier?",
                "That somebody gives no name is said with the complaint and does not follow from the type. "
                "Who complains here?",
            )


_NAMES = ("complainant_name", "complainant_name_or_organisation")


def _anonymous_kept_out(view: View) -> Iterator[Question]:
    grounds = view.procedure.admissibility.grounds
    meant = any(ground.test == "anonymous" for ground in grounds) or any(when.anonymous for _, when in view.conditions)
    for index, field in enumerate(view.procedure.register_.required_at_intake):
        if meant and field in _NAMES:
            yield Question(
                "anonymous-kept-out",
                f"/register/required_at_intake/{index}",
                "Er geldt iets voor wie geen naam geeft, maar zonder naam komt er niets binnen. Wat is bedoeld?",
                "Something holds for who gives no name, but without a name nothing comes in. Which is meant?",
            )


INTAKE: tuple[Callable[[View], Iterator[Question]], ...] = (
    _intake_leads_nowhere,
    _kinds_not_listed,
    _nobody_for_the_young,
    _anonymous_type,
    _anonymous_kept_out,
)
