"""What each command answers. Everything is limited to what the linked person may see; the services do the rest."""

from collections import Counter
from collections.abc import Mapping
from datetime import datetime

from virtadmin.accounts.models import User
from virtadmin.alerting.attending import incident_acknowledge
from virtadmin.alerting.models import Incident
from virtadmin.alerting.rules.silences import incident_silence
from virtadmin.alerting.selectors import incidents_open, incidents_visible
from virtadmin.alerting.subject import called
from virtadmin.chatbots import wording
from virtadmin.chatbots.commands import Command, number
from virtadmin.chatbots.contract import Reply
from virtadmin.chatbots.processes import heaviest_now
from virtadmin.chatbots.selectors import servers_called, servers_shown, websites_shown
from virtadmin.notifications.chat_buttons import ACKNOWLEDGE, SILENCE, buttons_of
from virtadmin.servers.models import Server

LISTED = 30
"""Servers, websites or incidents that one answer names."""
BUTTONED = 5
"""With more incidents than these, buttons would fill the screen."""
HOUR = 3600
NOTHING_OPEN = "Nothing is open."


def answer(user: User, command: Command, now: datetime) -> Reply:
    """The answer to a command that reads or acts. Raises VirtadminError with what a service refused."""
    match command.name:
        case "status":
            return status(user, now)
        case "servers":
            return servers(user)
        case "server":
            return server(user, command.argument, now)
        case "websites":
            return websites(user)
        case "incidents":
            return incidents(user, now)
        case "ack":
            return act(user, ACKNOWLEDGE, chosen(user, command, now))
        case _:
            return act(user, SILENCE, chosen(user, command, now))


def status(user: User, now: datetime) -> Reply:
    """How many servers and websites are well, and what is open."""
    of_servers = _well(Counter(row.status for row in servers_shown(user)), "server", wording.STATES)
    of_websites = _well(Counter(row.status for row in websites_shown(user)), "website", wording.WEBSITE_STATES)
    head = " ".join(part for part in (of_servers, of_websites) if part)
    if not head:
        return Reply("No server is watched yet for you. Add one on your hub's page.")
    told = incidents(user, now)
    return Reply(f"{head}\n\n{told.text}" if told.buttons else f"{head} {told.text}", told.buttons)


def servers(user: User) -> Reply:
    """Every server with its newest numbers, those in trouble first."""
    rows = list(servers_shown(user))
    if not rows:
        return Reply("No server is watched yet for you. Add one on your hub's page.")
    rows.sort(key=lambda row: row.status in ("up", "paused"))
    return Reply(_list([wording.server_line(row) for row in rows], "server"))


def websites(user: User) -> Reply:
    """Every website with what its newest check said, those in trouble first."""
    rows = list(websites_shown(user))
    if not rows:
        return Reply("No website is watched yet for you.")
    rows.sort(key=lambda row: row.status in ("up", "paused"))
    return Reply(_list([wording.website_line(row) for row in rows], "website"))


def server(user: User, name: str, now: datetime) -> Reply:
    """One server: its numbers, its heaviest processes, and what is open there."""
    if not name:
        return Reply("Which one? Say its name after the command, such as: server web1")
    found = servers_called(user, name)
    if not found:
        return Reply(f"None of your servers is called {wording.short(name)}.")
    if len(found) > 1:
        return Reply(f"Which one do you mean?\n{_list([wording.short(row.name) for row in found], 'server')}")
    return _server(user, found[0], now)


def incidents(user: User, now: datetime) -> Reply:
    """What is open, with buttons while they are few."""
    rows = list(_open(user))
    if not rows:
        return Reply(NOTHING_OPEN)
    head = f"{wording.count(len(rows), 'incident')} {'is' if len(rows) == 1 else 'are'} open:"
    return Reply(f"{head}\n{_list([wording.incident_line(row, now) for row in rows], 'incident')}", _buttons(rows))


