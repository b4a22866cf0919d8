import java.io.BufferedWriter;
import java.math.BigDecimal;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.time.Instant;
import java.time.LocalDateTime;
import java.time.LocalTime;
import java.time.Period;
import java.time.ZoneId;
import java.time.format.DateTimeFormatter;
import java.util.ArrayList;
import java.util.HexFormat;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import org.apache.flink.configuration.Configuration;
import org.apache.flink.runtime.minicluster.MiniCluster;
import org.apache.flink.runtime.minicluster.MiniClusterConfiguration;
import org.apache.flink.streaming.api.environment.StreamExecutionEnvironment;
import org.apache.flink.table.api.bridge.java.StreamTableEnvironment;
import org.apache.flink.types.Row;
import org.apache.flink.types.RowKind;
import org.apache.flink.util.CloseableIterator;

/**
 * Answers SQL expressions with Flink: many in one query, and many queries on one cluster.
 *
 * <p>usage: Ask QUESTIONS ANSWERS. A line of QUESTIONS is {@code id TAB zone TAB columns TAB rows TAB expression}: columns are
 * definitions with U+001F between them, rows JSON objects with U+001F between them. In the expression names of columns stand
 * between '#': {@code UPPER(#k1#)}. It is computed for each row; one with {@code #n#}, the number of rows, is an aggregate over
 * all. An id that ends in '!' is asked in a query of its own, as it is likely to fail. A line of ANSWERS is
 * {@code id TAB number of the row TAB type TAB value as JSON}, or {@code id TAB number TAB refused|fails TAB message}.
 * An id that ends in '?' is planned and not run: its only answer has the type, and null for a value. There #from# stands for
 * FROM and the table where more follows it.
 */
public class Ask {
  private static final int PACK = 60;
  private static final DateTimeFormatter SECONDS = DateTimeFormatter.ofPattern("yyyy-MM-dd HH:mm:ss");
  record Question(String id, String zone, List<String> columns, List<String> rows, String expression, int first) {
    /** The columns get a prefix of their own, since many questions share a table. */
    String expression(String prefix) {
      return expression.replaceAll("#(k\\d+)#", "`" + prefix + "$1`").replace("#n#", Integer.toString(rows.size()));
    }

    boolean isAggregate() {
      return expression.contains("#n#");
    }

    boolean isSuspect() {
      return id.endsWith("!");
    }

    boolean isOfTypes() {
      return id.endsWith("?");
    }

    /** The rows from `begin` to before `end`; `first` is added to their numbers. */
    Question part(int begin, int end) {
      return new Question(id, zone, columns, rows.subList(begin, end), expression, first + begin);
    }
  }

  private final StreamTableEnvironment tables;
  private final BufferedWriter out;
  private final Path folder;
  private ZoneId zone;
  private int made;

  Ask(StreamTableEnvironment tables, BufferedWriter out, Path folder) {
    this.tables = tables;
    this.out = out;
    this.folder = folder;
  }

  public static void main(String[] argv) throws Exception {
    Configuration c = new Configuration();
    c.setString("rest.port", "0");
    c.setString("rest.bind-port", "0");
    c.setString("restart-strategy.type", "none");
    c.setString("parallelism.default", "1");
    MiniCluster cluster = new MiniCluster(new MiniClusterConfiguration.Builder()
        .setConfiguration(c).setNumTaskManagers(1).setNumSlotsPerTaskManager(2).build());
    cluster.start();
    var at = cluster.getRestAddress().get();
    var env = StreamExecutionEnvironment.createRemoteEnvironment(at.getHost(), at.getPort(), c);
    env.setParallelism(1);
    Map<String, List<Question>> kinds = new LinkedHashMap<>();
    for (String line : Files.readAllLines(Path.of(argv[0]), StandardCharsets.UTF_8)) {
      String[] f = line.split("\t", 5);
      Question q = new Question(f[0], f[1], split(f[2]), split(f[3]), f[4].replace('\u001e', '\n').replace('\u001d', '\r'), 0);
      String kind = q.zone + (q.columns.isEmpty() ? " constant" : q.isAggregate() ? " aggregate" : q.isSuspect() ? " suspect" : " column");
      kinds.computeIfAbsent(kind, k -> new ArrayList<>()).add(q);
    }
    try (BufferedWriter out = Files.newBufferedWriter(Path.of(argv[1]), StandardCharsets.UTF_8)) {
      out.write("# Flink " + org.apache.flink.runtime.util.EnvironmentInformation.getVersion() + " on Java "
          + Runtime.version().feature() + "\n");
      Ask ask = new Ask(StreamTableEnvironment.create(env), out, Files.createTempDirectory("ask"));
      for (var e : kinds.entrySet()) ask.all(e.getKey(), e.getValue());
    }
    System.exit(0);
  }

  private static List<String> split(String text) {
    return text.isEmpty() ? List.of() : List.of(text.split("\u001f"));
  }

