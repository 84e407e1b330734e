"""Adding a server: step by step, so that its key is compared before a login is entered, or all on one page."""

from collections.abc import Callable
from typing import Any
from urllib.parse import urlencode

from django.http import HttpResponse
from django.urls import reverse

from virtadmin.servers.models import InitialServerProfile, Server
from virtadmin.servers.services import host_keys_fetch, profile_create
from virtadmin.web.access import SignedInRequest, cleaned, require, signed_in, told_on
from virtadmin.web.answers import go_to, page
from virtadmin.web.forms.add import AddressStep, AddServer, KeyStep, LoginStep
from virtadmin.web.forms.fields import Plain

STEPS = ("Address", "Fingerprint", "Login", "Enrolment")
PREFILLED = ("ip_address", "port", "username", "name", "host_key_fingerprint")

Step = Callable[[SignedInRequest], HttpResponse]


@signed_in
def add(request: SignedInRequest) -> HttpResponse:
    """A step of the wizard, or the one page (`all`); filled from the address bar when tried again."""
    require(request.user, "servers.add_initialserverprofile")
    if request.method == "POST":
        return SUBMITTED.get(request.POST.get("step", ""), _all)(request)
    form_of = {"address": AddressStep, "all": AddServer} | ({"login": LoginStep} if "ip_address" in request.GET else {})
    step = request.GET.get("step", "")
    step = step if step in form_of else "address"
    return _shown(request, step, form_of[step](initial=_initial(request)))


def _back(request: SignedInRequest) -> HttpResponse:
    """To the first step again, from any other."""
    return _shown(request, "address", AddressStep(initial={name: request.POST.get(name) for name in PREFILLED[:2]}))


def _address(request: SignedInRequest) -> HttpResponse:
    form = AddressStep(request.POST)
    if form.is_valid():
        with told_on(form):
            fields = cleaned(form)
            keys = [(key.algorithm, key.fingerprint) for key in host_keys_fetch(actor=request.user, **fields)]
            return _shown(request, "key", KeyStep.for_keys(keys=keys, **fields))
    return _shown(request, "address", form)


def _key(request: SignedInRequest) -> HttpResponse:
    form = KeyStep(request.POST)
    if form.is_valid():
        known = cleaned(form)
        return _shown(
            request, "login", LoginStep(initial={name: known.get(name) for name in PREFILLED if known.get(name)})
        )
    return _shown(request, "key", form)


def _login(request: SignedInRequest) -> HttpResponse:
    return _enrolled(request, "login", LoginStep(request.POST))


def _by_hand(request: SignedInRequest) -> HttpResponse:
    return _enrolled(request, "login", LoginStep(request.POST), by_hand=True)


def _all(request: SignedInRequest) -> HttpResponse:
    return _enrolled(request, "all", AddServer(request.POST), by_hand="by_hand" in request.POST)


def _enrolled(request: SignedInRequest, step: str, form: Plain, *, by_hand: bool = False) -> HttpResponse:
    """Start the enrolment and lead to it, or show again what was wrong."""
    if form.is_valid():
        with told_on(form):
            profile = profile_create(owner=request.user, by_hand=by_hand, **cleaned(form))
            return go_to(request, reverse("web:enrolment", args=[profile.pk]))
    return _shown(request, step, form)


SUBMITTED: dict[str, Step] = {"back": _back, "address": _address, "key": _key, "login": _login, "by_hand": _by_hand}


def _shown(request: SignedInRequest, step: str, form: Plain) -> HttpResponse:
    """The step's form; the first field that is wrong takes the focus, else the step's heading does."""
    wrong = [name for name in form.errors if name in form.fields]
    if wrong or request.method == "GET":
        form.fields[wrong[0] if wrong else next(iter(form.fields))].widget.attrs["autofocus"] = True
    drawn = f"web/add/{step}.html"
    context = {
        "form": form,
        "step": step,
        "form_template": drawn,
        "course": STEPS,
        "at": ("address", "key", "login").index(step) if step != "all" else -1,
        "known": lambda: _known(request, form),
    }
    return page(request, "web/add/page.html", context, fragments={"add": drawn})


def _known(request: SignedInRequest, form: Plain) -> Server | None:
    """The server this person watches at the address already."""
    where = {name: form[name].value() for name in ("ip_address", "port")}
    if not str(where["port"]).isdigit():
        return None
    return Server.objects.filter(owner=request.user, enrolled=True, **where).first()


def _initial(request: SignedInRequest) -> dict[str, Any]:
    return {"port": 22} | {name: request.GET[name] for name in PREFILLED if request.GET.get(name)}


def again_address(profile: InitialServerProfile) -> str:
    """Where to try the same again: everything but the secrets is filled in, and the key compared before is kept."""
    step = "login" if profile.host_key_fingerprint else "address"
    return reverse("web:add") + "?" + urlencode({"step": step, **{name: getattr(profile, name) for name in PREFILLED}})
