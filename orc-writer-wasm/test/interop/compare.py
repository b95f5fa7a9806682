"""Reads the files of write-random.ts with pyarrow (ORC C++) and compares every value.

pip install pyarrow
node write-random.ts FOLDER 50 && python compare.py FOLDER
"""

import decimal
import glob
import json
import struct
import sys

import pyarrow as pa
import pyarrow.orc as orc

decimal.getcontext().prec = 80


def plain(scalar):
    kind = scalar.type
    if pa.types.is_union(kind):
        return plain(scalar.value) if scalar.value is not None else None
    if not scalar.is_valid:
        return None
    if pa.types.is_timestamp(kind):
        return str(scalar.cast(pa.timestamp("ns", kind.tz)).value)
    if pa.types.is_date(kind):
        return scalar.value
    if pa.types.is_floating(kind):
        return struct.pack("<d", scalar.as_py()).hex()
    if pa.types.is_decimal(kind):
        return str(int(scalar.as_py().scaleb(kind.scale)))
    if pa.types.is_map(kind):
        entries = scalar.values
        if entries is None:
            return []
        return [[plain(key), plain(value)] for key, value in zip(entries.field(0), entries.field(1))]
    if pa.types.is_list(kind):
        return [plain(element) for element in scalar.values]
    if pa.types.is_struct(kind):
        return [plain(scalar[i]) for i in range(kind.num_fields)]
    value = scalar.as_py()
    if isinstance(value, bytes):
        return value.hex()
    return str(value) if pa.types.is_int64(kind) else value


failures = 0
paths = sorted(glob.glob(f"{sys.argv[1]}/*.orc"))
for path in paths:
    with open(path.replace(".orc", ".jsonl")) as lines:
        expected = [json.loads(line) for line in lines.read().split("\n") if line]
    table = orc.ORCFile(path).read()
    columns = [[plain(scalar) for scalar in column] for column in table.columns]
    rows = [list(row) for row in zip(*columns)]
    if rows != expected:
        failures += 1
        at = next((i for i, pair in enumerate(zip(rows, expected)) if pair[0] != pair[1]), None)
        print(path, len(rows), len(expected), "row", at, at is not None and (rows[at], expected[at]))
print(f"{len(paths)} files, {failures} different")
sys.exit(failures > 0)
