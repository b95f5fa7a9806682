"""The side of pyarrow: takes commands as lines of JSON, answers each with one.

A command is answered with the seconds and CPU seconds it took, without reading the table from disk.
"""

import json
import sys
import time

try:
    import pyarrow as pa
    import pyarrow.compute as pc
    from pyarrow import orc
except ImportError as error:
    print(json.dumps({"missing": str(error)}), flush=True)
    sys.exit(0)

TYPES = {
    "string": pa.string(),
    "int": pa.int32(),
    "bigint": pa.int64(),
    "timestamp": pa.timestamp("ms"),
    "double": pa.float64(),
    "decimal(18,2)": pa.decimal128(18, 2),
    "boolean": pa.bool_(),
}

tables = {}


def load(name, rows, columns):
    """Wraps files that hold Arrow's own buffers; None stands for a validity bitmap that is not needed."""

    def buffer(path):
        return None if path is None else pa.py_buffer(open(path, "rb").read())

    arrays = [
        pa.Array.from_buffers(TYPES[column["type"]], rows, [buffer(path) for path in column["buffers"]])
        for column in columns
    ]
    tables[name] = pa.table(arrays, names=[column["name"] for column in columns])
    tables[name].validate(full=True)


def write(name, path, options):
    orc.write_table(tables[name], path, **options)


def read(path):
    orc.ORCFile(path).read()


def merge(paths, path, key, newest, options):
    """The newest row of every key, in order of the keys."""
    table = pa.concat_tables([orc.ORCFile(part).read() for part in paths])
    table = table.sort_by([(key, "ascending"), (newest, "descending")]).combine_chunks()
    keys = table.column(key).chunk(0)
    differs = pc.not_equal(keys.slice(1), keys.slice(0, len(keys) - 1))
    is_first = pa.concat_arrays([pa.array([True]), differs])
    orc.write_table(table.filter(is_first), path, **options)


def check(name, path):
    """Whether a file holds the table."""
    table = tables[name]
    found = orc.ORCFile(path).read().cast(table.schema)
    return found.equals(table)


def check_same(one, other):
    return orc.ORCFile(one).read().equals(orc.ORCFile(other).read())


COMMANDS = {
    "load": load,
    "write": write,
    "read": read,
    "merge": merge,
    "check": check,
    "checkSame": check_same,
}

pa.set_cpu_count(1)
pa.set_io_thread_count(1)
print(json.dumps({"ready": pa.__version__}), flush=True)
for line in sys.stdin:
    command = json.loads(line)
    run = COMMANDS[command.pop("command")]
    start, start_cpu = time.perf_counter(), time.process_time()
    try:
        value = run(**command)
    except Exception as error:  # The other side decides what to do about it.
        print(json.dumps({"error": repr(error)}), flush=True)
        continue
    answer = {"seconds": time.perf_counter() - start, "cpuSeconds": time.process_time() - start_cpu}
    print(json.dumps({**answer, "value": value}), flush=True)
