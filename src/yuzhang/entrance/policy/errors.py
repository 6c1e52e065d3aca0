"""Errors of the policies."""

from yuzhang.core.errors import InputRefused, NotFound
from yuzhang.core.language import Title


class PolicyRefused(InputRefused):
    """A policy file, or its cases, has a fault. The server does not start with it; a running one keeps the policies that it has."""

    code = "policy-refused"
    title = Title("策略文件有误", "A policy file has a fault")


class QuestionRefused(InputRefused):
    """A question of policy is not written as it has to be: who, what, about what."""

    code = "policy-question-refused"
    title = Title("策略问题的写法有误", "The question is not well written")


class PartyNotFound(NotFound):
    """The party that a question is about is not known."""

    code = "party-not-found"
    title = Title("没有这个主体", "No such party")
