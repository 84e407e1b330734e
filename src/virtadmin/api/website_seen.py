"""What a check saw of a website, as the API shows it."""

from typing import Any

from rest_framework import serializers


class Known(serializers.Serializer[Any]):
    """Shows a stored object; what an older hub did not store yet is null, or an empty list."""

    def to_representation(self, instance: dict[str, Any]) -> dict[str, Any]:
        return {name: self._shown(field, instance.get(name)) for name, field in self.fields.items()}

    @staticmethod
    def _shown(field: Any, value: Any) -> Any:
        empty: Any = [] if isinstance(field, serializers.ListSerializer | serializers.ListField) else None
        return empty if value is None else field.to_representation(value)


class PhasesSerializer(Known):
    """Milliseconds of each phase of the last answer; null = there was none."""

    dns = serializers.FloatField(allow_null=True)
    tcp = serializers.FloatField(allow_null=True)
    tls = serializers.FloatField(allow_null=True)
    first_byte = serializers.FloatField(allow_null=True, help_text="from the request sent to the answer's begin")
    total = serializers.FloatField(allow_null=True, help_text="from start to end, redirects too")


class RedirectSerializer(Known):
    """An answer that led elsewhere."""

    uri = serializers.CharField(allow_null=True)
    status = serializers.IntegerField(allow_null=True)
    to = serializers.CharField(allow_null=True)


class DetailsSerializer(Known):
    """How the newest check went."""

    phases = PhasesSerializer(allow_null=True)
    address = serializers.CharField(allow_null=True, help_text="the IP address that was asked last")
    redirects = RedirectSerializer(many=True)
    hint = serializers.CharField(allow_null=True, help_text="what to do, while it is not as it should be")


class CertificateSerializer(Known):
    """A certificate as the server showed it, and what is right with it. Times are seconds since 1970."""

    begins = serializers.FloatField(allow_null=True)
    expires = serializers.FloatField(allow_null=True)
    subject = serializers.CharField(allow_null=True)
    issuer = serializers.CharField(allow_null=True)
    names = serializers.ListField(child=serializers.CharField(), help_text="names and addresses it is for")
    key = serializers.CharField(allow_null=True, help_text="such as EC P-256")
    protocol = serializers.CharField(allow_null=True, help_text="such as TLSv1.3")
    fingerprint = serializers.CharField(allow_null=True, help_text="SHA-256, hexadecimal")
    serial = serializers.CharField(allow_null=True, help_text="hexadecimal")
    trusted = serializers.BooleanField(allow_null=True)
    name_matches = serializers.BooleanField(allow_null=True)
    chain_complete = serializers.BooleanField(allow_null=True)
    self_signed = serializers.BooleanField(allow_null=True)
