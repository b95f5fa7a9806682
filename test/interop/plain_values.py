"""Values of Arrow arrays in the form of the truth, see plain-values.ts; the readers in Python share it."""

import json
import struct

import pyarrow as pa


def read_job(path):
    """The files to read, each with the rows it must have, cut to the columns that the reader can read."""
    with open(path) as job:
        for file in json.load(job)["files"]:
            places = [column["index"] for column in file["columns"]]
            with open(file["truth"]) as lines:
                rows = [json.loads(line) for line in lines.read().split("\n")[:-1]]
            file["rows"] = [[row[place] for place in places] for row in rows]
            yield file


class Finding:
    def __init__(self, file):
        self.file = file
        self.checks = 0
        self.differences = []
        self.written = []

    def check(self, is_right, fault):
        self.checks += 1
        if not is_right and len(self.differences) < 20:
            self.differences.append(fault)

    def compare_columns(self, what, columns):
        """Columns as lists of plain values, in the order of the file's."""
        for i, column in enumerate(self.file["columns"]):
            expected = [row[i] for row in self.file["rows"]]
            self.check(len(columns[i]) == len(expected), f"{what}: {len(columns[i])} rows, not {len(expected)}")
            pairs = enumerate(zip(columns[i], expected))
            wrong = next((f"row {at}: {a} instead of {b}" for at, (a, b) in pairs if a != b), None)
            self.check(wrong is None, f"{what}, {column['name']}, {wrong}")

    def report(self):
        print(
            json.dumps(
                {
                    "seed": self.file["seed"],
                    "rows": len(self.file["rows"]),
                    "checks": self.checks,
                    "differences": self.differences,
                    "written": self.written,
                }
            ),
            flush=True,
        )


def plain_double(value):
    return None if value is None else struct.pack(">d", value).hex()


def plain_column(type, column):
    """All values of a chunked array."""
    return [value for chunk in column.chunks for value in plain_array(type, chunk)]


def plain_array(type, array):
    kind = array.type
    if pa.types.is_dictionary(kind):
        return plain_array(type, array.dictionary_decode())
    children = type["children"]
    if pa.types.is_union(kind):
        variants = [plain_array(child, array.field(i)) for i, child in enumerate(children)]
        tags = array.type_codes.to_pylist()
        places = array.offsets.to_pylist() if kind.mode == "dense" else range(len(array))
        return [[tag, variants[tag][place]] for tag, place in zip(tags, places)]
    if pa.types.is_struct(kind):
        fields = [plain_array(child, field) for child, field in zip(children, array.flatten())]
        rows = [list(row) for row in zip(*fields)]
        return [row if valid else None for row, valid in zip(rows, array.is_valid().to_pylist())]
    if pa.types.is_list(kind) or pa.types.is_map(kind):
        offsets = array.offsets.to_pylist()
        if pa.types.is_map(kind):
            keys = plain_array(children[0], array.keys)
            elements = [list(entry) for entry in zip(keys, plain_array(children[1], array.items))]
        else:
            elements = plain_array(children[0], array.values)
        valid = array.is_valid().to_pylist()
        return [elements[offsets[i] : offsets[i + 1]] if valid[i] else None for i in range(len(array))]
    return plain_values(type, array)


def plain_values(type, array):
    kind = array.type
    if pa.types.is_floating(kind):
        return [plain_double(value) for value in array.to_pylist()]
    if pa.types.is_decimal(kind):
        values = array.to_pylist()
        return [None if value is None else str(int(value.scaleb(kind.scale))) for value in values]
    if pa.types.is_timestamp(kind):
        nanos = array.cast(pa.timestamp("ns", kind.tz)).cast(pa.int64()).to_pylist()
        return [None if value is None else str(value) for value in nanos]
    if pa.types.is_date(kind):
        return array.cast(pa.int32()).to_pylist()
    if pa.types.is_binary(kind):
        if type["category"] == "binary":
            return [None if value is None else value.hex() for value in array.to_pylist()]
        return [None if value is None else value.decode() for value in array.to_pylist()]
    if pa.types.is_int64(kind) and type["category"] == "bigint":
        return [None if value is None else str(value) for value in array.to_pylist()]
    return array.to_pylist()