  private void all(String kind, List<Question> questions) throws Exception {
    zone = ZoneId.of(questions.get(0).zone);
    tables.getConfig().set("table.local-time-zone", zone.getId());
    long start = System.nanoTime();
    int refused = 0;
    List<Question> pack = new ArrayList<>();
    for (Question q : questions) {
      if (q.isOfTypes()) {
        plan(q);
        continue;
      }
      if (!isLegal(q)) {
        ++refused;
        continue;
      }
      pack.add(q);
      if (pack.size() == PACK || q.isSuspect()) {
        ask(pack);
        pack = new ArrayList<>();
      }
    }
    ask(pack);
    out.flush();
    System.out.printf("%s: %d asked, %d refused, %.0f s%n", kind, questions.size(), refused, (System.nanoTime() - start) / 1e9);
  }

  /** Whether Flink can parse and validate the question by itself; says why where it cannot. */
  private boolean isLegal(Question q) throws Exception {
    String table = create(List.of(q));
    try {
      tables.sqlQuery("SELECT " + q.expression("q0") + from(table));
      return true;
    } catch (Throwable e) {
      write(q, "refused", message(e));
      return false;
    } finally {
      drop(table);
    }
  }

  /** Answers with the type alone. */
  private void plan(Question q) throws Exception {
    String table = create(List.of(q));
    try {
      String text = q.expression("q0");
      String query = text.contains("#from#") ? text.replace("#from#", from(table)) : text + from(table);
      var type = tables.sqlQuery("SELECT " + query).getResolvedSchema().getColumnDataTypes().get(0);
      out.write(q.id + "\t0\t" + type.getLogicalType().asSerializableString() + "\tnull\n");
    } catch (Throwable e) {
      out.write(q.id + "\t0\trefused\t" + json(message(e)) + "\n");
    } finally {
      drop(table);
    }
  }

  /** All at once; where that fails, each half by itself. */
  private void ask(List<Question> pack) throws Exception {
    if (pack.isEmpty()) return;
    try {
      answer(pack);
    } catch (Throwable e) {
      if (pack.size() == 1) {
        Question q = pack.get(0);
        int half = q.rows.size() / 2;
        if (half == 0 || q.isAggregate()) {
          write(q, "fails", message(e));
        } else {
          ask(List.of(q.part(0, half)));
          ask(List.of(q.part(half, q.rows.size())));
        }
        return;
      }
      ask(pack.subList(0, pack.size() / 2));
      ask(pack.subList(pack.size() / 2, pack.size()));
    }
  }

  private void answer(List<Question> pack) throws Exception {
    String table = create(pack);
    try {
      boolean isAggregate = pack.get(0).isAggregate();
      StringBuilder select = new StringBuilder(isAggregate ? "SELECT 0 AS id" : table == null ? "SELECT 0 AS id" : "SELECT id");
      for (int i = 0; i < pack.size(); i++) select.append(", ").append(pack.get(i).expression("q" + i)).append(" AS r").append(i);
      var result = tables.executeSql(select + from(table));
      Map<Integer, Row> rows = new LinkedHashMap<>();
      try (CloseableIterator<Row> changes = result.collect()) {
        while (changes.hasNext()) {
          Row row = changes.next();
          boolean isNew = row.getKind() == RowKind.INSERT || row.getKind() == RowKind.UPDATE_AFTER;
          if (isNew) rows.put((Integer) row.getField(0), row);
        }
      }
      var types = result.getResolvedSchema().getColumnDataTypes();
      StringBuilder answers = new StringBuilder();
      for (int i = 0; i < pack.size(); i++) {
        Question q = pack.get(i);
        String type = types.get(i + 1).getLogicalType().asSerializableString();
        for (int j = 0; j < (isAggregate || table == null ? 1 : q.rows.size()); j++) {
          answers.append(q.id + "\t" + (q.first + j) + "\t" + type + "\t" + json(rows.get(j).getField(i + 1)) + "\n");
        }
      }
      out.write(answers.toString());
      out.flush();
    } finally {
      drop(table);
    }
  }

  private static String from(String table) {
    return table == null ? "" : " FROM " + table;
  }

