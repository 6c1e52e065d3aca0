"""A small plan with its figures: one binding and some expected indicators, commitments, a name that tries to break out."""

from datetime import date

from yuzhang.core.language import Title
from yuzhang.plan.evaluation.evaluate import evaluate_plan
from yuzhang.plan.evaluation.model import Evaluation, EvaluationKind
from yuzhang.plan.figures.model import Figure, Period, Snapshot
from yuzhang.plan.model import Binding, Commitment, CommitmentKind, Comparator, Place
from yuzhang.plan.registry.model import (
    Chapter,
    Indicator,
    Method,
    Plan,
    RegisteredPlan,
    RegisteredProject,
    Review,
    ReviewedCommitment,
    Target,
)

HOSTILE = '#panic("x") <script>alert(1)</script> $x_1$ & \\u{0} *粗*'
KNOWN = date(2026, 3, 1)
PLAN = Plan(
    id="sample-14",
    region="样本市",
    title=Title("样本市第十四个五年规划纲要", "Sample City’s 14th Five-Year Plan"),
    first_year=2021,
    last_year=2025,
    base_year=2020,
    text_sha256="0" * 64,
    text_characters=10,
    source="",
    chapters=(Chapter(1, 1, Title("总体要求", "General requirements")), Chapter(2, 1, Title("生态环境", "Ecology"))),
)


def target(name: str, method: Method, low: float | None, unit: str, base: float | None, series: str | None) -> Target:
    return Target(
        id=name,
        title=Title(f"目标{name}", f"target {name}"),
        method=method,
        comparator=Comparator.AT_LEAST if method is Method.AT_LEAST else Comparator.EXACT,
        low=low,
        high=None,
        unit=unit,
        base=base,
        base_year=2020,
        due=2025,
        tolerance=0.0,
        series=series,
        written="",
    )


def indicator(number: int, title: Title, binding: Binding, chapters: tuple[int, ...], *targets: Target) -> Indicator:
    return Indicator(f"i{number}", number, Title("类别", "Category"), title, binding, chapters, targets)


INDICATORS = (
    indicator(
        1,
        Title("地区生产总值", "Gross product"),
        Binding.EXPECTED,
        (1,),
        target("level", Method.COMPOUND, 1400, "亿元", 1000, "总值"),
        target("growth", Method.AVERAGE_GROWTH, 7, "%", None, "总值增速"),
    ),
    indicator(
        2,
        Title("优良天数", "Good days"),
        Binding.BINDING,
        (2,),
        target("bound", Method.AT_LEAST, 90, "%", 91.5, "天数"),
    ),
    indicator(3, Title(HOSTILE, HOSTILE), Binding.EXPECTED, (1, 2), target("h", Method.LINEAR, 10, "件", 5, "总值$x$")),
    indicator(
        4,
        Title("用水量降幅", "Fall of water use"),
        Binding.BINDING,
        (2,),
        target("a", Method.ASSIGNED, None, "%", None, None),
    ),
    indicator(5, Title("托位数", "Nursery places"), Binding.EXPECTED, (), target("n", Method.LINEAR, 4, "个", 2, None)),
)


def commitment(
    number: int, subject: str, low: float, chapter: int | None, series: str | None = None
) -> ReviewedCommitment:
    said = Commitment(
        quote="",
        start=number,
        end=number + 1,
        place=Place(chapter=chapter),
        subject=subject,
        comparator=Comparator.AT_LEAST,
        low=low,
        high=None,
        unit="个",
        per=None,
        baseline=None,
        due=2025,
        kind=CommitmentKind.COUNT,
    )
    return ReviewedCommitment(f"c{number}", PLAN.id, said, Review.ACCEPTED, series, None, "", "x", None)


REGISTERED = RegisteredPlan(
    plan=PLAN,
    revision=4,
    indicators=INDICATORS,
    commitments=(
        commitment(1, "新建公园", 50, 2, "公园"),
        commitment(2, "创新平台", 20, 1),
        commitment(3, "无章之事", 3, None),
    ),
    projects=(RegisteredProject(1, Title("交通", "Transport"), None, 500.0),),
)


def figure(series: str, period: str, value: float, unit: str, url: str = "https://example.org/a?b=1&c=2") -> Figure:
    source = f"{series}公报{period}"
    return Figure(
        f"{series}{period}",
        series,
        Period.parse(period),
        "样本市",
        value,
        unit,
        "2025-02-01",
        date(2025, 2, 1),
        source,
        url,
        "",
        "high",
    )


FIGURES = (
    *(
        figure("总值", str(year), value, "亿元")
        for year, value in zip(range(2020, 2025), (1000, 1060, 1110, 1190, 1250), strict=True)
    ),
    *(figure("总值增速", str(year), value, "%") for year, value in zip(range(2021, 2025), (6, 4, 7, 5), strict=True)),
    figure("天数", "2025", 88, "%", "javascript:alert(1)"),
    figure("总值$x$", "2024", 6.123456, "件"),
    figure("公园", "2025", 49, "个"),
)


def evaluation(
    year: int = 2025, kind: EvaluationKind = EvaluationKind.FINAL, figures: tuple[Figure, ...] = FIGURES
) -> Evaluation:
    return evaluate_plan(REGISTERED, Snapshot(9, "样本市", KNOWN, figures), kind=kind, year=year)
