"""Reads files with ClickHouse: all rows, and filters with and without push-down; then writes them again.

python read_with_clickhouse.py JOB
"""

import decimal
import sys

import chdb
import pyarrow as pa

from plain_values import Finding, plain_column, read_job

decimal.getcontext().prec = 80

SETTINGS = """
    settings session_timezone = 'UTC', allow_experimental_nullable_tuple_type = 1,
    output_format_arrow_string_as_string = 0, output_format_arrow_fixed_string_as_fixed_byte_array = 0,
    input_format_orc_skip_columns_with_unsupported_types_in_schema_inference = 1"""

CODECS = ["zstd", "zlib", "snappy", "lz4", "none"]

TYPES = {
    "boolean": "Bool",
    "tinyint": "Int8",
    "smallint": "Int16",
    "int": "Int32",
    "bigint": "Int64",
    "float": "Float32",
    "double": "Float64",
    "date": "Date32",
    "timestamp": "DateTime64(9, 'UTC')",
    "timestamp with local time zone": "DateTime64(9, 'UTC')",
}


def quoted(text):
    return "'" + "".join(f"\\x{byte:02x}" for byte in text.encode()) + "'"


def as_clickhouse_has_it(type, value):
    """Lists and maps are never null in ClickHouse, but empty."""
    category = type["category"]
    if value is None:
        return [] if category in ("array", "map") else None
    children = type["children"]
    if category == "array":
        return [as_clickhouse_has_it(children[0], element) for element in value]
    if category == "map":
        return [[as_clickhouse_has_it(*pair) for pair in zip(children, entry)] for entry in value]
    if category == "struct":
        return [as_clickhouse_has_it(*pair) for pair in zip(children, value)]
    return value


def source(file):
    return f"file({quoted(file['path'])}, 'ORC')"


def read(finding, file):
    columns = file["columns"]
    types = [column["type"] for column in columns]
    true_rows = file["rows"]
    file["rows"] = [[as_clickhouse_has_it(*pair) for pair in zip(types, row)] for row in file["rows"]]
    names = [f"`{column['name']}`" for column in columns]
    answer = chdb.query(f"select {', '.join(names)} from {source(file)} {SETTINGS}, max_threads = 1", "Arrow")
    table = pa.ipc.open_file(pa.py_buffer(answer.bytes())).read_all()
    finding.compare_columns("the whole file", [plain_column(*pair) for pair in zip(types, table.columns)])
    # ClickHouse has one type for text and bytes.
    kept = [all(true[i] == row[i] for true, row in zip(true_rows, file["rows"])) for i in range(len(columns))]
    return [name for name, is_kept, type in zip(names, kept, types) if is_kept and "binary" not in str(type)]


def condition(filter, type):
    category = type["category"]
    if category == "decimal":
        target = f"Decimal({type['precision']}, {type['scale']})"
    else:
        target = TYPES.get(category, "String")
    literals = [f"cast({quoted(literal)} as {target})" for literal in filter["literals"]]
    name = f"`{filter['column']}`"
    text = {
        "equals": lambda: f"{name} = {literals[0]}",
        "in": lambda: f"{name} in ({', '.join(literals)})",
        "lessThan": lambda: f"{name} < {literals[0]}",
        "atMost": lambda: f"{name} <= {literals[0]}",
        "between": lambda: f"{name} between {literals[0]} and {literals[1]}",
        "isNull": lambda: f"{name} is null",
    }[filter["operator"]]()
    return f"not ({text})" if filter["isNegated"] else text


def search(finding, file):
    types = {column["name"]: column["type"] for column in file["columns"]}
    filters = [filter for filter in file["filters"] if filter["column"] in types]
    conditions = [condition(filter, types[filter["column"]]) for filter in filters]
    queries = [
        f"select {i}, count(), sum(coalesce(ordinal, 0)) from {source(file)} where {where}"
        for i, where in enumerate(conditions)
    ]
    expected = [f"{i},{len(filter['ordinals'])},{sum(filter['ordinals'])}" for i, filter in enumerate(filters)]
    for push_down in (1, 0):
        settings = f"{SETTINGS}, input_format_orc_filter_push_down = {push_down}"
        found = str(chdb.query(f"select * from ({' union all '.join(queries)}) order by 1 {settings}", "CSV"))
        for where, answer, right in zip(conditions, found.split(), expected, strict=True):
            finding.check(answer == right, f"{where}, push-down {push_down}: {answer} instead of {right}")


def write(file, names):
    path = f"{file['echo']}.orc"
    codec = CODECS[file["seed"] % len(CODECS)]
    chdb.query(
        f"""insert into function file({quoted(path)}, 'ORC')
        select {', '.join(names)} from {source(file)} {SETTINGS},
        max_threads = 1, input_format_orc_dictionary_as_low_cardinality = 0, engine_file_truncate_on_insert = 1,
        output_format_orc_compression_method = '{codec}', output_format_orc_row_index_stride = 1000,
        output_format_orc_dictionary_key_size_threshold = 0.8"""
    )
    return path


for file in read_job(sys.argv[1]):
    finding = Finding(file)
    try:
        names = read(finding, file)
        search(finding, file)
        finding.written.append(write(file, names))
    except Exception as error:
        finding.check(False, f"{type(error).__name__}: {error}")
    finding.report()
