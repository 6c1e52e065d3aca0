"""What an evaluation can be asked."""

from datetime import date, timedelta

import pytest

from yuzhang.core.access import OPERATOR
from yuzhang.core.storage import Storage
from yuzhang.plan.evaluation.actions import evaluate
from yuzhang.plan.evaluation.errors import QuestionRefused
from yuzhang.plan.figures.actions import imports, undo_import
from yuzhang.plan.registry.actions import decide, registered
from yuzhang.plan.registry.model import Review

PLAN = "nanchang-14"


def test_what_will_be_known_on_a_day_to_come_cannot_be_asked(city: Storage) -> None:
    with pytest.raises(QuestionRefused, match="yet to come"):
        evaluate(city, OPERATOR, PLAN, known=date.today() + timedelta(days=1))


def test_the_numbers_that_an_evaluation_names_compute_it_again_after_figures_and_reviews_changed(city: Storage) -> None:
    first = evaluate(city, OPERATOR, PLAN)
    undo_import(city, OPERATOR, imports(city, OPERATOR)[-1].id)
    decide(city, OPERATOR, PLAN, registered(city, OPERATOR, PLAN).commitments[0].id, Review.REJECTED)
    assert evaluate(city, OPERATOR, PLAN).indicators != first.indicators
    assert evaluate(city, OPERATOR, PLAN, known=first.known, snapshot=first.snapshot, revision=first.revision) == first
