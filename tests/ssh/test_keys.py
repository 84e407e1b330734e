"""Key pairs, made and read."""

import base64
import subprocess
from contextlib import suppress
from pathlib import Path
from typing import Any

import asyncssh
import pytest
from asyncssh.asn1 import der_decode, der_encode
from hypothesis import given, settings
from hypothesis import strategies as st

from virtadmin.core.errors import InvalidInput
from virtadmin.ssh.keys import key_pair_generate, needs_passphrase, private_key_read
from virtadmin.ssh.openssh_key import lock_of

DEAR = asyncssh.generate_private_key("ssh-ed25519")
PASSPHRASE = "pass of the key"
KINDS = {
    "openssh": ["-t", "ed25519"],
    "openssh-ecdsa": ["-t", "ecdsa"],
    "pem-rsa": ["-t", "rsa", "-b", "2048", "-m", "PEM"],
    "pem-ecdsa": ["-t", "ecdsa", "-m", "PEM"],
    "pkcs8": ["-t", "ecdsa", "-m", "PKCS8"],
}


def keygen(folder: Path, *words: str, passphrase: str = "") -> tuple[str, str]:
    """The private and the public half of a key as ssh-keygen makes it."""
    path = folder / "key"
    subprocess.run(["ssh-keygen", "-q", "-N", passphrase, "-f", path, *words], check=True)
    return path.read_text(), path.with_suffix(".pub").read_text()


def problem(text: str, passphrase: str = "") -> tuple[str, str]:
    with pytest.raises(InvalidInput) as caught:
        private_key_read(text, passphrase)
    return caught.value.field, caught.value.message


@pytest.mark.parametrize("kind", KINDS)
@pytest.mark.parametrize("passphrase", ["", PASSPHRASE])
def test_it_reads_what_ssh_keygen_makes(tmp_path: Path, kind: str, passphrase: str) -> None:
    private, public = keygen(tmp_path, *KINDS[kind], passphrase=passphrase)
    key = private_key_read(private, passphrase)
    assert key.export_public_key("openssh").decode().split()[:2] == public.split()[:2]
    assert needs_passphrase(private) == bool(passphrase)
    if passphrase:
        assert problem(private) == ("ssh_key_passphrase", "This key needs its passphrase.")
        assert problem(private, "wrong one") == ("ssh_key_passphrase", "Wrong passphrase for this key.")


def test_a_wrong_passphrase_is_called_one_even_where_it_unlocks_something(tmp_path: Path) -> None:
    """A PEM key has nothing but its padding to tell by, which a wrong passphrase of 256 gets right by chance."""
    private, _ = keygen(tmp_path, *KINDS["pem-ecdsa"], passphrase=PASSPHRASE)
    said = {problem(private, f"wrong {number}") for number in range(1500)}
    assert said == {("ssh_key_passphrase", "Wrong passphrase for this key.")}


def test_it_reads_a_key_pasted_badly() -> None:
    pair = key_pair_generate()
    pasted = "\r\n".join(f"  {line} " for line in pair.private.splitlines())
    assert private_key_read(pasted).export_public_key("openssh").decode().strip() == pair.public


def test_a_pair_is_ed25519_without_a_comment_and_not_locked() -> None:
    pair = key_pair_generate()
    assert pair.public.split()[0] == "ssh-ed25519"
    assert len(pair.public.split()) == 2
    assert lock_of(pair.private) == ("none", 0)
    assert key_pair_generate().private != pair.private


def test_it_says_what_was_given_instead_of_a_private_key() -> None:
    assert "without .pub" in problem(key_pair_generate().public)[1]
    assert "PuTTYgen" in problem("PuTTY-User-Key-File-3: ssh-ed25519\nEncryption: none\n")[1]
    assert "This is no private key" in problem("correct horse battery staple")[1]
    broken = "-----BEGIN OPENSSH PRIVATE KEY-----\n{}\n-----END OPENSSH PRIVATE KEY-----\n"
    for body in ("AAAA", "no base64 at all!", ""):
        field, message = problem(broken.format(body))
        assert field == "ssh_key"
        assert "no private key the hub can read" in message
    assert lock_of(broken.format("AAAA")) is None
    assert lock_of(broken.format("!")) is None


def test_it_refuses_a_key_that_would_keep_the_hub_busy() -> None:
    def text(data: bytes) -> bytes:
        return len(data).to_bytes(4, "big") + data

    options = text(b"0123456789abcdef") + (100_000).to_bytes(4, "big")
    blob = b"openssh-key-v1\0" + text(b"aes256-ctr") + text(b"bcrypt") + text(options)
    body = base64.b64encode(blob).decode()
    field, message = problem(f"-----BEGIN OPENSSH PRIVATE KEY-----\n{body}\n-----END OPENSSH PRIVATE KEY-----", "x")
    assert (field, "100000 rounds" in message) == ("ssh_key", True)


