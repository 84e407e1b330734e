"""Reading many servers from a text: every format gives back what was put in, and says what it cannot take."""

import contextlib
from string import ascii_lowercase, digits

import pytest
from hypothesis import given
from hypothesis import strategies as st

from virtadmin.core.errors import InvalidInput
from virtadmin.servers.import_reading import SERVERS_MAX, TEXT_MAX, Candidate, format_of, text_read
from virtadmin.servers.import_registry import FORMATS

PRINT = "SHA256:" + "a" * 43
WORD = st.text(ascii_lowercase, min_size=1, max_size=8)
ADDRESS = st.builds(lambda name, octet: f"{name}.example.org" if octet is None else f"192.0.2.{octet}",
                    WORD, st.none() | st.integers(0, 255))  # fmt: skip
PORT = st.integers(1, 65535)
SERVERS = st.lists(
    st.builds(Candidate, st.just(0), ADDRESS, PORT, WORD, WORD, st.just(()), st.just("")),
    min_size=1, max_size=8, unique_by=(lambda one: one.ip_address, lambda one: one.name),
)  # fmt: skip


def as_lines(servers: list[Candidate]) -> str:
    return "\n".join(f"{one.name} {one.username}@{one.ip_address}:{one.port}" for one in servers)


def as_ssh_config(servers: list[Candidate]) -> str:
    return "\n\n".join(
        f"Host {one.name}\n  HostName {one.ip_address}\n  Port={one.port}\n  User {one.username}" for one in servers
    )


def as_ini(servers: list[Candidate]) -> str:
    line = "{0.name} ansible_host={0.ip_address} ansible_port={0.port} ansible_user='{0.username}'  # a comment"
    return "[all]\n" + "\n".join(line.format(one) for one in servers)


def as_yaml(servers: list[Candidate]) -> str:
    host = (
        '    "{0.name}":\n      ansible_host: "{0.ip_address}"\n'
        '      ansible_port: {0.port}\n      ansible_user: "{0.username}"'
    )
    return "all:\n  hosts:\n" + "\n".join(host.format(one) for one in servers)


def as_csv(servers: list[Candidate]) -> str:
    rows = [f'"{one.name}";{one.ip_address};{one.port};{one.username}' for one in servers]
    return "\n".join(["Name;IP address;Port;User", *rows])


WRITTEN = {
    "lines": as_lines,
    "ssh_config": as_ssh_config,
    "ansible_ini": as_ini,
    "ansible_yaml": as_yaml,
    "csv": as_csv,
}


def test_every_format_is_tried_here() -> None:
    assert WRITTEN.keys() == set(FORMATS.names())


@pytest.mark.parametrize("name", WRITTEN)
@given(servers=SERVERS)
def test_what_is_written_is_read_and_the_format_is_found_out(name: str, servers: list[Candidate]) -> None:
    text = WRITTEN[name](servers)
    reading = text_read(text)
    assert (reading.format, reading.refusals) == (name, [])

    def shown(one: Candidate) -> tuple[str, int, str, str]:
        label = "" if one.name == one.ip_address else one.name
        return one.ip_address, one.port, one.username, label

    assert [shown(one) for one in reading.candidates] == [shown(one) for one in servers]
    assert all(1 <= one.line <= len(text.splitlines()) for one in reading.candidates)


@pytest.mark.parametrize("name", FORMATS.names())
@given(text=st.text(max_size=200) | st.text(" \n\t[]:=*!@,;-#'\"{}&<%hHostmatch" + digits, max_size=200))
def test_no_text_breaks_a_format(name: str, text: str) -> None:
    try:
        reading = text_read(text, name)
    except InvalidInput:
        return
    last = len(text.splitlines())
    assert all(0 < row.line <= last for row in [*reading.candidates, *reading.refusals])
    assert len({(one.ip_address, one.port) for one in reading.candidates}) == len(reading.candidates)


@pytest.mark.parametrize("form", FORMATS, ids=lambda form: form.name)
def test_the_example_shown_to_people_is_of_the_format(form: object) -> None:
    example = form.example  # type: ignore[attr-defined]
    assert format_of(example) == form.name  # type: ignore[attr-defined]
    reading = text_read(example)
    assert reading.candidates
    assert reading.refusals == []


