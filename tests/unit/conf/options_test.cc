// The option table, and the values that a session sets.
#include "conf/options.h"

#include <gmock/gmock.h>

#include <cstdlib>
#include <fstream>
#include <map>
#include <set>
#include <sstream>

#include "conf/settings.h"

namespace weir::conf {
namespace {

using testing::HasSubstr;

TEST(Options, EveryRowIsWellFormed) {
  std::set<std::string_view> keys;
  for (const Option& option : AllOptions()) {
    SCOPED_TRACE(option.key);
    EXPECT_TRUE(keys.insert(option.key).second) << "a key occurs twice";
    EXPECT_TRUE(option.doc.ends_with('.'));
    EXPECT_EQ(FindOption(option.key), &option);
    EXPECT_FALSE(OptionTypeName(option.type).empty());
    // Defaults and shipped values are values.
    if (!option.default_value.empty()) {
      EXPECT_EQ(CheckOption(option.key, option.default_value).value(), option.default_value);
    }
    if (!option.shipped_value.empty()) {
      EXPECT_TRUE(CheckOption(option.key, option.shipped_value).ok());
    }
  }
}

TEST(Options, AliasesAndCase) {
  EXPECT_EQ(FindOption("state.backend"), FindOption("state.backend.type"));
  EXPECT_EQ(FindOption("PARALLELISM.default"), FindOption("parallelism.default"));
  EXPECT_EQ(FindOption("no.such.option"), nullptr);
  EXPECT_EQ(CheckOption("execution.checkpointing.mode", "exactly_once").value(), "EXACTLY_ONCE");
  EXPECT_EQ(CheckOption("table.dml-sync", "TRUE").value(), "true");
}

TEST(Options, DirectoriesAreSplitAsFlinkSplitsThem) {
  constexpr const char* kKey = "state.backend.rocksdb.localdir";
  EXPECT_EQ(CheckOption(kKey, "/a:/b,/c;/d").value(), "/a;/b;/c;/d");
  EXPECT_EQ(CheckOption(kKey, "file:///a:FILE:/b,file://localhost/c").value(), "/a;/b;/c");
  EXPECT_EQ(CheckOption(kKey, ",/a::").value(), "/a");
  EXPECT_EQ(CheckOption(kKey, "").value(), "");
  EXPECT_EQ(CheckOption(kKey, "/a:hdfs://b/c").status().code(), StatusCode::kUnsupported);
  EXPECT_EQ(PathsIn(*FindOption(kKey), "file:///a:b"),
            (std::vector<std::string>{"file:///a", "b"}));
  EXPECT_EQ(PathsIn(*FindOption("execution.checkpointing.dir"), "/a:b"),
            std::vector<std::string>{"/a:b"});
  EXPECT_TRUE(PathsIn(*FindOption("pipeline.name"), "/a").empty());
}

struct WrongValue {
  const char* key;
  const char* value;
  const char* message;
};

TEST(Options, WrongValuesSayWhatIsTaken) {
  const WrongValue kCases[] = {
      {"paralelism.default", "1", "no option is named"},
      {"parallelism.default", "three", "a whole number"},
      {"parallelism.default", "2000", "a whole number from 0 to 1024"},
      {"table.dml-sync", "maybe", "true or false"},
      {"execution.checkpointing.interval", "10 parsecs", "a duration"},
      {"execution.checkpointing.interval", "-1 s", "a duration"},
      {"state.memory.limit", "much", "a size"},
      {"state.backend.type", "leveldb", "one of rocksdb, memory, hashmap, filesystem, jobmanager"},
      {"state.backend.rocksdb.localdir", "/a:b", "absolute directories, separated by ':' or ','"},
      {"state.rocksdb.compression", "brotli", "one of lz4, none, snappy, zstd"},
  };
  for (const WrongValue& wrong : kCases) {
    const Status status = CheckOption(wrong.key, wrong.value).status();
    EXPECT_EQ(status.id(), "E6001") << wrong.key;
    EXPECT_THAT(status.message(), HasSubstr(wrong.message));
  }
  EXPECT_EQ(CheckOption("paralelism.default", "1").status().hint(),
            "did you mean \"parallelism.default\"?");
}

TEST(Options, RestartStrategiesHaveBothSpellingsOfFlink) {
  for (const auto& [said, meant] :
       std::map<std::string, std::string>{{"fixeddelay", "fixed-delay"},
                                          {"FailureRate", "failure-rate"},
                                          {"exponentialdelay", "exponential-delay"},
                                          {"off", "off"}})
    EXPECT_EQ(CheckOption("restart-strategy.type", said).value(), meant);
}

TEST(Options, PathsAreOfThisMachine) {
  EXPECT_EQ(CheckOption("state.savepoints.key-file", "file:///k").value(), "/k");
  EXPECT_EQ(CheckOption("state.savepoints.key-file", "s3://b/k").status().id(), "E1002");
  const char kAllowed[] = "state.savepoints.allowed-output-paths";
  EXPECT_EQ(CheckOption(kAllowed, "file:///a;b/c;;").value(), "/a;b/c");
  EXPECT_EQ(CheckOption(kAllowed, "").value(), "");
  EXPECT_EQ(CheckOption(kAllowed, "/a;s3a://b/c/").value(), "/a;s3://b/c");
  EXPECT_EQ(CheckOption(kAllowed, "/a;hdfs://b/c").status().id(), "E1002");
  EXPECT_EQ(CheckOption("execution.checkpointing.dir", "s3://b/c").value(), "s3://b/c");
  EXPECT_EQ(CheckOption("python.files", "s3://b/c").status().id(), "E1002");
}

TEST(Options, AJobHasItsOwnAlone) {
  EXPECT_TRUE(CheckJobOption("parallelism.default").ok());
  EXPECT_TRUE(CheckJobOption("table.exec.source.idle-timeout").ok());
  EXPECT_TRUE(CheckJobOption("no.such.option").ok()) << "CheckOption's case";
  const Status process = CheckJobOption("STATE.memory.limit");
  EXPECT_EQ(process.id(), "E6001");
  EXPECT_THAT(process.message(), HasSubstr("\"state.memory.limit\" is of the process"));
  EXPECT_EQ(CheckJobOption("sql-client.verbose").hint(),
            "SET 'sql-client.verbose' = '…' holds for the session");
}

TEST(Settings, LayersAndReset) {
  Settings settings;
  EXPECT_EQ(settings.GetInteger("pipeline.batch-size"), 4096);
  ASSERT_TRUE(settings.SetBase("pipeline.batch-size", "7").ok());
  ASSERT_TRUE(settings.Set("pipeline.batch-size", "9").ok());
  EXPECT_EQ(settings.GetInteger("pipeline.batch-size"), 9);
  EXPECT_EQ(settings.explicit_values().size(), 1U);
  ASSERT_TRUE(settings.Reset("pipeline.batch-size").ok());
  EXPECT_EQ(settings.GetInteger("pipeline.batch-size"), 7);
  ASSERT_TRUE(settings.Set("execution.checkpointing.interval", "1 min").ok());
  EXPECT_EQ(settings.GetMillis("execution.checkpointing.interval"), 60'000);
  settings.ResetAll();
  EXPECT_EQ(settings.GetMillis("execution.checkpointing.interval"), 0);
  EXPECT_EQ(settings.given_values().size(), 1U);
  EXPECT_EQ(settings.Reset("no.such.option").id(), "E6001");
  ASSERT_TRUE(settings.Set("state.memory.limit", "1 gb").ok());
  EXPECT_EQ(settings.GetBytes("state.memory.limit"), uint64_t{1} << 30);
}

TEST(Settings, WhatIsSaidIsToldFromWhatAFileSays) {
  Settings settings;
  ASSERT_TRUE(settings.SetBase("parallelism.default", "3").ok());
  EXPECT_FALSE(settings.Says("parallelism.default")) << "a file, say";
  settings.NoteSaid("PARALLELISM.default");
  settings.NoteSaid("no.such.option");
  EXPECT_TRUE(settings.Says("parallelism.default"));
  EXPECT_FALSE(settings.Says("no.such.option"));
  ASSERT_TRUE(settings.Set("pipeline.batch-size", "9").ok());
  EXPECT_TRUE(settings.Says("pipeline.batch-size"));
  const Settings copy = settings;
  settings.ResetAll();
  settings.ForgetSaid();
  EXPECT_FALSE(settings.Says("pipeline.batch-size"));
  EXPECT_FALSE(settings.Says("parallelism.default"));
  EXPECT_EQ(settings.GetInteger("parallelism.default"), 3) << "the value stays";
  EXPECT_TRUE(copy.Says("pipeline.batch-size"));
  EXPECT_TRUE(copy.Says("parallelism.default"));
}

TEST(Settings, TheMachinesZoneIsKeptByItsName) {
  const char* const told = std::getenv("TZ");
  const std::string before = told != nullptr ? told : "";
  ::setenv("TZ", "Asia/Tokyo", 1);
  Settings settings;
  EXPECT_TRUE(settings.Set("table.local-time-zone", "default").ok());
  EXPECT_EQ(settings.Get("table.local-time-zone"), "Asia/Tokyo");
  told != nullptr ? ::setenv("TZ", before.c_str(), 1) : ::unsetenv("TZ");
}

TEST(Settings, YamlIsReadFlatAndNested) {
  Settings settings;
  ASSERT_TRUE(
      settings
          .LoadYaml("pipeline.batch-size: 7\nexecution:\n  checkpointing:\n    interval: 5 s\n",
                    "f")
          .ok());
  EXPECT_EQ(settings.GetInteger("pipeline.batch-size"), 7);
  EXPECT_EQ(settings.GetMillis("execution.checkpointing.interval"), 5000);
  ASSERT_TRUE(settings.LoadYaml("", "f").ok());
}

TEST(Settings, YamlErrorsNameFileAndLine) {
  Settings settings;
  EXPECT_THAT(settings.LoadYaml("a: 1\n", "my.yaml").message(), HasSubstr("my.yaml:1"));
  EXPECT_THAT(settings.LoadYaml("\npipeline.batch-size: x\n", "my.yaml").message(),
              HasSubstr("my.yaml:2"));
  EXPECT_THAT(settings.LoadYaml("a: [1\n", "my.yaml").message(), HasSubstr("my.yaml:"));
  EXPECT_THAT(settings.LoadYaml("\npipeline.batch-size: [1, 2]\n", "my.yaml").message(),
              HasSubstr("my.yaml:2: \"pipeline.batch-size\" has no single value"));
  EXPECT_THAT(settings.LoadYaml("just text\n", "my.yaml").message(), HasSubstr("key: value"));
}

TEST(Settings, WhatYamlSaysTwiceIsRefused) {
  const auto said = [](const std::string& text) {
    Settings settings;
    return settings.LoadYaml(text, "my.yaml").message();
  };
  const std::string twice = "option \"pipeline.batch-size\" is set twice, in line 1 and again";
  EXPECT_EQ(said("pipeline.batch-size: 1\npipeline.batch-size: 2\n"), "my.yaml:2: " + twice);
  EXPECT_EQ(said("pipeline.batch-size: 1\npipeline:\n  batch-size: 1\n"), "my.yaml:3: " + twice);
  EXPECT_EQ(said("parallelism.default: 2\ntable.exec.resource.default-parallelism: 3\n"),
            "my.yaml:2: option \"parallelism.default\" is set twice, in line 1 and again, as "
            "\"table.exec.resource.default-parallelism\"");
  EXPECT_EQ(said("rest.port: 1\nREST.port: 2\n"),
            "my.yaml:2: option \"rest.port\" is set twice, in line 1 and again");
  EXPECT_EQ(said("pipeline.name: a\n---\npipeline.name: b\n"),
            "my.yaml: options are read from one document, and another one begins in line 3");
  for (const char* once : {"---\npipeline.name: a\n", "# nothing\n"}) EXPECT_EQ(said(once), "");
}

// Regenerate with: build/weir options --yaml > conf/weir.yaml
TEST(Settings, TheShippedFileIsWhatTheTableSays) {
  std::ifstream file("conf/weir.yaml");
  std::stringstream text;
  text << file.rdbuf();
  EXPECT_EQ(text.str(), PrintShippedYaml());
}

TEST(Settings, TheShippedFileSwitchesCheckpointsOn) {
  Settings settings;
  ASSERT_TRUE(settings.LoadYaml(PrintShippedYaml(), "shipped").ok());
  EXPECT_EQ(settings.GetMillis("execution.checkpointing.interval"), 10'000);
  EXPECT_EQ(Settings().GetMillis("execution.checkpointing.interval"), 0);
}

}  // namespace
}  // namespace weir::conf
