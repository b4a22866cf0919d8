package weir;

import java.io.BufferedWriter;
import java.math.BigDecimal;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Instant;
import java.time.LocalDate;
import java.time.LocalDateTime;
import java.time.LocalTime;
import java.time.ZoneId;
import java.time.format.DateTimeFormatter;
import java.util.ArrayList;
import java.util.HexFormat;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.TreeMap;
import java.util.TreeSet;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;
import org.apache.flink.configuration.Configuration;
import org.apache.flink.streaming.api.environment.StreamExecutionEnvironment;
import org.apache.flink.table.api.EnvironmentSettings;
import org.apache.flink.table.api.TableResult;
import org.apache.flink.table.api.bridge.java.StreamTableEnvironment;
import org.apache.flink.types.Row;
import org.apache.flink.types.RowKind;
import org.apache.flink.util.CloseableIterator;

/**
 * Answers SQL scripts with Flink, many in one JVM: what would Flink say?
 * Arguments: key=value settings (p, zone, limit seconds, conf.*, out=DIR) and script paths.
 * A script is statements that end in ';' at the end of a line; every SELECT, WITH, VALUES, SHOW, DESCRIBE and
 * EXPLAIN in it is answered. For script x.sql: out/x.changelog has {"op":"+I","row":[...]} a line, in the order
 * emitted; out/x.rows the folded final rows, sorted; out/x.error the message where a statement failed.
 * A line of the changelog {"statement":n,"columns":[...],"types":[...]} opens the answer of the n-th query.
 */
public class Oracle {
    private static final String MODE = "execution.runtime-mode";
    private static final DateTimeFormatter SECONDS = DateTimeFormatter.ofPattern("yyyy-MM-dd HH:mm:ss");

    public static void main(String[] argv) throws Exception {
        Map<String, String> set = new TreeMap<>(Map.of("p", "1", "zone", "UTC", "limit", "60", "out", "."));
        List<Path> scripts = new ArrayList<>();
        for (String a : argv) {
            int eq = a.indexOf('=');
            if (eq > 0 && !a.endsWith(".sql")) set.put(a.substring(0, eq), a.substring(eq + 1));
            else scripts.add(Path.of(a));
        }
        Path out = Path.of(set.get("out"));
        Files.createDirectories(out);
        ExecutorService pool = Executors.newCachedThreadPool(r -> {
            Thread t = new Thread(r);
            t.setDaemon(true);
            return t;
        });
        int failed = 0;
        for (Path script : scripts) {
            String name = script.getFileName().toString().replaceFirst("\\.sql$", "");
            Files.deleteIfExists(out.resolve(name + ".error"));
            Future<?> f = pool.submit(() -> { answer(script, out, name, set); return null; });
            String error = null;
            try {
                f.get(Long.parseLong(set.get("limit")), TimeUnit.SECONDS);
            } catch (TimeoutException e) {
                f.cancel(true);
                error = "no end within " + set.get("limit") + " s";
            } catch (java.util.concurrent.ExecutionException e) {
                StringBuilder b = new StringBuilder();
                for (Throwable t = e.getCause(); t != null; t = t.getCause()) b.append(t.getClass().getSimpleName()).append(": ").append(t.getMessage()).append('\n');
                error = b.toString();
            }
            if (error != null) {
                failed++;
                Files.writeString(out.resolve(name + ".error"), error);
            }
            System.out.println((error == null ? "ok    " : "ERROR ") + name);
        }
        System.out.printf("%d answered, %d failed%n", scripts.size() - failed, failed);
        System.exit(0);
    }

