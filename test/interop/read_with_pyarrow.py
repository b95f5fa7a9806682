"""Reads files with pyarrow, which is ORC C++, as a whole and stripe by stripe, and writes them again its own way.

python read_with_pyarrow.py JOB
"""

import decimal
import sys

import pyarrow as pa
from pyarrow import orc

from plain_values import Finding, plain_column, read_job

CODECS = ["zstd", "zlib", "snappy", "lz4", "uncompressed"]

decimal.getcontext().prec = 80


def read(finding, file):
    names = [column["name"] for column in file["columns"]]
    types = [column["type"] for column in file["columns"]]
    orc_file = orc.ORCFile(file["path"])
    table = orc_file.read(columns=names)
    plain = [plain_column(type, table.column(name)) for name, type in zip(names, types)]
    finding.compare_columns("the whole file", plain)
    stripes = [orc_file.read_stripe(i, columns=names[:1]) for i in range(orc_file.nstripes)]
    rows = [value for stripe in stripes for value in stripe.column(0).to_pylist()]
    finding.check(rows == list(range(len(file["rows"]))), "the stripes have other rows")
    return table


def write(file, table):
    # ORC C++ writes unions that are null wrongly, and Arrow does not give it columns of them.
    kept = [field.name for field in table.schema if "union" not in str(field.type)]
    seed = file["seed"]
    path = f"{file['echo']}.orc"
    flat = [i for i, name in enumerate(kept) if not pa.types.is_nested(table.schema.field(name).type)]
    orc.write_table(
        table.select(kept),
        path,
        compression=CODECS[seed % len(CODECS)],
        compression_block_size=[65_536, 262_144][seed % 2],
        stripe_size=[100_000, 64 << 20][seed % 2],
        row_index_stride=[1000, 10_000][seed % 2],
        dictionary_key_size_threshold=[0.8, 0][seed % 2],
        bloom_filter_columns=flat[::2],
    )
    return path


for file in read_job(sys.argv[1]):
    finding = Finding(file)
    try:
        table = read(finding, file)
        finding.written.append(write(file, table))
    except Exception as error:
        finding.check(False, f"{type(error).__name__}: {error}")
    finding.report()
