"""No tenant's word makes us call into our own network."""

from collections.abc import Sequence
from ipaddress import ip_address

import pytest

from app.channels.address import Outgoing, Refused, is_public, resolved, url_faults

OPEN, HERE = Outgoing(), Outgoing(loopback=True)

INSIDE = [
    *("127.0.0.1", "127.255.255.254", "0.0.0.0", "0.1.2.3", "10.0.0.1", "172.16.0.1", "172.31.255.255", "192.168.1.1"),  # noqa: S104
    *("169.254.169.254", "100.64.0.1", "192.0.0.1", "192.0.0.9", "192.0.0.170", "192.0.2.1", "198.18.0.1"),
    *("198.51.100.1", "203.0.113.1", "224.0.0.1", "239.255.255.250", "240.0.0.1", "255.255.255.255"),
    *("::", "::1", "::127.0.0.1", "::ffff:127.0.0.1", "::ffff:10.0.0.1", "::ffff:169.254.169.254", "64:ff9b::7f00:1"),
    *("64:ff9b::a00:1", "64:ff9b:1::1", "100::1", "2001::1", "2001:0:7f00:1::", "2001:10::1", "2001:20::1"),
    *("2001:db8::1", "2002:7f00:1::", "2002:a00:1::1", "3fff::1", "3fff:fff:ffff::1", "fc00::1", "fd12:3456::1"),
    *("fe80::1", "fec0::1", "ff02::1", "ff0e::1", "5f00::1", "4000::1"),
]
OUTSIDE = [
    "1.1.1.1",
    "9.9.9.9",
    "93.184.215.14",
    "2606:4700:4700::1111",
    "2a02:898::1",
    "2001:200::1",
    "::ffff:1.1.1.1",
]


@pytest.mark.parametrize("literal", INSIDE)
async def test_inside(literal: str) -> None:
    assert not is_public(ip_address(literal))
    host = f"[{literal}]" if ":" in literal else literal
    assert [fault.code for fault in url_faults(f"https://{host}/", OPEN)] == ["address-not-allowed"]
    with pytest.raises(Refused, match="address-not-allowed"):
        await resolved("https://example.org/", OPEN, _names(literal))


@pytest.mark.parametrize("literal", OUTSIDE)
async def test_outside(literal: str) -> None:
    assert is_public(ip_address(literal))
    target = await resolved("https://example.org/a?b=c", OPEN, _names(literal))
    assert (target.host, target.port, target.path) == ("example.org", 443, "/a?b=c")


async def test_a_mapped_address_is_called_as_what_it_stands_for() -> None:
    target = await resolved("https://example.org/", OPEN, _names("::ffff:1.1.1.1", "1.1.1.1"))
    assert target.addresses == (ip_address("1.1.1.1"),)


@pytest.mark.parametrize("found", [("1.1.1.1", "10.0.0.1"), ("10.0.0.1", "1.1.1.1"), ("2606:4700::1", "::1")])
async def test_one_address_inside_is_enough_to_refuse(found: Sequence[str]) -> None:
    with pytest.raises(Refused, match="address-not-allowed"):
        await resolved("https://example.org/", OPEN, _names(*found))


# What a C library takes for 127.0.0.1, each in its own way; the system's own look-up is asked here.
@pytest.mark.parametrize(
    "host",
    ["localhost", "LOCALHOST", "2130706433", "0x7f000001", "0177.0.0.1", "127.1", "0", "0x7f.1", "017700000001"],
)
async def test_names_and_odd_numbers_for_this_machine(host: str) -> None:
    with pytest.raises(Refused, match=r"address-not-allowed|name-unknown"):
        await resolved(f"https://{host}/", OPEN)


@pytest.mark.parametrize(
    ("url", "codes"),
    [
        ("https://example.org/hook?x=1", []),
        ("https://example.org:443/", []),
        ("HTTPS://EXAMPLE.ORG/", []),
        ("https://xn--bcher-kva.example/", []),
        ("https://[2606:4700::1]/", []),
        ("http://example.org/", ["scheme-not-allowed"]),
        ("https://example.org:22/", ["port-not-allowed"]),
        ("https://example.org:8443/", ["port-not-allowed"]),
        ("https://user@example.org/", ["credentials"]),
        ("https://:@example.org/", ["credentials"]),
        ("https://example.org/#part", ["fragment"]),
        ("https://1.1.1.1@10.0.0.1/", ["credentials", "address-not-allowed"]),
        ("ftp://example.org/", ["wrong-form"]),
        ("file:///etc/passwd", ["wrong-form"]),
        ("gopher://example.org/", ["wrong-form"]),
        ("https://", ["wrong-form"]),
        ("https:///x", ["wrong-form"]),
        ("//example.org/", ["wrong-form"]),
        ("example.org", ["wrong-form"]),
        ("https://example.org:0/", ["wrong-form"]),
        ("https://example.org:99999/", ["wrong-form"]),
        ("https://example.org:x/", ["wrong-form"]),
        ("https://exa mple.org/", ["wrong-form"]),
        ("https://example.org/\r\nHost: x", ["wrong-form"]),
        ("https://example.org\\@10.0.0.1/", ["wrong-form"]),
        ("https://exämple.org/", ["wrong-form"]),
        ("https://１２７.0.0.1/", ["wrong-form"]),
        ("https://[fe80::1%25eth0]/", ["wrong-form"]),
        ("https://[::1/", ["wrong-form"]),
        ("https://[v1.x]/", ["wrong-form"]),
        ("https://-example.org/", ["wrong-form"]),
        ("https://ex_ample.org%2f/", ["wrong-form"]),
        ("", ["wrong-form"]),
    ],
)
async def test_what_can_be_seen_without_asking(url: str, codes: list[str]) -> None:
    assert [fault.code for fault in url_faults(url, OPEN)] == codes
    if codes and codes[0] not in ("credentials", "fragment"):
        with pytest.raises(Refused):
            await resolved(url, OPEN, _names("1.1.1.1"))


async def test_other_ports_only_when_they_are_set() -> None:
    wider = Outgoing(ports=frozenset({443, 8443}))
    assert url_faults("https://example.org:8443/", wider) == []
    assert (await resolved("https://example.org:8443/", wider, _names("1.1.1.1"))).authority == "example.org:8443"


async def test_this_machine_only_when_it_is_set_and_nothing_else_by_it() -> None:
    assert url_faults("http://127.0.0.1:9999/", HERE) == []
    assert (await resolved("http://localhost:9999/", HERE, _names("127.0.0.1"))).port == 9999
    for url, found in [
        ("http://example.org/", "1.1.1.1"),
        ("https://example.org:8443/", "1.1.1.1"),
        ("http://inside.example/", "10.0.0.1"),
        ("http://inside.example/", "169.254.169.254"),
    ]:
        with pytest.raises(Refused, match="address-not-allowed"):
            await resolved(url, HERE, _names(found))


async def test_a_name_without_an_address() -> None:
    with pytest.raises(Refused, match="name-unknown"):
        await resolved("https://example.org/", OPEN, _names())


def _names(*found: str):
    async def resolve(host: str, port: int) -> Sequence[str]:
        return found

    return resolve