  /** A table of all columns of the questions: its rows are theirs side by side; shorter ones are filled up with their last. */
  private String create(List<Question> pack) throws Exception {
    if (pack.get(0).columns.isEmpty()) return null;
    StringBuilder ddl = new StringBuilder("id INT");
    int height = 0;
    for (Question q : pack) height = Math.max(height, q.rows.size());
    List<StringBuilder> lines = new ArrayList<>();
    for (int i = 0; i < height; i++) lines.add(new StringBuilder("{\"id\":" + i));
    for (int i = 0; i < pack.size(); i++) {
      Question q = pack.get(i);
      for (String column : q.columns) ddl.append(", `q").append(i).append(column.replaceFirst(" ", "` "));
      for (int j = 0; j < height && !q.rows.isEmpty(); j++) {
        String values = q.rows.get(Math.min(j, q.rows.size() - 1)).replaceAll("\"(k\\d+)\":", "\"q" + i + "$1\":");
        if (values.length() > 2) lines.get(j).append(",").append(values, 1, values.length() - 1);
      }
    }
    String table = "t" + made++;
    Path file = folder.resolve(table + ".json");
    Files.writeString(file, String.join("}\n", lines) + "}\n");
    tables.executeSql("CREATE TEMPORARY TABLE " + table + " (" + ddl + ") WITH ('connector' = 'filesystem', 'path' = 'file://"
        + file + "', 'format' = 'json', 'json.timestamp-format.standard' = 'SQL')");
    return table;
  }

  private void drop(String table) throws Exception {
    if (table == null) return;
    tables.executeSql("DROP TEMPORARY TABLE " + table);
    Files.delete(folder.resolve(table + ".json"));
  }

  private void write(Question q, String what, String message) throws Exception {
    for (int j = 0; j < (q.isAggregate() ? 1 : Math.max(1, q.rows.size())); j++) {
      out.write(q.id + "\t" + (q.first + j) + "\t" + what + "\t" + json(message) + "\n");
    }
  }

  /** The innermost cause says what is wrong. */
  private static String message(Throwable e) {
    while (e.getCause() != null && e.getCause() != e) e = e.getCause();
    String text = e.getMessage() == null ? e.getClass().getSimpleName() : e.getMessage();
    text = text.strip().split("\n")[0];
    return text.substring(0, Math.min(text.length(), 120));
  }

  private String json(Object v) {
    if (v == null) return "null";
    if (v instanceof Float || v instanceof Double) {
      double d = ((Number) v).doubleValue();
      return Double.isNaN(d) || Double.isInfinite(d) ? quote(v.toString()) : v.toString();
    }
    if (v instanceof Boolean || v instanceof Number && !(v instanceof BigDecimal)) return v.toString();
    if (v instanceof BigDecimal) return quote(((BigDecimal) v).toPlainString());
    if (v instanceof byte[]) return quote("x'" + HexFormat.of().formatHex((byte[]) v) + "'");
    if (v instanceof LocalDateTime) return quote(stamp((LocalDateTime) v));
    if (v instanceof Instant) return quote(stamp(LocalDateTime.ofInstant((Instant) v, zone)));
    if (v instanceof LocalTime) return quote(DateTimeFormatter.ofPattern("HH:mm:ss").format((LocalTime) v) + fraction(((LocalTime) v).getNano()));
    if (v instanceof Duration) return quote(days((Duration) v));
    if (v instanceof Period) return quote(months((Period) v));
    StringBuilder b = new StringBuilder();
    if (v instanceof Row) {
      Row r = (Row) v;
      for (int i = 0; i < r.getArity(); i++) b.append(i > 0 ? "," : "").append(json(r.getField(i)));
      return "{\"row\":[" + b + "]}";
    }
    if (v instanceof Map) {
      for (var e : ((Map<?, ?>) v).entrySet()) b.append(b.length() > 0 ? "," : "").append("[").append(json(e.getKey())).append(",").append(json(e.getValue())).append("]");
      return "{\"map\":[" + b + "]}";
    }
    if (v.getClass().isArray()) {
      for (int i = 0; i < java.lang.reflect.Array.getLength(v); i++) b.append(i > 0 ? "," : "").append(json(java.lang.reflect.Array.get(v, i)));
      return "[" + b + "]";
    }
    return quote(v.toString());
  }

  private static String stamp(LocalDateTime t) {
    return t.format(SECONDS) + fraction(t.getNano());
  }

  private static String fraction(int nanos) {
    return nanos == 0 ? "" : ("." + String.format("%09d", nanos)).replaceFirst("0+$", "");
  }

  private static String days(Duration d) {
    Duration a = d.abs();
    return String.format("%s%d %02d:%02d:%02d.%03d", d.isNegative() ? "-" : "+", a.toDays(), a.toHoursPart(), a.toMinutesPart(), a.toSecondsPart(), a.toMillisPart());
  }

  private static String months(Period p) {
    long all = Math.abs(p.toTotalMonths());
    return String.format("%s%d-%02d", p.isNegative() ? "-" : "+", all / 12, all % 12);
  }

  private static String quote(String s) {
    StringBuilder b = new StringBuilder("\"");
    for (char ch : s.toCharArray()) {
      if (ch == '"' || ch == '\\') b.append('\\').append(ch);
      else if (ch < 32 || ch == 127 || ch == 0x85 || ch == 0x2028 || ch == 0x2029 || Character.isSurrogate(ch)) b.append(String.format("\\u%04x", (int) ch));
      else b.append(ch);
    }
    return b.append('"').toString();
  }
}
