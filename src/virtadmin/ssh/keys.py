"""Key pairs: made for servers, and read as people give them."""

from typing import NamedTuple

import asyncssh

from virtadmin.core.errors import InvalidInput
from virtadmin.ssh.key_text import block_of, too_dear
from virtadmin.ssh.openssh_key import lock_of

PUBLIC_PREFIXES = ("ssh-", "ecdsa-", "sk-", "---- BEGIN SSH2 PUBLIC KEY", "-----BEGIN PUBLIC KEY")


class KeyPair(NamedTuple):
    """Both halves in OpenSSH's formats."""

    private: str
    public: str


def key_pair_generate() -> KeyPair:
    """A new ed25519 pair; the public half has no comment."""
    key = asyncssh.generate_private_key("ssh-ed25519")
    return KeyPair(key.export_private_key("openssh").decode(), key.export_public_key("openssh").decode().strip())


def private_key_read(text: str, passphrase: str = "") -> asyncssh.SSHKey:
    """The private key a person gave: OpenSSH, PEM (PKCS#1, SEC 1) or PKCS#8, encrypted or not.

    Raises InvalidInput naming `ssh_key` or `ssh_key_passphrase`.
    """
    body = _normalized(text)
    _refuse_lookalikes(body)
    block = block_of(body)
    if block is None:
        raise InvalidInput("ssh_key", "This is no private key the hub can read (it is not whole).")
    if dear := too_dear(block):
        raise InvalidInput("ssh_key", f"This key takes {dear}.")
    try:
        return asyncssh.import_private_key(block.text, passphrase or None)
    except (asyncssh.KeyEncryptionError, asyncssh.KeyImportError, ValueError) as error:
        said = str(error).rstrip(".")
        tried = bool(passphrase) and needs_passphrase(body)  # one wrong one in 256 unlocks a PEM key, to what is no key
        if tried or "assphrase" in said or "decrypt" in said:  # how it is said differs by format
            problem = "Wrong passphrase for this key." if passphrase else "This key needs its passphrase."
            raise InvalidInput("ssh_key_passphrase", problem) from None
        raise InvalidInput("ssh_key", f"This is no private key the hub can read ({said}).") from None


def needs_passphrase(text: str) -> bool:
    """Whether the private key is locked with a passphrase, as far as its head tells."""
    lock = lock_of(_normalized(text))
    return lock.cipher != "none" if lock else "ENCRYPTED" in text


def _normalized(text: str) -> str:
    """Pasted keys come with Windows line ends, indented, or without the last line end."""
    return "\n".join(line.strip() for line in text.strip().splitlines()) + "\n"


def _refuse_lookalikes(body: str) -> None:
    if body.startswith("PuTTY-User-Key-File"):
        raise InvalidInput(
            "ssh_key",
            "This is a PuTTY key. Convert it: in PuTTYgen, Conversions, Export OpenSSH key; "
            "or run `puttygen key.ppk -O private-openssh -o key`.",
        )
    if body.startswith(PUBLIC_PREFIXES):
        raise InvalidInput("ssh_key", "This is a public key. Give the private one: the file without .pub.")
    if "PRIVATE KEY-----" not in body:
        raise InvalidInput("ssh_key", "This is no private key: it starts with -----BEGIN … PRIVATE KEY-----.")
