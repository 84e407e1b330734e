"""How one certificate differs from another."""

from typing import Any

from hypothesis import given
from hypothesis import strategies as st

from virtadmin.collector.websites.certificates import MOST_NAMES, REMEMBERED, remembered, renewed

JANUARY, MARCH, JUNE = 1_767_225_600.0, 1_772_323_200.0, 1_780_272_000.0
DAY = 86_400


def certificate(fingerprint: str = "aa", **fields: Any) -> dict[str, Any]:
    return {
        "fingerprint": fingerprint, "issuer": "CN=R10", "names": ["shop.example.org"], "begins": JANUARY,
        "expires": MARCH, **fields,
    }  # fmt: skip


def test_the_first_and_the_same_are_no_news() -> None:
    assert renewed({}, certificate()) == renewed(certificate(), certificate(issuer="CN=Other")) == ""


def test_a_renewal_tells_its_dates() -> None:
    new = certificate("bb", begins=MARCH - DAY, expires=JUNE)
    assert renewed(certificate(), new) == ("Now valid from 2026-02-28 until 2026-06-01 instead of until 2026-03-01.")


def test_another_issuer_and_other_names_are_told_a_few_of_them_by_name() -> None:
    new = certificate("bb", issuer="CN=E5", names=[f"{number}.example.org" for number in range(7)])
    assert renewed(certificate(), new) == (
        "Now issued by CN=E5 instead of CN=R10; for 0.example.org, 1.example.org, "
        "2.example.org, 3.example.org, 4.example.org and 2 more too, for shop.example.org no longer."
    )
    assert "issued by nobody instead of CN=R10" in renewed(certificate(), certificate("cc", issuer=""))


def test_what_differs_in_its_key_alone_says_so() -> None:
    same = "Issuer, names and dates are the same as before."
    assert renewed(certificate(), certificate("bb")) == same


@given(st.lists(st.sampled_from("abc"), min_size=1, max_size=30))
def test_machines_behind_one_name_with_a_certificate_each_are_told_of_once_each(shown: list[str]) -> None:
    known: dict[str, Any] = {}
    told = 0
    for fingerprint in shown:
        new = certificate(fingerprint)
        told += bool(renewed(known, new))
        known = remembered(known, new)
    assert told == len(set(shown)) - 1


def test_what_is_remembered_is_bounded() -> None:
    known: dict[str, Any] = {}
    for number in range(50):
        known = remembered(known, certificate(str(number), names=["x"] * 5000))
    assert known["shown_before"] == [str(number) for number in range(48, 48 - REMEMBERED, -1)]
    assert len(known["names"]) == MOST_NAMES
