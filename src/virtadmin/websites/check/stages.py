"""How a check of a website may fail, and what a person can do about it."""

from enum import StrEnum


class Stage(StrEnum):
    """What failed."""

    ADDRESS = "address"
    REQUEST = "request"
    DNS = "dns"
    FORBIDDEN_ADDRESS = "forbidden_address"
    REFUSED = "refused"
    UNREACHABLE = "unreachable"
    CONNECT_TIMEOUT = "connect_timeout"
    TLS_TIMEOUT = "tls_timeout"
    TLS_FAILED = "tls_failed"
    TLS_TOO_OLD = "tls_too_old"
    NOT_TLS = "not_tls"
    CLIENT_CERTIFICATE = "client_certificate"
    CERTIFICATE_EXPIRED = "certificate_expired"
    CERTIFICATE_NOT_YET_VALID = "certificate_not_yet_valid"
    CERTIFICATE_WRONG_HOST = "certificate_wrong_host"
    CERTIFICATE_SELF_SIGNED = "certificate_self_signed"
    CERTIFICATE_CHAIN_INCOMPLETE = "certificate_chain_incomplete"
    CERTIFICATE_UNTRUSTED = "certificate_untrusted"
    HEADERS_TIMEOUT = "headers_timeout"
    CLOSED = "closed"
    INVALID_HTTP = "invalid_http"
    HEADERS_TOO_LARGE = "headers_too_large"
    BODY_TIMEOUT = "body_timeout"
    BODY_TOO_LARGE = "body_too_large"
    UNPACKED_TOO_LARGE = "unpacked_too_large"
    REDIRECT_LOOP = "redirect_loop"
    TOO_MANY_REDIRECTS = "too_many_redirects"
    REDIRECT_INVALID = "redirect_invalid"
    STATUS = "status"
    TEXT_MISSING = "text_missing"
    TEXT_FORBIDDEN = "text_forbidden"
    INTERNAL = "internal"


HINTS: dict[Stage, str] = {
    Stage.ADDRESS: "Correct the address of this website.",
    Stage.REQUEST: "Correct the headers, or the own CA, of this website.",
    Stage.DNS: "Check the name, and the hub's name server.",
    Stage.FORBIDDEN_ADDRESS: "The hub asks no addresses of this kind; private ones only for an admin.",
    Stage.REFUSED: "Check the port, and that the web server runs; a firewall may refuse the hub.",
    Stage.UNREACHABLE: "Check the network between hub and website.",
    Stage.CONNECT_TIMEOUT: "The machine may be off, or a firewall drops the hub's packets.",
    Stage.TLS_TIMEOUT: "The server takes connections, but does not go on: it may be overloaded, or speak no TLS here.",
    Stage.TLS_FAILED: "Hub and server find no way to encrypt: look at the server's TLS settings.",
    Stage.TLS_TOO_OLD: "The server speaks only versions of TLS that browsers refuse; it needs 1.2 or 1.3.",
    Stage.NOT_TLS: "Something else than HTTPS answers on this port: check port and scheme.",
    Stage.CLIENT_CERTIFICATE: "The server asks for a client certificate, which the hub has none of.",
    Stage.CERTIFICATE_EXPIRED: "Renew the certificate; if it was renewed, reload the web server.",
    Stage.CERTIFICATE_NOT_YET_VALID: "Check the clocks of hub and server, and when the certificate begins.",
    Stage.CERTIFICATE_WRONG_HOST: "The certificate is for other names: check the web server's virtual hosts.",
    Stage.CERTIFICATE_SELF_SIGNED: "Give the website its own CA, or switch the verification off, if this is meant.",
    Stage.CERTIFICATE_CHAIN_INCOMPLETE: "Have the web server send the intermediate certificates too.",
    Stage.CERTIFICATE_UNTRUSTED: "The hub does not know who issued it: give the website its own CA, if this is meant.",
    Stage.HEADERS_TIMEOUT: "The server takes requests, but does not answer in time: it may be overloaded.",
    Stage.CLOSED: "The server ended the connection without an answer: look at its log.",
    Stage.INVALID_HTTP: "Something else than HTTP answers on this port.",
    Stage.HEADERS_TOO_LARGE: "The answer's head is larger than browsers take.",
    Stage.BODY_TIMEOUT: "The answer begins, but does not end in time.",
    Stage.BODY_TOO_LARGE: "Only the beginning of a page is searched: name a text, or a page, for which that is enough.",
    Stage.UNPACKED_TOO_LARGE: "The compressed answer unpacks to more than is read.",
    Stage.REDIRECT_LOOP: "Look at the redirect rules of the web server.",
    Stage.TOO_MANY_REDIRECTS: "Look at the redirect rules of the web server.",
    Stage.REDIRECT_INVALID: "The answer sends browsers to an address that is none.",
    Stage.STATUS: "Look at the web server's log.",
    Stage.TEXT_MISSING: "Look at the page: the text that must be in it is not.",
    Stage.TEXT_FORBIDDEN: "Look at the page: it holds a text that must not be in it.",
    Stage.INTERNAL: "Look at the hub's log.",
}
