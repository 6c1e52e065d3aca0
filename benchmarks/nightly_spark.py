"""The daily figures by Spark, for benchmarks/nightly.py: a script for an environment with pyspark.

python nightly_spark.py job.json
"""

import json
import sys
from pathlib import Path

from pyspark.sql import SparkSession
from pyspark.sql import functions as f


def main() -> None:
    """Do the job."""
    job = json.loads(Path(sys.argv[1]).read_text())
    made = (
        SparkSession.builder.master("local[2]").config("spark.driver.memory", "4g").config("spark.ui.enabled", "false")
    )
    made = made.config("spark.driver.host", "127.0.0.1").config("spark.sql.session.timeZone", "UTC")
    spark = made.config("spark.sql.parquet.inferTimestampNTZ.enabled", "true").getOrCreate()
    rows = spark.read.parquet(*[data for data, _ in job["files"]])
    rows = rows.select("*", f.col("_metadata.file_name").alias("file"), f.col("_metadata.row_index").alias("pos"))
    deletes = [one for _, one in job["files"] if one]
    if deletes:
        gone = spark.read.parquet(*deletes).select(f.element_at(f.split("file_path", "/"), -1).alias("file"), "pos")
        rows = rows.join(f.broadcast(gone), ["file", "pos"], "left_anti")
    day = f.date_trunc("day", f.col("time") + f.make_interval(mins=f.lit(job["ahead_min"]))).alias("day")
    figures = rows.where("value IS NOT NULL AND NOT deleted").groupBy("series", day)
    value = f.col("value")
    figures = figures.agg(
        f.count(value).alias("count"), f.avg(value).alias("mean"), f.min(value).alias("low"), f.max(value).alias("high")
    )
    names = spark.read.parquet(job["names"])
    figures.join(names, figures.series == names.number).drop("series", "number").write.parquet(job["out"])


main()
