// Conf files of Flink's, flat and nested, and what they are laid over.
#include "conf/flink_file.h"

#include <gmock/gmock.h>

#include <fstream>
#include <map>
#include <sstream>

#include "conf/settings.h"

namespace weir::conf {
namespace {

using testing::ElementsAre;
using testing::HasSubstr;
using testing::IsEmpty;

TEST(FlinkFile, FlatLinesAreReadAsFlinkReadsThem) {
  const FlinkFile file = ReadFlinkFile(
                             "# a comment\n\n"
                             "a.b: c: d # behind it\r\n"
                             "  spaced  :   \"quoted\"  \n"
                             "no separator\n"
                             "a:b\n"
                             "windows: C:\\x",
                             "flink-conf.yaml")
                             .value();
  EXPECT_THAT(file.entries,
              ElementsAre(FlinkEntry{"a.b", "c: d", 3}, FlinkEntry{"spaced", "\"quoted\"", 4},
                          FlinkEntry{"windows", "C:\\x", 7}));
  EXPECT_THAT(file.skipped, ElementsAre(5, 6));
}

TEST(FlinkFile, NestedKeysAreJoinedByDots) {
  const FlinkFile file = ReadFlinkFile(
                             "a:\n  b: 1\n  c.d: \"two\"\nempty:\nlist:\n  - x\n  - y\n"
                             "flow: [p, q]\n",
                             "config.yaml")
                             .value();
  EXPECT_THAT(file.entries,
              ElementsAre(FlinkEntry{"a.b", "1", 2}, FlinkEntry{"a.c.d", "two", 3},
                          FlinkEntry{"list", "x;y", 6}, FlinkEntry{"flow", "p;q", 8}));
  EXPECT_THAT(file.skipped, IsEmpty());
}

TEST(FlinkFile, WhatIsWrongHasItsLine) {
  EXPECT_THAT(ReadFlinkFile("a:\n  b: 1\na.b: 2\n", "config.yaml").status().ToString(),
              HasSubstr("config.yaml:3"));
  EXPECT_THAT(ReadFlinkFile("a: 1\nb: [1\n", "config.yaml").status().ToString(),
              HasSubstr("config.yaml:"));
  EXPECT_THAT(ReadFlinkFile("just words\n", "config.yaml").status().ToString(),
              HasSubstr("config.yaml:1: "));
  EXPECT_THAT(ReadFlinkFile("a: [{b: 1}]\n", "config.yaml").status().ToString(),
              HasSubstr("\"a\" has no single value"));
}

TEST(FlinkFile, WithAnotherNameTheTextSaysWhichKind) {
  EXPECT_THAT(ReadFlinkFile("a: 'q'\n", "my.yaml").value().entries,
              ElementsAre(FlinkEntry{"a", "'q'", 1}));
  EXPECT_THAT(ReadFlinkFile("a:\n  b: 'q'\n", "my.yaml").value().entries,
              ElementsAre(FlinkEntry{"a.b", "q", 2}));
  EXPECT_TRUE(IsNamedAsFlinks("/opt/flink/conf/config.yaml"));
  EXPECT_TRUE(IsNamedAsFlinks("flink-conf.yaml"));
  EXPECT_FALSE(IsNamedAsFlinks("my-config.yaml"));
  EXPECT_FALSE(IsNamedAsFlinks("config.yaml/weir.yaml"));
}

TEST(FlinkFile, WhatItDoesNotSayIsAsInFlink) {
  Settings settings;
  ASSERT_TRUE(settings.LoadYaml(PrintShippedYaml(), "weir.yaml").ok());
  ASSERT_TRUE(settings.LoadFlink("parallelism.default: 4\n", "flink-conf.yaml").ok());
  EXPECT_EQ(settings.Get("parallelism.default"), "4");
  // Flink's own table (class, key, type, default) says what the others are.
  std::map<std::string, std::string> defaults;
  std::ifstream table("tests/flink_options/flink-2.3.0.tsv");
  for (std::string line; std::getline(table, line);) {
    std::istringstream cells(line);
    std::string name, key, type, value;
    std::getline(cells, name, '\t');
    std::getline(cells, key, '\t');
    std::getline(cells, type, '\t');
    std::getline(cells, value, '\t');
    defaults[key] = value;
  }
  for (const std::string key :
       {"execution.checkpointing.data-inline-threshold",
        "execution.checkpointing.externalized-checkpoint-retention", "state.backend.type",
        "restart-strategy.failure-rate.max-failures-per-interval",
        "restart-strategy.fixed-delay.attempts"}) {
    ASSERT_TRUE(defaults.contains(key)) << key;
    EXPECT_EQ(settings.Get(key), defaults[key]) << key;
  }
  EXPECT_EQ(settings.Get("restart-strategy.failure-rate.failure-rate-interval"), "1 min");
  EXPECT_EQ(defaults["restart-strategy.failure-rate.failure-rate-interval"], "60000 ms");
  EXPECT_EQ(settings.Get("execution.checkpointing.interval"), "0 ms");
  EXPECT_EQ(defaults["execution.checkpointing.interval"], "") << "none: no checkpoints";
  EXPECT_EQ(settings.Get("execution.checkpointing.tolerable-failed-checkpoints"), "0");
  EXPECT_EQ(defaults["execution.checkpointing.tolerable-failed-checkpoints"], "0");
  Settings silent;
  ASSERT_TRUE(silent.LoadFlink("", "flink-conf.yaml").ok());
  EXPECT_EQ(silent.Get("parallelism.default"), defaults["parallelism.default"]);
  EXPECT_FALSE(settings.given_values().contains("restart-strategy.type"));
  ASSERT_TRUE(settings.LoadFlink("execution.checkpointing.interval: 1 s\n", "config.yaml").ok());
  EXPECT_EQ(settings.Get("restart-strategy.type"), "exponential-delay");
}

TEST(FlinkFile, NewerNamesGoBeforeOlderOnesWhereverTheyStand) {
  for (const char* text : {"state.backend.fs.checkpointdir: /old\nstate.checkpoints.dir: /new\n",
                           "state.checkpoints.dir: /new\nstate.backend.fs.checkpointdir: /old\n"}) {
    Settings settings;
    ASSERT_TRUE(settings.LoadFlink(text, "flink-conf.yaml").ok());
    EXPECT_EQ(settings.Get("execution.checkpointing.dir"), "/new") << text;
    EXPECT_EQ(settings.TakeWithoutEffect(""),
              "NOTICE: options of Flink's without effect here: state.backend.fs.checkpointdir = "
              "/old (the file says the same option again, and that holds)");
  }
  Settings alike;
  ASSERT_TRUE(alike
                  .LoadFlink("state.backend.fs.checkpointdir: /a\nstate.checkpoints.dir: /a\n",
                             "flink-conf.yaml")
                  .ok());
  EXPECT_EQ(alike.TakeWithoutEffect(""), "");
}

TEST(FlinkFile, StateIsWorkedOnWhereTemporaryFilesAre) {
  Settings settings;
  ASSERT_TRUE(settings.LoadFlink("io.tmp.dirs: /ssd1:/ssd2\n", "flink-conf.yaml").ok());
  EXPECT_EQ(settings.Get("state.backend.rocksdb.localdir"), "/ssd1;/ssd2");
  EXPECT_EQ(settings.TakeWithoutEffect(""), "");
  const char* both = "state.backend.rocksdb.localdir: /state\nio.tmp.dirs: /ssd1\n";
  ASSERT_TRUE(settings.LoadFlink(both, "flink-conf.yaml").ok());
  EXPECT_EQ(settings.Get("state.backend.rocksdb.localdir"), "/state");
}

TEST(FlinkFile, AMaximalParallelismThatFlinkChooses) {
  Settings settings;
  ASSERT_TRUE(settings.LoadFlink("pipeline.max-parallelism: -1\n", "flink-conf.yaml").ok());
  EXPECT_EQ(settings.Get("pipeline.max-parallelism"), "128");
  EXPECT_EQ(settings.TakeWithoutEffect(""),
            "NOTICE: options of Flink's without effect here: pipeline.max-parallelism = -1 (it is "
            "128 whatever the parallelism)");
  for (const char* value : {"-2", "0", "-"}) {
    const std::string line = std::string("pipeline.max-parallelism: ") + value + "\n";
    EXPECT_FALSE(settings.LoadFlink(line, "flink-conf.yaml").ok()) << value;
  }
}

TEST(FlinkFile, NamesOfBackendsAndTheOneNote) {
  Settings settings;
  const char* text =
      "state.backend: forst\nrest.port: 1\nrest.address: a\nrest.port: 2\njobmanager.bind-host: "
      "b\nof.our.program: 1\n";
  ASSERT_TRUE(settings.LoadFlink(text, "flink-conf.yaml").ok());
  EXPECT_EQ(settings.Get("state.backend.type"), "rocksdb");
  EXPECT_EQ(settings.TakeWithoutEffect("f: "),
            "NOTICE: f: options of Flink's without effect here: state.backend.type = forst (it is "
            "rocksdb: state that is worked on is on disks of this machine), rest.port, "
            "rest.address ('server.http.address' says where the page and REST are), "
            "jobmanager.bind-host (jobs run in this process: no machines, managers or slots are "
            "between them), of.our.program (no option of Flink's, "
            "which passes it over, too)");
  EXPECT_EQ(settings.TakeWithoutEffect("f: "), "");
  ASSERT_TRUE(settings.LoadFlink("state.backend: filesystem\n", "flink-conf.yaml").ok());
  EXPECT_EQ(settings.Get("state.backend.type"), "filesystem");
  ASSERT_TRUE(settings.LoadFlink("state.backend: jobmanager\n", "flink-conf.yaml").ok());
  EXPECT_EQ(settings.Get("state.backend.type"), "jobmanager");
}

// Names of Flink 1: the classes that make what is meant, and retries without a strategy.
TEST(FlinkFile, ClassesAndRetriesOfFlink1) {
  const std::string state = "org.apache.flink.runtime.state.";
  const std::string rocksdb = "RocksDBStateBackendFactory";
  const std::pair<std::string, const char*> backends[] = {
      {state + "memory.MemoryStateBackendFactory", "jobmanager"},
      {state + "filesystem.FsStateBackendFactory", "filesystem"},
      {state + "hashmap.HashMapStateBackendFactory", "hashmap"},
      {"org.apache.flink.contrib.streaming.state." + rocksdb, "rocksdb"},
      {"org.apache.flink.contrib.streaming.state.Embedded" + rocksdb, "rocksdb"},
      {"org.apache.flink.state.rocksdb.Embedded" + rocksdb, "rocksdb"}};
  for (const auto& [value, name] : backends) {
    Settings settings;
    ASSERT_TRUE(settings.LoadFlink("state.backend: " + value + "\n", "flink-conf.yaml").ok());
    EXPECT_EQ(settings.Get("state.backend.type"), name);
    EXPECT_EQ(settings.TakeWithoutEffect("f: "), "");
  }
  Settings by_class;
  ASSERT_TRUE(by_class
                  .LoadFlink("restart-strategy: org.apache.flink.runtime.executiongraph.restart."
                             "FixedDelayRestartStrategy\n",
                             "flink-conf.yaml")
                  .ok());
  EXPECT_EQ(by_class.Get("restart-strategy.type"), "fixed-delay");
  const char* retries =
      "execution-retries.default: 7\nexecution-retries.delay: 2 s\n"
      "execution.checkpointing.prefer-checkpoint-for-recovery: true\n";
  Settings settings;
  ASSERT_TRUE(settings.LoadFlink(retries, "flink-conf.yaml").ok());
  EXPECT_EQ(settings.Get("restart-strategy.type"), "fixed-delay");
  EXPECT_EQ(settings.Get("restart-strategy.fixed-delay.attempts"), "7");
  EXPECT_EQ(settings.GetMillis("restart-strategy.fixed-delay.delay"), 2000);
  EXPECT_THAT(settings.TakeWithoutEffect("f: "), HasSubstr("goes on from its newest checkpoint"));
  Settings none;
  ASSERT_TRUE(none.LoadFlink("execution-retries.default: -1\n", "flink-conf.yaml").ok());
  EXPECT_FALSE(none.given_values().contains("restart-strategy.type"));
  Settings said;
  ASSERT_TRUE(
      said.LoadFlink("execution-retries.default: 7\nrestart-strategy: none\n", "flink-conf.yaml")
          .ok());
  EXPECT_EQ(said.Get("restart-strategy.type"), "none");
}

// "none" of Flink's: a directory for checkpoints decides.
TEST(FlinkFile, TheStorageHangsOnTheDirectory) {
  Settings settings;
  EXPECT_EQ(settings.Get("execution.checkpointing.storage"), "filesystem");
  ASSERT_TRUE(settings.LoadFlink("state.checkpoints.dir: /a\n", "flink-conf.yaml").ok());
  EXPECT_EQ(settings.Get("execution.checkpointing.storage"), "auto");
  ASSERT_TRUE(settings.LoadFlink("state.checkpoint-storage: jobmanager\n", "config.yaml").ok());
  EXPECT_EQ(settings.Get("execution.checkpointing.storage"), "jobmanager");
}

TEST(FlinkFile, AWrongValueHasItsLine) {
  Settings settings;
  const auto loaded = settings.LoadFlink("\nparallelism.default: many\n", "flink-conf.yaml");
  EXPECT_THAT(loaded.status().ToString(), HasSubstr("flink-conf.yaml:2"));
}

}  // namespace
}  // namespace weir::conf