def read(text: str, name: str = "") -> list[str]:
    """The candidates in short."""
    return [
        f"{one.name or '-'} {one.username or '-'}@{one.ip_address}:{one.port}" + "".join(f" #{tag}" for tag in one.tags)
        for one in text_read(text, name).candidates
    ]


def refused(text: str, name: str = "") -> list[tuple[int, str, str]]:
    """What is refused."""
    return [(row.line, row.what, row.why) for row in text_read(text, name).refusals]


@pytest.mark.parametrize(
    ("line", "result"),
    [
        ("192.0.2.1", "- -@192.0.2.1:22"),
        ("root@WEB.Example.org.", "- root@web.example.org:22"),
        ("192.0.2.1 web1", "web1 -@192.0.2.1:22"),
        ("web1 192.0.2.1", "web1 -@192.0.2.1:22"),
        ("root@192.0.2.1 web1", "web1 root@192.0.2.1:22"),
        ("web1 root@[2001:db8::1]:2222", "web1 root@2001:db8::1:2222"),
        ("2001:db8::1", "- -@2001:db8::1:22"),
        ("ssh://ops@web1:2222/", "- ops@web1:2222"),
        ("ssh -i ~/.ssh/key -p 2222 ops@web1", "- ops@web1:2222"),
        ("ssh web1 -l ops", "- ops@web1:22"),
        ("web1 # the shop", "- -@web1:22"),
        ("web1 tags=shop,eu;x", "- -@web1:22 #shop #eu #x"),
    ],
)
def test_lines_as_people_write_them(line: str, result: str) -> None:
    assert read(line, "lines") == [result]


def test_a_fingerprint_in_a_line_is_kept() -> None:
    assert text_read(f"web1 root@192.0.2.1 {PRINT}").candidates[0].fingerprint == PRINT


@pytest.mark.parametrize(
    ("line", "what", "why"),
    [
        ("ssh -J gate web1", "web1", "another host (gate)"),
        ("web1 root@a root@b", "web1", "Not understood"),
        ("root@web1:70000", "web1", "A port is a number from 1 to 65535."),
        ("root@web1:http", "web1", "A port is a number"),
        ("-x web1", "web1", "The option -x"),
        ("169.254.169.254", "169.254.169.254", "a cloud's metadata service"),
        ("https://example.org/", "https://example.org/", "without https://"),
        ("ssh web1 -J", "web1", "another host"),
    ],
)
def test_lines_that_cannot_be_imported_say_why(line: str, what: str, why: str) -> None:
    [(number, said, reason)] = refused(f"# first\n{line}", "lines")
    assert (number, said) == (2, what)
    assert why in reason


def test_a_server_named_twice_is_taken_once() -> None:
    text = "web1 192.0.2.1\nweb2 192.0.2.1:2222\nother root@192.0.2.1:22"
    assert len(read(text)) == 2
    assert refused(text) == [(3, "other", "The same server as in line 1.")]


def test_there_is_an_end_to_it() -> None:
    text = "\n".join(f"10.0.{number // 250}.{number % 250}" for number in range(SERVERS_MAX + 2))
    reading = text_read(text)
    assert len(reading.candidates) == SERVERS_MAX
    assert [row.line for row in reading.refusals] == [SERVERS_MAX + 1, SERVERS_MAX + 2]
    for wrong, field in ((" \n", "text"), ("x" * (TEXT_MAX + 1), "text")):
        with pytest.raises(InvalidInput) as caught:
            text_read(wrong)
        assert caught.value.field == field
    with pytest.raises(InvalidInput) as caught:
        text_read("web1", "excel")
    assert caught.value.field == "format_name"


SSH_CONFIG = """\
User everybody
Host web1 web2
    HostName %h.example.org
Host gate
    HostName 192.0.2.1
Host inner
    HostName 10.0.0.1
    ProxyJump gate
Host old
    ProxyCommand ssh gate nc %h %p
Host direct
    ProxyJump none
    HostName "192.0.2.9"
Host odd
    HostName %n.example.org
Match exec "true"
    User nobody
Include more/*
Host *.example.org !web2
    Port 2222
Host we* !web2
    Port 2022
garbage
"""


