"""The hub's identity, the same for all its processes and containers."""

import uuid

from django.db import models


class Hub(models.Model):
    """One row: who this hub is to the servers it enrolled (their marker files name it)."""

    id = models.PositiveSmallIntegerField(primary_key=True, default=1, editable=False)
    uuid = models.UUIDField(default=uuid.uuid4, editable=False)

    def __str__(self) -> str:
        return str(self.uuid)

    @classmethod
    def identity(cls) -> str:
        """This hub's id as text, made the first time it is asked for."""
        return str(cls.objects.get_or_create(pk=1)[0].uuid)


class Process(models.Model):
    """One process of the hub that uses this database, wherever it runs; it says so again and again (`seen`)."""

    id = models.UUIDField(primary_key=True, default=uuid.uuid4)
    kind = models.CharField(max_length=20)
    """web, worker, beat or chatbot."""
    machine = models.CharField(max_length=255)
    pid = models.PositiveIntegerField()
    seen = models.DateTimeField()
    """By the database's clock."""

    def __str__(self) -> str:
        return f"{self.kind} on {self.machine} (pid {self.pid})"
