"""Two-factor sign-in: set up, asked for, used up, switched off."""

from datetime import timedelta

import pytest
import time_machine
from auditlog.models import LogEntry
from django.contrib.auth import authenticate
from django.core.cache import cache
from django.db import connection
from django.test import RequestFactory
from django.utils import timezone

from tests.accounts.phone import Phone, set_up
from virtadmin.accounts.models import Authenticator, RecoveryCode, User
from virtadmin.accounts.two_factor import (
    GUESSES_MOST,
    code_accept,
    recovery_codes_left,
    recovery_codes_renew,
    two_factor_begin,
    two_factor_confirm,
    two_factor_demanded,
    two_factor_end,
    two_factor_missing,
    two_factor_on,
    two_factor_reset,
)
from virtadmin.core.errors import Conflict, InvalidInput, NotAllowed


def sign_in(**given: object) -> object:
    return authenticate(RequestFactory().post("/login/"), username="alice", password="alice-password", **given)


def test_it_is_on_once_a_code_confirmed_it(alice: User) -> None:
    seen = two_factor_begin(user=alice).secret
    secret = two_factor_begin(user=alice).secret
    assert secret != seen, "who saw the one begun before cannot know the one that is confirmed"
    assert not two_factor_on(alice)
    assert sign_in() == alice
    phone, now = Phone(secret), timezone.now()
    for password, code, field in (("guess", phone.code(), "password"), ("alice-password", phone.wrong(), "code")):
        with pytest.raises(InvalidInput) as refused:
            two_factor_confirm(user=alice, password=password, code=code, now=now)
        assert refused.value.field == field
    assert not two_factor_on(alice)
    codes = two_factor_confirm(user=alice, password="alice-password", code=phone.code(), now=now)
    assert (len(codes), len(set(codes)), {len(code) for code in codes}) == (10, 10, {19})
    assert two_factor_on(alice)
    with pytest.raises(Conflict):
        two_factor_begin(user=alice)
    with pytest.raises(Conflict):
        two_factor_confirm(user=alice, password="alice-password", code=phone.code(1), now=now)


def test_a_password_alone_then_lets_nobody_in(alice: User) -> None:
    phone, _ = set_up(alice)
    assert sign_in() is None
    assert sign_in(otp=phone.wrong()) is None
    code = phone.code()
    assert sign_in(otp=code) == alice
    assert sign_in(otp=code) is None, "a code works once"
    assert sign_in(otp=phone.code(-1)) is None, "nor do those before it"
    assert sign_in(otp=phone.code(1)) == alice


def test_each_recovery_code_works_once_however_it_is_typed(alice: User) -> None:
    _, codes = set_up(alice)
    now = timezone.now()
    assert code_accept(user=alice, code=codes[0], now=now)
    assert not code_accept(user=alice, code=codes[0], now=now)
    assert code_accept(user=alice, code=f" {codes[1].replace('-', '').upper()} ", now=now)
    assert recovery_codes_left(alice) == 8


def test_new_recovery_codes_end_the_old_ones(alice: User) -> None:
    phone, old = set_up(alice)
    now = timezone.now()
    with pytest.raises(InvalidInput):
        recovery_codes_renew(user=alice, code=phone.wrong(), now=now)
    new = recovery_codes_renew(user=alice, code=phone.code(), now=now)
    assert not code_accept(user=alice, code=old[0], now=now)
    assert code_accept(user=alice, code=new[0], now=now)


def test_it_takes_password_and_code_to_switch_it_off(alice: User) -> None:
    phone, _ = set_up(alice)
    now = timezone.now()
    for password, code, field in (("guess", phone.code(), "password"), ("alice-password", phone.wrong(), "code")):
        with pytest.raises(InvalidInput) as refused:
            two_factor_end(user=alice, password=password, code=code, now=now)
        assert refused.value.field == field
    two_factor_end(user=alice, password="alice-password", code=phone.code(), now=now)
    assert not two_factor_on(alice)
    assert not RecoveryCode.objects.exists()
    assert sign_in() == alice
    with pytest.raises(Conflict):
        two_factor_end(user=alice, password="alice-password", code="", now=now)
    assert not code_accept(user=alice, code=phone.code(1), now=now)


