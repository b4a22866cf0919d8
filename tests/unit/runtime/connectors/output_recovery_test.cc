// How a start of the filesystem sink goes on from what a checkpoint promised or a savepoint holds,
// whatever readers of the table have done to its files since.
#include <fmt/format.h>

#include <filesystem>

#include "runtime/connectors/filesystem/promised_file.h"
#include "tests/unit/runtime/connectors/connector_harness.h"

namespace weir::connectors::testing {
namespace {

using ::testing::ElementsAre;
using ::testing::HasSubstr;
using ::testing::IsEmpty;

const Schema kNumberAndDay{{{"a", Type::BigInt()}, {"d", Type::String()}}};
constexpr std::string_view kName = "part-01234567-1-0-0.csv";

class OutputRecoveryTest : public ConnectorTest {
 protected:
  std::unique_ptr<Sink> Make(std::string_view directory, graph::TableOptions more = {},
                             bool partitioned = false) {
    graph::SinkSpec spec;
    spec.table = "t";
    spec.options = {{"connector", "filesystem"}, {"format", "csv"}, {"path", Path(directory)}};
    spec.options.insert(spec.options.end(), more.begin(), more.end());
    spec.schema = kNumberAndDay;
    spec.overwrite = overwrite_;
    if (partitioned) spec.partition_keys = {"d"};
    return MakeSink(spec, context_).value();
  }
  static void Put(SinkWriter& writer, std::string_view rows) {
    ASSERT_TRUE(writer.Write(ParseBatch(rows, kNumberAndDay).value()).ok());
  }
  // What the sink in "out" promises at a barrier for these rows.
  std::vector<std::string> PromisedOf(std::string_view rows, bool partitioned = false) {
    const auto sink = Make("out", {}, partitioned);
    auto writer = sink->OpenWriter(0, 1).value();
    Put(*writer, rows);
    return Promised(*writer, 1);
  }
  SavedOutput Saved(const std::vector<std::string>& committables,
                    const std::vector<OutputRows>& rows = {}) {
    SavedOutput saved;
    saved.job_id = "0123456789abcdef";
    if (place_.empty()) place_ = Path("out");  // what was given before refers to it
    saved.place = place_;
    saved.committables = committables;
    saved.rows = rows;
    saved.directory = directory_;
    return saved;
  }

