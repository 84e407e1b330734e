"""Lines as people type or paste them: `[name] user@host[:port] [SHA256:…] [tags=a,b]`, also `ssh user@host -p 2222`."""

import ipaddress
from dataclasses import dataclass, replace

from virtadmin.servers.import_format import JUMPED, Entry, Found, is_fingerprint, lines_of, tags_read, target_read

OPTIONS = {"-p": "port", "-l": "username"}
IGNORED = frozenset({"-i", "-o", "-F"})
"""Options of ssh with a value that says nothing of where the server is."""
NOT_UNDERSTOOD = "Not understood. A line is: name (if you like), user@host:port, fingerprint (if you know it)."


class Plain:
    """Pasted lines."""

    name = "lines"
    label = "Lines"
    example = "web1 root@192.0.2.10\nroot@192.0.2.11:2222\n192.0.2.12 tags=shop,eu\nssh ops@192.0.2.13 -p 2200"

    def fits(self, text: str) -> bool:
        """Whatever nothing else is."""
        return True

    def read(self, text: str) -> Found:
        """A server a line."""
        found = Found()
        for number, line in lines_of(text):
            words = line.partition(" #")[0].split()
            _read_line(number, words, found)
        return found


@dataclass
class _Line:
    """What the words of a line say."""

    words: list[str]
    """Those that are name or target."""
    port: str = ""
    username: str = ""
    fingerprint: str = ""
    tags: tuple[str, ...] = ()
    wrong: str = ""


def _read_line(number: int, words: list[str], found: Found) -> None:
    said = _sorted(words[1:] if words[0] == "ssh" and len(words) > 1 else words)
    name, word = _name_and_target(said.words)
    target = target_read(word)
    if said.wrong or target is None:
        found.refuse(number, word or words[0], said.wrong or NOT_UNDERSTOOD)
        return
    entry = Entry(number, target.host, target.port, target.username, name, said.tags, said.fingerprint)
    found.entries.append(replace(entry, port=said.port or entry.port, username=said.username or entry.username))


def _sorted(words: list[str]) -> _Line:
    """The words by what they are."""
    line, left = _Line([]), list(words)
    while left:
        word = left.pop(0)
        if word in OPTIONS and left:
            setattr(line, OPTIONS[word], left.pop(0))
        elif word in IGNORED and left:
            left.pop(0)
        elif word == "-J":
            line.wrong = JUMPED.format(left.pop(0) if left else "-J")
        else:
            _sort_word(word, line)
    return line


def _sort_word(word: str, line: _Line) -> None:
    if is_fingerprint(word):
        line.fingerprint = word
    elif word.startswith("tags="):
        line.tags = tags_read(word.removeprefix("tags="))
    elif word.startswith("-"):
        line.wrong = f"The option {word[:20]} is not understood."
    else:
        line.words.append(word)


def _name_and_target(words: list[str]) -> tuple[str, str]:
    """Which of one or two words is the server's name; ("", "") if there are others than that."""
    if len(words) == 1:
        return "", words[0]
    if len(words) != 2:
        return "", ""
    first, second = words
    if ("@" in first and "@" not in second) or (_is_ip(first) and not _is_ip(second) and "@" not in second):
        return second, first  # as in /etc/hosts
    return first, second


def _is_ip(word: str) -> bool:
    try:
        ipaddress.ip_address(word)
    except ValueError:
        return False
    return True
