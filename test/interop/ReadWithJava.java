// Reads files with ORC's Java library: every row, every row group by its position, the statistics of all three levels
// recomputed from the rows, search arguments, and the merge of stripes. Then writes the rows again in Java's own ways.
// java -cp 'JARS/*' ReadWithJava.java JOB

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import com.fasterxml.jackson.databind.node.ArrayNode;
import com.fasterxml.jackson.databind.node.JsonNodeFactory;
import java.io.File;
import java.io.PrintWriter;
import java.io.StringWriter;
import java.math.BigDecimal;
import java.math.BigInteger;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Paths;
import java.sql.Date;
import java.sql.Timestamp;
import java.time.LocalDate;
import java.time.LocalDateTime;
import java.time.ZoneOffset;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.HexFormat;
import java.util.List;
import java.util.Map;
import java.util.TreeSet;
import org.apache.hadoop.conf.Configuration;
import org.apache.hadoop.fs.Path;
import org.apache.hadoop.hive.ql.exec.vector.*;
import org.apache.hadoop.hive.ql.io.sarg.PredicateLeaf;
import org.apache.hadoop.hive.ql.io.sarg.SearchArgument;
import org.apache.hadoop.hive.ql.io.sarg.SearchArgumentFactory;
import org.apache.hadoop.hive.serde2.io.HiveDecimalWritable;
import org.apache.orc.*;
import org.apache.orc.impl.ColumnStatisticsImpl;
import org.apache.orc.impl.OrcIndex;
import org.apache.orc.impl.RecordReaderImpl;

public class ReadWithJava {
  static final ObjectMapper JSON = new ObjectMapper();
  static final JsonNodeFactory NODES = JsonNodeFactory.instance;
  static final Configuration CONFIGURATION = new Configuration();

  final String path;
  /** Files of Hive 2.0's version have none that can be trusted. */
  final boolean hasTimestampStatistics;
  final List<String> differences = new ArrayList<>();
  int checks = 0;

  ReadWithJava(JsonNode file) {
    path = file.get("path").asText();
    hasTimestampStatistics = !file.get("isHive2").asBoolean();
  }

  public static void main(String[] arguments) throws Exception {
    // Checksum files beside every file that is written are of no use here.
    CONFIGURATION.set("fs.file.impl", "org.apache.hadoop.fs.RawLocalFileSystem");
    for (JsonNode file : JSON.readTree(new File(arguments[0])).get("files")) {
      ReadWithJava check = new ReadWithJava(file);
      List<JsonNode> truth = new ArrayList<>();
      for (String line : Files.readAllLines(Paths.get(file.get("truth").asText()))) truth.add(JSON.readTree(line));
      List<String> written = new ArrayList<>();
      try {
        check.everything(file, truth, written);
      } catch (Exception | AssertionError error) {
        check.differences.add(traceOf(error));
      }
      System.out.println(
          JSON.writeValueAsString(
              Map.of(
                  "seed", file.get("seed"),
                  "rows", truth.size(),
                  "checks", check.checks,
                  "differences", check.differences,
                  "written", written)));
    }
  }

  static String traceOf(Throwable error) {
    StringWriter trace = new StringWriter();
    error.printStackTrace(new PrintWriter(trace));
    return trace.toString();
  }

  void everything(JsonNode file, List<JsonNode> truth, List<String> written) throws Exception {
    wholeFile(path, truth);
    rowGroups(truth);
    for (JsonNode filter : file.get("filters")) searchArgument(filter);
    merge(file.get("echo").asText() + "-merged.orc", truth);
    written.add(writeAgain(file));
  }

  void check(boolean isRight, String fault) {
    checks++;
    if (!isRight && differences.size() < 20) differences.add(fault);
  }

  Reader open(String path) throws Exception {
    return OrcFile.createReader(
        new Path(path),
        OrcFile.readerOptions(CONFIGURATION).useUTCTimestamp(true).convertToProlepticGregorian(true));
  }

  // ---- Rows and statistics