def chosen(user: User, command: Command, now: datetime) -> Incident | Reply:
    """The incident a command means: the one it names, else the only one it can mean; or the question which."""
    if command.argument:
        wanted = number(command.argument)
        row = incident_called(user, wanted) if wanted is not None else None
        return row or Reply(f"There is no incident {wording.short(command.argument)} that you could see.")
    rows = list(_open(user))
    fresh = [row for row in rows if not row.acknowledged] if command.name == "ack" else rows
    if len(fresh) == 1:
        return fresh[0]
    if not rows:
        return Reply(NOTHING_OPEN)
    if not fresh:
        return Reply("All that is open is acknowledged already.")
    told = incidents(user, now)
    return Reply(f"Which one? Say its number, such as: {command.name} {fresh[0].pk}\n\n{told.text}", told.buttons)


def incident_called(user: User, pk: int) -> Incident | None:
    """The incident of this number, if the person may see it."""
    return incidents_visible(user).select_related("server", "url", "acknowledged_by").filter(pk=pk).first()


def act(user: User, action: str, incident: Incident | Reply) -> Reply:
    """Acknowledge or silence. Raises VirtadminError with what the service refused."""
    if isinstance(incident, Reply):
        return incident
    about = f"{wording.short(called(incident.about))}: {wording.incident_words(incident)}"
    if incident.closed:
        return Reply(f"This is over already. ({about})", done=True)
    if action == SILENCE:
        silence = incident_silence(incident=incident, actor=user, seconds=HOUR)
        until = f"until {silence.ends.astimezone(user.zone):%H:%M %Z}" if silence.ends else "until somebody ends it"
        return Reply(f"Silenced {until}. ({about})", done=True)
    if incident.acknowledged:
        by = incident.acknowledged_by
        who = "you" if by == user else by.get_username() if by else "somebody"
        return Reply(f"Acknowledged already by {who}. ({about})", done=True)
    incident_acknowledge(incident=incident, actor=user)
    return Reply(f"Acknowledged: nobody is reminded of this any more. ({about})", done=True)


def _well(counts: Counter[str], what: str, states: Mapping[str, str]) -> str:
    """How many of what are in which state; empty for none."""
    total = sum(counts.values())
    if counts["up"] == total:
        return "" if not total else f"Your {what} is up." if total == 1 else f"All {total} {what}s are up."
    parts = [f"{counts[name]} {words}" for name, words in states.items() if counts[name]]
    return f"{wording.count(total, what)}: {', '.join(parts)}."


def _open(user: User) -> list[Incident]:
    return list(incidents_open(user).select_related("server", "url", "acknowledged_by"))


def _server(user: User, row: Server, now: datetime) -> Reply:
    lines = wording.server_lines(row, now)
    if row.status == "up" and (heaviest := heaviest_now(row.pk)):
        lines.append(f"Heaviest processes: {heaviest}")
    rows = [incident for incident in _open(user) if incident.server_id == row.pk]
    if rows:
        lines += ["", "Open:", *(wording.incident_line(incident, now) for incident in rows)]
    return Reply("\n".join(lines), _buttons(rows))


def _buttons(rows: list[Incident]) -> list[list[tuple[str, str]]]:
    """A row of buttons each, named by number where there are several."""
    if len(rows) > BUTTONED:
        return []
    suffix = "" if len(rows) == 1 else " #{}"
    return [[(label + suffix.format(row.pk), data) for label, data in _useful(row)] for row in rows]


def _useful(row: Incident) -> list[tuple[str, str]]:
    return [pair for pair in buttons_of(row.pk) if not (row.acknowledged and pair[1].startswith(ACKNOWLEDGE))]


def _list(lines: list[str], one: str) -> str:
    """The lines, as many as an answer holds."""
    shown = [f"• {line}" for line in lines[:LISTED]]
    if len(lines) > LISTED:
        shown.append(f"and {wording.count(len(lines) - LISTED, f'more {one}', f'more {one}s')}; the page shows all.")
    return "\n".join(shown)
