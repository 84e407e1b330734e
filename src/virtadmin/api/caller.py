"""Who asks."""

from rest_framework.request import Request

from virtadmin.accounts.models import User


def caller(request: Request) -> User:
    """The signed-in user of a request that a permission class has let through."""
    user = request.user
    if not isinstance(user, User):
        raise TypeError("a view without a permission class asked who its caller is")
    return user
