package bench;

import java.lang.management.ManagementFactory;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Locale;
import java.util.Map;
import org.apache.flink.configuration.Configuration;
import org.apache.flink.streaming.api.environment.StreamExecutionEnvironment;
import org.apache.flink.table.api.bridge.java.StreamTableEnvironment;

/**
 * Runs a script on a local cluster, then, warmed up by that, another one, whose last statement is timed from its
 * submission to its end. Arguments: parallelism, milliseconds between checkpoints, both scripts.
 */
public final class KafkaRun {
  public static void main(String[] arguments) throws Exception {
    int parallelism = Integer.parseInt(arguments[0]);
    Path work = Files.createTempDirectory("weir-bench-flink");
    double[] cost = null;
    for (String script : new String[] {arguments[2], arguments[3]}) {
      cost = run(environment(work, parallelism, arguments[1]), Files.readString(Path.of(script)));
    }
    System.out.printf(Locale.ROOT, "{\"wall\": %.3f, \"cpu\": %.3f}%n", cost[0], cost[1]);
    System.exit(0);
  }

  private static StreamTableEnvironment environment(Path work, int parallelism, String interval) {
    Configuration options = new Configuration();
    Map.of(
        "parallelism.default", "" + parallelism,
        "taskmanager.numberOfTaskSlots", "" + parallelism,
        "taskmanager.memory.managed.size", "256m",
        "execution.checkpointing.interval", interval + " ms",
        "execution.checkpointing.dir", work.resolve("checkpoints").toUri().toString(),
        "restart-strategy.type", "none",
        "pipeline.object-reuse", "true",
        "table.local-time-zone", "UTC",
        "io.tmp.dirs", work.toString(),
        "rest.port", "0").forEach(options::setString);
    return StreamTableEnvironment.create(
        StreamExecutionEnvironment.createLocalEnvironment(parallelism, options));
  }

  /** The clock's seconds and those of processors of the last statement. */
  private static double[] run(StreamTableEnvironment tables, String script) throws Exception {
    var machine = (com.sun.management.OperatingSystemMXBean) ManagementFactory.getOperatingSystemMXBean();
    String[] statements = script.strip().split(";\\s*");
    for (int i = 0; i < statements.length - 1; ++i) tables.executeSql(statements[i]);
    long cpu = machine.getProcessCpuTime();
    long clock = System.nanoTime();
    tables.executeSql(statements[statements.length - 1]).await();
    return new double[] {(System.nanoTime() - clock) / 1e9, (machine.getProcessCpuTime() - cpu) / 1e9};
  }
}
