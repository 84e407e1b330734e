"""What is the same text and what is not, on every database alike."""

import pytest
from django.db import DataError, IntegrityError, connection, transaction
from django.db.models import F

from virtadmin.accounts.models import User
from virtadmin.servers.models import Server, Tag
from virtadmin.servers.services.watched import server_update

pytestmark = pytest.mark.django_db
DIFFERENT = ["buro", "Buro", "büro", "bu\u0308ro", "🔥", "🚀", "straße", "strasse", "\ufb01", "fi"]
OFFICE, FULL, ALMOST = "Das Büro 🔥", "100%_full", "100 in full"


def named(owner: User, *names: str) -> None:
    for number, name in enumerate(names):
        Server.objects.create(owner=owner, name=name, ip_address=f"192.0.2.{number}")


def test_case_accents_and_emoji_make_another_name() -> None:
    for name in DIFFERENT:
        assert Tag.objects.get_or_create(name=name)[1], name
    assert sorted(Tag.objects.values_list("name", flat=True)) == sorted(DIFFERENT)
    for name in DIFFERENT:
        assert Tag.objects.get(name=name).name == name
        with pytest.raises(IntegrityError), transaction.atomic():
            Tag.objects.create(name=name)


@pytest.mark.parametrize(
    ("lookup", "word", "found"),
    [
        ("icontains", "BÜRO", {OFFICE}),
        ("icontains", "🔥", {OFFICE}),
        ("icontains", "0%_F", {FULL}),
        ("contains", "büro", set()),
        ("contains", "Büro", {OFFICE}),
        ("iexact", OFFICE.lower(), {OFFICE}),
        ("exact", OFFICE.lower(), set()),
        ("startswith", "das", set()),
        ("istartswith", "DAS", {OFFICE}),
        ("endswith", "FULL", set()),
        ("iendswith", "FULL", {FULL, ALMOST}),
    ],
)
def test_it_is_found_whatever_the_case_where_that_is_meant(
    alice: User, lookup: str, word: str, found: set[str]
) -> None:
    named(alice, OFFICE, FULL, ALMOST)
    assert {*Server.objects.filter(**{f"name__{lookup}": word}).values_list("name", flat=True)} == found


@pytest.mark.parametrize(
    ("lookup", "count"),
    [("icontains", 1), ("istartswith", 1), ("contains", 0), ("startswith", 0), ("iendswith", 0), ("endswith", 0)],
)
def test_two_columns_are_compared_as_values_are(alice: User, lookup: str, count: int) -> None:
    named(alice, "root")
    Server.objects.update(username="ROOT at home")
    assert Server.objects.filter(**{f"username__{lookup}": F("name")}).count() == count


def test_spaces_at_an_end_make_no_other_name(alice: User) -> None:
    """A MySQL and a MariaDB take `buro` and `buro ` for the same, a PostgreSQL does not: no name has one."""
    server = Server.objects.create(owner=alice, name="s", ip_address="192.0.2.1")
    for names in (["buro ", " buro"], ["buro\u00a0"], ["buro"]):
        server_update(server=server, actor=alice, tags=names)
        assert [*Tag.objects.values_list("name", flat=True)] == ["buro"]


def test_what_is_too_long_is_refused_and_never_cut(alice: User) -> None:
    named(alice, "s")
    with pytest.raises(DataError), transaction.atomic():
        Server.objects.update(name="x" * 101)
    assert Server.objects.get().name == "s"


def test_nothing_depends_on_the_defaults_of_the_server() -> None:
    if connection.vendor == "postgresql":
        with connection.cursor() as cursor:
            cursor.execute("SELECT current_setting('timezone'), current_setting('client_encoding')")
            assert cursor.fetchone() == ("UTC", "UTF8")
        return
    isolation = "tx_isolation" if getattr(connection, "mysql_is_mariadb", False) else "transaction_isolation"
    with connection.cursor() as cursor:
        cursor.execute("SELECT engine, table_collation FROM information_schema.tables WHERE table_schema = DATABASE()")
        assert {*cursor.fetchall()} == {("InnoDB", "utf8mb4_bin")}
        cursor.execute(f"SELECT @@sql_mode, @@time_zone, @@{isolation}")
        mode, *others = cursor.fetchone()
    assert "STRICT_ALL_TABLES" in mode
    assert others == ["+00:00", "READ-COMMITTED"]