  void wholeFile(String path, List<JsonNode> truth) throws Exception {
    try (Reader reader = open(path)) {
      TypeDescription schema = reader.getSchema();
      check(reader.getNumberOfRows() == truth.size(), "rows of the footer: " + reader.getNumberOfRows());
      int columns = schema.getMaximumId() + 1;
      boolean[] all = new boolean[columns];
      Arrays.fill(all, true);
      int stride = reader.getRowIndexStride();
      List<StripeStatistics> stripeStatistics = reader.getStripeStatistics();
      Values[] ofFile = Values.ofColumns(columns);
      int row = 0;
      try (RecordReaderImpl rows = (RecordReaderImpl) reader.rows()) {
        VectorizedRowBatch batch = schema.createRowBatch();
        int inBatch = 0;
        batch.size = 0;
        for (int stripe = 0; stripe < reader.getStripes().size(); stripe++) {
          long stripeRows = reader.getStripes().get(stripe).getNumberOfRows();
          OrcIndex index = stride == 0 ? null : rows.readRowIndex(stripe, all, all);
          Values[] ofStripe = Values.ofColumns(columns);
          Values[] ofGroup = Values.ofColumns(columns);
          for (long at = 0; at < stripeRows; at++, row++) {
            if (inBatch == batch.size) {
              inBatch = 0;
              check(rows.nextBatch(batch), "no batch at row " + row);
            }
            ArrayNode values = rowOf(schema, batch, inBatch++, ofFile, ofStripe, ofGroup);
            if (!values.equals(truth.get(row))) check(false, "row " + row + ": " + values + " instead of " + truth.get(row));
            if (stride > 0 && (at % stride == stride - 1 || at == stripeRows - 1)) {
              int group = (int) (at / stride);
              for (int id = 0; id < columns; id++) {
                ColumnStatistics found =
                    ColumnStatisticsImpl.deserialize(
                        null, index.getRowGroupIndex()[id].getEntry(group).getStatistics(), true, true);
                statistics("group " + group + " of stripe " + stripe + ", column " + id, ofGroup[id], found);
              }
              ofGroup = Values.ofColumns(columns);
            }
          }
          ColumnStatistics[] found = stripeStatistics.get(stripe).getColumnStatistics();
          for (int id = 0; id < columns; id++) {
            statistics("stripe " + stripe + ", column " + id, ofStripe[id], found[id]);
          }
        }
        check(inBatch == batch.size && !rows.nextBatch(batch), "more rows than the stripes have");
      }
      check(row == truth.size(), row + " rows instead of " + truth.size());
      for (int id = 0; id < columns; id++) {
        statistics("file, column " + id, ofFile[id], reader.getStatistics()[id]);
      }
    }
  }

  ArrayNode rowOf(TypeDescription schema, VectorizedRowBatch batch, int row, Values[]... levels) {
    ArrayNode values = NODES.arrayNode();
    for (Values[] level : levels) level[0].add(null);
    for (int i = 0; i < batch.cols.length; i++) {
      values.add(valueOf(schema.getChildren().get(i), batch.cols[i], row, levels));
    }
    return values;
  }

