"""Key pairs: made for servers, and read as people give them."""

from typing import NamedTuple

import asyncssh

from virtadmin.core.errors import InvalidInput

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
    try:
        return asyncssh.import_private_key(body, passphrase or None)
    except asyncssh.KeyEncryptionError as error:
        raise InvalidInput("ssh_key_passphrase", _passphrase_problem(passphrase, error)) from None
    except (asyncssh.KeyImportError, ValueError) as error:
        if "assphrase" in str(error):  # PEM without a passphrase ends here
            raise InvalidInput("ssh_key_passphrase", _passphrase_problem(passphrase, error)) from None
        raise InvalidInput("ssh_key", f"This is no private key the hub can read ({error}).") from None


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


def _passphrase_problem(passphrase: str, error: Exception) -> str:
    if not passphrase:
        return "This key needs its passphrase."
    if "assphrase" in str(error) or "decrypt" in str(error).lower():
        return "Wrong passphrase for this key."
    return f"The key cannot be decrypted: {error}."
