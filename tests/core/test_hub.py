"""The hub's identity."""

import pytest

from virtadmin.core.models import Hub


@pytest.mark.django_db
def test_it_is_made_once_and_stays() -> None:
    first = Hub.identity()
    assert Hub.identity() == first == str(Hub.objects.get())
