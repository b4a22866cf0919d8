package bench;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.lang.management.ManagementFactory;
import java.math.BigDecimal;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.security.MessageDigest;
import java.time.LocalDateTime;
import java.time.format.DateTimeFormatter;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.HashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Set;
import java.util.stream.Stream;
import org.apache.flink.configuration.Configuration;
import org.apache.flink.streaming.api.environment.StreamExecutionEnvironment;
import org.apache.flink.table.api.bridge.java.StreamTableEnvironment;
import org.apache.flink.types.Row;
import org.apache.flink.types.RowKind;
import org.apache.flink.util.CloseableIterator;

/**
 * One query of NEXMark on a local cluster: run over few events to warm the JVM up, then over all, timed, from its
 * submission to its end, last checkpoint included. Or the hash of its result over the few
 * (bench/lib/result_hash.h).
 *
 * Arguments: folder of tables.sql and queries/, query, parallelism, milliseconds between checkpoints (0: none),
 * folder of JSON files of few events [, folder of all, how many they are].
 */
public final class NexmarkRun {
  private static final Map<String, Set<Integer>> OPEN =
      Map.of("q9", Set.of(11, 14), "q18", Set.of(2, 3, 4, 6), "q19", Set.of(1, 3, 4, 5, 6));
  // Its result comes without the old rows of updates; the first column is the key.
  private static final Set<String> UPSERTS = Set.of("q9");
  private static final DateTimeFormatter TIME = DateTimeFormatter.ofPattern("yyyy-MM-dd HH:mm:ss.SSS");

  public static void main(String[] arguments) throws Exception {
    String query = arguments[1];
    int parallelism = Integer.parseInt(arguments[2]);
    long checkpoint = Long.parseLong(arguments[3]);
    Path work = Files.createTempDirectory("weir-bench-flink");
    try {
      StreamTableEnvironment tables = environment(work, parallelism, checkpoint);
      String insert = prepare(tables, Path.of(arguments[0]), query, arguments[4], work);
      if (arguments.length == 5) {
        hash(tables, insert.replaceFirst("(?is)^INSERT\\s+INTO\\s+\\S+\\s+", ""), query);
      } else {
        tables.executeSql(insert).await();
        StreamTableEnvironment timed = environment(work, parallelism, checkpoint);
        prepare(timed, Path.of(arguments[0]), query, arguments[5], work);
        measure(timed, insert, query, Long.parseLong(arguments[6]));
      }
    } finally {
      delete(work);
    }
    System.exit(0);
  }

  // Flink is still deleting files of its own there: what is gone already is no failure.
  private static void delete(Path work) throws IOException {
    try (Stream<Path> files = Files.walk(work)) {
      files.sorted(Comparator.reverseOrder()).forEach(path -> path.toFile().delete());
    } catch (NoSuchFileException | UncheckedIOException gone) {
      System.err.println("not all of " + work + " is deleted: " + gone.getMessage());
    }
  }

  private static StreamTableEnvironment environment(Path work, int parallelism, long checkpoint) {
    Configuration options = new Configuration();
    Map<String, String> values = new HashMap<>(Map.of(
        "parallelism.default", "" + parallelism,
        "taskmanager.numberOfTaskSlots", "" + parallelism,
        "taskmanager.memory.managed.size", "4g",
        "taskmanager.memory.network.min", "128m",
        "taskmanager.memory.network.max", "128m",
        "state.backend.type", "rocksdb",
        "execution.checkpointing.incremental", "true",
        "restart-strategy.type", "none",
        "pipeline.object-reuse", "true",
        "rest.port", "0"));
    values.put("table.local-time-zone", "UTC");
    values.put("io.tmp.dirs", work.toString());
    values.put("execution.checkpointing.dir", work.resolve("checkpoints").toUri().toString());
    if (checkpoint > 0) {
      values.put("execution.checkpointing.interval", checkpoint + " ms");
      values.put("execution.checkpointing.mode", "EXACTLY_ONCE");
    }
    values.forEach(options::setString);
    return StreamTableEnvironment.create(
        StreamExecutionEnvironment.createLocalEnvironment(parallelism, options));
  }

