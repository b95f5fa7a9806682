"""Reads documents with Spark's from_json and compares what it gives with what our typed columns hold.

python typed_with_spark.py JOB
"""

import re
import sys

from pyspark.sql import functions as F

from plain_values import Finding, read_job
from spark_values import as_spark_has_it, plain, session, shown

NUMBER = re.compile(r"-?[0-9]+\.[0-9]+(E-?[0-9]+)?")


def without_excess_digits(text):
    """Javas before 19 sometimes write a double with more digits than it takes: its value and its form are compared."""
    return NUMBER.sub(lambda number: f"{'E' if number[1] else '.'}{float(number[0])!r}", text)


def comparable(value):
    if isinstance(value, str):
        return without_excess_digits(value)
    return [comparable(part) for part in value] if isinstance(value, list) else value


def read(finding, case, spark):
    columns = case["columns"]
    types = [column["type"] for column in columns]
    # Without a session's own configuration from_json is permissive; rows keep their order in one partition.
    vals = spark.createDataFrame([(val,) for val in case["vals"]], "val string").coalesce(1)
    table = vals.select(F.from_json("val", case["ddl"]).alias("row"))
    row = F.col("row")
    rows = table.select(*[shown(column["type"], row[column["name"]]) for column in columns]).collect()
    case["rows"] = [[comparable(as_spark_has_it(*pair)) for pair in zip(types, row)] for row in case["rows"]]
    found = [[comparable(plain(type, row[i])) for row in rows] for i, type in enumerate(types)]
    finding.compare_columns(case["ddl"], found)


spark = session()
for case in read_job(sys.argv[1]):
    finding = Finding(case)
    try:
        read(finding, case, spark)
    except Exception as error:
        finding.check(False, f"{type(error).__name__}: {str(error)[:1000]}")
    finding.report()
spark.stop()
