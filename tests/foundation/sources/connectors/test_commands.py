"""Sources in the terminal."""

from contextlib import nullcontext

import pytest
from typer.testing import CliRunner

from foundation.sources.connectors.conftest import wish
from foundation.sources.connectors.site import Site
from foundation.sources.connectors.test_polling import EIGHT, ONE, RAIN, rain
from yuzhang.core.access import OPERATOR
from yuzhang.foundation.sources.connectors import actions
from yuzhang.foundation.sources.connectors.commands import source
from yuzhang.foundation.sources.connectors.errors import RefusedAddress
from yuzhang.foundation.sources.connectors.room import Sources


@pytest.mark.parametrize(
    ("tongue", "said"), [("en_US.UTF-8", "1 observations were taken"), ("zh_CN.UTF-8", "已接收 1 条")]
)
def test_a_source_is_listed_tested_and_run_once(sources: Sources, elsewhere: Site, tongue: str, said: str) -> None:
    elsewhere.pages["/rain"] = rain((1, EIGHT, 2.5))
    actions.add(sources, OPERATOR, "rain", wish("rest", {"url": f"{elsewhere.address}/rain"}, {**RAIN, "rows": "data"}))
    app, runner = (
        source(lambda _data: nullcontext(sources.door)),
        CliRunner(env={"LANG": tongue, "LC_ALL": "", "LC_MESSAGES": ""}),
    )

    of = ["--data", str(sources.storage.folder)]

    refused = runner.invoke(app, ["test", "rain", *of])
    listed = runner.invoke(app, ["list", *of])
    tested = runner.invoke(app, ["test", "rain", *of, "--allow-private-addresses"])
    run = runner.invoke(app, ["run", "rain", *of, "--allow-private-addresses"])

    assert isinstance(refused.exception, RefusedAddress)
    assert (listed.exit_code, tested.exit_code, run.exit_code) == (0, 0, 0)
    assert "rain" in listed.stdout
    assert ONE in tested.stdout
    assert said in run.stdout
