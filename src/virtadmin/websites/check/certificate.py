"""What a certificate says (RFC 5280), read even when it is not valid. Pure, but for the memory of what was read."""

import hashlib
import ipaddress
from dataclasses import dataclass
from typing import cast

from cryptography import x509
from cryptography.exceptions import InvalidSignature, UnsupportedAlgorithm
from cryptography.hazmat.primitives.asymmetric import dsa, ec, ed448, ed25519, rsa
from cryptography.x509.oid import AuthorityInformationAccessOID, ExtensionOID, NameOID

from virtadmin.websites.check.outcome import Certificate

MOST = 8192
"""Certificates whose contents are kept: reading one takes as long as a whole check."""
CURVES = {"secp256r1": "P-256", "secp384r1": "P-384", "secp521r1": "P-521"}


@dataclass(frozen=True, slots=True)
class Facts:
    """What a certificate says of itself. Times are Unix seconds."""

    begins: float
    expires: float
    subject: str
    issuer: str
    names: tuple[str, ...]
    key: str
    fingerprint: str
    serial: str
    self_signed: bool
    subject_name: bytes
    issuer_name: bytes
    """As DER, to be compared."""
    points_to_issuer: bool
    """It says where its issuer's certificate can be fetched (RFC 5280 §4.2.2.1)."""


class Memory:
    """Certificates that were read, by their SHA-256."""

    def __init__(self) -> None:
        self._facts: dict[bytes, Facts | None] = {}

    def facts(self, der: bytes) -> Facts | None:
        """What the certificate says; None if it cannot be read."""
        digest = hashlib.sha256(der).digest()
        if digest not in self._facts:
            while len(self._facts) >= MOST:
                del self._facts[next(iter(self._facts))]
            self._facts[digest] = read(der)
        return self._facts[digest]


def read(der: bytes) -> Facts | None:
    """What the certificate says; None if it cannot be read. Odd parts are left out."""
    try:
        found = x509.load_der_x509_certificate(der)
        return Facts(
            begins=found.not_valid_before_utc.timestamp(),
            expires=found.not_valid_after_utc.timestamp(),
            subject=_named(found.subject),
            issuer=_named(found.issuer),
            names=_names(found),
            key=_key(found),
            fingerprint=hashlib.sha256(der).hexdigest(),
            serial=f"{found.serial_number:x}",
            self_signed=_self_signed(found),
            subject_name=found.subject.public_bytes(),
            issuer_name=found.issuer.public_bytes(),
            points_to_issuer=_points_to_issuer(found),
        )
    except ValueError:
        return None


def described(facts: Facts, host: str, protocol: str, *, trusted: bool, chain_complete: bool) -> Certificate:
    """The certificate as an outcome has it."""
    return Certificate(
        facts.begins, facts.expires, facts.subject, facts.issuer, facts.names, facts.key, protocol, facts.fingerprint,
        facts.serial, trusted, any(is_for(name, host) for name in facts.names), chain_complete, facts.self_signed,
    )  # fmt: skip


def is_for(name: str, host: str) -> bool:
    """Whether a certificate's name stands for the host; `*.` stands for exactly one label (RFC 6125 §6.4.3)."""
    name, host = name.lower().removesuffix("."), host.lower().removesuffix(".")
    if name == host:
        return True
    label, _, rest = host.partition(".")
    return name.startswith("*.") and bool(label) and "." in rest and name[2:] == rest


def _named(name: x509.Name) -> str:
    """Its common name and organisation, as people call it."""
    found = [str(part.value) for oid in (NameOID.COMMON_NAME, NameOID.ORGANIZATION_NAME)
             for part in name.get_attributes_for_oid(oid)[:1]]  # fmt: skip
    return ", ".join(dict.fromkeys(found)) or name.rfc4514_string()


def _names(certificate: x509.Certificate) -> tuple[str, ...]:
    try:
        found = certificate.extensions.get_extension_for_oid(ExtensionOID.SUBJECT_ALTERNATIVE_NAME)
    except (x509.ExtensionNotFound, ValueError):
        return ()
    names = cast("x509.SubjectAlternativeName", found.value)
    places: list[object] = [*names.get_values_for_type(x509.IPAddress)]
    plain = [str(place) for place in places if isinstance(place, ipaddress.IPv4Address | ipaddress.IPv6Address)]
    return (*names.get_values_for_type(x509.DNSName), *plain)


def _key(certificate: x509.Certificate) -> str:
    try:
        key = certificate.public_key()
    except (ValueError, UnsupportedAlgorithm):
        return "of an unknown kind"
    if isinstance(key, ec.EllipticCurvePublicKey):
        return f"EC {CURVES.get(key.curve.name, key.curve.name)}"
    if isinstance(key, rsa.RSAPublicKey):
        return f"RSA {key.key_size}"
    kinds = {ed25519.Ed25519PublicKey: "Ed25519", ed448.Ed448PublicKey: "Ed448", dsa.DSAPublicKey: "DSA"}
    return next((name for kind, name in kinds.items() if isinstance(key, kind)), "of an unknown kind")


def _self_signed(certificate: x509.Certificate) -> bool:
    if certificate.issuer != certificate.subject:
        return False
    try:
        certificate.verify_directly_issued_by(certificate)
    except (InvalidSignature, TypeError, ValueError, UnsupportedAlgorithm):
        return False
    return True


def _points_to_issuer(certificate: x509.Certificate) -> bool:
    try:
        found = certificate.extensions.get_extension_for_oid(ExtensionOID.AUTHORITY_INFORMATION_ACCESS)
    except (x509.ExtensionNotFound, ValueError):
        return False
    places = cast("x509.AuthorityInformationAccess", found.value)
    return any(place.access_method == AuthorityInformationAccessOID.CA_ISSUERS for place in places)
