// What Avro for Java and Flink answer, for tests/unit/runtime/connectors/avro_reference_test.cc:
//
//   resolution.tsv  every schema below as a writer's, with values of it, read as every one of the
//                   readers'. First the writers and the readers with the types of their columns,
//                   then: writer, reader, bytes, value or "error"
//   schemas.tsv     the schema that Flink derives from a type: type, schema or "error"
//
// Run with the jars of org.apache.flink:flink-avro:2.3.0 and flink-table-common in the class path:
// java -cp 'JARS/*' Reference.java DIRECTORY
import java.io.ByteArrayOutputStream;
import java.io.PrintWriter;
import java.math.BigDecimal;
import java.math.MathContext;
import java.nio.ByteBuffer;
import java.util.*;
import org.apache.avro.Schema;
import org.apache.avro.generic.*;
import org.apache.avro.io.*;
import org.apache.flink.formats.avro.typeutils.AvroSchemaConverter;
import org.apache.flink.table.types.logical.utils.LogicalTypeParser;

public class Reference {
  static final String E_AB = "{'type':'enum','name':'E','symbols':['A','B']}";
  static final String E_BC = "{'type':'enum','name':'E','symbols':['B','C']}";
  static final String E_BC_DEFAULT = "{'type':'enum','name':'E','symbols':['B','C'],'default':'C'}";
  static final String E_ALIAS = "{'type':'enum','name':'G','aliases':['E'],'symbols':['A','B']}";
  static final String F2 = "{'type':'fixed','name':'F','size':2}";
  static final String F3 = "{'type':'fixed','name':'F','size':3}";
  static final String F2_OTHER = "{'type':'fixed','name':'other.F','size':2}";
  static final String F2_ALIAS = "{'type':'fixed','name':'H','aliases':['F'],'size':2}";
  static final String R_X = "{'type':'record','name':'R','fields':[{'name':'x','type':'int'}]}";
  static final String R_XS = "{'type':'record','name':'a.S','fields':[{'name':'s','type':'string'},{'name':'x','type':'int'}]}";
  static final String R_Z = "{'type':'record','name':'R','fields':[{'name':'z','type':'int'}]}";
  static final String R_XY = "{'type':'record','name':'R','fields':[{'name':'y','type':['null','long'],'default':null},{'name':'x','type':'long'}]}";
  static final String R_DEFAULTS = "{'type':'record','name':'R','fields':[{'name':'q','type':'long','default':7},{'name':'x','type':'double'},"
      + "{'name':'t','type':'string','default':'nine\\u00e9'},{'name':'b','type':'bytes','default':'\\u00ff\\u0001'},"
      + "{'name':'l','type':{'type':'array','items':'int'},'default':[1,2]},{'name':'m','type':{'type':'map','values':'long'},'default':{'k':3}},"
      + "{'name':'u','type':['int','null'],'default':4},{'name':'o','type':'boolean','default':true},{'name':'f','type':'float','default':0.5}]}";
  static final String R_ALIAS = "{'type':'record','name':'R','fields':[{'name':'w','aliases':['x','z'],'type':'int'}]}";
  static final String R_TREE = "{'type':'record','name':'T','fields':[{'name':'x','type':'int'},{'name':'next','type':['null','T']}]}";

  static Schema parse(String text) {
    return new Schema.Parser().parse(text.replace('\'', '"'));
  }

  static final Map<String, List<Object>> WRITERS = new LinkedHashMap<>();
  static final Map<String, String> READERS = new LinkedHashMap<>();

  static GenericRecord record(String schema, Object... values) {
    GenericRecord made = new GenericData.Record(parse(schema));
    for (int i = 0; i < values.length; i++) made.put(i, values[i]);
    return made;
  }
  static Object symbol(String schema, String name) { return new GenericData.EnumSymbol(parse(schema), name); }
  static Object fixed(String schema, byte... bytes) { return new GenericData.Fixed(parse(schema), bytes); }

