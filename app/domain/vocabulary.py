"""The closed lists of words a procedure may use. A word that is missing is added here, never worked round in code."""

from typing import Literal

Channel = Literal["email", "web_form", "post", "portal", "phone", "oral", "conversation"]
Kind = Literal["complaint", "signal", "enquiry", "out_of_scope"]
Form = Literal["any", "written", "oral_with_note"]
StageKind = Literal["source", "informal", "formal", "review", "appeal", "external"]
Receipt = Literal["arrival", "office_hours"]
FirstDay = Literal["not_counted", "counted"]
Profile = Literal["nl-atw-3-1", "nl-atw-3", "nl-practice", "mon-fri"]
Roll = Literal["none", "atw", "eu1182"]
Party = Literal[
    "complainant",
    "subject_of_complaint",
    "representative",
    "affected_person",
    "support_person",
    "board",
    "committee",
    "commissioning_body",
    "external_body",
    "supervisor",
    "supervisory_board",
    "participation_council",
    "line_manager",
]
Content = Literal[
    "reasons",
    "handling_term",
    "due_date",
    "next_route",
    "external_route",
    "support_offer",
    "procedure_outline",
    "handler_contact",
    "summary_of_complaint",
    "verdict",
    "conclusions",
    "measures",
    "measure_term",
    "new_date",
    "advice",
    "costs",
    "privacy_notice",
    "findings",
    "reference",
    "receipt_date",
    "appeal_term",
    "right_to_be_heard",
    "right_to_representation",
    "copy_of_complaint",
    "missing_information",
    "repair_term",
    "filing_limit",
    "free_of_charge",
]
ComplainantType = Literal[
    "customer",
    "visitor",
    "client",
    "former_client",
    "patient",
    "citizen",
    "resident",
    "participant",
    "student",
    "parent",
    "employee",
    "organisation",
    "legal_representative",
    "proxy",
    "next_of_kin",
    "guardian",
    "family_member",
    "third_party",
    "anonymous",
    "other",
    "pupil",
    "tenant",
    "consumer",
    "member",
    "foster_parent",
    "volunteer",
    "applicant",
    "business",
    "partner",
    "local_resident",
]
GroundTest = Literal[
    "conduct_too_old",
    "filed_too_late",
    "already_handled",
    "proceedings_pending",
    "criminal_proceedings",
    "objection_or_appeal_open",
    "not_a_party",
    "not_about_us",
    "insufficient_interest",
    "incomplete",
    "anonymous",
    "abusive",
    "other",
]
SuspensionCause = Literal["information", "repair", "mediation", "agreement", "third_party_advice", "force_majeure"]
BodyKind = Literal[
    "complaints_committee",
    "disputes_committee",
    "complaints_platform",
    "appeal_committee",
    "commissioning_body",
    "ombudsman",
    "supervisor",
    "disciplinary",
    "civil_court",
    "administrative_court",
    "supervisory_board",
    "mediator",
    "arbitration",
]
Verdict = Literal[
    "upheld",
    "not_upheld",
    "partially_upheld",
    "no_judgement",
    "not_competent",
    "inadmissible",
    "settled",
]
RegisterField = Literal[
    "received_on",
    "description",
    "further_description",
    "complainant_name",
    "complainant_organisation",
    "complainant_name_or_organisation",
    "complainant_contact",
    "complainant_address",
    "complainant_city",
    "responsible_employee",
    "products",
    "category",
    "channel",
    "conduct_on",
    "correspondence",
    "status",
    "handled_on",
    "handling_method",
    "verdict",
    "outcome",
    "measures",
    "received_by",
    "conversation_summary",
    "improvements",
    "follow_up",
    "reference",
    "handler",
    "subject",
    "complainant_type",
    "location",
    "external_body",
    "compensation",
]
Interest = Literal["none", "material", "financial"]
BindingOn = Literal["organisation", "complainant"]
Every = Literal["month", "quarter", "half_year", "year", "two_years"]
ThenWhat = Literal["erase", "anonymise", "archive"]
Hold = Literal["legal_hold", "open_appeal", "open_external_case", "parallel_route"]
Decided = Literal["admissible", "inadmissible", "undecided"]
Strength = Literal["required", "expected"]
Dispatch = Literal["api", "email", "post", "portal", "web_form", "hand_delivery"]
Submission = Literal["answer", "defence", "documents"]
Afterwards = Literal[
    "internal_route_closed",
    "organisation_decides",
    "organisation_reports_measures",
    "complainant_may_go_on",
]
LimitRead = Literal["earliest", "latest"]
# Subjects on which a text is silent; saying so is better than a default that nobody chose.
Topic = Literal[
    "acknowledgement",
    "first_answer",
    "extension",
    "suspension",
    "filing_limit",
    "inadmissibility_notice",
    "verdicts",
    "internal_appeal",
    "external_route",
    "external_limit",
    "binding",
    "retention",
    "analysis",
    "withdrawal",
    "conflict_of_interest",
    "effective_date",
]
