"""What the admin pages of all apps share: saving by the services, so that a rule is written once, and reading alone."""

from typing import Any

from django.db import transaction
from django.db.models import Model
from django.http import HttpRequest, HttpResponse
from unfold.admin import ModelAdmin, TabularInline

from virtadmin.core.errors import InvalidInput, VirtadminError

REFUSAL = "_virtadmin_refusal"


class ThroughServices(ModelAdmin):  # type: ignore[misc]
    """Saves by `save_by_service`; what a service refuses is shown beside its field, and nothing is saved."""

    def save_by_service(self, request: HttpRequest, obj: Any, form: Any, change: bool) -> None:
        """Call the service with what the form holds; give `obj` its primary key if it is new."""
        raise NotImplementedError

    def save_model(self, request: HttpRequest, obj: Any, form: Any, change: bool) -> None:
        self.save_by_service(request, obj, form, change)

    def save_related(self, request: HttpRequest, form: Any, formsets: Any, change: bool) -> None:
        """The inlines alone: the service has saved the object's own many-to-many fields."""
        for formset in formsets:
            self.save_formset(request, form, formset, change=change)

    def _changeform_view(
        self, request: HttpRequest, object_id: str | None, form_url: str, extra_context: dict[str, Any] | None
    ) -> HttpResponse:
        try:
            with transaction.atomic():
                return super()._changeform_view(request, object_id, form_url, extra_context)  # type: ignore[no-any-return]
        except VirtadminError as refusal:
            setattr(request, REFUSAL, refusal)
            return super()._changeform_view(request, object_id, form_url, extra_context)  # type: ignore[no-any-return]

    def get_form(self, request: HttpRequest, obj: Any = None, change: bool = False, **kwargs: Any) -> Any:
        form = super().get_form(request, obj, change=change, **kwargs)
        refusal = getattr(request, REFUSAL, None)
        return form if refusal is None else refusing(form, refusal)

    def get_deleted_objects(
        self, objs: Any, request: HttpRequest
    ) -> tuple[list[Any], dict[str, int], set[str], list[Any]]:
        """What goes with the objects. It belongs to them, so nobody needs a right to delete it by itself."""
        deleted, counts, _, protected = super().get_deleted_objects(objs, request)
        return deleted, counts, set(), protected

    def delete_queryset(self, request: HttpRequest, queryset: Any) -> None:
        """One by one, so that each goes the service's way."""
        for obj in queryset:
            self.delete_model(request, obj)


def refusing(form: type[Any], refusal: VirtadminError) -> type[Any]:
    """The form, made to say what the service said of what it holds."""

    class Refusing(form):  # type: ignore[misc]
        def clean(self) -> Any:
            cleaned = super().clean()
            field = refusal.field if isinstance(refusal, InvalidInput) else ""
            self.add_error(field if field in self.fields else None, refusal.message)
            return cleaned

    return Refusing


class Unchangeable:
    """Admin pages and inlines that only show."""

    def has_add_permission(self, request: HttpRequest, obj: Model | None = None) -> bool:
        return False

    def has_change_permission(self, request: HttpRequest, obj: Model | None = None) -> bool:
        return False

    def has_delete_permission(self, request: HttpRequest, obj: Model | None = None) -> bool:
        return False


class ReadOnly(Unchangeable, ModelAdmin):  # type: ignore[misc]
    """An admin page that only shows."""


class ShownBeside(Unchangeable, TabularInline):  # type: ignore[misc]
    """Rows shown beside the object they belong to."""

    extra = 0
    tab = True
    per_page = 20
