"""What can go wrong with who somebody is."""

from yuzhang.core.errors import Conflict, InputRefused, NotAllowed, NotFound, TryAgain
from yuzhang.core.language import Title


class SignInRefused(InputRefused):
    """What was shown proves nobody. One text, whether there is such an account or not."""

    code = "sign-in-refused"
    status = 401
    title = Title("登录失败", "Sign-in refused")

    @classmethod
    def now(cls) -> "SignInRefused":
        """It does not say which part was wrong."""
        return cls(
            Title("登录名、口令或验证码不正确。", "The sign-in name, password or code is not right."),
            fix=Title("请检查后重试；忘记口令见 /recover。", "Check them and try again; /recover if you lost them."),
        )


class TooManyAttempts(TryAgain):
    """Somebody is guessing; the wait doubles with every further failure, and ends by itself."""

    code = "too-many-attempts"
    status = 429
    title = Title("尝试过多", "Too many attempts")

    @classmethod
    def wait(cls, seconds: int) -> "TooManyAttempts":
        """Try again after `seconds`."""
        made = cls(
            Title(f"失败次数过多，请在 {seconds} 秒后重试。", f"Too many failures; try again in {seconds} seconds."),
            fix=Title("通行密钥不受此限制。", "A passkey does not wait."),
        )
        made.retry_after_s = seconds
        return made


class UnfitPassword(InputRefused):
    """A password that is short, well known, or the account's own name."""

    code = "unfit-password"
    title = Title("口令不合格", "Unfit password")


class UnfitAccount(InputRefused):
    """What was given of a party cannot be right."""

    code = "unfit-account"
    title = Title("账户信息不合格", "Unfit account")


class LoginTaken(Conflict):
    """Another party signs in with that name."""

    code = "login-taken"
    title = Title("登录名已被使用", "The sign-in name is taken")


class LinkUnusable(NotFound):
    """A one-time link that was used, has expired, or never was."""

    code = "link-unusable"
    title = Title("链接已失效", "The link cannot be used")

    @classmethod
    def now(cls) -> "LinkUnusable":
        """It does not say which."""
        return cls(
            Title("此链接已被使用、已过期或不存在。", "This link was used, has expired, or never was."),
            fix=Title("请向发送者再要一个。", "Ask whoever sent it for another one."),
        )


class ProofNeeded(NotAllowed):
    """The session is known, but its last proof is too old for what is asked. Pages lead to `/account/proof`."""

    code = "proof-needed"
    title = Title("需要再次验证身份", "Prove it again")

    @classmethod
    def now(cls) -> "ProofNeeded":
        """Show a proof again."""
        return cls(
            Title("更改登录方式前请再次验证身份。", "Prove who you are once more before you change how you sign in."),
            fix=Title("请打开 /account/proof。", "Open /account/proof."),
        )


class ProofRefused(InputRefused):
    """A passkey's or code generator's answer that does not fit what was asked."""

    code = "proof-refused"
    title = Title("验证未通过", "The proof does not fit")


class LastProof(Conflict):
    """The account would have no way left to sign in."""

    code = "last-proof"
    title = Title("这是最后一种登录方式", "It is the last way to sign in")


class RolesExclude(Conflict):
    """One party would join what must be apart. Source: GB/T 22239-2019, 8.1.5."""

    code = "roles-exclude"
    title = Title("角色互斥", "The roles exclude each other")


class LastAdministrator(Conflict):
    """Nobody would be left to administer."""

    code = "last-administrator"
    title = Title("最后一名管理员", "The last administrator")


class UnfitMandate(InputRefused):
    """A mandate that nobody can give, or that gives what the giver does not have."""

    code = "unfit-mandate"
    title = Title("委托不合格", "Unfit mandate")
