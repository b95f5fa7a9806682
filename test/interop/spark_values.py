"""A session of Spark, and its values in the form of the truth, see plain-values.ts."""

import decimal
import os
import time

# Python shows timestamps in the zone of the process.
os.environ["TZ"] = "UTC"
time.tzset()

from pyspark.sql import SparkSession
from pyspark.sql import functions as F

from plain_values import plain_double

decimal.getcontext().prec = 80


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
