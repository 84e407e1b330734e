"""A certificate authority for tests and benchmarks: real certificates, good and bad, made in a moment."""

import ipaddress
import ssl
import tempfile
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from pathlib import Path

from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec, rsa
from cryptography.x509.oid import AuthorityInformationAccessOID, NameOID

Key = ec.EllipticCurvePrivateKey | rsa.RSAPrivateKey
DAY = timedelta(days=1)


@dataclass(frozen=True)
class Issued:
    """A certificate with its key. `issuer` None = signed by itself."""

    certificate: x509.Certificate
    key: Key
    issuer: "Issued | None" = None

    @property
    def pem(self) -> str:
        return self.certificate.public_bytes(serialization.Encoding.PEM).decode()

    @property
    def der(self) -> bytes:
        return self.certificate.public_bytes(serialization.Encoding.DER)

    @property
    def key_pem(self) -> str:
        form = serialization.PrivateFormat.PKCS8
        return self.key.private_bytes(serialization.Encoding.PEM, form, serialization.NoEncryption()).decode()


def root(name: str = "Tests' root") -> Issued:
    """A CA of its own."""
    return issued(name, (), None, is_ca=True)


def intermediate(issuer: Issued, name: str = "Tests' intermediate", **more: object) -> Issued:
    """A CA below another."""
    return issued(name, (), issuer, is_ca=True, **more)  # type: ignore[arg-type]


def issued(
    name: str,
    names: tuple[str, ...],
    issuer: Issued | None,
    *,
    begins: timedelta = -DAY,
    expires: timedelta = 90 * DAY,
    is_ca: bool = False,
    points_to_issuer: bool = False,
    key: Key | None = None,
) -> Issued:
    """A certificate for these DNS names and IP addresses. `begins` and `expires` count from now."""
    own, now = key or ec.generate_private_key(ec.SECP256R1()), datetime.now(UTC)
    subject = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, name)])
    builder = (
        x509.CertificateBuilder()
        .subject_name(subject)
        .issuer_name(issuer.certificate.subject if issuer else subject)
        .public_key(own.public_key())
        .serial_number(x509.random_serial_number())
        .not_valid_before(now + begins)
        .not_valid_after(now + expires)
        .add_extension(x509.BasicConstraints(ca=is_ca, path_length=None), critical=True)
        .add_extension(x509.SubjectKeyIdentifier.from_public_key(own.public_key()), critical=False)
    )
    if names:
        builder = builder.add_extension(x509.SubjectAlternativeName([_name(each) for each in names]), critical=False)
    if points_to_issuer:
        place = x509.UniformResourceIdentifier("http://ca.example/issuer.der")
        points = [x509.AccessDescription(AuthorityInformationAccessOID.CA_ISSUERS, place)]
        builder = builder.add_extension(x509.AuthorityInformationAccess(points), critical=False)
    return Issued(builder.sign(issuer.key if issuer else own, hashes.SHA256()), own, issuer)


def server_context(shown: Issued, *chain: Issued) -> ssl.SSLContext:
    """A server's TLS that shows this certificate, and those of the chain after it."""
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder, "shown.pem")
        path.write_text(shown.key_pem + shown.pem + "".join(each.pem for each in chain))
        context.load_cert_chain(path)
    return context


def _name(name: str) -> x509.GeneralName:
    try:
        return x509.IPAddress(ipaddress.ip_address(name))
    except ValueError:
        return x509.DNSName(name)
