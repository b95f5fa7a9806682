"""Reads the files of write-typed.ts with Spark (ORC Java): filters pushed down must find what they find otherwise.

pip install pyspark
node write-typed.ts FOLDER && python spark.py FOLDER
"""

import glob
import sys

from pyspark.sql import SparkSession

FILTERS = [
    ("n = 12345", 1),
    ("n in (5, 24001)", 2),
    ("s = 's0011'", 43),
    ("d = 100.25", 1),
    ("dec = 617.25", 1),
    ("day = date'1990-01-01'", 1),
    ("t = timestamp'1970-01-01 03:25:45'", 1),
    ("st.x = 12346", 1),
    ("b = true and n < 50", 14),
    ("c = 'c11  '", 214),
    ("n is null", 3571),
    ("l > 24990000000000000", 8),
    ("f < 3", 5),
    ("not (n < 24980)", 18),
]

spark = (
    SparkSession.builder.master("local[1]")
    .config("spark.ui.enabled", "false")
    .config("spark.sql.session.timeZone", "UTC")
    .config("spark.driver.extraJavaOptions", "-Duser.timezone=UTC")
    .getOrCreate()
)
spark.sparkContext.setLogLevel("ERROR")
failures = 0
for path in sorted(glob.glob(f"{sys.argv[1]}/*.orc")):
    spark.read.orc(path).createOrReplaceTempView("rows")
    for predicate, expected in FILTERS:
        for pushdown in ("true", "false"):
            spark.conf.set("spark.sql.orc.filterPushdown", pushdown)
            count = spark.sql(f"select count(*) from rows where {predicate}").collect()[0][0]
            if count != expected:
                failures += 1
                print(path, predicate, "pushdown", pushdown, count, "instead of", expected)
print(f"{failures} different")
sys.exit(failures > 0)
