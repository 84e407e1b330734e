"""Why there is no TLS: from OpenSSL's word, what the server said, and what it shows to those who ask for less. Pure."""

import re
import ssl
from dataclasses import dataclass
from datetime import UTC, datetime

from virtadmin.websites.check.certificate import Facts
from virtadmin.websites.check.failure import CheckFailure
from virtadmin.websites.check.outcome import Certificate
from virtadmin.websites.check.stages import Stage

# X509_V_ERR_… of OpenSSL's x509_vfy.h
NOT_YET_VALID, EXPIRED = 9, 10
SELF_SIGNED_LEAF, SELF_SIGNED_ROOT = 18, 19
NO_ISSUER, NO_ISSUER_OF_LEAF = 20, 21
WRONG_NAME, WRONG_IP = 62, 64
CHAIN_WAS_FOUND = frozenset({NOT_YET_VALID, EXPIRED, WRONG_NAME, WRONG_IP})
"""OpenSSL looks at these only when the chain leads to a CA it trusts."""

OLD = frozenset({"SSLv3", "TLSv1", "TLSv1.1"})
ALERT, HANDSHAKE = 21, 22
"""Kinds of TLS records (RFC 8446 §5.1)."""
CERTIFICATE_REQUEST = 13
"""A kind of handshake message (RFC 5246 §7.4), readable up to TLS 1.2."""
SERVERS_WORD = re.compile(r"(?:TLSV\d+|SSLV\d+)(?:_ALERT)?_")


@dataclass(frozen=True, slots=True)
class Shown:
    """What a second connection that verifies nothing saw; `protocol` empty = it failed too."""

    protocol: str = ""
    certificate: Certificate | None = None
    facts: Facts | None = None


def of_certificate(code: int, said: str, host: str, shown: Shown, now: float) -> CheckFailure:
    """The failure when OpenSSL refused the certificate with that code of its."""
    facts = shown.facts
    if code in (EXPIRED, NOT_YET_VALID):
        return _of_dates(code, facts, now)
    if code in (WRONG_NAME, WRONG_IP):
        names = ", ".join(facts.names[:5]) if facts else ""
        others = f"for {names}{' and others' if facts and len(facts.names) > 5 else ''}" if names else "for no name"
        return CheckFailure(Stage.CERTIFICATE_WRONG_HOST, f"The certificate is {others}, not for {host}.")
    issuer = facts.issuer if facts else "an unknown issuer"
    if code == SELF_SIGNED_LEAF or (facts and facts.self_signed):
        return CheckFailure(Stage.CERTIFICATE_SELF_SIGNED, "The certificate is signed by nobody but itself.")
    if shown.certificate and not shown.certificate.chain_complete:
        told = f"The server does not send the intermediate certificate of {issuer}."
        return CheckFailure(Stage.CERTIFICATE_CHAIN_INCOMPLETE, told)
    if code in (SELF_SIGNED_ROOT, NO_ISSUER, NO_ISSUER_OF_LEAF):
        return CheckFailure(Stage.CERTIFICATE_UNTRUSTED, f"The certificate is issued by {issuer}, unknown to the hub.")
    return CheckFailure(Stage.CERTIFICATE_UNTRUSTED, f"The certificate is not trusted: {said.rstrip('.')}.")


def of_handshake(error: OSError | None, heard: bytes, shown: Shown, port: int) -> CheckFailure:
    """The failure when there was no TLS, for a reason that is not the certificate."""
    if heard and heard[0] not in (ALERT, HANDSHAKE):
        told = "plain HTTP" if heard.startswith(b"HTTP/") else "something that is not TLS"
        return CheckFailure(Stage.NOT_TLS, f"On port {port} the server speaks {told}.")
    if shown.protocol in OLD:
        return CheckFailure(Stage.TLS_TOO_OLD, f"The server speaks nothing newer than {shown.protocol}.")
    word = (error.reason if isinstance(error, ssl.SSLError) else "") or ""
    if "CERTIFICATE_REQUIRED" in word or (SERVERS_WORD.match(word) and asks_for_certificate(heard)):
        return client_certificate()
    if not isinstance(error, ssl.SSLError):
        return CheckFailure(Stage.TLS_FAILED, "The server ended the connection during the TLS handshake.")
    return CheckFailure(Stage.TLS_FAILED, f"TLS failed: {in_words(word)}.")


def client_certificate() -> CheckFailure:
    """The failure when the server wants a certificate of the hub."""
    return CheckFailure(Stage.CLIENT_CERTIFICATE, "The server lets in only those who show a client certificate.")


def chain_complete(chain: list[Facts], *, trusted: bool) -> bool:
    """Whether the server sent what leads from its certificate (the first) to a CA. Something is missing when it did not
    send the issuer's, though the certificate says where that can be fetched."""
    if trusted or not chain or chain[0].self_signed or not chain[0].points_to_issuer:
        return True
    return any(other.subject_name == chain[0].issuer_name for other in chain[1:])


def asks_for_certificate(heard: bytes) -> bool:
    """Whether the server's part of a handshake, up to TLS 1.2, holds a request for a client certificate."""
    messages, place = bytearray(), 0
    while place + 5 <= len(heard) and heard[place] == HANDSHAKE:
        end = place + 5 + int.from_bytes(heard[place + 3 : place + 5])
        messages += heard[place + 5 : end]
        place = end
    place = 0
    while place + 4 <= len(messages):
        if messages[place] == CERTIFICATE_REQUEST:
            return True
        place += 4 + int.from_bytes(messages[place + 1 : place + 4])
    return False


def in_words(word: str) -> str:
    """OpenSSL's name of an error for people: "TLSV1_UNRECOGNIZED_NAME" is the server's word "unrecognized name"."""
    said = SERVERS_WORD.match(word)
    if said:
        return f"the server says “{word[said.end() :].lower().replace('_', ' ')}”"
    return word.lower().replace("_", " ") or "no reason given"


def _of_dates(code: int, facts: Facts | None, now: float) -> CheckFailure:
    if code == NOT_YET_VALID:
        begins = f" before {_date(facts.begins)}" if facts and facts.begins > now else " yet"
        return CheckFailure(Stage.CERTIFICATE_NOT_YET_VALID, f"The certificate is not valid{begins}.")
    if facts and facts.expires <= now:
        return CheckFailure(Stage.CERTIFICATE_EXPIRED, f"The certificate expired on {_date(facts.expires)}.")
    return CheckFailure(Stage.CERTIFICATE_EXPIRED, "A certificate between the website's and its CA's expired.")


def _date(moment: float) -> str:
    return f"{datetime.fromtimestamp(moment, UTC):%Y-%m-%d %H:%M} UTC"
