"""Reads files with Spark: all rows, vectorised and not, and filters pushed down and not; then writes them again.

python read_with_spark.py JOB
"""

import functools
import os
import shutil
import sys

from pyspark.sql import DataFrame
from pyspark.sql import functions as F

from plain_values import Finding, read_job
from spark_values import as_spark_has_it, plain, session, shown

CODECS = ["zstd", "zlib", "snappy", "lz4", "lzo", "none"]


def read(finding, file, spark):
    columns = file["columns"]
    types = [column["type"] for column in columns]
    file["rows"] = [[as_spark_has_it(*pair) for pair in zip(types, row)] for row in file["rows"]]
    for vectorised in ("true", "false"):
        spark.conf.set("spark.sql.orc.enableVectorizedReader", vectorised)
        table = spark.read.orc(file["path"])
        rows = table.select(*[shown(column["type"], F.col(column["name"])) for column in columns]).collect()
        plain_columns = [[plain(type, row[i]) for row in rows] for i, type in enumerate(types)]
        finding.compare_columns(f"vectorised {vectorised}", plain_columns)


def condition(filter, type):
    column = F.col(filter["column"])
    category = type["category"]
    if category == "decimal":
        target = f"decimal({type['precision']},{type['scale']})"
    elif category.startswith("timestamp"):
        target = "timestamp"
    else:
        target = "string" if category in ("char", "varchar") else category
    literals = [F.lit(literal).cast(target) for literal in filter["literals"]]
    found = {
        "equals": lambda: column == literals[0],
        "in": lambda: column.isin(*literals),
        "lessThan": lambda: column < literals[0],
        "atMost": lambda: column <= literals[0],
        "between": lambda: column.between(literals[0], literals[1]),
        "isNull": lambda: column.isNull(),
    }[filter["operator"]]()
    return ~found if filter["isNegated"] else found


def search(finding, file, spark):
    columns = {column["name"]: column for column in file["columns"]}
    filters = [
        filter
        for filter in file["filters"]
        if filter["column"] in columns and "nanoseconds" not in columns[filter["column"]]["features"]
    ]
    conditions = [condition(filter, columns[filter["column"]]["type"]) for filter in filters]
    expected = [(len(filter["ordinals"]), sum(filter["ordinals"])) for filter in filters]
    spark.conf.set("spark.sql.orc.enableVectorizedReader", "true")
    for push_down in ("true", "false"):
        spark.conf.set("spark.sql.orc.filterPushdown", push_down)
        table = spark.read.orc(file["path"])
        answers = [
            table.where(where).agg(F.lit(i), F.count("*"), F.coalesce(F.sum("ordinal"), F.lit(0)))
            for i, where in enumerate(conditions)
        ]
        for i, *found in functools.reduce(DataFrame.union, answers).collect():
            fault = f"{conditions[i]}, push-down {push_down}: {found} instead of {expected[i]}"
            finding.check(tuple(found) == expected[i], fault)


def write(file, spark):
    seed = file["seed"]
    # Spark has no nanoseconds, writes days in the calendar with a gap, and maps in the order of their keys.
    lost = {"nanoseconds", "a day before 1582-10-15", "a map"}
    columns = [column for column in file["columns"] if lost.isdisjoint(column["features"])]
    names = [column["name"] for column in columns]
    flat = [column["name"] for column in columns if column["type"]["children"] == []]
    folder = f"{file['echo']}.folder"
    options = {
        "compression": CODECS[seed % len(CODECS)],
        "orc.row.index.stride": [1000, 10_000][seed % 2],
        "orc.compress.size": [4096, 262_144][seed % 2],
        "orc.bloom.filter.columns": ",".join(flat),
    }
    table = spark.read.orc(file["path"]).select(*names)
    table.coalesce(1).write.mode("overwrite").options(**options).orc(folder)
    parts = [name for name in os.listdir(folder) if name.endswith(".orc")]
    path = f"{file['echo']}.orc"
    shutil.move(os.path.join(folder, parts[0]), path)
    shutil.rmtree(folder)
    return path


spark = session()
for file in read_job(sys.argv[1]):
    finding = Finding(file)
    try:
        read(finding, file, spark)
        search(finding, file, spark)
        finding.written.append(write(file, spark))
    except Exception as error:
        finding.check(False, f"{type(error).__name__}: {str(error)[:1000]}")
    finding.report()
spark.stop()