def test_an_ssh_config_is_judged_as_ssh_does() -> None:
    assert read(SSH_CONFIG) == [
        "web1 everybody@web1.example.org:2022",
        "web2 everybody@web2.example.org:22",
        "gate everybody@192.0.2.1:22",
        "direct everybody@192.0.2.9:22",
    ]
    assert [(line, what) for line, what, _ in refused(SSH_CONFIG)] == [
        (6, "inner"), (9, "old"), (14, "odd"), (16, 'Match exec "true"'), (18, "Include more/*"),
        (19, "*.example.org"), (21, "we*"), (23, "garbage"),
    ]  # fmt: skip
    why = [reason for *_, reason in refused(SSH_CONFIG)]
    assert "ProxyJump" in why[0]
    assert "ProxyCommand" in why[1]
    assert "only %h" in why[2]


INI = """\
lonely ansible_password=hunter2
[web]
web[01:03].example.org  ; no comment
[web2]
web[01:03].example.org
db-[a:c:2] ansible_host=192.0.2.5
jump ansible_ssh_common_args='-o ProxyJump=gate'
[db]
db1:2222
win ansible_connection=winrm
computed ansible_host="{{ lookup('env', 'X') }}"
x[3:1] y=1
"unclosed
[shop:children]
web2
db
[shop:vars]
ansible_user = "ops"
ansible_become_pass=hunter2
[all:vars]
ansible_port=2200
[odd:thing]
"""


def test_an_inventory_in_ini_expands_ranges_and_inherits() -> None:
    assert read(INI) == [
        "- -@lonely:2200",
        "- ops@web01.example.org:2200 #web2 #shop",
        "- ops@web02.example.org:2200 #web2 #shop",
        "- ops@web03.example.org:2200 #web2 #shop",
        "db-a ops@192.0.2.5:2200 #web2 #shop",
        "- ops@db1:2222 #db #shop",
    ]
    told = refused(INI)
    assert [(line, what) for line, what, _ in told] == [
        (3, "web[01:03].example.org"), (6, "db-c"), (7, "jump"), (10, "win"), (11, "computed"), (12, "x[3:1]"),
        (13, '"unclosed'), (22, "[odd:thing]"),
    ]  # fmt: skip
    assert "hunter2" not in repr(text_read(INI))


@pytest.mark.parametrize(
    ("pattern", "why"),
    [
        ("x[1:9999]", "More than"),
        ("x[1:100][1:100]", "More than"),
        ("x[a:9]", "from a number to a number"),
        ("x[1:3:0]", "step"),
        ("x[1-3]", "not understood"),
        ("x[5:1]", "ends before"),
    ],
)
def test_ranges_that_are_none_are_told(pattern: str, why: str) -> None:
    [(_, what, reason)] = refused(f"[web]\n{pattern}\n")
    assert what == pattern
    assert why in reason


def test_many_ranges_have_an_end_too() -> None:
    told = refused("[web]\na[1:1500]\nb[1:1500]\n")
    assert (3, "b[1:1500]", "More than 2000 hosts.") in told


YAML = """\
all:
  hosts:
    lonely:
  vars:
    ansible_user: root
  children:
    web:
      hosts:
        web[1:2].example.org: {ansible_port: 2222}
        jump:
          ansible_ssh_common_args: -o ProxyCommand="ssh gate -W %h:%p"
      children:
        shop:
          hosts:
            web1.example.org:
    db:
      hosts: db1
      extra: 1
"""


def test_an_inventory_in_yaml_expands_ranges_and_inherits() -> None:
    assert read(YAML) == [
        "- root@lonely:22",
        "- root@web1.example.org:2222 #web #shop",
        "- root@web2.example.org:2222 #web",
    ]
    assert [(line, what) for line, what, _ in refused(YAML)] == [(10, "jump"), (17, ""), (18, "extra")]


