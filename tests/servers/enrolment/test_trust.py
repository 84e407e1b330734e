"""Which host keys are believed."""

import asyncssh
import pytest

from virtadmin.servers.enrolment.failures import RunFailed
from virtadmin.servers.enrolment.trust import believed, to_pin
from virtadmin.ssh.host_keys import HostKey, host_key
from virtadmin.ssh.stages import ConnectionFailure, Stage


def key(kind: str = "ssh-ed25519") -> HostKey:
    return host_key(asyncssh.generate_private_key(kind).convert_to_public())


ED, ECDSA, OTHER_ED = key(), key("ecdsa-sha2-nistp256"), key()


def test_at_first_sight_all_keys_are_believed() -> None:
    assert believed([ED, ECDSA], pinned=[], fingerprint="") == [ED, ECDSA]


def test_a_fingerprint_decides_alone() -> None:
    assert believed([ED, ECDSA], pinned=[OTHER_ED], fingerprint=ECDSA.fingerprint) == [ECDSA]
    with pytest.raises(RunFailed) as caught:
        believed([ED, ECDSA], pinned=[ED], fingerprint=OTHER_ED.fingerprint)
    assert ED.fingerprint in caught.value.message
    assert "no login was sent" in caught.value.message


def test_pinned_keys_are_believed_and_new_types_are_not_yet() -> None:
    assert believed([ED, ECDSA], pinned=[ED], fingerprint="") == [ED]


@pytest.mark.parametrize("shown", [[OTHER_ED, ECDSA], [OTHER_ED], [ECDSA]])
def test_a_changed_key_is_refused_even_if_another_one_fits(shown: list[HostKey]) -> None:
    with pytest.raises(ConnectionFailure) as caught:
        believed(shown, pinned=[ED] if len(shown) == 1 else [ED, ECDSA], fingerprint="")
    assert caught.value.stage == Stage.HOST_KEY_CHANGED


def test_only_keys_the_host_vouches_for_are_pinned_besides_the_trusted() -> None:
    rsa = key("ecdsa-sha2-nistp384")
    assert to_pin([ED, ECDSA, rsa], trusted=[ED], vouched=[ECDSA, OTHER_ED]) == [ED, ECDSA]