  /** The plain form of a value, which is also counted on every level given. */
  JsonNode valueOf(TypeDescription type, ColumnVector vector, int at, Values[]... levels) {
    int row = vector.isRepeating ? 0 : at;
    int id = type.getId();
    if (!vector.noNulls && vector.isNull[row]) {
      for (Values[] level : levels) level[id].hasNull = true;
      return NODES.nullNode();
    }
    Comparable<?> value = null;
    JsonNode node;
    switch (type.getCategory()) {
      case BOOLEAN -> {
        boolean isTrue = ((LongColumnVector) vector).vector[row] != 0;
        node = NODES.booleanNode(isTrue);
        value = isTrue;
      }
      case BYTE, SHORT, INT, DATE -> {
        long number = ((LongColumnVector) vector).vector[row];
        node = NODES.numberNode((int) number);
        value = number;
      }
      case LONG -> {
        long number = ((LongColumnVector) vector).vector[row];
        node = NODES.textNode(Long.toString(number));
        value = number;
      }
      case FLOAT, DOUBLE -> {
        double number = ((DoubleColumnVector) vector).vector[row];
        node = NODES.textNode(HexFormat.of().toHexDigits(Double.doubleToLongBits(number)));
        value = number;
      }
      case STRING, CHAR, VARCHAR, BINARY -> {
        BytesColumnVector bytes = (BytesColumnVector) vector;
        byte[] found = Arrays.copyOfRange(bytes.vector[row], bytes.start[row], bytes.start[row] + bytes.length[row]);
        if (type.getCategory() == TypeDescription.Category.BINARY) {
          node = NODES.textNode(HexFormat.of().formatHex(found));
        } else {
          String text = new String(found, StandardCharsets.UTF_8);
          if (type.getCategory() == TypeDescription.Category.CHAR) {
            // Java takes the spaces off that fill it up.
            text += " ".repeat(type.getMaxLength() - text.codePointCount(0, text.length()));
          }
          node = NODES.textNode(text);
          found = text.getBytes(StandardCharsets.UTF_8);
        }
        value = new Bytes(found);
      }
      case TIMESTAMP, TIMESTAMP_INSTANT -> {
        TimestampColumnVector timestamps = (TimestampColumnVector) vector;
        BigInteger nanos = nanos(timestamps.time[row], timestamps.nanos[row]);
        node = NODES.textNode(nanos.toString());
        value = nanos;
      }
      case DECIMAL -> {
        BigDecimal exact =
            vector instanceof Decimal64ColumnVector
                ? BigDecimal.valueOf(((Decimal64ColumnVector) vector).vector[row], type.getScale())
                : ((DecimalColumnVector) vector).vector[row].getHiveDecimal().bigDecimalValue();
        BigDecimal decimal = exact.setScale(type.getScale());
        node = NODES.textNode(decimal.unscaledValue().toString());
        value = decimal;
      }
      case LIST -> {
        ListColumnVector lists = (ListColumnVector) vector;
        ArrayNode elements = NODES.arrayNode();
        for (long i = lists.offsets[row]; i < lists.offsets[row] + lists.lengths[row]; i++) {
          elements.add(valueOf(type.getChildren().get(0), lists.child, (int) i, levels));
        }
        node = elements;
        value = lists.lengths[row];
      }
      case MAP -> {
        MapColumnVector maps = (MapColumnVector) vector;
        ArrayNode entries = NODES.arrayNode();
        for (long i = maps.offsets[row]; i < maps.offsets[row] + maps.lengths[row]; i++) {
          ArrayNode entry = entries.addArray();
          entry.add(valueOf(type.getChildren().get(0), maps.keys, (int) i, levels));
          entry.add(valueOf(type.getChildren().get(1), maps.values, (int) i, levels));
        }
        node = entries;
        value = maps.lengths[row];
      }
      case STRUCT -> {
        ArrayNode fields = NODES.arrayNode();
        for (int i = 0; i < type.getChildren().size(); i++) {
          fields.add(valueOf(type.getChildren().get(i), ((StructColumnVector) vector).fields[i], row, levels));
        }
        node = fields;
      }
      case UNION -> {
        UnionColumnVector unions = (UnionColumnVector) vector;
        int tag = unions.tags[row];
        ArrayNode variant = NODES.arrayNode().add(tag);
        variant.add(valueOf(type.getChildren().get(tag), unions.fields[tag], row, levels));
        node = variant;
      }
      default -> throw new IllegalStateException("no such type: " + type);
    }
    for (Values[] level : levels) level[id].add(value);
    return node;
  }

  static BigInteger nanos(long millis, int nanosOfSecond) {
    return BigInteger.valueOf(Math.floorDiv(millis, 1000L))
        .multiply(BigInteger.valueOf(1_000_000_000L))
        .add(BigInteger.valueOf(nanosOfSecond));
  }

