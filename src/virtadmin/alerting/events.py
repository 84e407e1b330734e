"""What happens to incidents, for higher parts to subscribe to at start-up."""

from django.dispatch import Signal

incidents_opened = Signal()
"""Incidents were opened, or became critical; sent after commit.

`incidents`: a list of (id of the incident, id of its server, kind); those of websites are not among them.
"""
