"""The table of the history store `sql`."""

from django.db import models

from virtadmin.metrics.catalogue import CATALOGUE

HISTORY = [metric.name for metric in CATALOGUE if metric.headline]
"""The metrics that have a history: the columns of the table below."""


class RawPoint(models.Model):
    """One observation of one subject. The primary key is what it is asked by, so that no second index is needed."""

    pk = models.CompositePrimaryKey("subject", "time")
    subject = models.BigIntegerField()
    """A server's id. No foreign key: points are written and deleted in bulk, and outlive nobody (`forget`)."""
    time = models.BigIntegerField()
    """Unix seconds."""
    cpu_usage = models.FloatField(null=True)
    ram_usage = models.FloatField(null=True)
    swap_usage = models.FloatField(null=True)
    hdd_usage = models.FloatField(null=True)
    inodes_usage = models.FloatField(null=True)
    network_usage_in = models.FloatField(null=True)
    network_usage_out = models.FloatField(null=True)
    network_in_percent = models.FloatField(null=True)
    network_out_percent = models.FloatField(null=True)
    load1 = models.FloatField(null=True)
    load5 = models.FloatField(null=True)
    load15 = models.FloatField(null=True)
    disk_read = models.FloatField(null=True)
    disk_write = models.FloatField(null=True)
    uptime = models.FloatField(null=True)

    def __str__(self) -> str:
        return f"{self.subject} at {self.time}"
