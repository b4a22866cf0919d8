// Partitions of a file sink: rows in directories, _SUCCESS when they are complete, exactly once
// over crashes.
#include "runtime/connectors/filesystem/partition_commit.h"

#include "runtime/connectors/connectors.h"
#include "tests/unit/runtime/connectors/connector_harness.h"

namespace weir::connectors::testing {
namespace {

using ::testing::ElementsAre;
using ::testing::HasSubstr;
using ::testing::IsEmpty;

const Schema kRowsByTime{{{"v", Type::Int()}, {"dt", Type::String()}, {"hm", Type::String()}}};
const graph::TableOptions kByTime = {{"sink.partition-commit.policy.kind", "success-file"},
                                     {"sink.partition-commit.trigger", "partition-time"},
                                     {"sink.partition-commit.delay", "1 min"},
                                     {"partition.time-extractor.timestamp-pattern", "$dt $hm:00"}};
constexpr int64_t kNoon = 1'767'268'800'000;  // 2026-01-01 12:00:00

class PartitionCommitTest : public ConnectorTest {
 protected:
  std::unique_ptr<Sink> Make(graph::TableOptions more) {
    graph::SinkSpec spec;
    spec.table = "t";
    spec.options = {{"connector", "filesystem"}, {"format", "csv"}, {"path", Path("out")}};
    spec.options.insert(spec.options.end(), more.begin(), more.end());
    spec.schema = kRowsByTime;
    spec.partition_keys = {"dt", "hm"};
    auto sink = MakeSink(spec, context_);
    EXPECT_TRUE(sink.ok()) << sink.status().ToString();
    return std::move(sink).value();
  }
  static void Put(SinkWriter& writer, std::string_view rows) {
    const Status status = writer.Write(ParseBatch(rows, kRowsByTime).value());
    ASSERT_TRUE(status.ok()) << status.ToString();
  }
  // Everything below a directory, hidden files too: "dt=…/hm=…/name: text".
  std::vector<std::string> All(const std::string& below = "out") const {
    std::vector<std::string> seen;
    if (!files().Stat(Path(below)).ok()) return seen;
    const std::vector<FileInfo> entries = files().List(Path(below)).value();
    for (const FileInfo& entry : entries) {
      const std::string name = below + entry.path.substr(entry.path.rfind('/'));
      if (entry.is_directory) {
        for (std::string& line : All(name)) seen.push_back(std::move(line));
      } else {
        seen.push_back(name.substr(4) + ": " + Read(name));
      }
    }
    return seen;
  }
  std::vector<std::string> Successes() const {
    std::vector<std::string> seen;
    for (const std::string& line : All()) {
      if (line.ends_with("/_SUCCESS: ")) seen.push_back(line.substr(0, line.size() - 11));
    }
    return seen;
  }
};

TEST_F(PartitionCommitTest, RowsGoToTheirDirectoriesWithoutTheKeys) {
  auto sink = Make({});
  auto writer = sink->OpenWriter(0, 1).value();
  auto committer = sink->OpenCommitter().value();
  Put(*writer, "1, 2026-01-01, '12:00' / 2, 2026-01-01, '12:01' / 3, 2026-01-01, '12:00'");
  ASSERT_TRUE(committer->Commit(Promised(*writer, 1)).ok());
  EXPECT_THAT(All(), ElementsAre("dt=2026-01-01/hm=12%3A00/part-01234567-1-0-0.csv: 1\n3\n",
                                 "dt=2026-01-01/hm=12%3A01/part-01234567-1-0-1.csv: 2\n"));
  EXPECT_THAT(Promised(*writer, 2), IsEmpty());
}

TEST_F(PartitionCommitTest, APartitionIsCompleteWhenTheWatermarkHasPassedItsTimeAndTheDelay) {
  auto sink = Make(kByTime);
  auto writer = sink->OpenWriter(0, 1).value();
  auto committer = sink->OpenCommitter().value();
  const auto commit = [&](int64_t watermark) {
    ASSERT_TRUE(writer->OnWatermark({watermark}).ok());
    ASSERT_TRUE(committer->Commit(Promised(*writer, 1)).ok());
  };
  Put(*writer, "1, 2026-01-01, '12:00' / 2, 2026-01-01, '12:01'");
  commit(kNoon + 60'000);
  EXPECT_THAT(Successes(), IsEmpty());
  commit(kNoon + 60'001);
  EXPECT_THAT(Successes(), ElementsAre("dt=2026-01-01/hm=12%3A00"));
  // What comes later is added all the same.
  Put(*writer, "3, 2026-01-01, '12:00'");
  commit(kNoon + 120'001);
  EXPECT_THAT(Successes(), ElementsAre("dt=2026-01-01/hm=12%3A00", "dt=2026-01-01/hm=12%3A01"));
  EXPECT_THAT(All(), ::testing::Contains("dt=2026-01-01/hm=12%3A00/part-01234567-1-0-2.csv: 3\n"));
}

TEST_F(PartitionCommitTest, TheSlowestSubtaskCounts) {
  auto sink = Make(kByTime);
  auto first = sink->OpenWriter(0, 1).value();
  auto second = sink->OpenWriter(1, 1).value();
  auto committer = sink->OpenCommitter().value();
  const auto commit = [&] {
    std::vector<std::string> all = Promised(*first, 1);
    const std::vector<std::string> others = Promised(*second, 1);
    all.insert(all.end(), others.begin(), others.end());
    ASSERT_TRUE(committer->Commit(all).ok());
  };
  Put(*first, "1, 2026-01-01, '12:00'");
  ASSERT_TRUE(first->OnWatermark({kNoon + 600'000}).ok());
  commit();
  EXPECT_THAT(Successes(), IsEmpty());
  ASSERT_TRUE(second->OnWatermark({kNoon + 600'000}).ok());
  commit();
  EXPECT_THAT(Successes(), ElementsAre("dt=2026-01-01/hm=12%3A00"));
}

// The commits of two checkpoints may come together; the older one's watermark says nothing.
TEST_F(PartitionCommitTest, TheLatestWatermarkOfASubtaskCounts) {
  auto sink = Make(kByTime);
  auto writer = sink->OpenWriter(0, 1).value();
  auto committer = sink->OpenCommitter().value();
  Put(*writer, "1, 2026-01-01, '12:00'");
  std::vector<std::string> all = Promised(*writer, 1);
  ASSERT_TRUE(writer->Finish().ok());
  const std::vector<std::string> last = Promised(*writer, 2);
  all.insert(all.end(), last.begin(), last.end());
  ASSERT_TRUE(committer->Commit(all).ok());
  EXPECT_THAT(Successes(), ElementsAre("dt=2026-01-01/hm=12%3A00"));
}

TEST_F(PartitionCommitTest, TheEndOfInputCompletesEverything) {
  for (const char* trigger : {"partition-time", "process-time"}) {
    SCOPED_TRACE(trigger);
    graph::TableOptions options = kByTime;
    options[1].value = trigger;
    options[2].value = "1 d";
    auto sink = Make(options);
    auto writer = sink->OpenWriter(0, 1).value();
    auto committer = sink->OpenCommitter().value();
    Put(*writer,
        std::string("1, ") + (trigger[1] == 'a' ? "2026-01-01" : "2026-01-02") + ", '12:00'");
    const size_t before = Successes().size();
    ASSERT_TRUE(committer->Commit(Promised(*writer, 1)).ok());
    EXPECT_EQ(Successes().size(), before);
    ASSERT_TRUE(writer->Finish().ok());
    ASSERT_TRUE(committer->Commit(Promised(*writer, 2)).ok());
    EXPECT_EQ(Successes().size(), before + 1);
  }
}

TEST_F(PartitionCommitTest, ByTheClockADelayAfterTheFirstFile) {
  auto sink = Make({{"sink.partition-commit.policy.kind", "success-file"},
                    {"sink.partition-commit.delay", "10 s"},
                    {"sink.partition-commit.success-file.name", "_DONE"}});
  auto writer = sink->OpenWriter(0, 1).value();
  auto committer = sink->OpenCommitter().value();
  Put(*writer, "1, x, y");
  ASSERT_TRUE(committer->Commit(Promised(*writer, 1)).ok());
  EXPECT_EQ(All().size(), 1U);
  clock_.millis += 10'001;
  ASSERT_TRUE(committer->Commit(Promised(*writer, 2)).ok());
  EXPECT_THAT(All(), ElementsAre("dt=x/hm=y/_DONE: ", "dt=x/hm=y/part-01234567-1-0-0.csv: 1\n"));
}

TEST_F(PartitionCommitTest, AfterACrashPartitionsThatAreOpenAreFoundAgain) {
  std::vector<std::string> promised;
  {
    auto sink = Make(kByTime);
    auto writer = sink->OpenWriter(0, 1).value();
    auto committer = sink->OpenCommitter().value();
    Put(*writer, "1, 2026-01-01, '12:00'");
    ASSERT_TRUE(committer->Commit(Promised(*writer, 1)).ok());
    Put(*writer, "2, 2026-01-01, '12:01'");
    promised = Promised(*writer, 2);
    Put(*writer, "3, 2026-01-01, '12:02' / 4, 2026-01-01, '12:01'");
  }
  Write("out/dt=2026-01-01/hm=09%3A00/other.csv", "somebody else's");
  Write("out/dt=2026-01-01/hm=12%3A00/.part-ffffffff-1-0-0.inprogress", "another job's");
  auto sink = Make(kByTime);
  auto committer = sink->OpenCommitter().value();
  SavedOutput saved;
  saved.job_id = context_.job_id;
  saved.committables = promised;
  ASSERT_TRUE(committer->Recover(&saved, 2).ok());
  ASSERT_TRUE(committer->Recover(&saved, 2).ok());
  EXPECT_THAT(All(), ElementsAre("dt=2026-01-01/hm=09%3A00/other.csv: somebody else's",
                                 "dt=2026-01-01/hm=12%3A00/.part-ffffffff-1-0-0.inprogress: "
                                 "another job's",
                                 "dt=2026-01-01/hm=12%3A00/part-01234567-1-0-0.csv: 1\n",
                                 "dt=2026-01-01/hm=12%3A01/part-01234567-1-0-1.csv: 2\n"));
  auto writer = sink->OpenWriter(0, 2).value();
  ASSERT_TRUE(writer->OnWatermark({kNoon + 600'000}).ok());
  ASSERT_TRUE(committer->Commit(Promised(*writer, 3)).ok());
  EXPECT_THAT(Successes(), ElementsAre("dt=2026-01-01/hm=12%3A00", "dt=2026-01-01/hm=12%3A01"));
}

TEST_F(PartitionCommitTest, MorePartitionsThanOpenFiles) {
  auto sink = Make({});
  auto writer = sink->OpenWriter(0, 1).value();
  auto committer = sink->OpenCommitter().value();
  std::string rows;
  for (int round = 0; round < 2; ++round) {
    for (int i = 0; i < 140; ++i) {
      rows += (rows.empty() ? "" : " / ") + std::to_string(i) + ", d, h" + std::to_string(i);
    }
  }
  Put(*writer, rows);
  Put(*writer, rows);
  ASSERT_TRUE(committer->Commit(Promised(*writer, 1)).ok());
  size_t lines = 0;
  for (const std::string& file : All()) {
    lines += static_cast<size_t>(std::count(file.begin(), file.end(), '\n'));
  }
  EXPECT_EQ(lines, 560U);
}

TEST_F(PartitionCommitTest, FilesThatGetNoRowsAreClosedInTime) {
  auto sink = Make({{"sink.rolling-policy.rollover-interval", "1 min"},
                    {"sink.rolling-policy.check-interval", "10 s"}});
  auto writer = sink->OpenWriter(0, 1).value();
  Put(*writer, "1, d, a");
  clock_.millis += 61'000;
  Put(*writer, "2, d, b");
  Put(*writer, "3, d, a");
  auto committer = sink->OpenCommitter().value();
  ASSERT_TRUE(committer->Commit(Promised(*writer, 1)).ok());
  EXPECT_THAT(All(), ElementsAre("dt=d/hm=a/part-01234567-1-0-0.csv: 1\n",
                                 "dt=d/hm=a/part-01234567-1-0-2.csv: 3\n",
                                 "dt=d/hm=b/part-01234567-1-0-1.csv: 2\n"));
}

TEST(PartitionTimeTest, ComesFromThePatternOrTheFirstValue) {
  const std::vector<std::string> keys = {"dt", "hm"};
  const auto time = [&](const graph::TableOptions& options,
                        const std::vector<std::string>& values) {
    const graph::TypedOptions said(*FilesystemConnector().descriptor, options);
    return PartitionTimeMillis(PartitionCommitOf(said, keys).value(), keys, values);
  };
  EXPECT_EQ(*time(kByTime, {"2026-01-01", "12:00"}), kNoon);
  EXPECT_EQ(*time({}, {"2026-01-01", "x"}), kNoon - 12 * 3'600'000);
  EXPECT_EQ(*time({{"partition.time-extractor.timestamp-pattern", "$dt$hm"},
                   {"partition.time-extractor.timestamp-formatter", "yyyyMMddHH"}},
                  {"20260101", "12"}),
            kNoon);
  EXPECT_EQ(*time({{"sink.partition-commit.watermark-time-zone", "Europe/Berlin"}},
                  {"2026-01-01 13:00:00", ""}),
            kNoon);
  EXPECT_THAT(time(kByTime, {"today", "12:00"}).status().ToString(),
              HasSubstr("a partition's values tell no time: 'today 12:00:00'"));
}

}  // namespace
}  // namespace weir::connectors::testing