  /** Ordered as unsigned bytes. */
  record Bytes(byte[] bytes) implements Comparable<Bytes> {
    public int compareTo(Bytes other) {
      return Arrays.compareUnsigned(bytes, other.bytes);
    }

    static Bytes of(String text) {
      return text == null ? null : new Bytes(text.getBytes(StandardCharsets.UTF_8));
    }
  }

  // ---- Statistics

  void statistics(String place, Values values, ColumnStatistics found) {
    check(found.getNumberOfValues() == values.count, place + ": " + found + ", not " + values.count + " values");
    check(found.hasNull() == values.hasNull, place + ": hasNull is " + found.hasNull());
    if (values.count == 0) return;
    String is = place + ": " + found + ", but it is ";
    if (found instanceof IntegerColumnStatistics integers) {
      bounds(is, values, integers.getMinimum(), integers.getMaximum());
      if (integers.isSumDefined()) {
        check(BigInteger.valueOf(integers.getSum()).equals(values.sum), is + values.sum);
      } else {
        check(values.absoluteSum.bitLength() > 63, is + values.sum);
      }
    } else if (found instanceof DoubleColumnStatistics doubles) {
      if (values.hasNaN) {
        check(Double.isNaN(doubles.getSum()), is + "NaN");
        check(doubles.getMinimum() == Double.NEGATIVE_INFINITY, is + "with NaN");
        check(doubles.getMaximum() == Double.POSITIVE_INFINITY, is + "with NaN");
      } else {
        // Zeros are bounds of either sign.
        double minimum = (Double) values.minimum == 0 ? -0.0 : (Double) values.minimum;
        double maximum = (Double) values.maximum == 0 ? 0.0 : (Double) values.maximum;
        check(Double.compare(doubles.getMinimum(), minimum) == 0, is + minimum);
        check(Double.compare(doubles.getMaximum(), maximum) == 0, is + maximum);
        boolean isFinite = Double.isFinite(values.absoluteDoubleSum);
        double error = Math.abs(doubles.getSum() - values.doubleSum);
        boolean isRight = isFinite ? error <= 1e-9 * values.absoluteDoubleSum : !Double.isFinite(doubles.getSum());
        check(isRight, is + values.doubleSum);
      }
    } else if (found instanceof BooleanColumnStatistics booleans) {
      check(booleans.getTrueCount() == values.trues, is + values.trues);
    } else if (found instanceof StringColumnStatistics strings) {
      stringBound(is, (Bytes) values.minimum, Bytes.of(strings.getMinimum()), Bytes.of(strings.getLowerBound()), -1);
      stringBound(is, (Bytes) values.maximum, Bytes.of(strings.getMaximum()), Bytes.of(strings.getUpperBound()), 1);
      check(BigInteger.valueOf(strings.getSum()).equals(values.sum), is + values.sum);
    } else if (found instanceof BinaryColumnStatistics binary) {
      check(BigInteger.valueOf(binary.getSum()).equals(values.sum), is + values.sum);
    } else if (found instanceof DateColumnStatistics dates) {
      bounds(is, values, dates.getMinimumDayOfEpoch(), dates.getMaximumDayOfEpoch());
    } else if (found instanceof TimestampColumnStatistics timestamps) {
      if (hasTimestampStatistics) {
        Timestamp minimum = timestamps.getMinimumUTC();
        Timestamp maximum = timestamps.getMaximumUTC();
        bounds(is, values, nanos(minimum.getTime(), minimum.getNanos()), nanos(maximum.getTime(), maximum.getNanos()));
      }
    } else if (found instanceof DecimalColumnStatistics decimals) {
      // They are equal whatever zeros are at the end.
      BigDecimal minimum = decimals.getMinimum().bigDecimalValue();
      BigDecimal maximum = decimals.getMaximum().bigDecimalValue();
      check(minimum.compareTo((BigDecimal) values.minimum) == 0, is + values.minimum);
      check(maximum.compareTo((BigDecimal) values.maximum) == 0, is + values.maximum);
      // Java's merge rounds what has more digits than a decimal can have.
      if (values.decimalSum.precision() > 38) return;
      if (decimals.getSum() != null) {
        check(decimals.getSum().bigDecimalValue().compareTo(values.decimalSum) == 0, is + values.decimalSum);
      } else {
        // Java gives up the sum of short decimals where it is no short one.
        check(values.absoluteDecimalSum.precision() > 18, is + values.decimalSum);
      }
    } else if (found instanceof CollectionColumnStatistics collections) {
      bounds(is, values, collections.getMinimumChildren(), collections.getMaximumChildren());
      check(BigInteger.valueOf(collections.getTotalChildren()).equals(values.sum), is + values.sum);
    } else {
      check(values.minimum == null, place + ": there are no statistics of values");
    }
  }

