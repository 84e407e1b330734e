"""A website's own CA."""

from datetime import UTC, datetime, timedelta

import pytest
from cryptography import x509
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.serialization import Encoding, NoEncryption, PrivateFormat
from cryptography.x509.oid import NameOID

from virtadmin.core.errors import InvalidInput
from virtadmin.websites.checks import ca_checked
from virtadmin.websites.models import MAX_CA

KEY = ec.generate_private_key(ec.SECP256R1())


def certificate(name: str) -> str:
    """One that signed itself."""
    subject = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, name)])
    now = datetime.now(UTC)
    builder = x509.CertificateBuilder().subject_name(subject).issuer_name(subject).public_key(KEY.public_key())
    builder = builder.serial_number(x509.random_serial_number())
    builder = builder.not_valid_before(now).not_valid_after(now + timedelta(days=1))
    return builder.sign(KEY, hashes.SHA256()).public_bytes(Encoding.PEM).decode()


def test_certificates_are_kept_and_what_is_around_them_is_not() -> None:
    one, two = certificate("one"), certificate("two")
    assert ca_checked(f"# für die Werkstatt\r\n{one}and\n\n{two.strip()}\n") == one + two
    assert ca_checked(one + two) == one + two
    assert ca_checked(" \n") == ""


@pytest.mark.parametrize(
    "text",
    [
        "nothing",
        "-----BEGIN CERTIFICATE-----\nAAAA\n-----END CERTIFICATE-----\n",
        "-----BEGIN CERTIFICATE-----\n!\n-----END CERTIFICATE-----\n",
        "-----BEGIN CERTIFICATE-----",
        "x" * (MAX_CA + 1),
        "a\0b",
    ],
)
def test_what_is_no_certificate_is_refused(text: str) -> None:
    with pytest.raises(InvalidInput) as caught:
        ca_checked(text)
    assert caught.value.field == "ca_certificates"


def test_a_private_key_is_not_kept_as_a_certificate() -> None:
    key = KEY.private_bytes(Encoding.PEM, PrivateFormat.PKCS8, NoEncryption()).decode()
    with pytest.raises(InvalidInput, match="private key"):
        ca_checked(certificate("one") + key)
