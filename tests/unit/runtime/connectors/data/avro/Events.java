// What Flink's format debezium-avro-confluent answers, for
// tests/unit/runtime/connectors/avro_debezium_test.cc: events.tsv, whose lines are
//
//   schema  the schema that it writes the events of a table by, whose columns are COLUMNS
//   read    a writer's schema, the bytes of an event, and the rows that it reads of it, or "error"
//   write   a row, and the bytes of its event by the schema above
//
// Run with the jars of org.apache.flink:flink-avro-confluent-registry:2.3.0 without those of
// io.confluent, flink-avro, flink-table-runtime and flink-table-api-java in the class path:
// java -cp 'JARS/*' Events.java FILE
import java.io.ByteArrayOutputStream;
import java.io.InputStream;
import java.io.OutputStream;
import java.io.PrintWriter;
import java.lang.reflect.Constructor;
import java.util.*;
import org.apache.avro.Schema;
import org.apache.avro.generic.*;
import org.apache.avro.io.*;
import org.apache.flink.api.common.typeinfo.TypeInformation;
import org.apache.flink.formats.avro.*;
import org.apache.flink.formats.avro.registry.confluent.debezium.*;
import org.apache.flink.formats.avro.typeutils.AvroSchemaConverter;
import org.apache.flink.table.api.DataTypes;
import org.apache.flink.table.data.*;
import org.apache.flink.table.runtime.typeutils.InternalTypeInfo;
import org.apache.flink.table.types.DataType;
import org.apache.flink.table.types.logical.RowType;
import org.apache.flink.types.RowKind;
import org.apache.flink.util.Collector;

public class Events {
  static final DataType COLUMNS = DataTypes.ROW(DataTypes.FIELD("id", DataTypes.INT().notNull()), DataTypes.FIELD("name", DataTypes.STRING()),
                                                DataTypes.FIELD("weight", DataTypes.DOUBLE()));

  // As Debezium's connector for MySQL and Confluent's converter write it (debezium.io, "Change event values").
  static final String VALUE = "{'type':'record','name':'Value','fields':[{'name':'id','type':'int'},{'name':'name','type':'string'},"
      + "{'name':'weight','type':['null','double'],'default':null}],'connect.name':'dbserver1.inventory.products.Value'}";
  static final String SOURCE = "{'name':'source','type':{'type':'record','name':'Source','namespace':'io.debezium.connector.mysql','fields':["
      + "{'name':'version','type':'string'},{'name':'ts_ms','type':'long'},{'name':'snapshot','type':[{'type':'string','connect.version':1,"
      + "'connect.parameters':{'allowed':'true,last,false'},'connect.default':'false','connect.name':'io.debezium.data.Enum'},'null'],'default':'false'},"
      + "{'name':'pos','type':'long'},{'name':'gtid','type':['null','string'],'default':null}],'connect.name':'io.debezium.connector.mysql.Source'}}";
  static final String MORE = "{'name':'ts_ms','type':['null','long'],'default':null},{'name':'transaction','type':['null',{'type':'record','name':'block',"
      + "'namespace':'event','fields':[{'name':'id','type':'string'},{'name':'total_order','type':'long'}]}],'default':null}";
  static final String OP = "{'name':'op','type':'string'}";

  static String envelope(String... fields) {
    return "{'type':'record','name':'Envelope','namespace':'dbserver1.inventory.products','fields':[" + String.join(",", fields)
        + "],'connect.name':'dbserver1.inventory.products.Envelope'}";
  }
  static String field(String name, String schema) { return "{'name':'" + name + "','type':" + schema + "}"; }
  static String optional(String name, String schema) { return "{'name':'" + name + "','type':['null'," + schema + "],'default':null}"; }

  static final String DEBEZIUM = envelope(optional("before", VALUE), optional("after", "'Value'"), SOURCE, OP, MORE);
  static final String VALUES = "dbserver1.inventory.products.Value";

