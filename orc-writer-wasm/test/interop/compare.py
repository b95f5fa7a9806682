"""Reads the files of write-random.ts with pyarrow (ORC C++) and compares every value.

pip install pyarrow
node write-random.ts FOLDER 50 && python compare.py FOLDER
"""

import datetime
import glob
import json
import sys

import pyarrow as pa
import pyarrow.orc as orc

EPOCH = datetime.date(1970, 1, 1)


def plain(column):
    kind = column.type
    if pa.types.is_timestamp(kind):
        values = column.cast(pa.timestamp("ns")).cast(pa.int64()).to_pylist()
        return [None if value is None else str(value) for value in values]
    values = column.to_pylist()
    if pa.types.is_int64(kind):
        return [None if value is None else str(value) for value in values]
    if pa.types.is_date(kind):
        return [None if value is None else (value - EPOCH).days for value in values]
    if pa.types.is_binary(kind):
        return [None if value is None else value.hex() for value in values]
    return values


failures = 0
paths = sorted(glob.glob(f"{sys.argv[1]}/*.orc"))
for path in paths:
    with open(path.replace(".orc", ".jsonl")) as lines:
        expected = [json.loads(line) for line in lines.read().split("\n") if line]
    table = orc.ORCFile(path).read()
    columns = [plain(column) for column in table.columns]
    rows = [list(row) for row in zip(*columns)]
    if rows != expected:
        failures += 1
        at = next((i for i, pair in enumerate(zip(rows, expected)) if pair[0] != pair[1]), None)
        print(path, len(rows), len(expected), "row", at, at is not None and (rows[at], expected[at]))
print(f"{len(paths)} files, {failures} different")
sys.exit(failures > 0)