  void bounds(String is, Values values, Object minimum, Object maximum) {
    check(minimum.equals(values.minimum), is + values.minimum);
    check(maximum.equals(values.maximum), is + values.maximum);
  }

  /** Of a long string there may be a shorter bound, which lies outside. */
  void stringBound(String is, Bytes value, Bytes exact, Bytes bound, int outside) {
    if (exact != null) {
      check(exact.compareTo(value) == 0, is + value);
    } else {
      check(value.bytes.length > 1024 && bound.bytes.length <= 1024, is + "a string of " + value.bytes.length);
      check(bound.compareTo(value) * outside >= 0, is + "outside");
    }
  }

  // ---- Seeking, searching, merging

  void rowGroups(List<JsonNode> truth) throws Exception {
    // Without a search argument Java fails to seek in a file with bloom filters.
    SearchArgument always =
        SearchArgumentFactory.newBuilder().startNot().isNull("ordinal", PredicateLeaf.Type.LONG).end().build();
    try (Reader reader = open(path);
        RecordReader rows = reader.rows(reader.options().searchArgument(always, new String[0]))) {
      TypeDescription schema = reader.getSchema();
      int stride = reader.getRowIndexStride();
      VectorizedRowBatch batch = schema.createRowBatch();
      List<Integer> starts = new ArrayList<>();
      int stripeStart = 0;
      for (StripeInformation stripe : reader.getStripes()) {
        for (int at = 0; at < stripe.getNumberOfRows(); at += stride) starts.add(stripeStart + at);
        stripeStart += stripe.getNumberOfRows();
      }
      // From the last one on, so that nothing is where it would be anyway.
      for (int i = starts.size() - 1; i >= 0; i--) {
        int row = starts.get(i);
        rows.seekToRow(row);
        check(rows.getRowNumber() == row && rows.nextBatch(batch) && batch.size > 0, "no rows after seeking " + row);
        for (int at = 0; at < batch.size; at++) {
          ArrayNode values = rowOf(schema, batch, at);
          check(values.equals(truth.get(row + at)), "after seeking " + row + ", row " + (row + at) + ": " + values);
        }
      }
    }
  }