  bool overwrite_ = false;
  std::string place_;
};

TEST_F(OutputRecoveryTest, AFileInNeitherPlaceWasTaken) {
  const auto promised = PromisedOf("1, x / 2, y");
  const auto sink = Make("out");
  ASSERT_TRUE(sink->OpenCommitter().value()->Commit(promised).ok());
  ASSERT_TRUE(files().Remove(Path("out/") + std::string(kName)).ok());
  const SavedOutput saved = Saved(promised);
  EXPECT_THAT(sink->FindMissing(saved).value().names,
              ElementsAre(Path("out/") + std::string(kName)));
  const Recovered recovered = Make("out")->OpenCommitter().value()->Recover(&saved, 2).value();
  EXPECT_THAT(recovered.accepted.names, ElementsAre(Path("out/") + std::string(kName)));
  EXPECT_EQ(recovered.accepted.rows, 2U);
  EXPECT_THAT(recovered.committables, IsEmpty());
  const auto strict = Make("out", {{"sink.missing-committed", "fail"}});
  for (const Status& refused : {strict->FindMissing(saved).status(),
                                strict->OpenCommitter().value()->Recover(&saved, 2).status()}) {
    EXPECT_EQ(refused.code(), StatusCode::kRestoreRefused);
    EXPECT_EQ(refused.id(), "E7005");
    EXPECT_THAT(refused.message(), HasSubstr("1 with 2 rows"));
  }
  // Its directory may have gone with it.
  ASSERT_TRUE(files().RemoveRecursively(Path("out")).ok());
  EXPECT_EQ(Make("out")->OpenCommitter().value()->Recover(&saved, 2).value().accepted.rows, 2U);
}

// A name that cannot be followed hides files from everybody, root included; rights, from others.
TEST_F(OutputRecoveryTest, AFileThatCannotBeLookedForWasNotTaken) {
  const auto promised = PromisedOf("1, x / 2, x", true);
  const std::vector<OutputRows> held = {
      Make("out", {}, true)->OpenCommitter().value()->Detach(promised).value()};
  const SavedOutput of_files = Saved(promised);
  const SavedOutput of_rows = Saved({}, held);
  std::filesystem::rename(Path("out/d=x"), Path("away"));
  std::filesystem::create_symlink("d=x", Path("out/d=x"));
  for (const SavedOutput& saved : {of_files, of_rows}) {
    const auto sink = Make("out", {}, true);
    for (const Status& unknown : {sink->FindMissing(saved).status(),
                                  sink->OpenCommitter().value()->Recover(&saved, 2).status()}) {
      EXPECT_EQ(unknown.code(), StatusCode::kExternal);
      EXPECT_THAT(unknown.message(), HasSubstr("out/d=x"));
    }
  }
  EXPECT_EQ(Make("out", {}, true)->OpenCommitter().value()->Commit(promised).code(),
            StatusCode::kExternal);
  ASSERT_TRUE(files().Remove(Path("out/d=x")).ok());
  std::filesystem::rename(Path("away"), Path("out/d=x"));
  const Recovered recovered =
      Make("out", {}, true)->OpenCommitter().value()->Recover(&of_files, 2).value();
  EXPECT_THAT(recovered.accepted.names, IsEmpty());
  EXPECT_THAT(Names("out/d=x"), ElementsAre(std::string(kName)));
}

// While the job lives nobody can have seen it.
TEST_F(OutputRecoveryTest, AFileInProgressThatVanishesIsAFailure) {
  const auto promised = PromisedOf("1, x / 2, y");
  ASSERT_TRUE(files().Remove(Path("out/.part-01234567-1-0-0.inprogress")).ok());
  const auto sink = Make("out");
  const auto committer = sink->OpenCommitter().value();
  for (const Status& lost : {committer->Commit(promised), committer->Detach(promised).status()}) {
    EXPECT_EQ(lost.id(), "E7005");
    EXPECT_THAT(lost.message(), HasSubstr("2 rows"));
  }
}

TEST_F(OutputRecoveryTest, WhatWaitsIsCommittedWhereItWasPromised) {
  const auto promised = PromisedOf("1, x");
  const SavedOutput saved = Saved(promised);
  const auto elsewhere = Make("elsewhere");
  EXPECT_THAT(elsewhere->FindMissing(saved).value().names, IsEmpty());
  EXPECT_THAT(Names("out"), ElementsAre(".part-01234567-1-0-0.inprogress")) << "it only looked";
  ASSERT_TRUE(elsewhere->OpenCommitter().value()->Recover(&saved, 2).ok());
  EXPECT_THAT(Names("out"), ElementsAre(kName));
  // The table's directory was moved as a whole, with what waits in it.
  ASSERT_TRUE(
      files()
          .Rename(Path("out/") + std::string(kName), Path("out/.part-01234567-1-0-0.inprogress"))
          .ok());
  ASSERT_TRUE(files().Rename(Path("out"), Path("moved")).ok());
  ASSERT_TRUE(Make("moved")->OpenCommitter().value()->Recover(&saved, 2).ok());
  EXPECT_THAT(Names("moved"), ElementsAre(kName));
}

TEST_F(OutputRecoveryTest, RowsOfASavepointAreWrittenByTheFirstCheckpoint) {
  const auto promised = PromisedOf("1, x / 2, y / 3, x", true);
  const auto first = Make("out", {}, true);
  std::vector<OutputRows> rows = first->OpenCommitter().value()->Detach(promised).value();
  ASSERT_EQ(rows.size(), 2U);
  for (OutputRows& one : rows) {
    EXPECT_TRUE(one.path.starts_with('/'));
    const std::string name = "output-" + std::to_string(one.rows);
    Write(name, ReadFile(files(), one.path).value());
    one.path = name;
  }
  context_.job_id = "fedcba9876543210";
  const SavedOutput saved = Saved({}, rows);
  const auto second = Make("copy", {}, true);
  EXPECT_TRUE(second->FindMissing(saved).ok());
  for (const uint64_t attempt : {5U, 6U}) {  // the first one ends before its first checkpoint
    const auto committer = second->OpenCommitter().value();
    const Recovered recovered = committer->Recover(&saved, attempt).value();
    ASSERT_EQ(recovered.committables.size(), 2U);
    EXPECT_THAT(Names("copy/d=x"),
                ElementsAre(fmt::format(".part-fedcba98-{}-0-0.inprogress", attempt)));
    if (attempt == 5) continue;
    // Files of this start have other names.
    auto writer = second->OpenWriter(0, attempt).value();
    Put(*writer, "4, x");
    std::vector<std::string> all = recovered.committables;
    for (const std::string& one : Promised(*writer, 1)) all.push_back(one);
    ASSERT_TRUE(committer->Commit(all).ok());
  }
  EXPECT_THAT(Names("copy/d=x"), ElementsAre("part-fedcba98-6-0-0.csv", "part-fedcba98-6-0-2.csv"));
  EXPECT_EQ(Read("copy/d=x/part-fedcba98-6-0-0.csv"), "1\n3\n");
  EXPECT_EQ(Read("copy/d=y/part-fedcba98-6-0-1.csv"), "2\n");
  EXPECT_THAT(Names("out/d=x"), ElementsAre(".part-01234567-1-0-0.inprogress"));
  // Where their own job has committed them into the same table, they are not written again.
  ASSERT_TRUE(first->OpenCommitter().value()->Commit(promised).ok());
  const auto beside = Make("out", {}, true);
  EXPECT_THAT(beside->OpenCommitter().value()->Recover(&saved, 1).value().committables, IsEmpty());
}

// The directory is emptied before the first files of a job, not when it goes on, and never for a
// job that does not overwrite.
TEST_F(OutputRecoveryTest, OverwritingGoesOnWithoutItsMarker) {
  Write("out/old.csv", "0\n");
  overwrite_ = true;
  const auto sink = Make("out");
  auto writer = sink->OpenWriter(0, 1).value();
  Put(*writer, "1, x");
  const auto first = Promised(*writer, 1);
  const auto committer = sink->OpenCommitter().value();
  ASSERT_TRUE(committer->Commit(first).ok());
  EXPECT_THAT(Names("out"), ElementsAre(".weir-overwrite-01234567", kName));
  Put(*writer, "2, x");
  const auto second = Promised(*writer, 2);
  ASSERT_TRUE(committer->Commit(second).ok());
  ASSERT_TRUE(files().Rename(Path("out"), Path("consumed")).ok());
  Write("out/note.txt", "a consumer's");
  const SavedOutput own = Saved(second);
  const auto again = Make("out");
  const auto recovered = again->OpenCommitter().value();
  ASSERT_TRUE(recovered->Recover(&own, 2).ok());
  EXPECT_THAT(Names("out"), ElementsAre("note.txt"));
  auto goes_on = again->OpenWriter(0, 2).value();
  Put(*goes_on, "3, x");
  ASSERT_TRUE(recovered->Commit(Promised(*goes_on, 3)).ok());
  EXPECT_THAT(Names("out"), ElementsAre("note.txt", ::testing::StartsWith("part-")));
  // Of another job: into the same directory it goes on, another one is emptied first.
  context_.job_id = "fedcba9876543210";
  for (const char* directory : {"consumed", "other"}) {
    Write(std::string(directory) + "/kept.csv", "0\n");
    const SavedOutput saved = Saved({});
    const auto copy = Make(directory);
    const auto commits = copy->OpenCommitter().value();
    ASSERT_TRUE(commits->Recover(&saved, 1).ok());
    EXPECT_TRUE(files().Stat(Path(directory) + "/kept.csv").ok());
    auto writes = copy->OpenWriter(0, 1).value();
    ASSERT_TRUE(commits->Commit(Promised(*writes, 1)).ok());
    EXPECT_EQ(files().Stat(Path(directory) + "/kept.csv").ok(), directory[0] == 'c');
  }
  overwrite_ = false;
  const std::vector<std::string> forged = {"v2 overwrite"};
  SavedOutput saved = Saved(forged);
  saved.job_id = context_.job_id;
  ASSERT_TRUE(Make("out")->OpenCommitter().value()->Recover(&saved, 1).ok());
  EXPECT_TRUE(files().Stat(Path("out/note.txt")).ok());
}

// The other job died before it could commit what its first checkpoint promised, and empty the
// directory: the one that continues it does both, and keeps these files.
TEST_F(OutputRecoveryTest, OverwritingKeepsWhatItContinues) {
  Write("out/old.csv", "0\n");
  overwrite_ = true;
  const std::vector<std::string> promised = PromisedOf("1, x");
  context_.job_id = "fedcba9876543210";
  const SavedOutput saved = Saved(promised);
  const auto sink = Make("out");
  const auto committer = sink->OpenCommitter().value();
  ASSERT_TRUE(committer->Recover(&saved, 1).ok());
  EXPECT_THAT(Names("out"), ElementsAre("old.csv", kName));
  auto writer = sink->OpenWriter(0, 1).value();
  Put(*writer, "2, x");
  ASSERT_TRUE(committer->Commit(Promised(*writer, 1)).ok());
  EXPECT_THAT(Names("out"),
              ElementsAre(".weir-overwrite-fedcba98", kName, "part-fedcba98-1-0-0.csv"));
}

TEST_F(OutputRecoveryTest, APartitionWhoseFilesWereTakenIsStillOpen) {
  const graph::TableOptions options = {{"sink.partition-commit.policy.kind", "success-file"},
                                       {"sink.partition-commit.delay", "10 s"}};
  const auto sink = Make("out", options, true);
  const auto writer = sink->OpenWriter(0, 1).value();
  Put(*writer, "1, x / 2, y");
  const auto promised = Promised(*writer, 1);
  ASSERT_TRUE(sink->OpenCommitter().value()->Commit(promised).ok());
  ASSERT_TRUE(files().Remove(Path("out/d=x/") + std::string(kName)).ok());
  Write("out/d=z/other.csv", "somebody else's");
  context_.job_id = "fedcba9876543210";  // restored, so that its files have other names
  const SavedOutput saved = Saved(promised);
  const auto restored = Make("out", options, true);
  const auto committer = restored->OpenCommitter().value();
  ASSERT_TRUE(committer->Recover(&saved, 2).ok());
  const auto next = restored->OpenWriter(0, 2).value();
  ASSERT_TRUE(next->Finish().ok());
  ASSERT_TRUE(files().RemoveRecursively(Path("out/d=y")).ok());
  ASSERT_TRUE(committer->Commit(Promised(*next, 2)).ok());
  EXPECT_THAT(Names("out/d=x"), ElementsAre("_SUCCESS"));
  EXPECT_THAT(Names("out/d=z"), ElementsAre("other.csv"));
  EXPECT_THAT(Names("out"), ElementsAre("d=x", "d=z")) << "what was taken as a whole stays away";
}

TEST_F(OutputRecoveryTest, WhatNoSinkOfTheJobWroteIsRefused) {
  const std::string out = Path("out");
  const std::string job = "part-01234567";
  const auto v1 = [&](std::string_view from, std::string_view to) {
    return fmt::format("v1 file {}\t{}", from, to);
  };
  const std::vector<std::string> bad = {
      "v2 file",
      "v2 file 1\tpart-01234567-1-0-0.csv",
      "v2 file x\t\tpart-01234567-1-0-0.csv",
      "v2 file 1\t..\tpart-01234567-1-0-0.csv",
      "v2 file 1\td=1/..\tpart-01234567-1-0-0.csv",
      "v2 file 1\t/d=1\tpart-01234567-1-0-0.csv",
      "v2 file 1\t\t../part-01234567-1-0-0.csv",
      "v2 file 1\t\tpart-ffffffff-1-0-0.csv",
      "v2 file 1\t\tpart-01234567-1-0-0",
      "v2 file 1\t\tpart-01234567-1-0-0.csv\tmore",
      "v3 file 1\t\tpart-01234567-1-0-0.csv",
      v1("/etc/a", "/etc/b"),
      v1(out + "/a", out + "/b"),
      v1(out + "/." + job + "-1-0-0.inprogress", out + "/d=1/" + job + "-1-0-0.csv"),
      v1(out + "/../x/." + job + "-1-0-0.inprogress", out + "/../x/" + job + "-1-0-0.csv"),
      v1(out + "x/." + job + "-1-0-0.inprogress", out + "x/" + job + "-1-0-0.csv")};
  for (const std::string& committable : bad) {
    SCOPED_TRACE(committable);
    const std::vector<std::string> one = {committable};
    const SavedOutput saved = Saved(one);
    EXPECT_EQ(Make("out")->FindMissing(saved).status().id(), "E7001");
    EXPECT_EQ(Make("out")->OpenCommitter().value()->Recover(&saved, 1).status().id(), "E7001");
  }
  // What version 1 wrote is believed.
  Write("out/d=1/." + job + "-1-0-0.inprogress", "1\n");
  const std::vector<std::string> good = {
      "v1 overwrite " + out + "/.weir-overwrite-01234567", "v1 watermark 0 5",
      v1(out + "/d=1/." + job + "-1-0-0.inprogress", out + "/d=1/" + job + "-1-0-0.csv")};
  const SavedOutput saved = Saved(good);
  ASSERT_TRUE(Make("out")->OpenCommitter().value()->Recover(&saved, 1).ok());
  EXPECT_THAT(Names("out/d=1"), ElementsAre(job + "-1-0-0.csv"));
  // Nothing that is there is overwritten.
  Write("out/d=1/." + job + "-1-0-0.inprogress", "2\n");
  EXPECT_EQ(Make("out")->FindMissing(saved).status().id(), "E7001");
  EXPECT_EQ(Read("out/d=1/" + job + "-1-0-0.csv"), "1\n");
  for (const char* what :
       {"v1 rows", "v1 rows d=1", "v1 rows ..\tcsv", "v1 rows \t", "v1 rows \t../x",
        "v1 rows \tpart-ffffffff-1-0-0.csv", "v1 rows \tpart-01234567/../x.csv",
        "v2 rows \tpart-01234567-1-0-0.csv"}) {
    const std::vector<OutputRows> rows = {{what, "output", 1}};
    EXPECT_EQ(Make("out")->FindMissing(Saved({}, rows)).status().id(), "E7001") << what;
  }
}

}  // namespace
}  // namespace weir::connectors::testing
