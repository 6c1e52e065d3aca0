"""Errors of Open311.

NotAllowed
└── KeyNeeded          no key of an application, or none that holds
NotFound
└── NoJurisdiction     this is not where that jurisdiction is served
InputRefused
└── UnfitSystems       the file of other systems cannot be used
"""

from yuzhang.core.errors import InputRefused, NotAllowed, NotFound
from yuzhang.core.language import Title


class KeyNeeded(NotAllowed):
    """No key of an application, or none that holds. Source: GeoReport v2, POST Service Request, errors: 403."""

    code = "open311-key"
    title = Title("需要有效的 api_key", "A valid api_key is needed")


class NoJurisdiction(NotFound):
    """This is not where that jurisdiction is served."""

    code = "open311-jurisdiction"
    title = Title("没有这个辖区", "There is no such jurisdiction")


class UnfitSystems(InputRefused):
    """The file of other systems cannot be used."""

    code = "open311-systems"
    title = Title("Open311 对接文件有误", "The file of Open311 systems cannot be used")