  void searchArgument(JsonNode filter) throws Exception {
    TreeSet<Integer> wanted = new TreeSet<>();
    for (JsonNode ordinal : filter.get("ordinals")) wanted.add(ordinal.asInt());
    try (Reader reader = open(path)) {
      TypeDescription schema = reader.getSchema();
      SearchArgument argument = argumentOf(filter, schema);
      boolean[] include = new boolean[schema.getMaximumId() + 1];
      include[0] = true;
      include[1] = true;
      String column = filter.get("column").asText();
      include[schema.findSubtype(column).getId()] = true;
      String name = filter.get("isNegated") + " " + column + " " + filter.get("operator") + " " + filter.get("literals");
      for (boolean isRowFilter : new boolean[] {false, true}) {
        // Java's filter of rows compares a char without the spaces that fill it up, and dates in the old calendar.
        TypeDescription.Category category = schema.findSubtype(column).getCategory();
        boolean isOdd = category == TypeDescription.Category.CHAR || category == TypeDescription.Category.DATE;
        if (isRowFilter && isOdd) continue;
        Reader.Options options =
            reader
                .options()
                .include(include)
                .searchArgument(argument, new String[0])
                .allowSARGToFilter(isRowFilter)
                .useSelected(isRowFilter);
        TreeSet<Integer> found = new TreeSet<>();
        try (RecordReader rows = reader.rows(options)) {
          VectorizedRowBatch batch = schema.createRowBatch();
          while (rows.nextBatch(batch)) {
            LongColumnVector ordinals = (LongColumnVector) batch.cols[0];
            for (int i = 0; i < batch.size; i++) {
              int row = batch.selectedInUse ? batch.selected[i] : i;
              found.add((int) ordinals.vector[ordinals.isRepeating ? 0 : row]);
            }
          }
        }
        boolean isRight = isRowFilter ? found.equals(wanted) : found.containsAll(wanted);
        check(isRight, name + " found " + found.size() + " rows for " + wanted.size());
      }
    }
  }

  SearchArgument argumentOf(JsonNode filter, TypeDescription schema) {
    String column = filter.get("column").asText();
    TypeDescription type = schema.getChildren().get(schema.getFieldNames().indexOf(column));
    PredicateLeaf.Type kind =
        switch (type.getCategory()) {
          case BOOLEAN -> PredicateLeaf.Type.BOOLEAN;
          case BYTE, SHORT, INT, LONG -> PredicateLeaf.Type.LONG;
          case FLOAT, DOUBLE -> PredicateLeaf.Type.FLOAT;
          case DATE -> PredicateLeaf.Type.DATE;
          case TIMESTAMP, TIMESTAMP_INSTANT -> PredicateLeaf.Type.TIMESTAMP;
          case DECIMAL -> PredicateLeaf.Type.DECIMAL;
          default -> PredicateLeaf.Type.STRING;
        };
    List<Object> literals = new ArrayList<>();
    for (JsonNode literal : filter.get("literals")) literals.add(literalOf(kind, literal.asText()));
    SearchArgument.Builder builder = SearchArgumentFactory.newBuilder();
    if (filter.get("isNegated").asBoolean()) builder.startNot();
    else builder.startAnd();
    switch (filter.get("operator").asText()) {
      case "equals" -> builder.equals(column, kind, literals.get(0));
      case "in" -> builder.in(column, kind, literals.toArray());
      case "lessThan" -> builder.lessThan(column, kind, literals.get(0));
      case "atMost" -> builder.lessThanEquals(column, kind, literals.get(0));
      case "between" -> builder.between(column, kind, literals.get(0), literals.get(1));
      default -> builder.isNull(column, kind);
    }
    return builder.end().build();
  }

  static Object literalOf(PredicateLeaf.Type kind, String text) {
    return switch (kind) {
      case BOOLEAN -> Boolean.valueOf(text);
      case LONG -> Long.valueOf(text);
      case FLOAT -> Double.valueOf(text);
      // Not `valueOf`, which takes early ones for days of the old calendar.
      case DATE -> new Date(LocalDate.parse(text).toEpochDay() * 86_400_000);
      case TIMESTAMP -> Timestamp.from(LocalDateTime.parse(text.replace(' ', 'T')).toInstant(ZoneOffset.UTC));
      case DECIMAL -> new HiveDecimalWritable(text);
      default -> text;
    };
  }

  void merge(String merged, List<JsonNode> truth) throws Exception {
    List<Path> inputs = List.of(new Path(path), new Path(path));
    // Java checks that the calendars are equal, but takes that of the result from the options.
    OrcFile.WriterOptions options = OrcFile.writerOptions(CONFIGURATION).overwrite(true).setProlepticGregorian(true);
    List<Path> taken = OrcFile.mergeFiles(new Path(merged), options, inputs);
    check(taken.size() == 2, "merged " + taken.size() + " of 2 files");
    List<JsonNode> twice = new ArrayList<>(truth);
    twice.addAll(truth);
    wholeFile(merged, twice);
  }

