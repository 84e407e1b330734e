"""The live stream's address."""

from asgiref.sync import sync_to_async
from django.http import HttpRequest, HttpResponse, HttpResponseBase, StreamingHttpResponse

from virtadmin.accounts.models import User, session_public_id
from virtadmin.web.live.audience import Audience, let_go_of_databases, profiles_followed
from virtadmin.web.live.stream import stream


async def live(request: HttpRequest) -> HttpResponseBase:
    """Server-sent events for the signed-in person; each `?profile=<id>` adds an enrolment's log.

    One stream serves all tabs of a browser, so an enrolment the person may not follow is left out and the rest goes
    on. HEAD tells a page whose stream was refused why: 204 signed in, 401 not.
    """
    user = await request.auser()
    if not isinstance(user, User) or not user.is_active:
        return HttpResponse(status=401)
    if request.method == "HEAD":
        return HttpResponse(status=204)
    profiles = await sync_to_async(profiles_followed)(user, request.GET.getlist("profile"))
    key = request.session.session_key
    audience = Audience(user, profiles, session_public_id(key) if key else "")
    await sync_to_async(let_go_of_databases)()
    response = StreamingHttpResponse(stream(audience), content_type="text/event-stream")
    response["Cache-Control"] = "no-store"
    response["X-Accel-Buffering"] = "no"  # nginx would keep the events back
    response["Content-Encoding"] = "identity"  # and the compressing middleware too
    return response
