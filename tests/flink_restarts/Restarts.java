package org.apache.flink.runtime.executiongraph.failover;

import java.io.PrintStream;
import java.nio.charset.StandardCharsets;
import java.util.Locale;
import java.util.Random;
import org.apache.flink.runtime.util.EnvironmentInformation;
import org.apache.flink.util.clock.ManualClock;

/**
 * What Flink's restart strategies answer to failures at given times.
 *
 * <p>usage: Restarts OUT.tsv CASES SEED. A line of OUT is {@code strategy TAB times TAB answers}: the strategy with its
 * numbers (milliseconds) as {@code kind name=value …}, when the job failed, and what was answered each time: how long until
 * the restart, or -1, its end. There is no jitter, whose numbers are random. Times lie around what the strategy counts in.
 */
public final class Restarts {
  private static final long BEGIN = 1_000_000;

  public static void main(String[] argv) throws Exception {
    Random random = new Random(Long.parseLong(argv[2]));
    try (PrintStream out = new PrintStream(argv[0], StandardCharsets.UTF_8)) {
      out.println("# Flink " + EnvironmentInformation.getVersion() + ": strategy, times of failures, answers (Restarts.java)");
      for (int i = 0; i < Integer.parseInt(argv[1]); ++i) {
        ManualClock clock = new ManualClock(BEGIN * 1_000_000);
        switch (i % 3) {
          case 0: fixed(out, clock, random); break;
          case 1: rate(out, clock, random); break;
          default: exponential(out, clock, random);
        }
      }
    }
  }

  private static void fixed(PrintStream out, ManualClock clock, Random random) {
    int attempts = random.nextInt(5);
    long delay = random.nextInt(5000);
    out.print("fixed-delay attempts=" + attempts + " delay=" + delay);
    answer(out, clock, random, new FixedDelayRestartBackoffTimeStrategy(attempts, delay), new long[] {delay, 60_000});
  }

  private static void rate(PrintStream out, ManualClock clock, Random random) {
    int failures = 1 + random.nextInt(4);
    long interval = 1 + random.nextInt(20_000);
    long delay = random.nextInt(3000);
    out.print("failure-rate failures=" + failures + " interval=" + interval + " delay=" + delay);
    answer(out, clock, random, new FailureRateRestartBackoffTimeStrategy(clock, failures, interval, delay),
           new long[] {delay, interval, interval / failures, interval / (failures + 1)});
  }

  private static void exponential(PrintStream out, ManualClock clock, Random random) {
    long initial = 1 + random.nextInt(2000);
    long most = initial + random.nextInt(30_000);
    double multiplier = (11 + random.nextInt(30)) / 10.0;
    long threshold = 1 + random.nextInt(20_000);
    int attempts = random.nextInt(3) == 0 ? Integer.MAX_VALUE : 1 + random.nextInt(8);
    out.print(String.format(Locale.ROOT, "exponential-delay initial=%d max=%d multiplier=%.1f threshold=%d attempts=%d",
                            initial, most, multiplier, threshold, attempts));
    answer(out, clock, random,
           new ExponentialDelayRestartBackoffTimeStrategy(clock, initial, most, multiplier, threshold, 0, attempts),
           new long[] {initial, initial / 2, threshold, threshold + initial, most});
  }

  private static void answer(PrintStream out, ManualClock clock, Random random, RestartBackoffTimeStrategy strategy,
                             long[] spans) {
    StringBuilder times = new StringBuilder();
    StringBuilder answers = new StringBuilder();
    long gap = 0;
    for (int i = 0; i < 12 && gap >= 0; ++i) {
      long life = Math.max(0, spans[random.nextInt(spans.length)] + random.nextInt(3) - 1);
      // Mostly the job has started again before it fails.
      clock.advanceTime(java.time.Duration.ofMillis(random.nextInt(5) == 0 ? life : gap + life));
      strategy.notifyFailure(new RuntimeException("planted"));
      gap = strategy.canRestart() ? strategy.getBackoffTime() : -1;
      times.append(i == 0 ? "" : ",").append(clock.absoluteTimeMillis());
      answers.append(i == 0 ? "" : ",").append(gap);
    }
    out.println("\t" + times + "\t" + answers);
  }
}