def test_an_admin_switches_it_off_for_others_and_nobody_else_does(alice: User, bob: User, admin_person: User) -> None:
    set_up(alice)
    with pytest.raises(NotAllowed):
        two_factor_reset(user=alice, actor=bob)
    two_factor_reset(user=alice, actor=admin_person)
    assert not two_factor_on(alice)
    assert LogEntry.objects.get_for_object(alice).latest("pk").changes_dict == {"two-factor sign-in": ["on", "off"]}
    newest = LogEntry.objects.latest("pk")
    two_factor_reset(user=alice, actor=admin_person)
    assert LogEntry.objects.latest("pk") == newest, "what was off already is no change"


@pytest.mark.parametrize(("setting", "demanded"), [("", []), ("staff", ["root"]), ("all", ["alice", "root"])])
def test_a_setting_demands_it(
    alice: User, admin_person: User, settings: object, setting: str, demanded: list[str]
) -> None:
    settings.REQUIRE_TOTP = setting  # type: ignore[attr-defined]
    assert [user.username for user in (alice, admin_person) if two_factor_demanded(user)] == demanded
    assert two_factor_missing(admin_person) == bool(setting)
    set_up(admin_person)
    assert not two_factor_missing(admin_person)


def test_its_secrets_are_in_no_table_and_no_log(alice: User) -> None:
    phone, codes = set_up(alice)
    secret = Authenticator.objects.get().secret
    with connection.cursor() as cursor:
        cursor.execute("SELECT secret FROM accounts_authenticator")
        [(stored,)] = cursor.fetchall()
        cursor.execute("SELECT digest FROM accounts_recoverycode")
        digests = {row[0] for row in cursor.fetchall()}
    assert secret not in stored
    assert not {code.replace("-", "") for code in codes} & digests
    logged = " ".join(str(entry.changes) for entry in LogEntry.objects.all())
    assert secret not in logged
    assert stored not in logged
    assert phone.code(-2) not in logged
    told = [entry.changes_dict.get("two-factor sign-in") for entry in LogEntry.objects.get_for_object(alice)]
    assert ["off", "on"] in told, "that it was switched on is told"


def test_the_log_of_changes_has_no_part_of_a_password(alice: User) -> None:
    before = alice.password
    alice.set_password("another-good-one")
    alice.save()
    [entry] = LogEntry.objects.filter(changes__has_key="password").exclude(action=LogEntry.Action.CREATE)
    assert entry.changes_dict["password"] == ["••••••", "••••••"]
    assert before[-10:] not in str(LogEntry.objects.values_list("changes", flat=True))


def test_a_code_an_hour_old_is_over(alice: User) -> None:
    phone, _ = set_up(alice)
    then = timezone.now() + timedelta(hours=1)
    assert not code_accept(user=alice, code=phone.code(), now=then)


@pytest.mark.usefixtures("valkey")
def test_codes_are_not_guessed_from_many_addresses(alice: User) -> None:
    phone, recovery = set_up(alice)
    for number in range(GUESSES_MOST):
        request = RequestFactory().post("/login/", REMOTE_ADDR=f"192.0.2.{number}")
        assert authenticate(request, username="alice", password="alice-password", otp=phone.wrong()) is None
    assert sign_in(otp=phone.code()) is None, "nor by the right one, which may be a guess"
    assert sign_in(otp=recovery[0]) == alice
    with time_machine.travel(timezone.now() + timedelta(hours=2)):
        cache.clear()  # whose own clock the test does not move
        assert sign_in(otp=phone.code()) == alice