  static void fill() {
    WRITERS.put("'null'", Collections.singletonList(null));
    WRITERS.put("'boolean'", List.of(true, false));
    WRITERS.put("'int'", List.of(0, -1, 64, Integer.MAX_VALUE, Integer.MIN_VALUE));
    WRITERS.put("'long'", List.of(5L, -65L, 16777216L, Long.MAX_VALUE, Long.MIN_VALUE));
    WRITERS.put("'float'", List.of(1.5f, -0.25f));
    WRITERS.put("'double'", List.of(2.5, -1.0e300));
    WRITERS.put("'string'", List.of("", "ab", "a text that is longer than twelve \u20ac"));
    WRITERS.put("'bytes'", List.of(ByteBuffer.wrap(new byte[0]), ByteBuffer.wrap("xyz".getBytes())));
    WRITERS.put(E_AB, List.of(symbol(E_AB, "A"), symbol(E_AB, "B")));
    WRITERS.put(E_BC, List.of(symbol(E_BC, "C")));
    WRITERS.put(F2, List.of(fixed(F2, (byte) 'h', (byte) 'i')));
    WRITERS.put(F2_OTHER, List.of(fixed(F2_OTHER, (byte) 'h', (byte) 'o')));
    WRITERS.put("{'type':'array','items':'int'}", List.of(List.of(), List.of(1, 2, -3)));
    WRITERS.put("{'type':'array','items':['null','string']}", List.of(Arrays.asList("a", null)));
    WRITERS.put("{'type':'map','values':'int'}", List.of(Map.of(), Map.of("k", 1)));
    WRITERS.put("{'type':'map','values':['null','int']}", List.of(Collections.singletonMap("k", null), Map.of("k", 2)));
    WRITERS.put(R_X, List.of(record(R_X, 3)));
    WRITERS.put(R_XS, List.of(record(R_XS, "s", 4)));
    WRITERS.put(R_Z, List.of(record(R_Z, 5)));
    WRITERS.put(R_TREE, List.of(record(R_TREE, 6, record(R_TREE, 7, null))));
    WRITERS.put("['null','int']", Arrays.asList(null, 8));
    WRITERS.put("['int','null']", Arrays.asList(9, null));
    WRITERS.put("['int','string']", List.of(10, "eleven"));
    WRITERS.put("['null','long','boolean']", Arrays.asList(null, 12L, true));
    WRITERS.put("['null'," + R_X + "]", Arrays.asList(null, record(R_X, 13)));
    WRITERS.put("[" + R_XS + "," + R_Z + "]", List.of(record(R_XS, "s", 14), record(R_Z, 15)));

    READERS.put("'boolean'", "BOOLEAN");
    READERS.put("'int'", "INT");
    READERS.put("'long'", "BIGINT");
    READERS.put("'float'", "FLOAT");
    READERS.put("'double'", "DOUBLE");
    READERS.put("'string'", "STRING");
    READERS.put("'bytes'", "BYTES");
    READERS.put(E_AB, "STRING");
    READERS.put(E_BC, "STRING");
    READERS.put(E_BC_DEFAULT, "STRING");
    READERS.put(E_ALIAS, "STRING");
    READERS.put(F2, "BYTES");
    READERS.put(F3, "BYTES");
    READERS.put(F2_ALIAS, "BYTES");
    READERS.put("{'type':'array','items':'int'}", "ARRAY<INT>");
    READERS.put("{'type':'array','items':['null','double']}", "ARRAY<DOUBLE>");
    READERS.put("{'type':'array','items':['string','null']}", "ARRAY<STRING>");
    READERS.put("{'type':'map','values':'int'}", "MAP<STRING, INT>");
    READERS.put("{'type':'map','values':['null','long']}", "MAP<STRING, BIGINT>");
    READERS.put(R_X, "ROW<`x` INT>");
    READERS.put(R_XY, "ROW<`y` BIGINT, `x` BIGINT>");
    READERS.put(R_DEFAULTS,
        "ROW<`q` BIGINT, `x` DOUBLE, `t` STRING, `b` BYTES, `l` ARRAY<INT>, `m` MAP<STRING, BIGINT>, `u` INT, `o` BOOLEAN, `f` FLOAT>");
    READERS.put(R_ALIAS, "ROW<`w` INT>");
    READERS.put("['null','boolean']", "BOOLEAN");
    READERS.put("['null','int']", "INT");
    READERS.put("['long','null']", "BIGINT");
    READERS.put("['null','double']", "DOUBLE");
    READERS.put("['null','string']", "STRING");
    READERS.put("['null','bytes']", "BYTES");
    READERS.put("['null'," + E_AB + "]", "STRING");
    READERS.put("['null'," + F2 + "]", "BYTES");
    READERS.put("['null'," + R_X + "]", "ROW<`x` INT>");
    READERS.put("['null'," + R_XY + "]", "ROW<`y` BIGINT, `x` BIGINT>");
  }

