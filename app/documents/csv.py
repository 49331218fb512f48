"""Tables as CSV (RFC 4180), safe to open in a spreadsheet.

UTF-8 without a byte order mark: a program that reads this finds the first column under its name. Commas, CRLF.
"""

import csv
import io
from collections.abc import Iterable, Sequence

Cell = str | int | float | None

# What makes a spreadsheet read a cell as a formula; also behind characters that it skips or does not show.
_FORMULA = ("=", "+", "-", "@", "\t", "\r", "\n", "＝", "＋", "－", "＠")
_SKIPPED = " \u00a0\u200b\u200c\u200d\u2060\ufeff'\""


def table(header: Sequence[str], rows: Iterable[Sequence[Cell]]) -> bytes:
    """The rows under their header. Numbers stay numbers, None is an empty cell, texts are guarded."""
    out = io.StringIO()
    writer = csv.writer(out, lineterminator="\r\n")
    writer.writerow([guarded(name) for name in header])
    for row in rows:
        writer.writerow([guarded(cell) for cell in row])
    return out.getvalue().encode()


def guarded(cell: Cell) -> Cell:
    """A text that a spreadsheet would calculate, behind an apostrophe, which makes it text; anything else unchanged.

    A negative number is a number here, not a text; and a text that only looks like one is not trusted.
    """
    if isinstance(cell, str) and cell.lstrip(_SKIPPED).startswith(_FORMULA):
        return f"'{cell}"
    return cell
