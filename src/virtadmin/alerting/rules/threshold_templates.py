"""Templates of limits: kept, and brought to the servers that have their tag."""

from collections.abc import Callable, Collection
from typing import Any

from django.db import transaction
from django.db.models import Prefetch, QuerySet

from virtadmin.accounts.acting import acting, changes_log
from virtadmin.accounts.models import User
from virtadmin.alerting.models import Threshold, ThresholdTemplate
from virtadmin.alerting.rules.coverage import Person, Placed, governs, people, subjects_placed
from virtadmin.alerting.rules.inheritance import FIELDS, RANGES, inherited, inherited_from, to_change
from virtadmin.alerting.rules.ruling import require_rule
from virtadmin.alerting.subject import SERVER, Subject
from virtadmin.core.errors import InvalidInput
from virtadmin.core.upsert import upsert
from virtadmin.servers.checks import TAG_MAX, line_checked
from virtadmin.servers.models import Server, Tag
from virtadmin.servers.rights import require

PRIORITIES = range(-1000, 1001)
SERVERS_AT_ONCE = 500


def threshold_templates_visible(user: User) -> QuerySet[ThresholdTemplate]:
    """The person's own; everyone's for admins."""
    rows = ThresholdTemplate.objects.select_related("owner", "tag")
    return rows if user.sees_all else rows.filter(owner=user)


def threshold_template_create(*, actor: User, name: str, tag: str, **fields: Any) -> ThresholdTemplate:
    """Make a template for a tag, which may be new: `priority` (-1000 to 1000), limits in percent and `window` in
    seconds, None = says nothing of it. Its servers get it at once. Raises InvalidInput, NotAllowed."""
    require(actor, "alerting.add_thresholdtemplate")
    template = ThresholdTemplate(owner=actor)
    with acting(actor), transaction.atomic():
        _fill(template, {"name": name, "tag": tag, **fields})
        template.save()
        thresholds_inherit(servers_of_tags({template.tag_id}))
    return template


def threshold_template_update(*, template: ThresholdTemplate, actor: User, **fields: Any) -> ThresholdTemplate:
    """Change what is given; its servers follow at once, those of a former tag too. Raises InvalidInput, NotAllowed."""
    require_rule(actor, "alerting.change_thresholdtemplate", threshold_templates_visible(actor), template)
    before = template.tag_id
    with acting(actor), transaction.atomic():
        _fill(template, fields)
        template.save()
        thresholds_inherit(servers_of_tags({before, template.tag_id}))
    return template


def threshold_template_delete(*, template: ThresholdTemplate, actor: User) -> None:
    """Take it away: what its servers had of it, they get from other templates or the defaults. Raises NotAllowed."""
    require_rule(actor, "alerting.delete_thresholdtemplate", threshold_templates_visible(actor), template)
    with acting(actor), transaction.atomic():
        template.delete()  # its servers follow by `alerting.subscriptions`, as they do when its tag or owner goes


def servers_of_tags(tags: Collection[int]) -> list[int]:
    """The servers that have any of the tags."""
    return list(Server.tags.through.objects.filter(tag_id__in=tags).values_list("server_id", flat=True).distinct())


def thresholds_inherit(server_ids: Collection[int]) -> None:
    """Bring the limits of these servers in line with their templates; what people set on a server stays.

    What is open is judged by the new limits at the next sample. Ten queries for each 500 servers.
    """
    ids = sorted(server_ids)
    for start in range(0, len(ids), SERVERS_AT_ONCE):
        _inherit(ids[start : start + SERVERS_AT_ONCE])


def limit_sources(threshold: Threshold) -> dict[str, str]:
    """Where each limit of a server comes from: "" = a person set it there, else "template NAME" or "default"."""
    subject = Subject(SERVER, threshold.server_id)
    placed = subjects_placed([subject])[subject]
    templates = list(ThresholdTemplate.objects.filter(tag__in=placed.tags))
    found = inherited_from(_meant(templates, placed, _makers(templates)), placed.owner)
    named = {name: f"template {template}" for name, template in found.items()}
    return {name: "" if name in threshold.overridden else named.get(name, "default") for name in FIELDS}


def _makers(templates: list[ThresholdTemplate]) -> dict[int, Person]:
    return people(template.owner_id for template in templates)


def _meant(templates: list[ThresholdTemplate], server: Placed, makers: dict[int, Person]) -> list[ThresholdTemplate]:
    """Those for one of its tags, by people who may say it."""
    return [one for one in templates if one.tag_id in server.tags and governs(makers[one.owner_id], server)]


@transaction.atomic(savepoint=False)
def _inherit(server_ids: list[int]) -> None:
    placed = subjects_placed([Subject(SERVER, pk) for pk in server_ids])
    templates = list(ThresholdTemplate.objects.filter(tag__in={tag for one in placed.values() for tag in one.tags}))
    makers = _makers(templates)
    rows = Threshold.objects.select_for_update().filter(server__in=server_ids)
    changed = []
    for row in rows.prefetch_related(Prefetch("server", Server.objects.only("name"))):
        server = placed[Subject(SERVER, row.server_id)]
        changes = to_change(row, inherited(_meant(templates, server, makers), server.owner))
        if changes:
            changed.append((row, {name: (getattr(row, name), value) for name, value in changes.items()}))
        for name, value in changes.items():
            setattr(row, name, value)
    upsert(Threshold, [row for row, _ in changed], ["id"], FIELDS)
    changes_log(changed)


def _fill(template: ThresholdTemplate, fields: dict[str, Any]) -> None:
    for name, value in fields.items():
        if name not in CHECKS:
            raise InvalidInput(name, "This cannot be changed.")
        setattr(template, name, CHECKS[name](value))
    if all(getattr(template, name) is None for name in FIELDS):
        raise InvalidInput("cpu_usage", "Set at least one limit.")


def _tag(name: str) -> Tag:
    return Tag.objects.get_or_create(name=line_checked("tag", name, most=TAG_MAX))[0]


def _priority(value: int) -> int:
    if isinstance(value, bool) or value not in PRIORITIES:
        raise InvalidInput("priority", f"A whole number from {PRIORITIES[0]} to {PRIORITIES[-1]}.")
    return value


def _value(name: str) -> Callable[[object], object]:
    least, most = RANGES[name]

    def checked(value: object) -> object:
        if value is None or (isinstance(value, int) and not isinstance(value, bool) and least <= value <= most):
            return value
        raise InvalidInput(name, f"This must be a whole number from {least} to {most}, or empty.")

    return checked


CHECKS: dict[str, Callable[[Any], Any]] = {
    "name": lambda name: line_checked("name", name),
    "tag": _tag,
    "priority": _priority,
    **{name: _value(name) for name in FIELDS},
}
