"""The tables of alerting, by what they are about."""

from virtadmin.alerting.models.incidents import DEFAULT_LIMIT, DEFAULT_WINDOW, MAX_WINDOW, Incident, Threshold
from virtadmin.alerting.models.quiet import MaintenanceWindow, Silence
from virtadmin.alerting.models.recipients import Recipients
from virtadmin.alerting.models.telling import CertificateChange, Outage, Pace, Telling
from virtadmin.alerting.models.templates import ThresholdTemplate

__all__ = [
    "DEFAULT_LIMIT",
    "DEFAULT_WINDOW",
    "MAX_WINDOW",
    "CertificateChange",
    "Incident",
    "MaintenanceWindow",
    "Outage",
    "Pace",
    "Recipients",
    "Silence",
    "Telling",
    "Threshold",
    "ThresholdTemplate",
]
