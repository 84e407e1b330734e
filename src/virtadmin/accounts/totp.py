"""Codes of authenticator apps (TOTP, RFC 6238: 30 s, six digits, SHA-1, as every app has it). The clock is given."""

import hmac
from datetime import datetime

import pyotp

PERIOD = 30
"""Seconds a code is shown."""
DRIFT = 1
"""Steps a phone's clock may be early or late."""
DIGITS = 6


def secret_new() -> str:
    """A secret of 160 random bits, base32."""
    return pyotp.random_base32()


def accepted_step(secret: str, code: str, now: datetime, last_step: int | None) -> int | None:
    """The time step this code belongs to, if it is good now; None if it is not.

    Steps up to `last_step`, the newest that was accepted, are over: nobody signs in by a code somebody saw being typed.
    """
    typed = plain(code)
    if len(typed) != DIGITS or not (typed.isascii() and typed.isdigit()):
        return None
    present, codes = int(now.timestamp()) // PERIOD, pyotp.TOTP(secret, digits=DIGITS, interval=PERIOD)
    for step in range(present - DRIFT, present + DRIFT + 1):
        later = last_step is None or step > last_step
        if later and hmac.compare_digest(codes.generate_otp(step), typed):
            return step
    return None


def enrolment_uri(secret: str, username: str, hub: str) -> str:
    """What the QR code says to the app: `otpauth://totp/…`."""
    return pyotp.TOTP(secret, digits=DIGITS, interval=PERIOD).provisioning_uri(
        name=username, issuer_name=f"Virtadmin {hub}"
    )


def plain(code: str) -> str:
    """A code as it was typed, without the blanks and hyphens people read it in."""
    return "".join(code.split()).replace("-", "").lower()