    private static void answer(Path script, Path out, String name, Map<String, String> set) throws Exception {
        Configuration c = new Configuration();
        c.setString("parallelism.default", set.get("p"));
        c.setString("taskmanager.numberOfTaskSlots", set.get("p"));
        c.setString("restart-strategy.type", "none");
        c.setString("table.local-time-zone", set.get("zone"));
        c.setString("rest.port", "0");
        c.setString("rest.bind-port", "0");
        // The watermark moves after every row, not each 200 ms: the answer no longer depends on the clock.
        c.setString("pipeline.auto-watermark-interval", "0 ms");
        for (var e : set.entrySet()) if (e.getKey().startsWith("conf.")) c.setString(e.getKey().substring(5), e.getValue());
        var env = StreamExecutionEnvironment.createLocalEnvironment(Integer.parseInt(set.get("p")), c);
        var t = StreamTableEnvironment.create(env);
        TreeMap<String, Integer> net = new TreeMap<>();
        TreeSet<String> given = new TreeSet<>();  // keys that the script has set
        int queries = 0;
        try (BufferedWriter w = Files.newBufferedWriter(out.resolve(name + ".changelog"), StandardCharsets.UTF_8)) {
            for (String stmt : split(Files.readString(script))) {
                String up = stmt.replaceFirst("^(\\s*/\\*(?s:.*?)\\*/)+", "").toUpperCase(Locale.ROOT).strip();
                if (up.startsWith("SET ")) {
                    var m = java.util.regex.Pattern.compile("'([^']+)'\\s*=\\s*'([^']*)'").matcher(stmt);
                    if (!m.find()) throw new IllegalArgumentException(stmt);
                    t.getConfig().set(m.group(1), m.group(2));
                    given.add(m.group(1));
                    if (m.group(1).equals(MODE)) t = inMode(m.group(2), t, env);
                    continue;
                }
                if (up.startsWith("RESET")) {
                    var m = java.util.regex.Pattern.compile("'([^']+)'").matcher(stmt);
                    var keys = m.find() ? List.of(m.group(1)) : List.copyOf(given);
                    for (String key : keys) {
                        if (key.equals("table.local-time-zone")) t.getConfig().set(key, "default");
                        else t.getConfig().getConfiguration().removeKey(key);
                        if (key.equals(MODE)) t = inMode("streaming", t, env);
                    }
                    continue;
                }
                TableResult r = t.executeSql(stmt);
                if (up.startsWith("INSERT") || up.startsWith("EXECUTE")) { r.await(); continue; }
                if (!up.matches("(?s)(SELECT|WITH|VALUES|SHOW|DESC|EXPLAIN|TABLE|\\().*")) continue;
                var schema = r.getResolvedSchema();
                StringBuilder head = new StringBuilder("{\"statement\":" + (++queries) + ",\"columns\":[");
                for (String col : schema.getColumnNames()) head.append(head.charAt(head.length() - 1) == '[' ? "" : ",").append(quote(col));
                head.append("],\"types\":[");
                for (var type : schema.getColumnDataTypes()) head.append(head.charAt(head.length() - 1) == '[' ? "" : ",").append(quote(type.getLogicalType().asSummaryString()));
                w.write(head.append("]}\n").toString());
                try (CloseableIterator<Row> it = r.collect()) {
                    while (it.hasNext()) {
                        Row row = it.next();
                        StringBuilder b = new StringBuilder();
                        for (int i = 0; i < row.getArity(); i++) b.append(i > 0 ? "," : "").append(json(row.getField(i)));
                        w.write("{\"op\":\"" + row.getKind().shortString() + "\",\"row\":[" + b + "]}\n");
                        boolean add = row.getKind() == RowKind.INSERT || row.getKind() == RowKind.UPDATE_AFTER;
                        net.merge(queries + "\t[" + b + "]", add ? 1 : -1, (x, y) -> x + y == 0 ? null : Integer.valueOf(x + y));
                    }
                }
            }
        } finally {
            try (BufferedWriter w = Files.newBufferedWriter(out.resolve(name + ".rows"), StandardCharsets.UTF_8)) {
                for (var e : net.entrySet()) for (int i = 0; i < Math.abs(e.getValue()); i++) w.write((e.getValue() < 0 ? "NEGATIVE " : "") + e.getKey() + "\n");
            }
            env.close();
        }
    }

