"""A table with a line of headings: what spreadsheets, inventories and cloud consoles give out as CSV."""

import csv
import io
from collections.abc import Mapping

from virtadmin.servers.import_format import Entry, Found, tags_read, target_read, unreadable

COLUMNS = {
    "address": ("address", "ip_address", "ip", "host", "hostname", "fqdn", "server", "public_ip", "ansible_host"),
    "port": ("port", "ssh_port"),
    "username": ("username", "user", "login", "ssh_user"),
    "name": ("name", "label", "title", "alias"),
    "tags": ("tags", "tag", "groups", "group", "labels"),
    "fingerprint": ("fingerprint", "host_key_fingerprint", "host_key"),
}
"""Field: the headings it is known by, the better first. Small and capital letters, blanks and hyphens are the same."""
SECRET = ("password", "pass", "passwd", "secret", "ssh_key", "key", "private_key", "passphrase")
DELIMITERS = ",;\t|"


class CsvTable:
    """A table with headings."""

    name = "csv"
    label = "CSV with headings"
    example = "name,address,port,user,tags\nweb1,192.0.2.10,22,root,shop;eu\ndb1,db1.example.org,2222,ops,"

    def fits(self, text: str) -> bool:
        """Its first line has an address among several headings."""
        headings = _headings(text)
        return len(headings) > 1 and "address" in _columns(headings)

    def read(self, text: str) -> Found:
        """A server a row."""
        headings = _headings(text)
        columns = _columns(headings)
        if "address" not in columns:
            raise unreadable(
                "The first line must name the columns, one of them address, host or ip: name,address,port,user,tags"
            )
        found = Found()
        for column in headings:
            if column in SECRET:
                found.refuse(1, column, "Secrets are not read from files: give the login on this page instead.")
        rows = csv.reader(io.StringIO(text.strip()), delimiter=_delimiter(text))
        try:
            next(rows)
            for row in rows:
                _read_row(rows.line_num, {field: _cell(row, place) for field, place in columns.items()}, row, found)
        except csv.Error as error:
            raise unreadable(f"Line {rows.line_num} is no CSV: {error}.") from None
        return found


def _headings(text: str) -> list[str]:
    first = text.strip().splitlines()[:1]
    try:
        cells = next(csv.reader(first, delimiter=_delimiter(text)), [])
    except csv.Error:
        return []
    return [cell.strip().lower().replace(" ", "_").replace("-", "_") for cell in cells]


def _delimiter(text: str) -> str:
    first = (text.strip().splitlines() or [""])[0]
    return max(DELIMITERS, key=first.count)


def _columns(headings: list[str]) -> dict[str, int]:
    """Which column holds which field."""
    columns = {}
    for field, names in COLUMNS.items():
        named = next((name for name in names if name in headings), None)
        if named is not None:
            columns[field] = headings.index(named)
    return columns


def _cell(row: list[str], place: int) -> str:
    return row[place].strip() if place < len(row) else ""


def _read_row(line: int, cells: Mapping[str, str], row: list[str], found: Found) -> None:
    if not any(cell.strip() for cell in row):
        return
    target = target_read(cells["address"]) if cells["address"] else None
    if target is None:
        found.refuse(line, cells.get("name", "") or cells["address"], "There is no address in this row.")
        return
    found.entries.append(
        Entry(
            line=line,
            address=target.host,
            port=cells.get("port", "") or target.port,
            username=cells.get("username", "") or target.username,
            name=cells.get("name", ""),
            tags=tags_read(cells.get("tags", "")),
            fingerprint=cells.get("fingerprint", ""),
        )
    )
