"""What the scripts say, as the hub hears it."""

from hypothesis import given
from hypothesis import strategies as st

from virtadmin.servers.enrolment.lines import Said


def test_it_follows_a_script_to_its_end() -> None:
    said = Said()
    shown = [
        said.hear(line)
        for line in (
            "@system Linux 6.1.0 debian",
            "@step user",
            "Made the user virtadmin.",
            "@step polish",
            "@proof user gone",
            "@left /home/ops/notes.txt",
            "@done root virtadmin plain-python",
        )
    ]
    assert shown == [
        "System: Linux 6.1.0 debian",
        "Step: make the user",
        "Made the user virtadmin.",
        "Step: polish",
        "Proof: user gone",
        "Stays: /home/ops/notes.txt",
        "Installed for the user virtadmin; the probe runs by the system's Python.",
    ]
    assert (said.step, said.done, said.failure) == ("user", ("root", "virtadmin", "plain-python"), None)
    assert said.system == "Linux 6.1.0 debian"


def test_a_reason_is_kept_for_the_outcome() -> None:
    said = Said()
    assert said.hear("@fail disk_full /home is full: free some space.") == ""
    assert said.failure == ("disk_full", "/home is full: free some space.")
    said.hear("@fail odd")
    assert said.failure == ("odd", "odd")


def test_an_end_without_words_is_an_end() -> None:
    said = Said()
    assert said.hear("@done") == "Done."
    assert said.done == ("", "", "")


def test_it_remembers_the_last_lines_only() -> None:
    said = Said()
    for line in ("one", "", "two", "three", "four"):
        said.hear(line)
    assert said.tail == ["two", "three", "four"]


@given(st.lists(st.text(max_size=40)))
def test_no_line_breaks_it(lines: list[str]) -> None:
    said = Said()
    for line in lines:
        assert isinstance(said.hear(line), str)
