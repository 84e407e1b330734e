"""Adding a server and following its enrolment."""

import pytest

from tests.web.conftest import SignIn
from virtadmin.accounts.models import User
from virtadmin.servers.models import InitialServerProfile, Server, UnknownSystem
from virtadmin.web import progress

Status, Step = InitialServerProfile.Status, InitialServerProfile.Step
LOGIN = {"ip_address": "192.0.2.50", "port": "22", "username": "root", "password": "root-secret"}


def test_a_login_starts_an_enrolment_and_leads_to_it(alice: User, sign_in: SignIn) -> None:
    answer = sign_in(alice).post("/servers/add/", LOGIN)
    profile = InitialServerProfile.objects.get()
    assert answer.headers["Location"] == f"/enrolments/{profile.pk}/"
    assert (profile.owner, profile.ip_address, profile.password) == (alice, "192.0.2.50", "root-secret")
    page = sign_in(alice).get(answer.headers["Location"]).content.decode()
    assert "Waiting for a worker" in page
    assert "root-secret" not in page


def test_htmx_is_led_on_by_its_own_header(alice: User, sign_in: SignIn) -> None:
    answer = sign_in(alice).post("/servers/add/", LOGIN, headers={"HX-Request": "true", "HX-Target": "form#add"})
    assert answer.headers["HX-Redirect"] == f"/enrolments/{InitialServerProfile.objects.get().pk}/"


@pytest.mark.parametrize(
    ("change", "field", "said"),
    [
        ({"ip_address": "root@host"}, "ip_address", "id_ip_address_error"),
        ({"ip_address": ""}, "ip_address", "This field is required."),
        ({"port": "70000"}, "port", "65535"),
        ({"password": ""}, "password", "Give a password or a private key"),
        ({"password": "", "ssh_key": "nonsense"}, "ssh_key", "id_ssh_key_error"),
        ({"host_key_fingerprint": "MD5:aa"}, "host_key_fingerprint", "SHA256"),
    ],
)
def test_what_the_service_refuses_stands_beside_its_field(
    change: dict[str, str], field: str, said: str, alice: User, sign_in: SignIn
) -> None:
    page = sign_in(alice).post("/servers/add/", {**LOGIN, **change}).content.decode()
    assert said in page
    assert f'field wrong {field}"' in page
    assert "root-secret" not in page
    assert not InitialServerProfile.objects.exists()


def test_a_second_run_for_an_address_is_refused_above_the_form(alice: User, sign_in: SignIn) -> None:
    client = sign_in(alice)
    client.post("/servers/add/", LOGIN)
    assert "A run for this address is under way" in client.post("/servers/add/", LOGIN).content.decode()


def test_viewers_cannot_add(bob: User, sign_in: SignIn) -> None:
    assert sign_in(bob).get("/servers/add/").status_code == 403
    assert sign_in(bob).post("/servers/add/", LOGIN).status_code == 403


def test_by_hand_it_shows_the_script_and_verifies_when_told(alice: User, sign_in: SignIn) -> None:
    client = sign_in(alice)
    answer = client.post(
        "/servers/add/", {"ip_address": "192.0.2.51", "port": "22", "username": "root", "by_hand": "1"}
    )
    profile = InitialServerProfile.objects.get()
    page = client.get(answer.headers["Location"]).content.decode()
    assert Server.objects.get().public_key.split()[1] in page
    assert "PRIVATE KEY" not in page
    assert "Waiting for you" in page
    client.post(f"/enrolments/{profile.pk}/verify/")
    InitialServerProfile.objects.update(status=Status.RUNNING)
    again = client.post(f"/enrolments/{profile.pk}/verify/", follow=True).content.decode()
    assert "is being verified" in again


def test_verifying_is_for_those_who_may_add(bob: User, sign_in: SignIn) -> None:
    profile = InitialServerProfile.objects.create(owner=bob, ip_address="192.0.2.52", by_hand=True)
    assert sign_in(bob).post(f"/enrolments/{profile.pk}/verify/").status_code == 403


