"""A cell that somebody else filled must never be calculated."""

import csv
import io

import pytest

from app.documents.csv import guarded, table


@pytest.mark.parametrize(
    "text",
    ["=1+1", "+1", "-1", "@SUM(A1)", "\t=1", "\r=1", "\n=1", " =1", "\ufeff=1", "＝1", "'=1", "\u200b=HYPERLINK()"],
)
def test_formulas_are_guarded(text: str):
    assert guarded(text) == f"'{text}"


@pytest.mark.parametrize("cell", ["planning", "", "a=b", "3-4", "é", None, -1, 0, 2.5, "JSO-7F3K-Q9XD"])
def test_anything_else_stays(cell: str | int | float | None):
    assert guarded(cell) == cell


def test_a_table():
    written = table(["period", "väl,ue"], [["2026-Q1", 3], ['a "b"\nc', None], ["=x", -2.5]])
    assert written == 'period,"väl,ue"\r\n2026-Q1,3\r\n"a ""b""\nc",\r\n\'=x,-2.5\r\n'.encode()
    read = list(csv.reader(io.StringIO(written.decode(), newline="")))
    assert read == [["period", "väl,ue"], ["2026-Q1", "3"], ['a "b"\nc', ""], ["'=x", "-2.5"]]


def test_no_rows_still_has_a_header():
    assert table(["a"], []) == b"a\r\n"
