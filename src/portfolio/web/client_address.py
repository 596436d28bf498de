"""Where a request comes from, as far as limits are concerned."""

import ipaddress
from functools import lru_cache

from starlette.types import Scope

# A household or an office has a whole network of this size, and may use any address of it.
IPV6_PREFIX = 64
LONGEST_ADDRESS = 64
UNKNOWN = "unknown"


def network_of(scope: Scope) -> str:
    """The IPv4 address, or the IPv6 network, that the client counts as.

    What is not an address (a trusted proxy may pass on anything) is all counted together.
    """
    client = scope.get("client")
    if not client or len(client[0]) > LONGEST_ADDRESS:
        return UNKNOWN
    return _network(client[0])


def is_loopback(address: str) -> bool:
    return is_among(address, ("127.0.0.0/8", "::1"))


@lru_cache(maxsize=4096)
def is_among(address: str, networks: tuple[str, ...]) -> bool:
    """Whether what a connection comes from is one of some addresses or in one of some networks."""
    try:
        one = ipaddress.ip_address(address)
    except ValueError:
        return False
    if isinstance(one, ipaddress.IPv6Address) and one.ipv4_mapped is not None:
        one = one.ipv4_mapped
    return any(one in ipaddress.ip_network(network) for network in networks)


@lru_cache(maxsize=4096)
def _network(text: str) -> str:
    try:
        address = ipaddress.ip_address(text)
    except ValueError:
        return UNKNOWN
    if isinstance(address, ipaddress.IPv4Address):
        return str(address)
    if address.ipv4_mapped is not None:
        return str(address.ipv4_mapped)
    return str(ipaddress.ip_network((int(address), IPV6_PREFIX), strict=False))
