"""Which web addresses may be fetched: public ones on the ports of the web, and those that the settings name.

Three questions, asked in this order.  ``Guard.target``: is the address itself fit, whatever its spelling?
``Guard.permit``: may each address that its name resolved to be connected to?  ``Guard.may_connect``: the same, asked
by the connector once more right before a socket is made.  What is public is decided by ssrfguard's transcription of
the registries of IANA, read more strictly than it reads them itself.
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from ipaddress import IPv4Address, IPv6Address, ip_address, ip_network

from ssrfguard import DEFAULT_DENIED
from yarl import URL

from engine.errors import LoadFailed

IP = IPv4Address | IPv6Address
LONGEST = 2_000  # characters of an address; no page that people link to has a longer one
_PORTS = {"http": 80, "https": 443}
#: Decoded by ssrfguard, so that the address inside is judged; every other block that it knows is refused whole, those
#: that it calls reachable too (relays and anycast services, which may be this network's own).
_CARRIERS = (ip_network("::ffff:0:0/96"), ip_network("64:ff9b::/96"))
_GLOBAL = ip_network("2000::/3")  # all of IPv6 that is handed out (RFC 4291, 2.4)
#: Public by the registries, yet a cloud's own: Azure's metadata, DNS and agent channel.
_CLOUDS = (ip_network("168.63.129.16/32"),)
#: Never, not even for a host that the settings allow, unless they name the address itself: metadata services hand out
#: credentials, and the rest is no place for documents.
_NEVER = tuple(map(ip_network, (
    "0.0.0.0/8", "169.254.0.0/16", "100.100.100.200/32", "168.63.129.16/32", "192.0.0.0/24", "224.0.0.0/3",
    "::/128", "fe80::/10", "fd00:ec2::/32", "ff00::/8",
)))  # fmt: skip
_NAME = re.compile(r"(?=.{1,253}$)(?:[a-z0-9_](?:[a-z0-9_-]{0,61}[a-z0-9_])?\.)*[a-z0-9](?:[a-z0-9-]{0,61}[a-z0-9])?")
#: Some resolvers and browsers read a name that ends like this as an IPv4 address (0x7f.1, 2130706433, 0177.0.0.1).
_NUMERIC = re.compile(r"(?:.*\.)?(?:[0-9]+|0x[0-9a-f]*)")
_AUTHORITY = re.compile(r"https?://([^/?#]*)", re.IGNORECASE)
_HOST_AND_PORT = re.compile(r"(?:\[[0-9A-Fa-f:.]+\]|[^:\[\]]+)(?::[0-9]{0,5})?")
_NOT_IN_A_PATH = re.compile(r"%(?:0[0-9a-f]|1[0-9a-f]|7f)", re.IGNORECASE)


@dataclass(frozen=True, slots=True)
class Target:
    """An address that may be asked for; where its name leads is not known yet.

    ``url`` is the form that is sent (no fragment, the host in ASCII), ``literal`` the address where the host is one,
    ``allowed`` whether the settings name this host and port.
    """

    url: URL
    host: str
    port: int
    literal: IP | None
    allowed: bool

    @property
    def place(self) -> str:
        """The host and port, for people and for taking turns."""
        host = f"[{self.host}]" if ":" in self.host else self.host
        return host if self.port == _PORTS[self.url.scheme] else f"{host}:{self.port}"


class Guard:
    """What may be fetched.  ``allow_hosts``: ``host`` or ``host:port`` from the settings (``KnowledgeSettings``)."""

    def __init__(self, allow_hosts: Sequence[str] = ()):
        self._allowed = {_host_and_port(entry) for entry in allow_hosts}

    def target(self, address: str | URL) -> Target:
        """The target that ``address`` names; raises ``LoadFailed`` with the reason for an admin."""
        text = str(address).strip(" \n\r\t")
        url = _parsed(text)
        host = (url.raw_host or "").rstrip(".").lower()
        literal = _literal(host)
        if literal is None and (not _NAME.fullmatch(host) or _NUMERIC.fullmatch(host)):
            raise LoadFailed("the address has no proper host name: write it as people read it, https://host/page")
        port = int(url.explicit_port or _PORTS[url.scheme])
        allowed = (host, port) in self._allowed or ((host, 0) in self._allowed and port in _PORTS.values())
        target = Target(url.with_host(host).with_fragment(None), host, port, literal, allowed)
        if port not in _PORTS.values() and not allowed:
            raise LoadFailed(
                f"port {port} is not one of the web's own (80, 443): "
                f'to load from there, add "{target.place}" to allow_hosts under [knowledge] in the settings'
            )
        if literal is not None:
            self.permit(target, (literal,))
        return target

    def permit(self, target: Target, addresses: Iterable[IP]) -> None:
        """Raise ``LoadFailed`` unless each of the addresses that the target's name resolved to may be connected to.

        One that may not is enough: a name that leads to both kinds is how rebinding begins.  The reason does not say
        which address it was: names of the inside are none of the asker's business.
        """
        if not all(self.may_connect(target, one) for one in addresses):
            raise LoadFailed(
                f"{target.place} does not lead to a public address, and only public ones are fetched: if it is your "
                f'own documentation, add "{target.place}" to allow_hosts under [knowledge] in the settings'
            )

    def may_connect(self, target: Target, address: IP) -> bool:
        """Whether this one address may be connected to for this target."""
        if target.allowed:
            return target.literal is not None or not _is_never(address)
        return is_public(address)


def is_public(address: IP) -> bool:
    """Whether anybody on the internet could connect to it, as far as an address tells."""
    block = DEFAULT_DENIED.match(address)
    if block is not None:
        inner = _carried(address)
        return inner is not None and is_public(inner)
    if isinstance(address, IPv6Address) and (address not in _GLOBAL or _is_isatap(address)):
        return False
    return not any(address in cloud for cloud in _CLOUDS if cloud.version == address.version)


def _carried(address: IP) -> IPv4Address | None:
    """The IPv4 address that a mapped or NAT64 address leads to."""
    if isinstance(address, IPv6Address) and any(address in network for network in _CARRIERS):
        return IPv4Address(int(address) & 0xFFFFFFFF)
    return None


def _is_isatap(address: IPv6Address) -> bool:
    """Whether packets are tunnelled to an IPv4 address inside (RFC 5214)."""
    return (int(address) >> 32) & 0xFCFFFFFF == 0x00005EFE


def _is_never(address: IP) -> bool:
    inner = _carried(address) or address
    return any(inner in network for network in _NEVER if network.version == inner.version)


def _parsed(text: str) -> URL:
    """The address, if it can only be read in one way."""
    if not text or len(text) > LONGEST:
        raise LoadFailed("this is no web address" if not text else f"the address is longer than {LONGEST} characters")
    if any(c in '\\<>"{}|^`' or unicodedata.category(c)[0] in "CZ" for c in text):
        raise LoadFailed("the address has spaces, backslashes or invisible characters in it: copy it from the browser")
    scheme = text.partition(":")[0].lower()
    authority = _AUTHORITY.match(text)
    if scheme not in _PORTS or not authority or not authority[1]:
        raise LoadFailed("only addresses that begin with https:// or http:// can be fetched")
    if "@" in authority[1]:
        raise LoadFailed("the address has a name or password in it: take that out, Frontdesk logs in nowhere")
    if "%" in authority[1] or not _HOST_AND_PORT.fullmatch(authority[1]):
        raise LoadFailed("the address has no proper host name: write it as people read it, https://host/page")
    try:
        url = URL(text)
        if url.explicit_port == 0:
            raise ValueError
    except (ValueError, TypeError):
        raise LoadFailed("this is no proper web address: copy it from the browser") from None
    if _NOT_IN_A_PATH.search(url.raw_path_qs):
        raise LoadFailed("the address has control characters in it: copy it from the browser")
    return url


def _literal(host: str) -> IP | None:
    try:
        return ip_address(host)
    except ValueError:
        return None


def _host_and_port(entry: str) -> tuple[str, int]:
    """An entry of ``allow_hosts``; port 0 stands for 80 and 443."""
    host, _, port = entry.rpartition(":") if re.search(r"(?:^[^:]*|\]):[0-9]+$", entry) else (entry, "", "0")
    host = host.strip("[]").rstrip(".").lower()
    literal = _literal(host)
    return (str(literal) if literal else host), int(port)
