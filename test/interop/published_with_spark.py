"""Reads published tables with Spark, each with a filter, and compares the rows with the truth.

python published_with_spark.py JOB
"""

import json
import sys

from plain_values import Finding
from spark_values import session

COLUMNS = [
    "id",
    "id_part",
    "db_type",
    "cast(unix_micros(last_modified) as string)",
    "val",
    "cast(fingerprint as string)",
    "source_object",
    "cast(source_line as string)",
    "cast(generation as string)",
]


def read(finding, table, spark):
    truth = sorted(map(json.dumps, table["rows"]))
    for push_down in ("true", "false"):
        for vectorized in ("true", "false"):
            spark.conf.set("spark.sql.orc.filterPushdown", push_down)
            spark.conf.set("spark.sql.orc.enableVectorizedReader", vectorized)
            rows = spark.read.orc(table["path"]).where(table["filter"]).selectExpr(*COLUMNS).collect()
            found = sorted(json.dumps(list(row)) for row in rows)
            what = f"{table['filter']}, pushed down: {push_down}, vectorised: {vectorized}"
            finding.check(found == truth, f"{what}: {len(found)} rows, where the truth has {len(truth)}")


spark = session()
with open(sys.argv[1]) as job:
    tables = json.load(job)["files"]
for table in tables:
    with open(table["truth"]) as lines:
        table["rows"] = [json.loads(line) for line in lines.read().split("\n")[:-1]]
    finding = Finding(table)
    try:
        read(finding, table, spark)
    except Exception as error:
        finding.check(False, f"{type(error).__name__}: {str(error)[:1000]}")
    finding.report()
spark.stop()