def test_no_way_of_writing_it_leads_past_that() -> None:
    dear = DEAR.export_private_key("openssh", "x", rounds=501).decode()
    begin, end = "-----BEGIN OPENSSH PRIVATE KEY-----", "-----END OPENSSH PRIVATE KEY-----"
    cheap = key_pair_generate().private
    for written in (
        dear.replace(f"{begin}\n", f"{begin}\n!"),
        dear.replace(f"{begin}\n", f"{begin}\nComment: mine\n\n"),
        dear.replace(f"{begin}\n", f"{begin}\nComment: mine\\\nand longer\n\n"),
        dear.replace(end, f"{end}\n{cheap}"),
        f"{begin}\n{end}\n{dear}",
    ):
        assert problem(written, "x")[0] == "ssh_key"
    assert private_key_read(cheap + dear, "x").public_data == private_key_read(cheap).public_data


@pytest.mark.parametrize(
    ("export", "allowed"),
    [({}, 5_000_000), ({"pbe_version": 1, "cipher_name": "des3-cbc", "hash_name": "sha1"}, 100_000)],
)
def test_it_refuses_a_pkcs8_key_that_would_keep_the_hub_busy(export: dict[str, Any], allowed: int) -> None:
    ordinary = DEAR.export_private_key("pkcs8-pem", "x", **export).decode()
    assert private_key_read(ordinary, "x").public_data == DEAR.public_data
    encoded = base64.b64decode("".join(ordinary.splitlines()[1:-1]))
    (algorithm, parameters), content = der_decode(encoded)

    def with_rounds(part: Any, rounds: int) -> Any:
        if isinstance(part, tuple):
            return tuple(with_rounds(inner, rounds) for inner in part)
        return rounds if isinstance(part, int) else part

    for rounds in (allowed + 1, 2**31, 2**80, -(2**31)):
        busy = der_encode(((algorithm, with_rounds(parameters, rounds)), content))
        pem = base64.encodebytes(busy).decode()
        field, message = problem(
            f"-----BEGIN ENCRYPTED PRIVATE KEY-----\n{pem}-----END ENCRYPTED PRIVATE KEY-----", "x"
        )
        assert (field, f"the hub does {allowed} at most" in message) == ("ssh_key", True)


def exported(**how: Any) -> bytes:
    text = DEAR.export_private_key(**how)
    return base64.b64decode(b"".join(line for line in text.splitlines() if not line.startswith(b"-----")))


WRITTEN = {
    "OPENSSH ": exported(format_name="openssh"),
    "": exported(format_name="pkcs8-pem"),
    "ENCRYPTED ": exported(format_name="pkcs8-pem", passphrase="x"),
    "EC ": b"\x30\x77\x02\x01\x01\x04\x20" + bytes(32),
    "RSA ": b"\x30\x82\x01\x00" + bytes(256),
}


@settings(max_examples=300)
@given(st.sampled_from([*WRITTEN]), st.data())
def test_a_damaged_key_is_read_or_refused(kind: str, data: st.DataObject) -> None:
    whole = data.draw(st.sampled_from([*WRITTEN.values()]) | st.binary(max_size=80))
    at = data.draw(st.integers(0, len(whole)))
    odd = st.binary(max_size=8) | st.sampled_from(
        [b"\xff" * 4, b"\x30\x80", b"\x30\x84\xff\xff\xff\xff", b"\x30\x02" * 400]
    )
    damaged = whole[:at] + data.draw(odd) + whole[at + data.draw(st.integers(0, 8)) :]
    body = base64.encodebytes(damaged).decode()
    with suppress(InvalidInput):
        private_key_read(f"-----BEGIN {kind}PRIVATE KEY-----\n{body}-----END {kind}PRIVATE KEY-----\n", "x")


@given(st.text(max_size=200), st.text(max_size=200), st.text(max_size=5))
def test_any_text_is_a_key_or_told_as_none(text: str, around: str, passphrase: str) -> None:
    for given_ in (text, f"{around}\n-----BEGIN OPENSSH PRIVATE KEY-----\n{text}\n-----END OPENSSH PRIVATE KEY-----"):
        needs_passphrase(given_)
        with suppress(InvalidInput):
            private_key_read(given_, passphrase)
