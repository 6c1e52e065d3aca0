"""The parts that an installation stands on, as the environment names them."""

import pytest

from yuzhang.core.settings import UnfitProfile, parts

COMPLETE = {
    "YUZHANG_PROFILE": "city",
    "YUZHANG_CONTEXT_DATABASE": "postgresql://a/b",
    "YUZHANG_LAKE_CATALOG": "postgresql://a/c",
    "YUZHANG_LAKE_FILES": "s3://bucket/history",
    "YUZHANG_BUS": "nats://c",
    "AWS_ACCESS_KEY_ID": "key",
    "AWS_SECRET_ACCESS_KEY": "secret",
}


@pytest.mark.parametrize("name", [name for name in COMPLETE if name != "YUZHANG_PROFILE"])
def test_a_city_that_lacks_a_part_is_told_which_variable(name: str) -> None:
    assert parts(COMPLETE).bus == "nats://c"
    with pytest.raises(UnfitProfile, match=f"needs {name}, for example") as refused:
        parts({**COMPLETE, name: ""})
    assert refused.value.where == name


def test_parts_of_a_city_without_its_profile_are_refused() -> None:
    assert parts({"YUZHANG_CONTEXT_DATABASE": "postgresql://a/b"}).context_database == "postgresql://a/b"
    with pytest.raises(UnfitProfile, match="YUZHANG_BUS is for YUZHANG_PROFILE=city"):
        parts({"YUZHANG_BUS": "nats://c"})
    with pytest.raises(UnfitProfile, match="no profile “village”"):
        parts({"YUZHANG_PROFILE": "village"})