  // ---- Writing again

  static final CompressionKind[] CODECS = {
    CompressionKind.ZSTD,
    CompressionKind.ZLIB,
    CompressionKind.SNAPPY,
    CompressionKind.LZ4,
    CompressionKind.LZO,
    CompressionKind.NONE
  };

  String writeAgain(JsonNode file) throws Exception {
    int seed = file.get("seed").asInt();
    String echo = file.get("echo").asText() + ".orc";
    try (Reader reader = open(path);
        RecordReader rows = reader.rows()) {
      TypeDescription schema = reader.getSchema();
      List<String> bloomColumns = new ArrayList<>();
      for (int i = 0; i < schema.getChildren().size(); i++) {
        TypeDescription type = schema.getChildren().get(i);
        if (type.getCategory().isPrimitive() && i % 2 == 0) bloomColumns.add(schema.getFieldNames().get(i));
      }
      OrcFile.WriterOptions options =
          OrcFile.writerOptions(CONFIGURATION)
              .setSchema(schema)
              .overwrite(true)
              .compress(CODECS[seed % CODECS.length])
              .version(seed % 4 == 3 ? OrcFile.Version.V_0_11 : OrcFile.Version.V_0_12)
              .rowIndexStride(seed % 2 == 0 ? 1000 : 10_000)
              .stripeSize(seed % 3 == 0 ? 100_000 : 64 << 20)
              .bufferSize(seed % 5 == 0 ? 1024 : 65_536)
              .enforceBufferSize()
              .encodingStrategy(seed % 2 == 0 ? OrcFile.EncodingStrategy.SPEED : OrcFile.EncodingStrategy.COMPRESSION)
              .bloomFilterColumns(String.join(",", bloomColumns))
              .useUTCTimestamp(true)
              .setProlepticGregorian(true);
      try (Writer writer = OrcFile.createWriter(new Path(echo), options)) {
        VectorizedRowBatch batch = schema.createRowBatch();
        while (rows.nextBatch(batch)) writer.addRowBatch(batch);
      }
    }
    return echo;
  }

  /** What statistics of these values have to say. */
  static class Values {
    long count = 0;
    boolean hasNull = false;
    boolean hasNaN = false;
    Comparable<?> minimum = null;
    Comparable<?> maximum = null;
    long trues = 0;
    BigInteger sum = BigInteger.ZERO;
    BigInteger absoluteSum = BigInteger.ZERO;
    BigDecimal decimalSum = BigDecimal.ZERO;
    BigDecimal absoluteDecimalSum = BigDecimal.ZERO;
    double doubleSum = 0;
    double absoluteDoubleSum = 0;

    static Values[] ofColumns(int count) {
      Values[] columns = new Values[count];
      for (int i = 0; i < count; i++) columns[i] = new Values();
      return columns;
    }

    @SuppressWarnings({"unchecked", "rawtypes"})
    void add(Comparable value) {
      count++;
      if (value == null) return;
      // Compared as Java does: -0.0 is below 0.0.
      if (minimum == null || value.compareTo(minimum) < 0) minimum = value;
      if (maximum == null || value.compareTo(maximum) > 0) maximum = value;
      if (value instanceof Long number) {
        sum = sum.add(BigInteger.valueOf(number));
        absoluteSum = absoluteSum.add(BigInteger.valueOf(number).abs());
      } else if (value instanceof Double number) {
        hasNaN |= number.isNaN();
        doubleSum += number;
        absoluteDoubleSum += Math.abs(number);
      } else if (value instanceof Bytes text) {
        sum = sum.add(BigInteger.valueOf(text.bytes.length));
      } else if (value instanceof BigDecimal decimal) {
        decimalSum = decimalSum.add(decimal);
        absoluteDecimalSum = absoluteDecimalSum.add(decimal.abs());
      } else if (value instanceof Boolean isTrue && isTrue) {
        trues++;
      }
    }
  }
}
