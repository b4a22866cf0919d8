// The filesystem sink: nobody sees a file before its checkpoint is complete; commits can be
// repeated.
#include <fmt/format.h>
#include <sys/resource.h>

#include <atomic>
#include <csignal>

#include "runtime/fault_point.h"
#include "tests/unit/runtime/connectors/connector_harness.h"

namespace weir::connectors::testing {
namespace {

using ::testing::AnyOf;
using ::testing::ElementsAre;
using ::testing::HasSubstr;
using ::testing::IsEmpty;

class FileSinkTest : public ConnectorTest {
 protected:
  graph::SinkSpec Spec(graph::TableOptions more = {}) const {
    graph::SinkSpec spec;
    spec.table = "t";
    spec.options = {{"connector", "filesystem"}, {"format", "csv"}, {"path", Path("out")}};
    spec.options.insert(spec.options.end(), more.begin(), more.end());
    spec.schema = kTwo;
    return spec;
  }
  std::unique_ptr<Sink> Make(const graph::SinkSpec& spec) {
    auto sink = MakeSink(spec, context_);
    EXPECT_TRUE(sink.ok()) << sink.status().ToString();
    return std::move(sink).value();
  }
  static void Put(SinkWriter& writer, std::string_view rows) {
    const Status status = writer.Write(ParseBatch(rows, kTwo).value());
    ASSERT_TRUE(status.ok()) << status.ToString();
  }
  // Of a checkpoint of the job itself.
  SavedOutput Own(const std::vector<std::string>& committables) const {
    SavedOutput saved;
    saved.job_id = context_.job_id;
    saved.committables = committables;
    return saved;
  }
  // What a reader of the directory sees: visible files and their text.
  std::vector<std::string> Visible() const {
    std::vector<std::string> seen;
    if (!files().Stat(Path("out")).ok()) return seen;
    for (const std::string& name : Names("out")) {
      if (!name.starts_with('.')) seen.push_back(name + ": " + Read("out/" + name));
    }
    return seen;
  }
};

TEST_F(FileSinkTest, ShowsRowsWhenTheirCheckpointIsComplete) {
  auto sink = Make(Spec());
  auto writer = sink->OpenWriter(0, 1).value();
  auto committer = sink->OpenCommitter().value();
  Put(*writer, "1, x / 2, 'y,z'");
  EXPECT_THAT(Visible(), IsEmpty());
  const auto first = Promised(*writer, 1);
  EXPECT_THAT(Visible(), IsEmpty());
  Put(*writer, "3, w");
  ASSERT_TRUE(committer->Commit(first).ok());
  EXPECT_THAT(Visible(), ElementsAre("part-01234567-1-0-0.csv: 1,x\n2,\"y,z\"\n"));
  ASSERT_TRUE(committer->Commit(first).ok());
  ASSERT_TRUE(writer->Finish().ok());
  const auto second = Promised(*writer, 2);
  ASSERT_TRUE(committer->Commit(second).ok());
  ASSERT_TRUE(committer->Commit(first).ok());
  EXPECT_THAT(Visible(), ElementsAre("part-01234567-1-0-0.csv: 1,x\n2,\"y,z\"\n",
                                     "part-01234567-1-0-1.csv: 3,w\n"));
  EXPECT_THAT(Promised(*writer, 3), IsEmpty());
}

// What the disk refuses is an error of the write or of the barrier: here files have a size limit.
TEST_F(FileSinkTest, WhatCannotBeWrittenIsAnError) {
  const auto before = std::signal(SIGXFSZ, SIG_IGN);
  rlimit old{};
  ASSERT_EQ(getrlimit(RLIMIT_FSIZE, &old), 0);
  auto sink = Make(Spec());
  auto writer = sink->OpenWriter(0, 1).value();
  Put(*writer, "1, " + std::string(100'000, 'x'));
  const rlimit small{.rlim_cur = 4096, .rlim_max = old.rlim_max};
  ASSERT_EQ(setrlimit(RLIMIT_FSIZE, &small), 0);
  const Result<PreCommitted> handed = writer->PreCommit(1);
  setrlimit(RLIMIT_FSIZE, &old);
  std::signal(SIGXFSZ, before);
  EXPECT_FALSE(handed.ok());
}

std::atomic<int> syncs_passed{0};

void CountSyncs(std::string_view point) {
  if (point == "sink.after_sync") ++syncs_passed;
}

// A barrier does not wait for the disk. Where descriptors would run out, files are synced with all
// others at the end, or, where the file system cannot do that, as they are closed.
TEST_F(FileSinkTest, LeavesItsSyncsToOthers) {
  syncs_passed = 0;
  const bool at_once = files().Whole(::testing::TempDir()).value() != nullptr;
  SetFaultHook(CountSyncs);
  auto sink = Make(Spec({{"sink.rolling-policy.file-size", "1"}}));
  auto writer = sink->OpenWriter(0, 1).value();
  for (int i = 0; i < 130; ++i) Put(*writer, fmt::format("{}, x", i));
  EXPECT_EQ(syncs_passed, at_once ? 0 : 2);
  const PreCommitted handed = writer->PreCommit(1).value();
  EXPECT_EQ(handed.committables.size(), 130U);
  EXPECT_EQ(syncs_passed, at_once ? 0 : 2);
  Put(*writer, "130, y");  // the writer goes on
  writer.reset();          // and may be gone before
  ASSERT_TRUE(handed.sync().ok());
  EXPECT_EQ(syncs_passed, at_once ? 129 : 130);
  SetFaultHook(nullptr);
  ASSERT_TRUE(sink->OpenCommitter().value()->Commit(handed.committables).ok());
  EXPECT_EQ(Visible().size(), 130U);
}

// B7 (FLINK-10377): a checkpoint's completion may be heard of after that of a later one, or twice,
// or never.
TEST_F(FileSinkTest, B7CompletionsMayComeInAnyOrder) {
  auto sink = Make(Spec());
  auto writer = sink->OpenWriter(0, 1).value();
  auto committer = sink->OpenCommitter().value();
  std::vector<std::vector<std::string>> promised;
  for (const char* row : {"1, a", "2, b", "3, c"}) {
    Put(*writer, row);
    promised.push_back(Promised(*writer, promised.size() + 1));
  }
  ASSERT_TRUE(committer->Commit(promised[2]).ok());
  EXPECT_THAT(Visible(), ElementsAre("part-01234567-1-0-2.csv: 3,c\n"));
  ASSERT_TRUE(committer->Commit(promised[1]).ok());
  ASSERT_TRUE(committer->Commit(promised[2]).ok());
  // The first one's was lost: the next commit brings it along.
  std::vector<std::string> all = promised[0];
  all.insert(all.end(), promised[1].begin(), promised[1].end());
  ASSERT_TRUE(committer->Commit(all).ok());
  EXPECT_THAT(Visible(),
              ElementsAre("part-01234567-1-0-0.csv: 1,a\n", "part-01234567-1-0-1.csv: 2,b\n",
                          "part-01234567-1-0-2.csv: 3,c\n"));
}

TEST_F(FileSinkTest, CommitsAfterACrashAndRemovesWhatWasNotCommitted) {
  std::vector<std::string> promised;
  {
    auto sink = Make(Spec());
    auto writer = sink->OpenWriter(0, 1).value();
    Put(*writer, "1, x");
    promised = Promised(*writer, 1);
    Put(*writer, "2, lost");
  }
  Write("out/.part-ffffffff-1-0-0.inprogress", "another job's");
  const SavedOutput saved = Own(promised);
  auto sink = Make(Spec());
  auto committer = sink->OpenCommitter().value();
  ASSERT_TRUE(committer->Recover(&saved, 2).ok());
  ASSERT_TRUE(committer->Recover(&saved, 2).ok());
  EXPECT_THAT(Names("out"),
              ElementsAre(".part-ffffffff-1-0-0.inprogress", "part-01234567-1-0-0.csv"));
  auto writer = sink->OpenWriter(0, 2).value();
  Put(*writer, "2, again");
  ASSERT_TRUE(committer->Commit(Promised(*writer, 2)).ok());
  EXPECT_THAT(Visible(),
              ElementsAre("part-01234567-1-0-0.csv: 1,x\n", "part-01234567-2-0-0.csv: 2,again\n"));
}

TEST_F(FileSinkTest, RecoversWithoutADirectory) {
  const auto sink = Make(Spec());  // committers point into it
  auto committer = sink->OpenCommitter();
  EXPECT_TRUE((*committer)->Recover(nullptr, 1).ok());
  EXPECT_TRUE((*committer)->Commit({}).ok());
  const std::vector<std::string> nonsense = {"v7 nonsense"};
  EXPECT_EQ((*committer)->Commit(nonsense).code(), StatusCode::kCorruption);
}

// Two INSERTs of a statement set may write one directory with the same attempt and subtask.
TEST_F(FileSinkTest, KeepsTheFilesOfTwoSinksApart) {
  graph::SinkSpec one = Spec();
  graph::SinkSpec two = Spec();
  one.uid = "sink:f/sink.w@a";
  two.uid = "sink:f/sink.w@b";
  const auto first = Make(one);
  const auto second = Make(two);
  auto first_writer = first->OpenWriter(0, 1).value();
  auto second_writer = second->OpenWriter(0, 1).value();
  Put(*first_writer, "1, x");
  Put(*second_writer, "2, y");
  const auto first_files = Promised(*first_writer, 1);
  const auto second_files = Promised(*second_writer, 1);
  auto committer = first->OpenCommitter().value();
  ASSERT_TRUE(committer->Commit(first_files).ok());
  ASSERT_TRUE(
      committer->Recover(nullptr, 2).ok());  // what the other sink has not committed yet stays
  ASSERT_TRUE(second->OpenCommitter().value()->Commit(second_files).ok());
  std::string rows;
  for (const std::string& file : Visible()) rows += file.substr(file.find(": ") + 2);
  EXPECT_THAT(rows, AnyOf("1,x\n2,y\n", "2,y\n1,x\n"));
}

TEST_F(FileSinkTest, RollsBySizeAndAge) {
  auto sink = Make(Spec({{"sink.rolling-policy.file-size", "10"},
                         {"sink.rolling-policy.rollover-interval", "1 min"}}));
  auto writer = sink->OpenWriter(3, 7).value();
  Put(*writer, "1, four");
  Put(*writer, "2, five");
  Put(*writer, "3, x");
  clock_.millis += 60'000;
  Put(*writer, "4, y");
  Put(*writer, "5, z");
  ASSERT_TRUE(Make(Spec())->OpenCommitter().value()->Commit(Promised(*writer, 1)).ok());
  EXPECT_THAT(Visible(),
              ElementsAre("part-01234567-7-3-0.csv: 1,four\n2,five\n",
                          "part-01234567-7-3-1.csv: 3,x\n4,y\n", "part-01234567-7-3-2.csv: 5,z\n"));
}

TEST_F(FileSinkTest, WritesHeadersAndOtherFormats) {
  auto sink = Make(Spec({{"csv.header", "true"}}));
  auto writer = sink->OpenWriter(0, 1).value();
  Put(*writer, "1, x");
  ASSERT_TRUE(sink->OpenCommitter().value()->Commit(Promised(*writer, 1)).ok());
  graph::SinkSpec json = Spec();
  json.options[1].value = "json";
  auto json_sink = Make(json);
  auto json_writer = json_sink->OpenWriter(1, 1).value();
  Put(*json_writer, "1, x");
  ASSERT_TRUE(json_sink->OpenCommitter().value()->Commit(Promised(*json_writer, 1)).ok());
  EXPECT_THAT(Visible(), ElementsAre("part-01234567-1-0-0.csv: a,b\n1,x\n",
                                     "part-01234567-1-1-0.json: {\"a\":1,\"b\":\"x\"}\n"));
}

TEST_F(FileSinkTest, OverwritesOnce) {
  Write("out/old.csv", "old\n");
  Write("out/.foreign", "stays\n");
  Write("out/.part-ffffffff-1-0-0.inprogress", "left behind\n");
  graph::SinkSpec spec = Spec();
  spec.overwrite = true;
  auto sink = Make(spec);
  auto writer = sink->OpenWriter(0, 1).value();
  Put(*writer, "1, x");
  EXPECT_THAT(Visible(), ElementsAre("old.csv: old\n"));
  const auto first = Promised(*writer, 1);
  EXPECT_THAT(Visible(), ElementsAre("old.csv: old\n"));
  ASSERT_TRUE(sink->OpenCommitter().value()->Commit(first).ok());
  EXPECT_THAT(Names("out"),
              ElementsAre(".foreign", ".weir-overwrite-01234567", "part-01234567-1-0-0.csv"));
  Put(*writer, "2, y");
  ASSERT_TRUE(sink->OpenCommitter().value()->Commit(Promised(*writer, 2)).ok());
  ASSERT_TRUE(sink->OpenCommitter().value()->Commit(first).ok());
  EXPECT_THAT(Visible(),
              ElementsAre("part-01234567-1-0-0.csv: 1,x\n", "part-01234567-1-0-1.csv: 2,y\n"));
}

TEST_F(FileSinkTest, OverwritingWithNothingEmpties) {
  Write("out/old.csv", "old\n");
  graph::SinkSpec spec = Spec();
  spec.overwrite = true;
  auto sink = Make(spec);
  auto writer = sink->OpenWriter(0, 1).value();
  ASSERT_TRUE(writer->Finish().ok());
  ASSERT_TRUE(sink->OpenCommitter().value()->Commit(Promised(*writer, 1)).ok());
  EXPECT_THAT(Visible(), IsEmpty());
}

TEST_F(FileSinkTest, RefusesPatterns) {
  graph::SinkSpec spec = Spec();
  spec.options[2].value = Path("out/*.csv");
  EXPECT_THAT(MakeSink(spec, context_).status().ToString(), HasSubstr("has a pattern as its path"));
}

TEST_F(FileSinkTest, ReadsBackWhatItWrote) {
  auto sink = Make(Spec());
  auto writer = sink->OpenWriter(0, 1).value();
  Put(*writer, "1, x / NULL, '' / 3, NULL");
  ASSERT_TRUE(sink->OpenCommitter().value()->Commit(Promised(*writer, 1)).ok());
  Put(*writer, "9, 'not yet visible'");
  EXPECT_THAT(*ReadTable(ScanOf(kTwo, Spec().options)),
              ElementsAre("+I[1, x]", "+I[NULL, ]", "+I[3, NULL]"));
}

}  // namespace
}  // namespace weir::connectors::testing
