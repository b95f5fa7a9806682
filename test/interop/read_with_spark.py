"""Reads files with Spark: all rows, vectorised and not, and filters pushed down and not; then writes them again.

python read_with_spark.py JOB
"""

import decimal
import functools
import os
import shutil
import sys
import time

# Python shows timestamps in the zone of the process.
os.environ["TZ"] = "UTC"
time.tzset()

from pyspark.sql import DataFrame, SparkSession
from pyspark.sql import functions as F

from plain_values import Finding, plain_double, read_job

decimal.getcontext().prec = 80

CODECS = ["zstd", "zlib", "snappy", "lz4", "lzo", "none"]


def session():
    options = {
        "spark.ui.enabled": "false",
        "spark.sql.session.timeZone": "UTC",
        # A run is too short for the best compiler to pay.
        "spark.driver.extraJavaOptions": "-Duser.timezone=UTC -XX:TieredStopAtLevel=1 -XX:+UseSerialGC",
        "spark.sql.shuffle.partitions": "1",
        "spark.sql.adaptive.enabled": "false",
        "spark.sql.orc.columnarReaderBatchSize": "1000",
    }
    builder = SparkSession.builder.master("local[1]")
    for name, value in options.items():
        builder = builder.config(name, value)
    spark = builder.getOrCreate()
    spark.sparkContext.setLogLevel("ERROR")
    return spark


def shown(type, column):
    """An expression for a value that Python gets without loss: days, microseconds, maps as lists of entries."""
    category = type["category"]
    children = type["children"]
    if category == "date":
        return F.unix_date(column)
    if category.startswith("timestamp"):
        return F.unix_micros(column.cast("timestamp"))
    if category == "array":
        return F.transform(column, lambda element: shown(children[0], element))
    if category == "map":
        return F.transform(
            F.map_entries(column),
            lambda entry: F.struct(shown(children[0], entry.key), shown(children[1], entry.value)),
        )
    if category == "struct":
        fields = [shown(child, column[name]).alias(name) for child, name in zip(children, type["fieldNames"])]
        return F.when(column.isNotNull(), F.struct(*fields))
    return column


def plain(type, value):
    """A value as `shown` gives it, as the truth has it."""
    if value is None:
        return None
    category = type["category"]
    children = type["children"]
    if category == "array":
        return [plain(children[0], element) for element in value]
    if category == "map":
        return sorted_entries([plain(*pair) for pair in zip(children, entry)] for entry in value)
    if category == "struct":
        return [plain(child, field) for child, field in zip(children, value)]
    if category.startswith("timestamp"):
        return str(value * 1000)
    if category in ("float", "double"):
        return plain_double(value)
    if category == "decimal":
        return str(int(value.scaleb(type["scale"])))
    if category == "binary":
        return value.hex()
    return str(value) if category == "bigint" else value


def sorted_entries(entries):
    return sorted(entries, key=str)


def as_spark_has_it(type, value):
    """Timestamps have microseconds, and maps no order."""
    if value is None:
        return None
    category = type["category"]
    children = type["children"]
    if category.startswith("timestamp"):
        return str(int(value) // 1000 * 1000)
    if category == "array":
        return [as_spark_has_it(children[0], element) for element in value]
    if category == "map":
        return sorted_entries([as_spark_has_it(*pair) for pair in zip(children, entry)] for entry in value)
    if category == "struct":
        return [as_spark_has_it(*pair) for pair in zip(children, value)]
    return value


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
