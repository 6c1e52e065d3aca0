"""Loads a city's folder: each room takes its own part of it."""

from hashlib import sha256
from pathlib import Path
from typing import Annotated

import typer

from yuzhang.core.access import OPERATOR
from yuzhang.core.language import Title
from yuzhang.core.settings import PLAN_TEXT_VARIABLE
from yuzhang.core.storage import Storage
from yuzhang.foundation.registry.places.loading import load_units
from yuzhang.foundation.registry.room import Registry
from yuzhang.plan.figures.actions import define_series, import_figures, imports, series_defined
from yuzhang.plan.reading.documents import read_document
from yuzhang.plan.registry.actions import attach_text, load_city, plan_text, plans

PlanText = Annotated[Path | None, typer.Option("--text", envvar=PLAN_TEXT_VARIABLE, help="规划文本 / the plan's text")]


def load_folder(storage: Storage, folder: Path, text: Path | None) -> Title:
    """Each room takes its own part of the folder; a sentence on what was loaded. The text is read before anything is kept.

    What is there already stays: a city is loaded at every start, and must not take back what its planners corrected.
    """
    written = read_document(text).text if text is not None else None
    before = {one.id for one in plans(storage, OPERATOR)}
    placed = load_units(Registry(storage), OPERATOR, folder)
    registered = load_city(storage, OPERATOR, folder)
    new = registered.plan.id not in before or not series_defined(storage, OPERATOR)
    if new and (folder / "series.toml").exists():
        define_series(storage, OPERATOR, folder / "series.toml")
    added = 0
    if (folder / "figures.csv").exists():
        content = (folder / "figures.csv").read_bytes()
        taken = {one.sha256 for one in imports(storage, OPERATOR)}
        if sha256(content).hexdigest() not in taken:
            added = import_figures(storage, OPERATOR, content, "figures.csv").added
    plan = registered.plan
    if written is not None and plan_text(storage, OPERATOR, plan.id) is None:
        attach_text(storage, OPERATOR, plan.id, written)
    indicators, commitments = len(registered.indicators), len(registered.commitments)
    return Title(
        f"{plan.title.zh}：{indicators} 个指标，{commitments} 项承诺；新增 {added} 个数据。{placed.zh}",
        f"{plan.title.en}: {indicators} indicators, {commitments} commitments; {added} figures added. {placed.en}",
    )
