"""Dossiers as documents, read from their bytes."""

import io
from datetime import date
from typing import Any

import pikepdf
import pypdf
import pytest
from pypdf.generic import Destination

from app.documents.dossier import pdf
from app.domain.dossier_reading import Reading, Section

NASTY = '#let x = 1; *vet* $y$ <b>&amp;</b> = Kop @bron \\ "#panic()" #read("/etc/passwd")'


def reading(*texts: str, title="Dossier JSO-2X4K voor de commissie", language="nl") -> Reading:
    blocks: list[dict[str, Any]] = [
        {"kind": "heading", "text": "Brief van 24 april"},
        {"kind": "facts", "pairs": [("Van of aan", "Sam Voorbeeld"), ("Manier", "e-mail\npost")]},
        {"kind": "quote", "paragraphs": list(texts) or ["Beste lezer,", "Dit is\nde brief."]},
        {"kind": "list", "items": ["een bijlage", "nog een bijlage"]},
    ]
    opening = [{"kind": "text", "paragraphs": ["Dit document is om te lezen."]}]
    sections = [Section("Partijen", blocks[:1]), Section("Correspondentie", blocks)]
    return Reading(title, language, "JSO-2X4K", "Inhoud", date(2036, 4, 24), opening, sections)


def words_of(document: bytes) -> str:
    pages = pypdf.PdfReader(io.BytesIO(document)).pages
    return " ".join(" ".join(page.extract_text() for page in pages).split())


def kinds_of(document: bytes) -> list[str]:
    with pikepdf.open(io.BytesIO(document)) as opened:
        return [str(each.S) for each in opened.objects if isinstance(each, pikepdf.Dictionary) and "/S" in each]


def test_it_is_tagged_and_says_its_language_and_title():
    with pikepdf.open(io.BytesIO(pdf(reading(language="en")))) as document:
        root = document.Root
        assert bool(root.MarkInfo.Marked) and "/StructTreeRoot" in root
        assert str(root.Lang) == "en"
        assert bool(root.ViewerPreferences.DisplayDocTitle)
        tags = document.open_metadata()
        assert tags["dc:title"] == "Dossier JSO-2X4K voor de commissie"
        assert (tags["pdfuaid:part"], tags["pdfaid:part"], tags["pdfaid:conformance"]) == ("1", "2", "A")
        assert tags["xmp:CreateDate"].startswith("2036-04-24")


def test_headings_lists_and_quotes_can_be_told_apart_and_jumped_to():
    document = pdf(reading())
    kinds = kinds_of(document)
    assert kinds.count("/H1") == 1 and kinds.count("/H2") == 3 and kinds.count("/H3") == 2
    assert "/BlockQuote" in kinds and "/TOC" in kinds and kinds.count("/LI") >= 4
    outline = pypdf.PdfReader(io.BytesIO(document)).outline
    assert [each.title for each in outline if isinstance(each, Destination)] == ["Partijen", "Correspondentie"]


def test_every_font_is_in_it():
    with pikepdf.open(io.BytesIO(pdf(reading("Ștefan Çelik, Łukasz, Ελλάδα, Привет")))) as document:
        described = [each for each in document.objects if isinstance(each, pikepdf.Dictionary) and "/FontName" in each]
    assert described
    assert all({"/FontFile", "/FontFile2", "/FontFile3"} & set(each.keys()) for each in described)


def test_the_text_can_be_taken_out_and_is_data_never_source():
    found = words_of(pdf(reading("Geachte Ștefan Çelik,", NASTY, title=f"Dossier {NASTY}")))
    assert found.count(NASTY) == 2
    assert "Van of aan: Sam Voorbeeld" in found and "een bijlage" in found and "JSO-2X4K · 1 / " in found


@pytest.mark.parametrize(
    "name", ["漢字", "\U0001f600", "\ue000", "\u0378", "x\u0323\u0301", "\U0001f468\u200d\U0001f469"]
)
def test_a_character_that_no_font_has_keeps_no_dossier_from_being_made(name: str):
    found = words_of(pdf(reading(f"Geachte {name} Voorbeeld", title=f"Dossier {name}")))
    assert "Geachte" in found and "Voorbeeld" in found


@pytest.mark.parametrize("endless", ["a" * 30_000, "\u3400" * 30_000, "e" + "\u0301" * 30_000])
def test_a_word_without_an_end_keeps_no_dossier_from_being_made(endless: str):
    assert pdf(reading(endless, title=f"Dossier {endless[:300]}")).startswith(b"%PDF")


def test_the_same_dossier_is_the_same_document():
    assert pdf(reading()) == pdf(reading())
