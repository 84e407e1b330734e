"""Codes of authenticator apps, by the vectors of RFC 6238 and for every clock."""

import base64
from datetime import UTC, datetime, timedelta

import pyotp
import pytest
from hypothesis import given
from hypothesis import strategies as st

from virtadmin.accounts.totp import accepted_step, enrolment_uri, secret_new

RFC = base64.b32encode(b"12345678901234567890").decode()
VECTORS = {59: "287082", 1111111109: "081804", 1234567890: "005924", 2000000000: "279037"}
"""Seconds since 1970 and the last six digits of RFC 6238's eight (SHA-1)."""
times = st.integers(10**9, 4 * 10**9)


@pytest.mark.parametrize(("seconds", "code"), VECTORS.items())
def test_the_vectors_of_the_rfc(seconds: int, code: str) -> None:
    assert accepted_step(RFC, code, datetime.fromtimestamp(seconds, UTC), None) == seconds // 30


@pytest.mark.parametrize("code", ["", "12345", "1234567", "٠١٢٣٤٥", "abcdef", "28708²"])
def test_what_is_no_code_is_none(code: str) -> None:
    assert accepted_step(RFC, code, datetime.fromtimestamp(59, UTC), None) is None


def test_blanks_and_hyphens_do_not_matter() -> None:
    assert accepted_step(RFC, " 287 082", datetime.fromtimestamp(59, UTC), None) == 1
    assert accepted_step(RFC, "287-082", datetime.fromtimestamp(59, UTC), None) == 1


@given(seconds=times, off=st.integers(-4, 4))
def test_a_clock_may_be_one_step_off_and_no_more(seconds: int, off: int) -> None:
    now = datetime.fromtimestamp(seconds, UTC)
    step = seconds // 30 + off
    codes = pyotp.TOTP(RFC)
    found = accepted_step(RFC, codes.generate_otp(step), now, None)
    if abs(off) <= 1:
        assert found is not None
        assert codes.generate_otp(found) == codes.generate_otp(step)
    else:
        near = {codes.generate_otp(seconds // 30 + nearby) for nearby in (-1, 0, 1)}
        assert (found is not None) == (codes.generate_otp(step) in near)


@given(seconds=times, later=st.integers(0, 90))
def test_what_was_accepted_is_never_accepted_again(seconds: int, later: int) -> None:
    now = datetime.fromtimestamp(seconds, UTC)
    code = pyotp.TOTP(RFC).at(now)
    step = accepted_step(RFC, code, now, None)
    assert step is not None
    again = accepted_step(RFC, code, now + timedelta(seconds=later), step)
    assert again is None or (again > step and pyotp.TOTP(RFC).generate_otp(again) == code)


def test_the_key_is_long_and_the_address_names_hub_and_person() -> None:
    secret = secret_new()
    assert len(base64.b32decode(secret)) == 20
    assert secret_new() != secret
    assert enrolment_uri(secret, "alice", "hub 1") == (
        f"otpauth://totp/Virtadmin%20hub%201:alice?secret={secret}&issuer=Virtadmin%20hub%201"
    )
