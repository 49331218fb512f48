"""A letter as a document: HTML for mail, and a PDF that everybody can read (PDF/UA-1) and that lasts (PDF/A-2a)."""

from html import escape

from babel.dates import format_date

from app.documents import typesetting
from app.domain.letter import Letter

_PAGE = """\
<!DOCTYPE html>
<html lang="{language}">
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width">
<title>{subject}</title>
</head>
<body style="font-family: sans-serif; line-height: 1.5; max-width: 40em">
{paragraphs}
</body>
</html>
"""
LOCALES = {"nl": "nl_NL", "en": "en_GB"}


def html(letter: Letter) -> str:
    """The letter as a page of its own. Nothing in it is fetched from elsewhere."""
    paragraphs = "\n".join(f"<p>{_lines(each)}</p>" for each in letter.paragraphs)
    return _PAGE.format(language=letter.language, subject=escape(letter.subject), paragraphs=paragraphs)


def _lines(paragraph: str) -> str:
    return escape(paragraph).replace("\n", "<br>\n")


def text(letter: Letter) -> str:
    """The letter as plain text, as a mail has it."""
    return letter.text + "\n"


def pdf(letter: Letter) -> bytes:
    """The letter on A4. Raises ValueError for one without a day: a document that lasts has one."""
    on = letter.on
    if on is None:
        raise ValueError("a letter on paper has a day")
    data = {
        "subject": letter.subject or "-",  # a document that everybody can read has a title
        "to": letter.to,
        "sender": letter.sender,
        "paragraphs": letter.paragraphs,
        "language": letter.language,
        "day": format_date(on, "long", locale=LOCALES[letter.language]),
        "on": [on.year, on.month, on.day],
    }
    return typesetting.pdf("letter.typ", data)
