"""A dossier as one document to read: a tagged PDF with headings, and a table of contents."""

from app.documents import typesetting
from app.domain.dossier_reading import Reading


def pdf(reading: Reading) -> bytes:
    """The dossier on A4. What is too long for paper is cut off before; the files beside it are whole."""
    on = reading.on
    data = {
        "title": reading.title,
        "language": reading.language,
        "footer": reading.footer,
        "contents": reading.contents,
        "on": [on.year, on.month, on.day],
        "opening": reading.opening,
        "sections": [{"heading": each.heading, "blocks": each.blocks} for each in reading.sections],
    }
    return typesetting.pdf("dossier.typ", data)