@pytest.mark.parametrize(
    ("text", "why"),
    [
        ("a: [", "This is no YAML: line"),
        ("- a\n- b", "made of groups"),
        ("[" * 5000, "nested too deep"),
        ("a: &a\n  children:\n    b: *a\n", "nested too deep"),
        ("a: \x08", "characters"),
        ("all:\n  hosts:\n" + "".join(f"    h{n}:\n" for n in range(20_001)), "too long"),
    ],
)
def test_yaml_that_is_no_inventory_is_refused_as_a_whole(text: str, why: str) -> None:
    with pytest.raises(InvalidInput) as caught:
        text_read(text, "ansible_yaml")
    assert caught.value.field == "text"
    assert why in caught.value.message


def test_yaml_makes_no_objects() -> None:
    text = "all:\n  hosts:\n    web1:\n      ansible_host: !!python/object/apply:os.system ['touch /tmp/x']\n"
    assert read(text) == ["- -@web1:22"]


CSV = f"""\
Label,Host,SSH port,Login,Password,Groups,Fingerprint
shop,root@192.0.2.1:2222,,,hunter2,"shop; eu",{PRINT}
"two
lines",192.0.2.2,22,ops,x,,
,,,,,,
empty,,22,,,,
short,192.0.2.3
"""


def test_a_table_is_read_by_its_headings() -> None:
    assert read(CSV) == ["shop root@192.0.2.1:2222 #shop #eu", "short -@192.0.2.3:22"]
    assert text_read(CSV).candidates[0].fingerprint == PRINT
    assert [(line, what) for line, what, _ in refused(CSV)] == [(1, "password"), (4, "two lines"), (6, "empty")]
    assert "hunter2" not in repr(text_read(CSV))


def test_a_table_without_an_address_is_refused_as_a_whole() -> None:
    for text in ("name,port\nweb,22", '"', "a\n" + "x" * 200_000):
        with pytest.raises(InvalidInput, match="first line must name"):
            text_read(text, "csv")
    with pytest.raises(InvalidInput, match="is no CSV"):
        text_read("host,name\n" + "x" * 200_000, "csv")


@pytest.mark.parametrize(
    "text",
    [
        "\n" * (TEXT_MAX - 10) + "x",
        "a:\n" * (TEXT_MAX // 3),
        "---\n" * (TEXT_MAX // 8) + "\n" * (TEXT_MAX // 4) + "x",
        "x" + "@[" * (TEXT_MAX // 2 - 1),
        "[a]\n" + "x" * (TEXT_MAX - 100) + "[1:2000]",
        "[a]\n" + "[1:1]" * (TEXT_MAX // 5 - 10),
    ],
    ids=["empty lines", "empty groups", "empty documents", "at signs", "a long name many times", "many ranges"],
)
def test_a_text_made_to_take_long_is_through_at_once(text: str) -> None:
    with contextlib.suppress(InvalidInput):  # the test ends: that is what is asked of it
        assert len(text_read(text).candidates) <= 1


@pytest.mark.parametrize(
    ("format_name", "text", "why"),
    [
        ("ssh_config", "Host " + " ".join(f"h{number}" for number in range(2001)), "2000 names after Host"),
        ("ansible_ini", "".join(f"[g{number}]\nh\n" for number in range(501)), "500 groups"),
        (
            "ansible_ini",
            "".join(f"[g{n}:children]\n" + "".join(f"c{m}\n" for m in range(450)) for n in range(3)),
            "in each other more than 1000 times",
        ),
        ("ansible_ini", "[a]\n" + "h[1:1000]\n" * 21, "named more than 20000 times"),
    ],
)
def test_what_would_be_looked_up_without_end_is_refused(format_name: str, text: str, why: str) -> None:
    with pytest.raises(InvalidInput) as refused:
        text_read(text, format_name)
    assert why in refused.value.message


def test_a_group_named_twice_in_another_is_in_it_once() -> None:
    [one] = text_read("[a]\nh1\n\n[b:children]\n" + "a\n" * 2000, "ansible_ini").candidates
    assert one.tags == ("a", "b")