  // Creates everything; the INSERT is left to the caller.
  private static String prepare(
      StreamTableEnvironment tables, Path scripts, String query, String data, Path work) throws Exception {
    String source = "WITH ('connector' = 'filesystem', 'path' = '" + data + "', 'format' = 'json')";
    String text = Files.readString(scripts.resolve("tables.sql"))
        .replaceAll("(?s)WITH \\(\\s*'connector' = 'nexmark'[^)]*\\)", source)
        + Files.readString(scripts.resolve("queries").resolve(query + ".sql"))
            .replace("'filesystem', 'path' = '${scratch}/side.csv', 'format' = 'csv'",
                "'bench-side', 'path' = '${scratch}/side.csv'")
            .replace("${scratch}", work.toString());
    writeSideTable(work.resolve("side.csv"));
    String insert = null;
    for (String statement : statements(text)) {
      if (statement.toUpperCase(Locale.ROOT).startsWith("INSERT")) {
        insert = statement;
      } else {
        tables.executeSql(statement);
      }
    }
    return insert;
  }

  // What q13 looks up, as bench/nexmark.cc writes it.
  private static void writeSideTable(Path path) throws Exception {
    StringBuilder lines = new StringBuilder();
    for (int i = 0; i < 10_000; ++i) lines.append(i).append(',').append(i).append('\n');
    Files.writeString(path, lines);
  }

  // No text of these scripts has a ';' in quotes.
  private static List<String> statements(String text) {
    List<String> found = new ArrayList<>();
    for (String part : text.replaceAll("--[^\n]*", "").split(";")) {
      if (!part.isBlank()) found.add(part.strip());
    }
    return found;
  }

  private static void measure(StreamTableEnvironment tables, String insert, String query, long events)
      throws Exception {
    var machine = (com.sun.management.OperatingSystemMXBean) ManagementFactory.getOperatingSystemMXBean();
    long cpu = machine.getProcessCpuTime();
    long clock = System.nanoTime();
    tables.executeSql(insert).await();
    double wall = (System.nanoTime() - clock) / 1e9;
    double used = (machine.getProcessCpuTime() - cpu) / 1e9;
    long peak = 0;
    for (String line : Files.readAllLines(Path.of("/proc/self/status"))) {
      if (line.startsWith("VmHWM:")) peak = Long.parseLong(line.replaceAll("\\D", ""));
    }
    System.out.printf(Locale.ROOT,
        "{\"query\":\"%s\",\"who\":\"flink\",\"events\":%d,\"wall_s\":%.3f,\"cpu_s\":%.3f,\"rows\":0,\"peak_mb\":%.1f}%n",
        query, events, wall, used, peak / 1000.0);
  }

  private static void hash(StreamTableEnvironment tables, String select, String query) throws Exception {
    Set<Integer> open = OPEN.getOrDefault(query, Set.of());
    Map<Object, Long> last = new HashMap<>();
    long sum = 0;
    long rows = 0;
    try (CloseableIterator<Row> result = tables.executeSql(select).collect()) {
      while (result.hasNext()) {
        Row row = result.next();
        long value = hashOf(row, open);
        boolean added = row.getKind() == RowKind.INSERT || row.getKind() == RowKind.UPDATE_AFTER;
        if (UPSERTS.contains(query)) {
          Long before = last.put(row.getField(0), value);
          if (before != null) {
            sum -= before;
            --rows;
          }
        }
        sum += added ? value : -value;
        rows += added ? 1 : -1;
      }
    }
    System.out.printf("{\"query\":\"%s\",\"who\":\"flink\",\"result_rows\":%d,\"hash\":\"%016x\"}%n", query, rows, sum);
  }

  private static long hashOf(Row row, Set<Integer> open) throws Exception {
    StringBuilder text = new StringBuilder();
    boolean first = true;
    for (int i = 0; i < row.getArity(); ++i) {
      if (open.contains(i)) continue;
      if (!first) text.append('\t');
      first = false;
      Object value = row.getField(i);
      if (value instanceof LocalDateTime time) {
        text.append(TIME.format(time));
      } else if (value instanceof BigDecimal number) {
        text.append(number.toPlainString());
      } else if (value != null) {
        text.append(value);
      }
    }
    byte[] digest = MessageDigest.getInstance("MD5").digest(text.toString().getBytes(StandardCharsets.UTF_8));
    long low = 0;
    for (int i = 15; i >= 8; --i) low = low << 8 | (digest[i] & 0xFF);
    return low;
  }
}
