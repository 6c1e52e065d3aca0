"""A small `series.toml`, and rows of figures to import under it."""

import csv
import io
from pathlib import Path

CITY = Path(__file__).parents[3] / "cities" / "nanchang"
SERIES = """
[[series]]
name = "地区生产总值"
title = { en = "Gross regional product" }
unit = "亿元"
low = 100
high = 50000
aliases = ["GDP"]

[[series]]
name = "森林覆盖率"
title = { en = "Forest cover" }
unit = "%"
low = 0
high = 100

[[series]]
name = "实际利用外资额"
title = { en = "Foreign investment" }
unit = "亿美元"
low = 0
high = 300
region = "甲市"
"""
GOOD = {
    "indicator": "地区生产总值",
    "period": "2023",
    "region": "甲市",
    "value": "7203.5",
    "unit": "亿元",
    "vintage": "2024-02-01",
    "source_title": "统计公报",
    "source_url": "https://example.org/a",
    "quote": "全市地区生产总值7203.5亿元",
    "confidence": "high",
}

COLUMNS = list(GOOD)


def sheet(*rows: dict[str, str]) -> bytes:
    """A CSV whose rows are `GOOD` with these cells instead."""
    out = io.StringIO(newline="")
    writer = csv.DictWriter(out, COLUMNS)
    writer.writeheader()
    writer.writerows(GOOD | row for row in rows)
    return out.getvalue().encode()
