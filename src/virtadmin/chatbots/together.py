"""The buttons under a message that tells of several incidents: what is done with all of them."""

from virtadmin.accounts.models import User
from virtadmin.alerting.attending import incidents_acknowledge
from virtadmin.alerting.models import Incident
from virtadmin.alerting.rules.silences import HOUR, incidents_silence
from virtadmin.alerting.selectors import incidents_visible
from virtadmin.chatbots.contract import Reply
from virtadmin.chatbots.wording import count
from virtadmin.notifications.chat_buttons import SILENCE
from virtadmin.notifications.composing import incidents_of
from virtadmin.notifications.models import Notification


def incidents_told(user: User, message: int) -> list[Incident]:
    """The incidents that this message told the person of, as far as they may still see them."""
    row = Notification.objects.filter(pk=message, recipient=user).first()
    return list(incidents_visible(user).filter(pk__in=incidents_of(row))) if row else []


def act_on_all(user: User, action: str, incidents: list[Incident]) -> Reply:
    """Acknowledge or silence those that are open. Raises NotAllowed."""
    open_ones = [row.pk for row in incidents if row.open_key]
    if not incidents:
        return Reply("I do not know these incidents any more.", done=True)
    if not open_ones:
        return Reply("All of these are over already.", done=True)
    if action == SILENCE:
        silences = incidents_silence(ids=open_ones, actor=user, seconds=HOUR)
        ends = [silence.ends for silence in silences if silence.ends]
        until = f"until {min(ends).astimezone(user.zone):%H:%M %Z}" if ends else "until somebody ends it"
        return Reply(f"Silenced {until}: {count(len(silences), 'incident')}.", done=True)
    rows = incidents_acknowledge(ids=open_ones, actor=user)
    if not rows:
        return Reply("All that is open of these is acknowledged already.", done=True)
    of_them = "it" if len(rows) == 1 else "them"
    return Reply(f"Acknowledged {count(len(rows), 'incident')}: nobody is reminded of {of_them} any more.", done=True)
