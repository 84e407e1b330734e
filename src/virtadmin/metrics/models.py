"""The tables of the history store `sql` (docs/decisions/0004-rolled-rows.md)."""

from django.db import models


class RawPoint(models.Model):
    """One observation of one subject. The primary key is what it is asked by, so that no second index is needed."""

    pk = models.CompositePrimaryKey("subject", "time")
    subject = models.BigIntegerField()
    """A server's id, or minus a website's. No foreign key: points are written and deleted in bulk, and outlive nobody
    (`forget`)."""
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
    mounts = models.BinaryField(null=True)
    """What is used of each mount (`packing.pack_mounts`)."""
    response_time = models.FloatField(null=True)
    availability = models.FloatField(null=True)

    def __str__(self) -> str:
        return f"{self.subject} at {self.time}"


class RolledPoint(models.Model):
    """The observations of one subject over one stretch of a tier, summed up."""

    pk = models.CompositePrimaryKey("subject", "tier", "bucket")
    subject = models.BigIntegerField()
    tier = models.SmallIntegerField()
    """`tiers.Tier.number`."""
    bucket = models.IntegerField()
    """The start of the stretch in steps of the tier since 1970."""
    data = models.BinaryField()
    """`packing.pack`."""

    def __str__(self) -> str:
        return f"{self.subject} at {self.bucket} of tier {self.tier}"


class LatePoint(models.Model):
    """A note that a raw point came so late that what it belongs to may have been rolled up without it.

    Only added and deleted, each by its own id: what is added meanwhile is never deleted unread.
    """

    subject = models.BigIntegerField()
    time = models.BigIntegerField()

    def __str__(self) -> str:
        return f"{self.subject} at {self.time}"


class RollProgress(models.Model):
    """One row: up to which time everything is rolled up."""

    rolled = models.BigIntegerField()
    """Unix seconds, a whole step of the finest tier."""

    def __str__(self) -> str:
        return str(self.rolled)
