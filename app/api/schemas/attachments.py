"""Files of a complaint."""

from typing import Any, Final, Literal
from uuid import UUID

from pydantic import ConfigDict, Field

from app.api.values import Answer, Instant
from app.domain.attachment import COMPLAINT_BYTES, COMPLAINT_FILES, FILE_BYTES, NAME_LENGTH
from app.services.attachments import Row

ATTACHMENT: dict[str, Any] = {
    "id": "01990a5c-7a54-7c53-9a1f-2b3c4d5e6f7a",
    "complaintId": "01990a5c-7a54-7c53-9a1f-2b3c4d5e6f70",
    "messageId": None,
    "name": "Rooster april.pdf",
    "mediaType": "application/pdf",
    "size": 48213,
    "sha256": "b5bb9d8014a0f9b1d61e21e796d78dccdf1352f23cd32812f4850b878ae4944c",
    "state": "clean",
    "remark": None,
    "shared": False,
    "addedBy": {"kind": "staff", "id": "01990a5c-7a54-7c53-9a1f-2b3c4d5e6f71"},
    "createdAt": "2026-04-24T10:00:00Z",
    "checkedAt": "2026-04-24T10:00:02Z",
}


NAMED: Final = (
    f"The file, with its name. Of that is kept what there is to show: no folders, nothing invisible, {NAME_LENGTH}"
    " characters with its ending."
)


def file_form(description: str, **more: dict[str, Any]) -> dict[str, Any]:
    """The body of an upload, written out: the router reads the form itself, so that a file goes on while it still
    comes in. `more`: fields beside the file."""
    properties = {"file": {"type": "string", "format": "binary", "description": description}, **more}
    schema = {"type": "object", "required": ["file"], "additionalProperties": False, "properties": properties}
    return {"required": True, "content": {"multipart/form-data": {"schema": schema}}}


FORM: Final = file_form(
    f"{NAMED} At most {FILE_BYTES // 1024**2} MiB; a complaint holds at most"
    f" {COMPLAINT_FILES} files of {COMPLAINT_BYTES // 1024**2} MiB together, beside what mails and bodies brought.",
    shared={"type": "boolean", "default": False, "description": "Whether the complainant may see it."},
)
FORM_EXAMPLE: Final[dict[str, Any]] = {"file": "(the bytes of Rooster april.pdf)", "shared": False}

_REMARKS = {
    "quarantined": "Nobody has looked into this file yet; it is handed out after that.",
    "infected": "Malware was found in this file, so it is not handed out.",
}


class AddedBy(Answer):
    kind: str
    id: UUID | None


class AttachmentAnswer(Answer):
    """A file of a complaint. Its bytes are at /attachments/{attachmentId}/content."""

    model_config = ConfigDict(json_schema_extra={"examples": [ATTACHMENT]})

    id: UUID
    complaint_id: UUID | None
    message_id: UUID | None = Field(description="The message that it came or went with")
    name: str = Field(description="The name it came with, made safe to show")
    media_type: str = Field(description="What it is by its content, whatever was said of it")
    size: int
    sha256: str = Field(description="In hexadecimal")
    state: Literal["quarantined", "clean", "infected"]
    remark: str | None = Field(description="Why it is not handed out")
    shared: bool = Field(description="Whether the complainant may see it")
    added_by: AddedBy
    created_at: Instant
    checked_at: Instant | None = Field(description="When it was looked into for malware")


class AttachmentList(Answer):
    items: list[AttachmentAnswer]


def attachment_answer(row: Row) -> AttachmentAnswer:
    same = ("id", "complaint_id", "message_id", "name", "media_type", "size", "state", "shared", "created_at")
    return AttachmentAnswer(
        **{name: row[name] for name in same},
        sha256=row["sha256"].hex(),
        remark=_REMARKS.get(row["state"]),
        added_by=AddedBy(kind=row["author_kind"], id=row["author_id"]),
        checked_at=row["checked_at"],
    )
