"""The pages' addresses."""

from django.contrib.auth.views import LogoutView
from django.urls import path

from virtadmin.web.views import (
    add,
    channels,
    chats,
    enrolment,
    inbox,
    incidents,
    limits,
    live,
    many,
    overview,
    removal,
    rules,
    server,
    session,
)

app_name = "web"
urlpatterns = [
    path("", overview.overview, name="overview"),
    path("login/", session.SignIn.as_view(), name="login"),
    path("logout/", LogoutView.as_view(), name="logout"),
    path("theme/", session.choose_theme, name="theme"),
    path("live/", live.live, name="live"),
    path("notifications/", inbox.inbox, name="inbox"),
    path("notifications/read/", inbox.mark_read, name="mark_read"),
    path("incidents/", incidents.incidents, name="incidents"),
    path("incidents/<int:pk>/acknowledge/", incidents.acknowledge, name="acknowledge"),
    path("incidents/<int:pk>/silence/", incidents.silence, name="silence_incident"),
    *(path(f"{name}/", rules.listing, {"name": name}, name=name) for name in rules.KINDS),
    path("rules/<slug:name>/<int:pk>/", rules.change, name="change_rule"),
    path("rules/<slug:name>/<int:pk>/end/", rules.remove, name="remove_rule"),
    path("channels/", channels.channels, name="channels"),
    path("channels/<int:pk>/", channels.channel, name="channel"),
    path("channels/<int:pk>/test/", channels.test_channel, name="test_channel"),
    path("channels/<int:pk>/switch/", channels.switch_channel, name="switch_channel"),
    path("channels/<int:pk>/delete/", channels.delete_channel, name="delete_channel"),
    path("channels/add/<slug:kind>/", channels.add_channel, name="add_channel"),
    path("channels/link/<slug:platform>/", chats.link, name="link_chat"),
    path("servers/add/", add.add, name="add"),
    path("servers/add-many/", many.add_many, name="add_many"),
    path("imports/<int:pk>/", many.import_, name="import"),
    path("servers/<int:pk>/", server.server, name="server"),
    path("servers/<int:pk>/settings/", server.settings, name="settings"),
    path("servers/<int:pk>/pause/", server.pause, name="pause"),
    path("servers/<int:pk>/limits/", limits.limits, name="limits"),
    path("servers/<int:pk>/host-key/", limits.accept_host_key, name="accept_host_key"),
    path("servers/<int:pk>/remove/", removal.remove, name="remove"),
    path("enrolments/<int:pk>/", enrolment.enrolment, name="enrolment"),
    path("enrolments/<int:pk>/verify/", enrolment.verify, name="verify"),
]
