"""The API's addresses."""

from django.urls import include, path
from rest_framework.routers import SimpleRouter

from virtadmin.api.channels import ChannelResource
from virtadmin.api.chatbot import ChatbotResource
from virtadmin.api.docs import SchemaView, docs
from virtadmin.api.fallbacks import unknown_route
from virtadmin.api.groups import GroupResource
from virtadmin.api.host_keys import HostKeysResource
from virtadmin.api.incidents import IncidentResource
from virtadmin.api.initial_server_profiles import ProfileResource
from virtadmin.api.log import LogResource
from virtadmin.api.maintenance import MaintenanceResource
from virtadmin.api.me import MeResource
from virtadmin.api.my_sessions import MySessionsResource
from virtadmin.api.my_tokens import MyTokensResource
from virtadmin.api.my_two_factor import MyTwoFactorResource
from virtadmin.api.notifications import NotificationResource
from virtadmin.api.recipients import RecipientsResource
from virtadmin.api.server_imports import ServerImportResource
from virtadmin.api.servers import ServerResource
from virtadmin.api.silences import SilenceResource
from virtadmin.api.status_pages import StatusPageResource
from virtadmin.api.threshold_templates import ThresholdTemplateResource
from virtadmin.api.thresholds import ThresholdResource
from virtadmin.api.tokens import LogoutResource, TokenResource
from virtadmin.api.unknown_systems import UnknownSystemResource
from virtadmin.api.users import UserResource
from virtadmin.api.websites import UrlResource

app_name = "api"
router = SimpleRouter(use_regex_path=False)
router.register("initial-server-profile", ProfileResource, basename="initial-server-profile")
router.register("server", ServerResource, basename="server")
router.register("server-imports", ServerImportResource, basename="server-imports")
router.register("thresholds", ThresholdResource, basename="thresholds")
router.register("threshold-templates", ThresholdTemplateResource, basename="threshold-templates")
router.register("urls", UrlResource, basename="urls")
router.register("incidents", IncidentResource, basename="incidents")
router.register("silences", SilenceResource, basename="silences")
router.register("maintenance", MaintenanceResource, basename="maintenance")
router.register("status_pages", StatusPageResource, basename="status_pages")
router.register("recipients", RecipientsResource, basename="recipients")
router.register("notifications", NotificationResource, basename="notifications")
router.register("channels", ChannelResource, basename="channels")
router.register("unknown-systems", UnknownSystemResource, basename="unknown-systems")
router.register("log", LogResource, basename="log")
router.register("users", UserResource, basename="users")
router.register("groups", GroupResource, basename="groups")

urlpatterns = [
    path("auth/token/", TokenResource.as_view({"post": "token"}), name="token"),
    path("auth/logout/", LogoutResource.as_view({"post": "logout"}), name="logout"),
    path("me/", MeResource.as_view({"get": "retrieve", "patch": "partial_update"}), name="me"),
    path("me/password/", MeResource.as_view({"post": "password"}), name="me-password"),
    path("me/sessions/", MySessionsResource.as_view({"get": "list"}), name="me-sessions"),
    path("me/sessions/end-others/", MySessionsResource.as_view({"post": "end_others"}), name="me-sessions-end-others"),
    path("me/sessions/<slug:session>/", MySessionsResource.as_view({"delete": "end"}), name="me-session"),
    path("me/tokens/", MyTokensResource.as_view({"get": "list", "post": "create"}), name="me-tokens"),
    path("me/tokens/<slug:token>/", MyTokensResource.as_view({"delete": "revoke"}), name="me-token"),
    path("me/two-factor/", MyTwoFactorResource.as_view({"get": "retrieve", "post": "begin"}), name="me-two-factor"),
    path("me/two-factor/confirm/", MyTwoFactorResource.as_view({"post": "confirm"}), name="me-two-factor-confirm"),
    path("me/two-factor/recovery-codes/", MyTwoFactorResource.as_view({"post": "renew"}), name="me-two-factor-renew"),
    path("me/two-factor/end/", MyTwoFactorResource.as_view({"post": "end"}), name="me-two-factor-end"),
    path("chatbot/", ChatbotResource.as_view({"post": "create"}), name="chatbot"),
    path("host-keys/", HostKeysResource.as_view({"post": "create"}), name="host-keys"),
    path("schema/", SchemaView.as_view(), name="schema"),
    path("docs/", docs, name="docs"),
    path("", include(router.urls)),
    path("<path:rest>", unknown_route),
]