  static String row(int id, String name, String weight) {
    return "{'" + VALUES + "':{'id':" + id + ",'name':'" + name + "','weight':" + (weight == null ? "null" : "{'double':" + weight + "}") + "}}";
  }
  static String event(String before, String after, String op, String transaction) {
    return "{'before':" + before + ",'after':" + after + ",'source':{'version':'2.7','ts_ms':1589361987000,'snapshot':{'string':'false'},'pos':361,"
        + "'gtid':null},'op':'" + op + "','ts_ms':{'long':1589361987936},'transaction':" + transaction + "}";
  }
  static final String IN_TRANSACTION = "{'event.block':{'id':'7:1','total_order':1}}";
  static final String OLD = row(106, "hammer", "1.0"), NEW = row(106, "a hammer of 18 ounces", null);

  static final List<String[]> READS = new ArrayList<>();

  static void read(String schema, String... events) {
    for (String event : events) READS.add(new String[] {schema, event});
  }

  static void fill() {
    read(DEBEZIUM, event("null", OLD, "c", "null"), event("null", NEW, "r", IN_TRANSACTION), event(OLD, NEW, "u", IN_TRANSACTION),
         event(OLD, "null", "d", "null"), event(OLD, NEW, "c", "null"), event(OLD, NEW, "d", "null"), event("null", NEW, "u", "null"),
         event("null", "null", "d", "null"), event(OLD, "null", "u", "null"), event("null", "null", "c", "null"), event("null", NEW, "t", "null"),
         event("null", NEW, "", "null"), event("null", NEW, "U", "null"));
    // In a union, in another order, without a row, with an op that may be null, by other names.
    read("['null'," + DEBEZIUM + "]", "{'dbserver1.inventory.products.Envelope':" + event(OLD, NEW, "u", "null") + "}", "null");
    String turned = envelope(OP, SOURCE, optional("after", VALUE), MORE, optional("before", "'Value'"));
    for (String[] kind : new String[][] {{"u", OLD, NEW}, {"c", "null", NEW}, {"d", OLD, "null"}})
      read(turned, "{'op':'" + kind[0] + "','source':{'version':'2.7','ts_ms':1,'snapshot':null,'pos':3,'gtid':{'string':'g'}},'after':" + kind[2]
          + ",'ts_ms':null,'transaction':" + IN_TRANSACTION + ",'before':" + kind[1] + "}");
    String inserts = envelope(field("after", VALUE), OP);
    String bare = OLD.substring(OLD.indexOf(':') + 1, OLD.length() - 1);
    read(inserts, "{'after':" + bare + ",'op':'c'}", "{'after':" + bare + ",'op':'d'}");
    String unsure = envelope(optional("before", VALUE), "{'name':'after','type':['Value','null']}", optional("op", "'string'"));
    read(unsure, "{'before':null,'after':" + NEW + ",'op':{'string':'c'}}", "{'before':" + OLD + ",'after':null,'op':{'string':'d'}}",
         "{'before':null,'after':" + NEW + ",'op':null}");
    read(envelope(optional("before", VALUE), optional("after", "'Value'")), "{'before':null,'after':" + NEW + "}");
    read("'string'", "'c'");
    // Rows that are resolved: other records before and after, wider numbers, fields that nobody reads, or that there are none of.
    String key = "{'type':'record','name':'Key','fields':[{'name':'id','type':'int'}]}";
    String wide = "{'type':'record','name':'Wide','fields':[{'name':'tags','type':{'type':'map','values':['null','long']}},{'name':'weight','type':'int'},"
        + "{'name':'id','type':'int'},{'name':'made','type':{'type':'int','connect.version':1,'connect.name':'io.debezium.time.Date'}}]}";
    String mixed = envelope(optional("before", key), optional("after", wide), OP);
    String after = "{'dbserver1.inventory.products.Wide':{'tags':{'a':{'long':5},'b':null},'weight':7,'id':9,'made':18000}}";
    String before = "{'dbserver1.inventory.products.Key':{'id':8}}";
    read(mixed, "{'before':" + before + ",'after':" + after + ",'op':'u'}", "{'before':null,'after':" + after + ",'op':'c'}",
         "{'before':" + before + ",'after':null,'op':'d'}");
    String text = "{'type':'record','name':'Text','fields':[{'name':'id','type':'string'}]}";
    read(envelope(optional("before", text), optional("after", VALUE), OP), "{'before':null,'after':" + OLD + ",'op':'c'}",
         "{'before':{'dbserver1.inventory.products.Text':{'id':'x'}},'after':null,'op':'d'}");
  }

