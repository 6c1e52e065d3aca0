"""What may stand in the log: nothing that tells of a person. Secrets, addresses, numbers of people and the queries of requests are taken out.

What is no pattern, as a name, cannot be found in a text: so no line of ours puts one there, and of an error's message whatever stands in
quotes, where Python and databases put values, is left out.
"""

import re
from functools import lru_cache
from ipaddress import ip_address, ip_network

GONE = "…"
LONGEST = 2_000
_WORDS = r"password|passwd|secret|token|key|code|cookie|session|authorization|assertion|verifier|ticket"
PATTERNS: tuple[tuple[re.Pattern[str], str], ...] = (
    (re.compile(r"(?i)\b(bearer|basic|key)\s+[A-Za-z0-9._~+/=-]{6,}"), r"\1 …"),
    (re.compile(rf"(?i)((?:{_WORDS})[\w-]*[\"']?\s*[=:]\s*[\"']?)[^\s,;&\"']+"), r"\1…"),
    (re.compile(r"(?i)\b(cookie:\s*).*"), r"\1…"),
    (re.compile(r"[\w.+-]+@[\w-]+(?:\.[\w-]+)+"), "…@…"),
    (re.compile(r"(?<=\S)\?[^\s\"']+"), "?…"),
    (re.compile(r"(?<![\dA-Za-z])\d{17}[\dXx](?![\dA-Za-z])"), GONE),
    (re.compile(r"(?<![\dA-Za-z.])(?:\+?86[- ]?)?1[3-9]\d{9}(?![\dA-Za-z])"), GONE),
    (re.compile(r"\beyJ[\w-]+\.[\w.-]+"), GONE),
    (re.compile(r"(?<![\w/.-])(?=[\w-]*\d)(?=[\w-]*[A-Za-z])[\w-]{24,}(?![\w/.-])"), GONE),
)
"""Credentials of a header, values of secret fields, cookies, e-mail addresses, queries, identity numbers (GB 11643-1999), mobile
numbers, signed tokens, and long mixtures of letters and digits, which are keys."""
IPV4 = re.compile(r"(?<![\d.])(?:\d{1,3}\.){3}\d{1,3}(?![\d.]|\.\d)")
IPV6 = re.compile(r"(?<![\w:])(?:[0-9a-fA-F]{0,4}:){2,7}[0-9a-fA-F]{0,4}(?![\w:])")
QUOTED = re.compile(r"'[^']*'|\"[^\"]*\"|“[^”]*”|‘[^’]*’|`[^`]*`|「[^」]*」")


@lru_cache(maxsize=4096)
def network_of(address: str) -> str:
    """The network that an address lies in, /24 or /48: where from, not who. Addresses of this machine stay.

    >>> network_of("203.0.113.77"), network_of("2001:db8:1:2::3"), network_of("127.0.0.1"), network_of("me")
    ('203.0.113.0/24', '2001:db8:1::/48', '127.0.0.1', '')
    """
    try:
        found = ip_address(address.strip("[]"))
    except ValueError:
        return ""
    if found.is_loopback or found.is_unspecified:
        return str(found)
    return str(ip_network((found, 24 if found.version == 4 else 48), strict=False))


def discreet(text: str) -> str:
    """`text` without what tells of a person.

    >>> discreet("GET /parties?name=li from 203.0.113.77: password=x li@example.org")
    'GET /parties?… from 203.0.113.0/24: password=… …@…'
    """
    text = text[:LONGEST]
    for pattern, instead in PATTERNS:
        text = pattern.sub(instead, text)
    text = IPV4.sub(lambda found: network_of(found[0]) or GONE, text)
    return IPV6.sub(lambda found: network_of(found[0]) or found[0], text)


def unquoted(text: str) -> str:
    """An error's message without the values in it.

    >>> unquoted("invalid literal for int(): 'Li Hua'")
    'invalid literal for int(): …'
    """
    return discreet(QUOTED.sub(GONE, text.partition("\n")[0]))
