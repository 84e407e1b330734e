"""Reads of limits and incidents, limited to the servers and websites a person may see."""

from django.db.models import QuerySet

from virtadmin.accounts.models import User
from virtadmin.accounts.selectors import visible
from virtadmin.alerting.models import Incident, Threshold
from virtadmin.alerting.subject import about_visible


def thresholds_visible(user: User) -> QuerySet[Threshold]:
    """The limits of the servers this person may see."""
    return visible(Threshold.objects.select_related("server"), user, "server")


def incidents_visible(user: User) -> QuerySet[Incident]:
    """The incidents of the servers and websites this person may see, newest first."""
    rows = Incident.objects.select_related("server", "url")
    return rows if user.sees_all else rows.filter(about_visible(user))


def incidents_open(user: User) -> QuerySet[Incident]:
    """Those of them that are open."""
    return incidents_visible(user).filter(open_key__isnull=False)
