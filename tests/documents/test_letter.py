"""Letters as documents: HTML and PDF, read from their bytes."""

import io
from datetime import date

import pikepdf
import pypdf
import pytest

from app.documents.letter import html, pdf, text
from app.domain.letter import Letter

NASTY = '#let x = 1; *vet* $y$ <b>&amp;</b> <script>alert(1)</script> \\ "#panic()" #read("/etc/passwd")'


def letter(*paragraphs: str, subject="Ons besluit over uw klacht (JSO-2X4K)", language="nl") -> Letter:
    return Letter(subject, paragraphs or ("Beste lezer,", "Dit is ons besluit."), (), language, date(2036, 4, 24))


def words_of(document: bytes) -> str:
    pages = pypdf.PdfReader(io.BytesIO(document)).pages
    return " ".join(" ".join(page.extract_text() for page in pages).split())


def test_html_shows_a_value_as_it_is_and_fetches_nothing():
    page = html(letter(NASTY, "een\ntwee", subject="<b>Onderwerp"))
    assert '<html lang="nl">' in page and "<title>&lt;b&gt;Onderwerp</title>" in page
    assert "<script" not in page and "&lt;script&gt;alert(1)" in page and "&amp;amp;" in page
    assert "<p>een<br>\ntwee</p>" in page
    assert not any(outside in page for outside in ("http", "src=", "href=", "url(", "@import"))


def test_text_parts_paragraphs_with_a_blank_line():
    assert text(letter("een", "twee")) == "een\n\ntwee\n"


def test_the_pdf_is_tagged_and_says_its_language_and_title():
    with pikepdf.open(io.BytesIO(pdf(letter(language="en")))) as document:
        root = document.Root
        assert bool(root.MarkInfo.Marked) and "/StructTreeRoot" in root
        assert str(root.Lang) == "en"
        assert bool(root.ViewerPreferences.DisplayDocTitle)
        tags = document.open_metadata()
        assert tags["dc:title"] == "Ons besluit over uw klacht (JSO-2X4K)"
        assert (tags["pdfuaid:part"], tags["pdfaid:part"], tags["pdfaid:conformance"]) == ("1", "2", "A")
        assert tags["xmp:CreateDate"].startswith("2036-04-24")


def test_the_headings_and_paragraphs_of_the_pdf_can_be_told_apart():
    with pikepdf.open(io.BytesIO(pdf(letter("een", "twee")))) as document:
        kinds = [str(each.S) for each in document.objects if isinstance(each, pikepdf.Dictionary) and "/S" in each]
    assert kinds.count("/H1") == 1 and kinds.count("/P") >= 3  # the day, and two paragraphs


def test_every_font_of_the_pdf_is_in_it():
    with pikepdf.open(io.BytesIO(pdf(letter("Ștefan Çelik, Łukasz, Ελλάδα, Привет")))) as document:
        described = [each for each in document.objects if isinstance(each, pikepdf.Dictionary) and "/FontName" in each]
    assert described
    assert all({"/FontFile", "/FontFile2", "/FontFile3"} & set(each.keys()) for each in described)


def test_the_text_of_the_pdf_can_be_taken_out_and_is_data_never_source():
    found = words_of(pdf(letter("Geachte Ștefan Çelik,", NASTY, "een\ntwee")))
    assert found.startswith("24 april 2036 Ons besluit over uw klacht (JSO-2X4K) Geachte Ștefan Çelik,")
    assert NASTY in found and found.endswith("een twee")


@pytest.mark.parametrize(
    "whole",
    ["KLIK-BX4K-QQTM", "https://www.voor-beeld.example.org/over-ons/klachten.", "klachten@voor-beeld.example.org"],
)
def test_what_somebody_copies_stands_on_one_line(whole: str):
    """Wherever in the line it comes: a reference, a web address, a mail address."""
    document = pdf(letter(*("Bel ons. " * 6 + "i" * number + f" {whole} en nog iets." for number in range(1, 60))))
    lines = [line for page in pypdf.PdfReader(io.BytesIO(document)).pages for line in page.extract_text().split("\n")]
    assert sum(whole in line for line in lines) == 59


@pytest.mark.parametrize(("language", "day"), [("nl", "8 mei 2036"), ("en", "8 May 2036")])
def test_the_day_is_in_the_language_of_the_letter(language: str, day: str):
    dated = Letter("Onderwerp", ("x",), (), language, date(2036, 5, 8))
    assert words_of(pdf(dated)).startswith(day)


def test_a_long_letter_goes_on_with_numbered_pages():
    document = pdf(letter(*(f"Alinea {number}. " + "Tekst. " * 60 for number in range(40))))
    pages = pypdf.PdfReader(io.BytesIO(document)).pages
    assert len(pages) > 3
    assert f"1 / {len(pages)}" in pages[0].extract_text()


@pytest.mark.parametrize(
    "name", ["漢字", "\U0001f600", "\ue000", "\u0378", "x\u0323\u0301", '"\\', "\U0001f468\u200d\U0001f469"]
)
def test_a_character_that_no_font_has_keeps_no_letter_from_being_sent(name: str):
    found = words_of(pdf(letter(f"Geachte {name} Voorbeeld", subject=f"Bericht {name}")))
    assert "Geachte" in found and "Voorbeeld" in found


def test_the_same_letter_is_the_same_document():
    assert pdf(letter()) == pdf(letter())


def test_a_letter_on_paper_has_a_day():
    with pytest.raises(ValueError, match="day"):
        pdf(Letter("Onderwerp", ("x",), (), "nl"))


@pytest.mark.parametrize("endless", ["a" * 50_000, "\u3400" * 50_000, "e" + "\u0301" * 100_000])
def test_a_word_without_an_end_keeps_no_letter_from_being_sent(endless: str):
    assert pdf(letter(endless)).startswith(b"%PDF")
