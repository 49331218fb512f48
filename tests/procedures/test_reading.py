"""YAML in, a procedure or every fault out; never anything else."""

import pytest

from app.domain.activation import activation_faults
from app.domain.errors import Invalid
from app.procedures.reading import SHIPPED, mapping_of, of_text, read, read_mapping, shipped, text_of


def refused(text: str | bytes) -> set[tuple[str, str]]:
    with pytest.raises(Invalid) as caught:
        read(text)
    assert caught.value.faults
    return {(fault.pointer, fault.code) for fault in caught.value.faults}


def test_the_five_are_read_in_order():
    assert tuple(procedure.procedure for procedure in shipped()) == SHIPPED


@pytest.mark.parametrize("name", ["nobody", "../jso", "jso.yaml"])
def test_no_other_text_is_shipped(name):
    with pytest.raises(KeyError):
        text_of(name)


@pytest.mark.parametrize("name", SHIPPED)
def test_bytes_text_mapping_and_json_give_one_value(name):
    procedure = read(text_of(name))
    assert read(text_of(name).encode()) == read(b"\xef\xbb\xbf" + text_of(name).encode()) == procedure
    assert read_mapping(mapping_of(text_of(name))) == procedure
    assert read_mapping(procedure.model_dump(mode="json", by_alias=True)) == procedure
    assert read_mapping(procedure.model_dump(mode="json", by_alias=True, exclude_none=True)) == procedure


@pytest.mark.parametrize(
    ("text", "at", "code"),
    [
        ("", "", "not-a-mapping"),
        ("- a", "", "not-a-mapping"),
        ("just text", "", "not-a-mapping"),
        ("a: &x 1\nb: *x", "/a", "alias"),
        ("a: &x 1\nb: *x", "/b", "alias"),
        ("a: !!python/object/apply:os.system ['true']", "/a", "tag"),
        ("a: !x 1", "/a", "tag"),
        ("!x a: 1", "/a", "tag"),
        ("a: {<<: {b: 1}}", "/a/<<", "merge-key"),
        ("a: 1\na: 2", "/a", "duplicate-key"),
        ("a: {b/c: 1, b/c: 2}", "/a/b~1c", "duplicate-key"),
        ("? [a, b]\n: 1", "", "key-not-a-word"),
        ("a: 1\n---\nb: 2", "", "several-documents"),
        ("a: [", "", "yaml-syntax"),
        ("a: 'unfinished", "", "yaml-syntax"),
        ("a: 1\n\tb: 2", "", "yaml-syntax"),
        ("a: \x01", "", "yaml-syntax"),
        ("a: " + "[" * 40 + "]" * 40, "/a" + "/0" * 31, "too-deep"),
        ("a: " + "[" * 60_000, "/a" + "/0" * 31, "too-deep"),
        ("x" * (64 * 1024 + 1), "", "too-large"),
        (b"a: \xff\xfe", "", "not-utf-8"),
        ("a: \ud800", "", "not-utf-8"),
    ],
)
def test_what_is_not_plain_yaml_is_refused(text, at, code):
    assert (at, code) in refused(text)


def test_several_faults_of_the_text_are_told_at_once():
    assert refused("a: &x 1\nb: *x\nc: 1\nc: 2\nd: !t 3") >= {
        ("/a", "alias"),
        ("/b", "alias"),
        ("/c", "duplicate-key"),
        ("/d", "tag"),
    }


WHOLE = """
procedure: voorbeeld
title: Voorbeeld
effective_from: 2037-01-01
roles:
  - {role: officer, title: functionaris}
intake:
  complainants: [{type: customer}]
  channels: [{channel: email}]
stages:
  - stage: handling
    kind: formal
    handled_by: officer
    opens_on: [{event: complaint.received}]
    answer: {event: decision.sent}
    duties:
      - {duty: decide, within: {amount: 6, unit: weeks}, after: complaint.received, met_by: [decision.sent]}
"""
WRONG = WHOLE.replace("weeks", "fortnight")
UNIT = ("/stages/0/duties/0/within/unit", "not-one-of")


