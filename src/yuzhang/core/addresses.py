"""Which IP addresses are nobody's but this machine's and its inner networks': no stranger may have the server go there."""

import ipaddress

SHARED = (ipaddress.ip_network("100.64.0.0/10"), ipaddress.ip_network("192.0.0.0/24"))
"""Addresses behind a carrier's translation (RFC 6598, RFC 7335), which `is_private` does not count."""


def is_inner(address: str) -> bool:
    """Whether an IP address lies on this machine, in an inner network, or nowhere.

    >>> is_inner("127.0.0.1"), is_inner("::ffff:10.1.2.3"), is_inner("169.254.169.254"), is_inner("8.8.8.8")
    (True, True, True, False)
    """
    found = ipaddress.ip_address(address.partition("%")[0])
    if isinstance(found, ipaddress.IPv6Address):
        inside = found.ipv4_mapped or found.sixtofour
        if inside is not None:
            return is_inner(str(inside))
        if found.is_site_local:
            return True
    elif any(found in one for one in SHARED):
        return True
    return not found.is_global or found.is_multicast or found.is_reserved or found.is_unspecified
