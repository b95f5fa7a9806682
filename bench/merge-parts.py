"""What bench/compaction.ts compares with, one command a process, answered with a line of JSON.

python merge-parts.py versions | pyarrow JOB | clickhouse JOB | compare JOB

A job is JSON. There are no versions when a library is missing. The time of a merge is without that of starting Python and loading libraries.
"""

import glob
import importlib
import json
import os
import resource
import sys
import time
from concurrent.futures import ThreadPoolExecutor

BLOCK_BYTES = 256 * 1024
STRIPE_BYTES = 64 * 1024 * 1024
STRIDE = 10_000
DICTIONARY_THRESHOLD = 0.8

# Rows of one identity are equal in all but the last three, and the first of them is kept.
ORDER = {
    "id_part": "ascending",
    "id": "ascending",
    "last_modified": "descending",
    "db_type": "ascending",
    "fingerprint": "ascending",
    "generation": "descending",
    "source_object": "ascending",
    "source_line": "ascending",
}
IDENTITY = ["id", "fingerprint"]

MODULES = {
    "pyarrow": ["pyarrow", "pyarrow.compute", "pyarrow.orc"],
    "pyarrow-tuned": ["pyarrow", "pyarrow.compute", "pyarrow.orc"],
    "clickhouse": ["chdb"],
}


def versions():
    try:
        return {program: importlib.import_module(modules[0]).__version__ for program, modules in MODULES.items()}
    except ImportError:
        return None


def merge_with_pyarrow(live, out, codec, threads):
    """Reads, sorts, leaves out duplicates, writes: a step after the other, as its interface offers them."""
    import pyarrow as pa
    from pyarrow import orc

    use_threads(threads)
    table = pa.concat_tables([orc.read_table(path) for path in parts_in(live)]).sort_by(list(ORDER.items()))
    write_with_pyarrow(out, codec, 0, table.filter(first_of_each([table.column(name) for name in IDENTITY])))


def use_threads(threads):
    import pyarrow as pa

    pa.set_cpu_count(threads)
    pa.set_io_thread_count(threads)


def first_of_each(columns):
    """Of sorted rows, whether each is another than the one before."""
    import pyarrow as pa
    import pyarrow.compute as pc

    one, other = (pc.not_equal(column.slice(1), column.slice(0, len(column) - 1)) for column in columns)
    differs = pc.or_(one, other)
    chunks = differs.chunks if isinstance(differs, pa.ChunkedArray) else [differs]
    return pa.concat_arrays([pa.array([True]), *chunks])


def write_with_pyarrow(out, codec, number, table):
    from pyarrow import orc

    orc.write_table(
        table,
        os.path.join(out, f"{number}.orc"),
        compression=codec.lower(),
        compression_strategy="speed",
        compression_block_size=BLOCK_BYTES,
        stripe_size=STRIPE_BYTES,
        row_index_stride=STRIDE,
        dictionary_key_size_threshold=DICTIONARY_THRESHOLD,
        batch_size=STRIDE,
    )


def merge_with_tuned_pyarrow(live, out, codec, threads):
    """Of the ways tried the fastest: threads of its caller's, keys sorted alone, rows moved once, two files written."""
    import pyarrow as pa
    import pyarrow.compute as pc
    from pyarrow import orc

    def read(path):
        return orc.ORCFile(path).read()

    def write(number, part):
        write_with_pyarrow(out, codec, number, part)

    use_threads(threads)
    with ThreadPoolExecutor(threads) as pool:
        table = pa.concat_tables(pool.map(read, parts_in(live))).combine_chunks()
        keys = table.select(list(ORDER)).to_batches()[0]
        rows = pc.sort_indices(keys, sort_keys=list(ORDER.items()))
        table = table.take(rows.filter(first_of_each([keys.column(name).take(rows) for name in IDENTITY])))
        share = -(-len(table) // threads)
        list(pool.map(write, range(threads), [table.slice(start, share) for start in range(0, len(table), share)]))


def merge_with_clickhouse(live, out, codec, threads):
    """Of the ways tried the fastest: types that are given, and no dictionaries in memory."""
    import chdb

    types = (
        "id String, id_part String, db_type String, last_modified DateTime64(9), val String, fingerprint Int64, "
        "source_object String, source_line Int32, generation Int64"
    )
    order = ", ".join(f"{name} {direction}" for name, direction in ORDER.items())
    chdb.query(
        f"""insert into function file('{os.path.join(out, "0.orc")}', ORC)
        select * from file('{os.path.join(live, "*.orc")}', ORC, '{types}')
        order by {order} limit 1 by {", ".join(IDENTITY)}
        settings max_threads = {threads}, max_insert_threads = {threads}, session_timezone = 'UTC',
        input_format_orc_dictionary_as_low_cardinality = 0, storage_file_read_method = 'pread',
        output_format_orc_compression_method = '{codec.lower()}',
        output_format_orc_compression_block_size = {BLOCK_BYTES},
        output_format_orc_row_index_stride = {STRIDE},
        output_format_orc_dictionary_key_size_threshold = {DICTIONARY_THRESHOLD}"""
    )


def compare(one, other):
    """Names of columns whose values differ, in order; a column at a time, as both may be large."""
    import pyarrow as pa
    from pyarrow import orc

    def first_row(file):
        return list(file.read_stripe(0, ["id_part", "id"]).slice(0, 1).to_pylist()[0].values())

    def files_in(folder):
        return sorted((orc.ORCFile(path) for path in parts_in(folder)), key=first_row)

    def column(files, name):
        chunks = [file.read([name]).column(name) for file in files]
        return pa.chunked_array([chunk for column in chunks for chunk in column.chunks])

    one, other = files_in(one), files_in(other)
    return {
        "unequal": [
            name
            for name in one[0].schema.names
            if not column(one, name).equals(column(other, name).cast(one[0].schema.field(name).type))
        ]
    }


def parts_in(folder):
    return sorted(glob.glob(os.path.join(folder, "*.orc")))


def measured(program, merge):
    for module in MODULES[program]:
        importlib.import_module(module)
    start, start_cpu = time.perf_counter(), time.process_time()
    merge()
    return {
        "seconds": time.perf_counter() - start,
        "cpuSeconds": time.process_time() - start_cpu,
        "peakBytes": peak_bytes(),
    }


def peak_bytes():
    """The system's own count of the highest, as that of resource usage begins with the parent process's."""
    try:
        with open("/proc/self/status") as status:
            return next(int(line.split()[1]) * 1024 for line in status if line.startswith("VmHWM"))
    except FileNotFoundError:
        unit = 1 if sys.platform == "darwin" else 1024
        return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss * unit


MERGES = {
    "pyarrow": merge_with_pyarrow,
    "pyarrow-tuned": merge_with_tuned_pyarrow,
    "clickhouse": merge_with_clickhouse,
}

command = sys.argv[1]
if command == "versions":
    answer = versions()
else:
    job = json.loads(sys.argv[2])
    answer = compare(**job) if command == "compare" else measured(command, lambda: MERGES[command](**job))
print(json.dumps(answer))
