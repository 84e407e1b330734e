"""Which of Apprise's services a person may use.

Everybody: those at one provider's own address. Admins alone: those with an address of one's own (a webhook, a home
server), and what happens on the hub's machine (its log, its files); else any user could make the hub talk to
whatever stands behind its firewall.
"""

from typing import Any

FIXED = frozenset({
    "46elks", "atalk", "azure", "brevo", "bulksms", "bulkvs", "burstsms", "chanify", "clickatell", "clicksend",
    "cliq", "cm", "d7sms", "dapnet", "dingtalk", "discord", "dot", "eight00com", "elks", "exotel", "feishu",
    "firehydrant", "flock", "freemobile", "gchat", "github", "groundmail", "groupme", "guilded", "gupshup",
    "httpsms", "ifttt", "ilert", "incidentio", "jira", "join", "kakao", "kakaotalk", "kavenegar", "kook",
    "kudosity", "kumulos", "lark", "lauther", "lfg", "line", "mailersend", "mailgun", "mobilemessage",
    "mobilemsg", "msg91", "msgbird", "nexmo", "notifiarr", "notifyre", "o365", "octopush", "onesignal",
    "opsgenie", "pagerduty", "pagertree", "pbul", "pingram", "plivo", "postmark", "pover", "prowl", "psafer",
    "psafers", "push", "pushed", "pushme", "pushplus", "pushward", "pushy", "qq", "reddit", "resend", "revolt",
    "ringc", "ryver", "schan", "sendgrid", "serwersms", "ses", "seven", "sfr", "signalgrid", "signl4",
    "simplepush", "sinch", "slack", "smsc", "smsmanager", "smsmgr", "smstunnel", "smtp2go", "sns", "sparkpost",
    "spike", "splunk", "spugpush", "spush", "squadcast", "stackfield", "strmlabs", "telesign", "telnyx", "tgram",
    "threema", "tweet", "twilio", "twist", "twitter", "viber", "victorops", "voipms", "vonage", "webex", "wecom",
    "wecombot", "whapi", "whatsapp", "wpush", "wxpusher", "wxteams", "x", "youlmk", "zalo", "zcliq", "zohocliq",
    "zoom",
})  # fmt: skip
"""Schemes whose every request goes to the provider's own hosts, as read in Apprise's source. Not in it, though their
URLs name no host: aprs (no HTTP), bluesky, kaleyra, nostr, zulip (a host can be given), fcm, vapid (read key files),
syslog and the desktop's (local)."""
HOSTED = {
    "ntfy": ("ntfy.sh",),
    "ntfys": ("ntfy.sh",),
    "workflow": (".logic.azure.com", ".api.powerplatform.com"),
    "workflows": (".logic.azure.com", ".api.powerplatform.com"),
}
"""Schemes that can be used with hosts of one's own, and the hosts everybody may use them with."""


def refusal(schema: str, parts: dict[str, Any], service: Any) -> str:
    """Why somebody who is no admin may not use this service; "" if they may.

    `parts`: what Apprise read in the URL. `service`: what it made of that.
    """
    if _reads_files(service):
        return "Only admins can use a template: it is a file of the hub."
    if schema in HOSTED:
        return (
            "" if _is_hosted(schema, parts, service) else f"Only admins can use {schema}:// with a host of their own."
        )
    if schema not in FIXED:
        return f"Only admins can use {schema}://, because it leads to a host of one's own or to the hub's machine."
    return ""


def _is_hosted(schema: str, parts: dict[str, Any], service: Any) -> bool:
    if getattr(service, "mode", "") == "cloud":  # ntfy with a topic alone
        return True
    host = str(parts.get("host") or "").lower()
    return any(host == known or (known.startswith(".") and host.endswith(known)) for known in HOSTED[schema])


def _reads_files(service: Any) -> bool:
    """Whether the URL names a file: Apprise keeps those as attachments."""
    from apprise import AppriseAttachment  # a quarter of a second to load, and most processes never need it

    return any(isinstance(value, AppriseAttachment) and len(value) > 0 for value in vars(service).values())