@pytest.mark.parametrize(
    ("change", "told"),
    [
        # what has a value of its own keeps it
        (("title: Voorbeeld", "title: &x Voorbeeld"), {("/title", "alias")}),
        (("role: officer,", "role: &o Officer!,"), {("/roles/0/role", "alias"), ("/roles/0/role", "not-a-name")}),
        (("stages:", "stages: !x"), {("/stages", "tag")}),
        # which was meant nobody knows
        (("title: Voorbeeld", "title: &x !!str 5"), {("/title", "alias"), ("/title", "tag")}),
        (("title: Voorbeeld", "title: *x"), {("/title", "alias")}),
        (("role: officer,", "role: *nothing,"), {("/roles/0/role", "alias")}),
        (("roles:", "roles: *x\nroles:"), {("/roles", "duplicate-key")}),
        (("title: Voorbeeld", "title: Voorbeeld\ntitle: 5"), {("/title", "duplicate-key")}),
        (("role: officer,", "role: boss, role: officer,"), {("/roles/0/role", "duplicate-key")}),
        (("role: officer,", "role: officer, role: boss,"), {("/roles/0/role", "duplicate-key")}),
        (("roles:", "roles: [{role: boss}]\nroles:"), {("/roles", "duplicate-key")}),
        # what is passed over may say what is missed
        (("kind: formal", "<<: {kind: formal}"), {("/stages/0/<<", "merge-key")}),
        (("kind: formal", "<<: *x"), {("/stages/0/<<", "merge-key")}),
        (("kind: formal", "<<: *x\n    <<: *y"), {("/stages/0/<<", "merge-key")}),
        (("kind: formal", '"<<": formal\n    kind: formal'), {("/stages/0/<<", "unknown-word")}),
        (("role: officer,", "<<: [*x],"), {("/roles/0/<<", "merge-key")}),
        (("roles:", "<<: *x\nrools:"), {("/<<", "merge-key"), ("/rools", "unknown-word")}),
        (("title: Voorbeeld", "? [a, {b: c}]\n: 5"), {("", "key-not-a-word")}),
        (("title: Voorbeeld", "*x : 5"), {("", "key-not-a-word")}),
        (("kind: formal", "? [kind]\n    : formal"), {("/stages/0", "key-not-a-word")}),
    ],
)
def test_the_rest_of_a_text_is_read_on(change: tuple[str, str], told: set[tuple[str, str]]) -> None:
    assert refused(WRONG) == {UNIT}
    assert refused(WRONG.replace(*change)) == {UNIT, *told}


def test_what_is_wrong_before_the_text_cannot_be_read_any_more_is_told_with_that() -> None:
    assert {code for _, code in refused("title: x\ntitle: {a: [}\n")} == {"duplicate-key", "yaml-syntax"}


def test_an_alias_alone_is_told_alone() -> None:
    assert refused("*a") == {("", "alias")}


def test_what_has_an_anchor_can_be_read() -> None:
    """So what keeps the procedure from coming into force is told of it too."""
    kept = "retention: {minimum: &m {amount: 9, unit: years}, maximum: {amount: 1, unit: years}}"
    read = of_text(WHOLE + kept)
    assert [fault.code for fault in read.faults] == ["alias"]
    assert [fault.code for fault in activation_faults(read.document or {}, read.hiding)] == ["retention-crossed"]


def test_of_several_documents_none_is_read() -> None:
    """Three dashes within one leave half a procedure: what is not in it stands in the other."""
    assert refused(WRONG.replace("stages:", "---\nstages:")) == {("", "several-documents")}


@pytest.mark.parametrize(
    "text", ["{" * 300 + "}" * 300, "? " * 300 + "x", "? " + "[" * 30_000 + "]" * 30_000 + "\n: 1"]
)
def test_keys_within_keys_are_refused(text: str) -> None:
    assert "too-deep" in {code for _, code in refused(text)}


def test_a_few_lines_that_stand_for_millions_are_refused_at_once() -> None:
    lines = ["a0: &a0 [x, x, x, x, x, x, x, x, x, x]"]
    lines += [f"a{n}: &a{n} [{', '.join([f'*a{n - 1}'] * 10)}]" for n in range(1, 30)]
    assert ("/a29/9", "alias") in refused("\n".join(lines))


def test_what_holds_itself_is_refused() -> None:
    assert ("/a/0", "alias") in refused("a: &a [*a, *a]")


def test_a_syntax_error_has_its_line_and_column():
    with pytest.raises(Invalid) as caught:
        read("procedure: jso\nstages: [a\nroles: b")
    assert "line 3" in caught.value.faults[0].message and "column" in caught.value.faults[0].message


@pytest.mark.parametrize(
    ("text", "value"),
    [
        ("null", None),
        ("~", None),
        ("", None),
        ("true", True),
        ("false", False),
        ("12", 12),
        ("-3", -3),
        ("'12'", "12"),
        ('"true"', "true"),
        ("yes", "yes"),
        ("no", "no"),
        ("on", "on"),
        ("012", "012"),
        ("0x10", "0x10"),
        ("1_000", "1_000"),
        ("1.5", "1.5"),
        ("17:00", "17:00"),
        ("2026-01-31", "2026-01-31"),
        (".inf", ".inf"),
        ("9" * 5_000, "9" * 5_000),
    ],
)
def test_only_what_looks_plain_is_more_than_text(text, value):
    assert mapping_of(f"a: {text}") == {"a": value}


def test_faults_point_into_the_file():
    text = text_of("jso").replace("amount: 5,", "amount: five,").replace("handled_by: director", "handled_by: nobody")
    assert refused(text) >= {
        ("/stages/0/duties/1/within/amount", "whole-number"),
        ("/stages/1/handled_by", "unknown-role"),
    }