    /** A table environment is of one mode: another one over the same catalog, as the SQL client has for each statement. */
    private static StreamTableEnvironment inMode(String mode, StreamTableEnvironment from, StreamExecutionEnvironment env) {
        var settings = EnvironmentSettings.newInstance().withBuiltInCatalogName("of_" + mode);
        boolean batch = mode.equalsIgnoreCase("batch");
        var t = StreamTableEnvironment.create(env, (batch ? settings.inBatchMode() : settings.inStreamingMode()).build());
        t.getConfig().addConfiguration(from.getConfig().getConfiguration());
        t.getConfig().set(MODE, mode);
        String catalog = from.getCurrentCatalog();
        t.registerCatalog(catalog, from.getCatalog(catalog).orElseThrow());
        t.useCatalog(catalog);
        t.useDatabase(from.getCurrentDatabase());
        return t;
    }

    private static String json(Object v) {
        if (v == null) return "null";
        if (v instanceof Boolean || v instanceof Byte || v instanceof Short || v instanceof Integer || v instanceof Long) return v.toString();
        if (v instanceof Float || v instanceof Double) {
            double d = ((Number) v).doubleValue();
            return Double.isNaN(d) || Double.isInfinite(d) ? quote(v.toString()) : v.toString();
        }
        if (v instanceof BigDecimal) return quote(((BigDecimal) v).toPlainString());
        if (v instanceof byte[]) return quote("0x" + HexFormat.of().formatHex((byte[]) v));
        if (v instanceof LocalDateTime) return quote(stamp((LocalDateTime) v));
        if (v instanceof Instant) return quote(stamp(LocalDateTime.ofInstant((Instant) v, ZoneId.of("UTC"))) + "Z");
        if (v instanceof LocalDate || v instanceof LocalTime) return quote(v.toString());
        StringBuilder b = new StringBuilder();
        if (v instanceof Row) {
            Row r = (Row) v;
            for (int i = 0; i < r.getArity(); i++) b.append(i > 0 ? "," : "").append(json(r.getField(i)));
            return "{\"row\":[" + b + "]}";
        }
        if (v instanceof Map) {
            TreeMap<String, String> m = new TreeMap<>();
            for (var e : ((Map<?, ?>) v).entrySet()) m.put(json(e.getKey()), json(e.getValue()));
            for (var e : m.entrySet()) b.append(b.length() > 0 ? "," : "").append("[").append(e.getKey()).append(",").append(e.getValue()).append("]");
            return "{\"map\":[" + b + "]}";
        }
        if (v.getClass().isArray()) {
            for (int i = 0; i < java.lang.reflect.Array.getLength(v); i++) b.append(i > 0 ? "," : "").append(json(java.lang.reflect.Array.get(v, i)));
            return "[" + b + "]";
        }
        return quote(v.toString());
    }

    private static String stamp(LocalDateTime t) {
        String s = t.format(SECONDS);
        return t.getNano() == 0 ? s : s + ("." + String.format("%09d", t.getNano())).replaceFirst("0+$", "");
    }

    private static String quote(String s) {
        StringBuilder b = new StringBuilder("\"");
        for (char ch : s.toCharArray()) {
            switch (ch) {
                case '"' -> b.append("\\\"");
                case '\\' -> b.append("\\\\");
                case '\n' -> b.append("\\n");
                case '\r' -> b.append("\\r");
                case '\t' -> b.append("\\t");
                default -> { if (ch < 32) b.append(String.format("\\u%04x", (int) ch)); else b.append(ch); }
            }
        }
        return b.append('"').toString();
    }

    /** Statements end in ';' at the end of a line; lines that begin with -- are comments. */
    private static List<String> split(String s) {
        List<String> out = new ArrayList<>();
        StringBuilder b = new StringBuilder();
        for (String line : s.split("\n")) {
            String bare = line.strip();
            if (bare.startsWith("--")) continue;
            b.append(line).append('\n');
            String stmt = b.toString().strip();
            // A set of statements is one, up to its END.
            boolean inSet = stmt.toUpperCase(Locale.ROOT).startsWith("EXECUTE STATEMENT SET") && !bare.toUpperCase(Locale.ROOT).endsWith("END;");
            if (bare.endsWith(";") && !inSet) {
                out.add(stmt.substring(0, stmt.length() - 1).strip());
                b.setLength(0);
            }
        }
        if (!b.toString().isBlank()) out.add(b.toString().strip());
        return out;
    }
}
