"""Looking at a host before a login is given to it."""

import pytest

from tests.api.conftest import Caller
from tests.api.test_problems import fields, told
from tests.hosts.fixtures import MakeHost
from virtadmin.accounts.models import User
from virtadmin.servers.services.host_keys import SCANS_A_MINUTE

PATH = "/api/host-keys/"


def test_the_keys_are_those_the_host_has(alice: User, by_token: Caller, make_host: MakeHost) -> None:
    host = make_host("api-keys", "127.0.1.153")
    answer = by_token(alice).post(PATH, {"ip_address": host.address})
    shown = answer.json()["keys"]
    assert [key["algorithm"] for key in shown] == ["ssh-ed25519", "ecdsa-sha2-nistp256", "ssh-rsa"]
    assert shown[0]["fingerprint"] in host.sh("ssh-keygen -lf /etc/ssh/ssh_host_ed25519_key.pub")


def test_a_failure_names_its_stage_and_what_to_do(alice: User, by_token: Caller) -> None:
    detail = told(by_token(alice).post(PATH, {"ip_address": "127.0.1.154", "port": 9}), 502)["detail"]
    assert detail.startswith("refused: Nothing listens on port 9")
    assert "Check the port" in detail


@pytest.mark.parametrize("address", ["169.254.169.254", "fe80::1", "root@host", ""])
def test_what_the_hub_does_not_connect_to_is_refused(address: str, alice: User, by_token: Caller) -> None:
    assert fields(told(by_token(alice).post(PATH, {"ip_address": address}), 400)).keys() == {"ip_address"}


def test_it_is_rate_limited_for_each_person(alice: User, charlie: User, by_token: Caller) -> None:
    client, body = by_token(alice), {"ip_address": "127.0.1.154", "port": 9}
    answers = [client.post(PATH, body) for _ in range(2 * SCANS_A_MINUTE + 1)]  # a new minute may begin meanwhile
    refused = next(answer for answer in answers if answer.status_code == 429)
    told(refused, 429)
    assert 0 < int(refused["Retry-After"]) <= 60
    told(by_token(charlie).post(PATH, body), 502)
