"""Refusals the REST framework has no word for."""

from rest_framework import status
from rest_framework.exceptions import APIException


class TooLarge(APIException):
    """The body is bigger than the hub reads."""

    status_code = status.HTTP_413_REQUEST_ENTITY_TOO_LARGE


class StateForbids(APIException):
    """The object's state forbids it now."""

    status_code = status.HTTP_409_CONFLICT


class ServerFailed(APIException):
    """A watched server could not be asked."""

    status_code = status.HTTP_502_BAD_GATEWAY


class StoreAway(APIException):
    """A store the answer needs (the history, Valkey) cannot be asked now."""

    status_code = status.HTTP_503_SERVICE_UNAVAILABLE