  static Schema parse(String text) { return new Schema.Parser().parse(text.replace('\'', '"')); }

  static String hex(byte[] bytes) {
    StringBuilder text = new StringBuilder();
    for (byte b : bytes) text.append(String.format("%02x", b));
    return text.toString();
  }

  // A reader of events by a writer's schema, which a registry would have.
  static DebeziumAvroDeserializationSchema reader(RowType events, TypeInformation<RowData> type, Schema writer) throws Exception {
    SchemaCoder.SchemaCoderProvider coder = () -> new SchemaCoder() {
      @Override public Schema readSchema(InputStream in) { return writer; }
      @Override public void writeSchema(Schema schema, OutputStream out) {}
    };
    AvroRowDataDeserializationSchema rows = new AvroRowDataDeserializationSchema(
        new RegistryAvroDeserializationSchema<>(GenericRecord.class, AvroSchemaConverter.convertToSchema(events), coder),
        AvroToRowDataConverters.createRowConverter(events), type);
    Constructor<DebeziumAvroDeserializationSchema> made =
        DebeziumAvroDeserializationSchema.class.getDeclaredConstructor(TypeInformation.class, AvroRowDataDeserializationSchema.class);
    made.setAccessible(true);
    DebeziumAvroDeserializationSchema reader = made.newInstance(type, rows);
    reader.open(null);
    return reader;
  }

  static String text(RowData row) {
    List<String> fields = new ArrayList<>();
    fields.add(String.valueOf(row.getInt(0)));
    fields.add(row.isNullAt(1) ? "NULL" : row.getString(1).toString());
    fields.add(row.isNullAt(2) ? "NULL" : String.valueOf(row.getDouble(2)));
    return row.getRowKind().shortString() + "[" + String.join(", ", fields) + "]";
  }

  public static void main(String[] arguments) throws Exception {
    RowType events = DebeziumAvroSerializationSchema.createDebeziumAvroRowType(COLUMNS);
    Schema derived = AvroSchemaConverter.convertToSchema(events);
    TypeInformation<RowData> type = InternalTypeInfo.of((RowType) COLUMNS.getLogicalType());
    fill();
    try (PrintWriter out = new PrintWriter(arguments[0], "UTF-8")) {
      out.println("schema\t" + derived);
      for (String[] read : READS) {
        Schema writer = parse(read[0]);
        Object value = new GenericDatumReader<>(writer).read(null, DecoderFactory.get().jsonDecoder(writer, read[1].replace('\'', '"')));
        ByteArrayOutputStream bytes = new ByteArrayOutputStream();
        BinaryEncoder encoder = EncoderFactory.get().binaryEncoder(bytes, null);
        new GenericDatumWriter<>(writer).write(value, encoder);
        encoder.flush();
        String answer;
        try {
          StringJoiner rows = new StringJoiner("; ");
          DebeziumAvroDeserializationSchema reader = reader(events, type, writer);
          reader.deserialize(bytes.toByteArray(), new Collector<RowData>() {
            @Override public void collect(RowData row) { rows.add(text(row)); }
            @Override public void close() {}
          });
          answer = rows.toString();
        } catch (Throwable failure) {
          answer = "error";
          Throwable cause = failure;
          while (cause.getCause() != null) cause = cause.getCause();
          System.err.println(read[1] + ": " + cause);
        }
        out.println("read\t" + writer + "\t" + hex(bytes.toByteArray()) + "\t" + answer);
      }
      Constructor<DebeziumAvroSerializationSchema> made = DebeziumAvroSerializationSchema.class.getDeclaredConstructor(AvroRowDataSerializationSchema.class);
      made.setAccessible(true);
      DebeziumAvroSerializationSchema writer = made.newInstance(
          new AvroRowDataSerializationSchema(events, AvroSerializationSchema.forGeneric(derived), RowDataToAvroConverters.createConverter(events)));
      writer.open(null);
      for (RowKind kind : RowKind.values()) {
        for (RowData row : List.of(GenericRowData.ofKind(kind, 7, StringData.fromString("a name"), 2.5), GenericRowData.ofKind(kind, -1, null, null)))
          out.println("write\t" + text(row) + "\t" + hex(writer.serialize(row)));
      }
    }
  }
}