def test_a_failure_says_where_what_and_what_to_do_and_keeps_what_was_typed(alice: User, sign_in: SignIn) -> None:
    profile = InitialServerProfile.objects.create(
        owner=alice, ip_address="192.0.2.53", port=2222, username="ops", status=Status.FAILED, step=Step.KEY,
        log="It begins.\nFailed: The disk is full. Make room and try again.\n",
    )  # fmt: skip
    page = sign_in(alice).get(f"/enrolments/{profile.pk}/").content.decode()
    assert "It failed at: Install a key" in page
    assert '<p class="box error">The disk is full. Make room and try again.</p>' in page
    assert "step=address&amp;ip_address=192.0.2.53&amp;port=2222&amp;username=ops" in page
    form = sign_in(alice).get("/servers/add/?step=all&ip_address=192.0.2.53&port=2222&username=ops").content.decode()
    assert all(f'value="{typed}"' in form for typed in ("192.0.2.53", "2222", "ops"))


def test_a_system_that_cannot_be_watched_says_what_was_tried(alice: User, sign_in: SignIn) -> None:
    UnknownSystem.objects.create(owner=alice, ip_address="192.0.2.56", system="Plan 9", tried="probe.sh: no /proc")
    profile = InitialServerProfile.objects.create(owner=alice, ip_address="192.0.2.56", status=Status.FAILED)
    page = sign_in(alice).get(f"/enrolments/{profile.pk}/").content.decode()
    assert "It says it is: Plan 9." in page
    assert "probe.sh: no /proc" in page


def test_success_leads_to_the_server(alice: User, web1: Server, sign_in: SignIn) -> None:
    profile = InitialServerProfile.objects.create(
        owner=alice, ip_address="192.0.2.10", status=Status.SUCCEEDED, step=Step.VERIFY, server=web1
    )
    page = sign_in(alice).get(f"/enrolments/{profile.pk}/").content.decode()
    assert f'href="/servers/{web1.pk}/"' in page
    assert 'data-live="profile"' not in page  # nothing more will come


def test_strangers_see_no_enrolment(alice: User, bob: User, charlie: User, admin_person: User, sign_in: SignIn) -> None:
    profile = InitialServerProfile.objects.create(owner=alice, ip_address="192.0.2.54", status=Status.RUNNING)
    seen = [sign_in(who).get(f"/enrolments/{profile.pk}/").status_code for who in (alice, admin_person, bob, charlie)]
    assert seen == [200, 200, 404, 404]
    assert "is being added" in sign_in(alice).get("/").content.decode()
    assert "is being added" not in sign_in(charlie).get("/").content.decode()


@pytest.mark.parametrize(
    ("status", "step", "states"),
    [
        (Status.PENDING, Step.AUTHENTICATE, ["todo"] * 7),
        (Status.RUNNING, Step.KEY, ["done"] * 3 + ["now"] + ["todo"] * 3),
        (Status.FAILED, Step.USER, ["done", "failed"] + ["todo"] * 5),
        (Status.SUCCEEDED, Step.VERIFY, ["done"] * 7),
    ],
)
def test_steps_are_done_now_failed_or_to_come(status: str, step: str, states: list[str]) -> None:
    profile = InitialServerProfile(status=status, step=step)
    assert [stride.state for stride in progress.strides(profile)] == states


def test_a_removal_is_followed_on_the_same_page(alice: User, sign_in: SignIn) -> None:
    profile = InitialServerProfile.objects.create(
        owner=alice, ip_address="192.0.2.55", action="unenrol", status=Status.SUCCEEDED
    )
    log = "Step: x\nProof: key gone\nProof: user gone\nProof: key gone\nStays: the user's crontab\nSucceeded: gone.\n"
    InitialServerProfile.objects.update(log=log)
    page = sign_in(alice).get(f"/enrolments/{profile.pk}/").content.decode()
    assert "It is gone" in page
    assert page.count("The hub&#x27;s key is not in authorized_keys any more") == 1
    assert "There is no user virtadmin any more" in page
    assert "The probe, its environment and its files are gone" not in page
    assert "</svg>Stays: the user&#x27;s crontab" in page
    InitialServerProfile.objects.update(status=Status.RUNNING)
    assert "is being taken away" in sign_in(alice).get("/").content.decode()