  // As Weir prints a cell.
  static String text(Object value) {
    if (value == null) return "NULL";
    if (value instanceof Boolean) return (Boolean) value ? "TRUE" : "FALSE";
    if (value instanceof GenericFixed) return bytes(((GenericFixed) value).bytes());
    if (value instanceof ByteBuffer) {
      byte[] bytes = new byte[((ByteBuffer) value).remaining()];
      ((ByteBuffer) value).duplicate().get(bytes);
      return bytes(bytes);
    }
    if (value instanceof Float) {  // in as few digits as tell it from others, which Java does from 19 on
      for (int digits = 1; Float.isFinite((Float) value); digits++) {
        BigDecimal shorter = new BigDecimal((Float) value).round(new MathContext(digits));
        if (shorter.floatValue() == (Float) value) return Double.toString(shorter.doubleValue());
      }
    }
    StringJoiner all;
    if (value instanceof List) {
      all = new StringJoiner(", ", "[", "]");
      for (Object each : (List<?>) value) all.add(text(each));
    } else if (value instanceof Map) {
      all = new StringJoiner(", ", "{", "}");
      for (Map.Entry<?, ?> each : ((Map<?, ?>) value).entrySet()) all.add(each.getKey() + "=" + text(each.getValue()));
    } else if (value instanceof GenericRecord) {
      all = new StringJoiner(", ", "(", ")");
      GenericRecord record = (GenericRecord) value;
      for (int i = 0; i < record.getSchema().getFields().size(); i++) all.add(text(record.get(i)));
    } else {
      return value.toString();
    }
    return all.toString();
  }
  static String bytes(byte[] bytes) { return "x'" + HexFormat.of().formatHex(bytes) + "'"; }

  static Schema wrapped(String schema) {
    return parse("{'type':'record','name':'W','fields':[{'name':'v','type':" + schema + "}]}");
  }

  static byte[] written(Schema schema, Object value) throws Exception {
    GenericRecord record = new GenericData.Record(schema);
    record.put(0, value);
    ByteArrayOutputStream out = new ByteArrayOutputStream();
    BinaryEncoder encoder = EncoderFactory.get().binaryEncoder(out, null);
    new GenericDatumWriter<GenericRecord>(schema).write(record, encoder);
    encoder.flush();
    return out.toByteArray();
  }

  static String read(Schema writer, Schema reader, byte[] bytes) {
    try {
      GenericDatumReader<GenericRecord> datum = new GenericDatumReader<>(writer, reader);
      return text(datum.read(null, DecoderFactory.get().binaryDecoder(bytes, null)).get(0));
    } catch (Exception error) {
      return "error";
    }
  }

  static String derived(String type, boolean legacy) {
    try {
      return AvroSchemaConverter.convertToSchema(LogicalTypeParser.parse(type, Reference.class.getClassLoader()), legacy).toString();
    } catch (Exception error) {
      return "error";
    }
  }

  public static void main(String[] args) throws Exception {
    fill();
    try (PrintWriter out = new PrintWriter(args[0] + "/resolution.tsv", "UTF-8")) {
      List<String> readers = new ArrayList<>(READERS.keySet());
      List<String> writers = new ArrayList<>(WRITERS.keySet());
      for (String writer : writers) out.println(String.join("\t", "writer", "" + wrapped(writer)));
      for (String reader : readers) out.println(String.join("\t", "reader", "" + wrapped(reader), READERS.get(reader)));
      for (String writer : writers) {
        Schema from = wrapped(writer);
        for (Object value : WRITERS.get(writer)) {
          byte[] bytes = written(from, value);
          for (int r = 0; r < readers.size(); r++) {
            String found = read(from, wrapped(readers.get(r)), bytes);
            out.println(String.join("\t", "" + writers.indexOf(writer), "" + r, HexFormat.of().formatHex(bytes), found));
          }
        }
      }
    }
    List<String> types = List.of("BOOLEAN", "TINYINT", "SMALLINT", "INT", "BIGINT", "FLOAT", "DOUBLE", "CHAR(3)", "VARCHAR(9)", "STRING", "BINARY(2)",
        "BYTES", "DECIMAL(5, 2)", "DECIMAL(38, 0)", "DATE", "TIME(0)", "TIME(3)", "TIMESTAMP(0)", "TIMESTAMP(3)", "TIMESTAMP(6)",
        "TIMESTAMP_LTZ(3)", "TIMESTAMP_LTZ(6)", "ARRAY<INT>", "ARRAY<INT NOT NULL>", "MAP<STRING, BIGINT>", "MULTISET<STRING>",
        "ROW<`x` INT, `y` ROW<`z` STRING NOT NULL>>", "ARRAY<ROW<`x` INT>>", "MAP<STRING, ROW<`x` DOUBLE>>", "MAP<INT, INT>",
        "INTERVAL YEAR TO MONTH", "TIMESTAMP(9)", "TIME(9)");
    try (PrintWriter out = new PrintWriter(args[0] + "/schemas.tsv", "UTF-8")) {
      for (String type : types) {
        for (String null_ : List.of("", " NOT NULL")) {
          for (boolean legacy : List.of(true, false)) {
            String schema = derived("ROW<`a` " + type + null_ + "> NOT NULL", legacy);
            out.println(String.join("\t", type + null_, legacy ? "legacy" : "local", schema));
          }
        }
      }
    }
  }
}
