"""Key pairs, made and read."""

import base64
import subprocess
from pathlib import Path

import pytest

from virtadmin.core.errors import InvalidInput
from virtadmin.ssh.keys import key_pair_generate, needs_passphrase, private_key_read
from virtadmin.ssh.openssh_key import lock_of

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
