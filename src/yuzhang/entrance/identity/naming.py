"""What a party may call itself: names, sign-in names, and the code of an enterprise."""

import re
from dataclasses import dataclass

from yuzhang.core.language import Title
from yuzhang.entrance.identity.errors import UnfitAccount

LOGIN = re.compile(r"[a-z0-9\u3400-\u9fff](?:[a-z0-9._@+\-\u3400-\u9fff]{1,62}[a-z0-9\u3400-\u9fff])")
LONGEST_NAME, LONGEST_FIELD = 100, 200
CODE_SIGNS = "0123456789ABCDEFGHJKLMNPQRTUWXY"
CODE = re.compile(f"[{CODE_SIGNS}]{{2}}[0-9]{{6}}[{CODE_SIGNS}]{{10}}")
CONTROL = re.compile(r"[\x00-\x1f\x7f\u202a-\u202e\u2066-\u2069]")
"""Signs that a page does not show, or that turn its text around."""


@dataclass(frozen=True, slots=True)
class Names:
    """What a new party gives of itself."""

    name: str
    login: str
    identifier: str = ""
    language: str = "zh"


def is_credit_code(code: str) -> bool:
    """Whether it is a unified social credit code whose check sign is right. Source: GB 32100-2015, 5 and annex A (modulus 31).

    >>> is_credit_code("91350100M000100Y43"), is_credit_code("91350100M000100Y44"), is_credit_code("9135")
    (True, False, False)
    """
    if not CODE.fullmatch(code):
        return False
    total = sum(CODE_SIGNS.index(sign) * pow(3, place, 31) for place, sign in enumerate(code[:17]))
    return CODE_SIGNS[-total % 31] == code[17]


def checked_names(kind: str, given: Names) -> Names:
    """What was given, as it is kept. Raises UnfitAccount, naming the field."""
    login = given.login.strip().casefold()
    if not LOGIN.fullmatch(login):
        raise _unfit(
            "/login",
            "登录名为 3 至 64 个字母、数字、汉字或 . _ - @ +，首尾为字母、数字或汉字。",
            "A sign-in name has 3 to 64 letters, digits, Chinese characters or . _ - @ +, and begins and ends with no sign.",
        )
    identifier = given.identifier.strip().upper()
    if kind == "enterprise" and not is_credit_code(identifier):
        raise _unfit(
            "/identifier",
            "统一社会信用代码有误：应为 18 位，末位为校验码（GB 32100-2015）。",
            "This is no unified social credit code: it has 18 signs, the last of which checks the others (GB 32100-2015).",
        )
    return Names(
        checked_name(given.name), login, identifier if kind == "enterprise" else "", checked_language(given.language)
    )


def checked_name(name: str) -> str:
    """A name without spaces around it. Raises UnfitAccount."""
    made = name.strip()
    if not made or len(made) > LONGEST_NAME or CONTROL.search(made):
        raise _unfit("/name", f"名称为 1 至 {LONGEST_NAME} 个字符。", f"A name has 1 to {LONGEST_NAME} characters.")
    return made


def checked_language(language: str) -> str:
    """`zh` or `en`. Raises UnfitAccount."""
    if language not in ("zh", "en"):
        raise _unfit("/language", "语言为 zh 或 en。", "A language is `zh` or `en`.")
    return language


def checked_field(name: str, text: str) -> str:
    """A unit, post, region, address or label without spaces around it, possibly empty. Raises UnfitAccount."""
    made = text.strip()
    if len(made) > LONGEST_FIELD or CONTROL.search(made):
        raise _unfit(f"/{name}", f"最多 {LONGEST_FIELD} 个字符。", f"It has at most {LONGEST_FIELD} characters.")
    return made


def _unfit(where: str, chinese: str, english: str) -> UnfitAccount:
    return UnfitAccount(Title(chinese, english), where=where, fix=Title("请修改后重试。", "Correct it and try again."))
