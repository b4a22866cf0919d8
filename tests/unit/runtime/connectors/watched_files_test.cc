// Monitored tables over files: when a file is read, how often, and what is said when it changes.
#include <fmt/format.h>
#include <sys/stat.h>

#include <filesystem>
#include <fstream>

#include "runtime/connectors/filesystem/file_identity.h"
#include "tests/unit/runtime/connectors/connector_harness.h"

namespace weir::connectors::testing {
namespace {

using ::testing::ElementsAre;
using ::testing::HasSubstr;
using ::testing::IsEmpty;

const Schema kOne{{{"a", Type::BigInt()}}};

class WatchedFilesTest : public ConnectorTest {
 protected:
  void Make(graph::TableOptions more = {}) {
    graph::TableOptions options = {{"connector", "filesystem"},
                                   {"format", "csv"},
                                   {"path", Path("d")},
                                   {"source.monitor-interval", "2 s"}};
    options.insert(options.end(), more.begin(), more.end());
    source_ = MakeSource(ScanOf(kOne, options), context_).value();
  }
  void Follow() { Make({{"source.follow", "true"}}); }
  void Append(std::string_view name, std::string_view text) {
    std::ofstream(Path(name), std::ios::app) << text;
  }
  // The one new split.
  Split Found() {
    const std::vector<Split> splits = source_->Discover().value();
    EXPECT_EQ(splits.size(), 1U);
    return splits.empty() ? Split{} : splits[0];
  }
  std::unique_ptr<SplitReader> Open(const Split& split) { return source_->Open(split).value(); }
  // What a read gives: rows, or a word for why there is none.
  std::string Read(SplitReader& reader) {
    Batch batch;
    const Result<ReadOutcome> outcome = reader.Read(100, batch);
    if (!outcome.ok()) return outcome.status().ToString();
    switch (*outcome) {
      case ReadOutcome::kRows:
        return FormatBatch(batch);
      case ReadOutcome::kNothing:
        return "nothing";
      case ReadOutcome::kWaiting:
        return "waiting";
      case ReadOutcome::kComing:
        return "coming";
      case ReadOutcome::kEndOfSplit:
        return "end";
      case ReadOutcome::kGone:
        return "gone";
    }
    return "";
  }
  // Reads a few times, a second apart, until a read gives that; what the last one gave.
  std::string ReadUntil(SplitReader& reader, std::string_view wanted) {
    std::string said;
    for (int i = 0; i < 9 && said != wanted; ++i) {
      if (i > 0) clock_.Sleep(std::chrono::seconds(1));
      said = Read(reader);
    }
    return said;
  }
  // Reads it to its end, once it has settled.
  void ReadToTheEnd(const Split& split) {
    auto reader = Open(split);
    EXPECT_EQ(Read(*reader), "waiting");
    clock_.Sleep(std::chrono::seconds(1));
    while (Read(*reader) != "end") {
    }
    ASSERT_TRUE(source_->Remember({split.id, reader->Position(), true}).ok());
  }
  // Read out under the name that it gets; what a checkpoint holds of it then.
  Split Rotated(const Split& split, std::string_view from, std::string_view to) {
    auto reader = Open(split);
    Read(*reader);
    std::filesystem::rename(Path(from), Path(to));
    EXPECT_EQ(Read(*reader), "waiting");
    clock_.Sleep(std::chrono::seconds(1));
    EXPECT_EQ(Read(*reader), "end");
    Split ended{split.id, reader->Position(), true};
    EXPECT_TRUE(source_->Remember(ended).ok());
    return ended;
  }
  // The same contents in another file, of which nobody knows whether the first one went before.
  void Copy(std::string_view name) {
    std::filesystem::copy_file(Path(name), Path("copy"));
    std::filesystem::rename(Path("copy"), Path(name));
  }
  std::string Look() {
    const Result<std::vector<Split>> splits = source_->Discover();
    return splits.ok() ? fmt::format("{} new", splits->size()) : splits.status().ToString();
  }

  std::unique_ptr<Source> source_;
};

TEST_F(WatchedFilesTest, FindsEachFileOnce) {
  Make();
  EXPECT_FALSE(source_->bounded());
  EXPECT_EQ(source_->discovery_interval_millis(), 2000);
  EXPECT_THAT(*source_->Discover(), IsEmpty());
  Write("d/1.csv", "1\n");
  EXPECT_EQ(Found().id, Path("d/1.csv"));
  Write("d/2.csv", "2\n");
  EXPECT_EQ(Found().id, Path("d/2.csv"));
  EXPECT_EQ(source_->figures().seen, 2U);
  EXPECT_EQ(source_->figures().waiting, 2U);
}

TEST_F(WatchedFilesTest, AFileIsReadOnceItHasSettled) {
  Make();
  Write("d/1.csv", "4");
  const Split split = Found();
  auto reader = Open(split);
  EXPECT_EQ(Read(*reader), "waiting");
  clock_.Sleep(std::chrono::milliseconds(900));
  EXPECT_EQ(Read(*reader), "waiting");
  Append("d/1.csv", "2\n");
  clock_.Sleep(std::chrono::milliseconds(900));
  EXPECT_EQ(Read(*reader), "waiting");
  EXPECT_EQ(source_->figures().oldest_waiting_millis, 1800);
  clock_.Sleep(std::chrono::seconds(1));
  EXPECT_EQ(Read(*reader), "+I[42]\n");
  EXPECT_EQ(source_->figures().waiting, 0U);
  EXPECT_EQ(Read(*reader), "end");
}

// A last line without an end may be half of one.
TEST_F(WatchedFilesTest, AFileThatEndsWithinALineWaitsTenTimesAsLong) {
  Make();
  Write("d/1.csv", "1\n4");
  auto reader = Open(Found());
  EXPECT_EQ(Read(*reader), "waiting");
  clock_.Sleep(std::chrono::milliseconds(9900));
  EXPECT_EQ(Read(*reader), "waiting");
  const std::string position = reader->Position();
  clock_.Sleep(std::chrono::milliseconds(200));
  EXPECT_EQ(Read(*reader), "+I[1]\n+I[4]\n");
  // So does one that goes on from there after a restart, and both hear of what comes meanwhile.
  Make();
  const Split begun{Path("d/1.csv"), position, false};
  ASSERT_TRUE(source_->Remember(begun).ok());
  reader = Open(begun);
  EXPECT_EQ(Read(*reader), "waiting");
  Append("d/1.csv", "2\n");
  EXPECT_THAT(Read(*reader), HasSubstr("E3006"));
  Write("d/2.csv", "4");
  const Split split = Found();
  reader = Open(split);
  EXPECT_EQ(Read(*reader), "waiting");
  clock_.Sleep(std::chrono::seconds(2));
  EXPECT_EQ(Read(*reader), "waiting");
  Append("d/2.csv", "2\n");
  EXPECT_THAT(Read(*reader), HasSubstr("E3006"));
}

TEST_F(WatchedFilesTest, ABoundedReadGivesNoHalfOfALine) {
  source_ = MakeSource(
                ScanOf(kOne, {{"connector", "filesystem"}, {"format", "csv"}, {"path", Path("d")}}),
                context_)
                .value();
  Write("d/1.csv", "1\n4");
  EXPECT_EQ(Read(*Open(Found())), "+I[1]\n+I[4]\n");
  auto reader = Open(Found());
  Batch batch;
  ASSERT_EQ(reader->Read(1, batch).value(), ReadOutcome::kRows);
  Append("d/1.csv", "2\n");
  EXPECT_THAT(Read(*reader), HasSubstr("E3006"));
  // Whole lines that come meanwhile are none of this read's.
  reader = Open(Found());
  ASSERT_EQ(reader->Read(1, batch).value(), ReadOutcome::kRows);
  Append("d/1.csv", "5\n");
  EXPECT_EQ(Read(*reader), "+I[42]\n");
  EXPECT_EQ(Read(*reader), "end");
}

TEST_F(WatchedFilesTest, WhatGoesBeforeItWasReadIsNewWhenItComesAgain) {
  Make();
  Write("d/1.csv", "1\n");
  auto reader = Open(Found());
  std::filesystem::remove(Path("d/1.csv"));
  EXPECT_EQ(Read(*reader), "gone");
  EXPECT_EQ(source_->figures().seen, 0U);
  Write("d/1.csv", "2\n");
  ReadToTheEnd(Found());
}

TEST_F(WatchedFilesTest, SaysWhatBecameOfAFileThatWasRead) {
  Make();
  Write("d/1.csv", "1\n2\n");
  ReadToTheEnd(Found());
  EXPECT_EQ(Look(), "0 new");
  Append("d/1.csv", "3\n");
  EXPECT_THAT(Look(), HasSubstr("a file has grown after it had been read: " + Path("d/1.csv") +
                                " had 4 bytes, has 6"));
  Write("d/1.csv", "1\n");
  EXPECT_THAT(Look(), HasSubstr("truncated"));
  Write("d/1.csv", "1\n3\n");
  EXPECT_THAT(Look(), HasSubstr("replaced"));
  Write("d/1.csv", "1\n2\n");
  EXPECT_EQ(Look(), "0 new") << "a copy of what was read";
  std::filesystem::remove(Path("d/1.csv"));
  EXPECT_EQ(Look(), "0 new");
}

// Of a file longer than what is hashed of its beginning, the last bytes that were read count, too.
TEST_F(WatchedFilesTest, NoticesAnotherTailBehindTheSameBeginning) {
  std::string text;
  while (text.size() < (70 << 10)) text += "123456\n";
  std::string other = text;
  other[other.size() - 2] = '7';
  Make();
  Write("d/1.csv", text);
  ReadToTheEnd(Found());
  EXPECT_EQ(Look(), "0 new");
  Write("d/1.csv", other);
  EXPECT_THAT(Look(), HasSubstr("replaced"));
  Write("d/1.csv", text);
  EXPECT_EQ(Look(), "0 new") << "a copy of what was read";
}

TEST_F(WatchedFilesTest, APositionIsOfOneFileOnly) {
  Make();
  Write("d/1.csv", "1\n2\n");
  Split split = Found();
  auto reader = Open(split);
  Read(*reader);
  clock_.Sleep(std::chrono::seconds(1));
  Batch batch;
  ASSERT_EQ(*reader->Read(1, batch), ReadOutcome::kRows);
  split.position = reader->Position();
  EXPECT_THAT(split.position, ::testing::StartsWith("v3 offset=2 inode="));
  EXPECT_EQ(Read(*Open(split)), "+I[2]\n");
  Write("d/1.csv", "5\n2\n");
  EXPECT_THAT(Read(*Open(split)), HasSubstr("E3006"));
  split.position = "v1 offset=2";
  EXPECT_EQ(Read(*Open(split)), "waiting");
  auto old = Open(split);
  Read(*old);
  clock_.Sleep(std::chrono::seconds(1));
  EXPECT_EQ(Read(*old), "+I[2]\n") << "a position of before says nothing of the file";
  split.position = "v1 offset=9";
  auto beyond = Open(split);
  Read(*beyond);
  clock_.Sleep(std::chrono::seconds(1));
  EXPECT_THAT(Read(*beyond), HasSubstr("truncated"));
}

TEST_F(WatchedFilesTest, FollowsWholeLines) {
  Follow();
  Write("d/log", "1\n4");
  auto reader = Open(Found());
  EXPECT_EQ(Read(*reader), "+I[1]\n");
  EXPECT_EQ(Read(*reader), "nothing");
  Append("d/log", "2\n3");
  EXPECT_EQ(Read(*reader), "+I[42]\n");
  Split split{Path("d/log"), reader->Position(), false};
  EXPECT_EQ(Read(*reader), "nothing");
  Append("d/log", "\n");
  EXPECT_EQ(Read(*reader), "+I[3]\n");
  EXPECT_EQ(Read(*Open(split)), "+I[3]\n");
  EXPECT_EQ(Look(), "0 new");
}

TEST_F(WatchedFilesTest, ARenamedFileIsReadOutAndItsSuccessorIsNew) {
  Follow();
  Write("d/log", "1\n");
  auto reader = Open(Found());
  EXPECT_EQ(Read(*reader), "+I[1]\n");
  const Split before{Path("d/log"), reader->Position(), false};
  std::filesystem::rename(Path("d/log"), Path("d/log.1"));
  EXPECT_EQ(Look(), "0 new");
  EXPECT_EQ(Read(*reader), "waiting");
  Write("d/log", "7\n");
  Append("d/log.1", "2\n3");
  EXPECT_EQ(Read(*reader), "+I[2]\n");
  EXPECT_EQ(Read(*Open(before)), "+I[2]\n") << "after a restart, too";
  const Split successor = Found();
  EXPECT_NE(successor.id, before.id);
  EXPECT_EQ(Read(*Open(successor)), "+I[7]\n");
  EXPECT_EQ(Read(*reader), "waiting");
  clock_.Sleep(std::chrono::seconds(1));
  EXPECT_EQ(Read(*reader), "+I[3]\n") << "nobody goes on with this line";
  EXPECT_EQ(Read(*reader), "end");
}

// SourceReader keeps some readers open and closes the others: each look may be another reader's.
TEST_F(WatchedFilesTest, SilenceCountsAcrossReaders) {
  Follow();
  Write("d/log", "1\n");
  const Split found = Found();
  std::filesystem::rename(Path("d/log"), Path("d/log.1"));
  const auto look = [&](std::string position) {
    const Split split{found.id, std::move(position), false};
    auto reader = Open(split);
    std::string said = Read(*reader);
    return std::make_pair(std::move(said), reader->Position());
  };
  auto [said, position] = look("");
  EXPECT_EQ(said, "+I[1]\n");
  for (int i = 0; i < 3; ++i) {
    std::tie(said, position) = look(position);
    EXPECT_EQ(said, "waiting") << i;
    clock_.Sleep(std::chrono::milliseconds(300));
  }
  Append("d/log.1", "2\n");
  std::tie(said, position) = look(position);
  EXPECT_EQ(said, "+I[2]\n") << "its writer was not done";
  std::tie(said, position) = look(position);
  EXPECT_EQ(said, "waiting") << "silent anew";
  // Moved back and away again: silent anew, too.
  clock_.Sleep(std::chrono::milliseconds(900));
  std::filesystem::rename(Path("d/log.1"), Path("d/log"));
  std::tie(said, position) = look(position);
  EXPECT_EQ(said, "nothing");
  std::filesystem::rename(Path("d/log"), Path("d/log.1"));
  clock_.Sleep(std::chrono::milliseconds(900));
  std::tie(said, position) = look(position);
  EXPECT_EQ(said, "waiting");
  clock_.Sleep(std::chrono::seconds(1));
  std::tie(said, position) = look(position);
  EXPECT_EQ(said, "end");
}

// Times of another machine, whose clock is ahead, say nothing: what counts is how long the file has
// looked the same.
TEST_F(WatchedFilesTest, AFileOfTheFutureSettlesAcrossReaders) {
  Make();
  Write("d/1.csv", "1\n");
  const auto now = std::filesystem::file_time_type::clock::now();
  std::filesystem::last_write_time(Path("d/1.csv"), now + std::chrono::hours(1));
  const Split found = Found();
  EXPECT_EQ(Read(*Open(found)), "waiting");
  clock_.Sleep(std::chrono::milliseconds(600));
  EXPECT_EQ(Read(*Open(found)), "waiting");
  clock_.Sleep(std::chrono::milliseconds(600));
  EXPECT_EQ(Read(*Open(found)), "+I[1]\n");
}

TEST_F(WatchedFilesTest, NoticesThatAFollowedFileWasCut) {
  Follow();
  Write("d/log", "1\n2\n");
  auto reader = Open(Found());
  EXPECT_EQ(Read(*reader), "+I[1]\n+I[2]\n");
  EXPECT_EQ(Read(*reader), "nothing");
  const Split split{Path("d/log"), reader->Position(), false};
  // copytruncate, and the writer was quick.
  std::filesystem::resize_file(Path("d/log"), 0);
  Append("d/log", "5\n6\n7\n");
  EXPECT_THAT(Read(*reader), HasSubstr("replaced"));
  EXPECT_THAT(Read(*Open(split)), HasSubstr("replaced"));
  std::filesystem::resize_file(Path("d/log"), 2);
  EXPECT_THAT(Read(*Open(split)), HasSubstr("truncated"));
}

// As after cp -r to another disk: nothing is read twice.
TEST_F(WatchedFilesTest, ACopyOfAFollowedFileGoesOn) {
  Follow();
  Write("d/log", "1\n2\n");
  auto reader = Open(Found());
  Read(*reader);
  const Split split{Path("d/log"), reader->Position(), false};
  Write("d/log", "1\n2\n3\n");  // by rename: another inode
  Follow();
  ASSERT_TRUE(source_->Remember(split).ok());
  EXPECT_EQ(Look(), "0 new");
  EXPECT_EQ(Read(*Open(split)), "+I[3]\n");
}

// A file system gives the inode of a file that is gone to the next one.
TEST_F(WatchedFilesTest, AnInodeThatIsUsedAgainIsNotTheFileThatHadIt) {
  Follow();
  Write("d/log", "1\n2\n");
  auto reader = Open(Found());
  Read(*reader);
  const Split split{Path("d/log"), reader->Position(), false};
  std::filesystem::rename(Path("d/log"), Path("d/new"));
  std::ofstream(Path("d/new")) << "7\n8\n9\n";
  Write("d/log", "1\n2\n3\n");
  Follow();
  ASSERT_TRUE(source_->Remember(split).ok());
  EXPECT_EQ(Read(*Open(split)), "+I[3]\n");
  EXPECT_EQ(Read(*Open(Found())), "+I[7]\n+I[8]\n+I[9]\n");
}

// Rotated, read out, and all copied to another disk: under what names ever, nothing is new.
TEST_F(WatchedFilesTest, CopiesOfRotatedFilesAreWhatTheyWere) {
  Follow();
  Write("d/app.log", "1\n2\n");
  const Split first = Rotated(Found(), "d/app.log", "d/app.log.1");
  Write("d/app.log", "7\n8\n");
  const Split second = Rotated(Found(), "d/app.log", "d/app-2026.log");
  Write("d/app.log", "1\n2\n3\n");
  Split third = Found();
  auto reader = Open(third);
  Read(*reader);
  third.position = reader->Position();
  for (const char* name : {"d/app.log", "d/app.log.1", "d/app-2026.log"}) Copy(name);
  Append("d/app.log", "4\n");
  Write("d/apple.log", "7\n8\n");
  Follow();
  for (const Split& split : {first, second, third}) ASSERT_TRUE(source_->Remember(split).ok());
  EXPECT_EQ(Found().id, Path("d/apple.log")) << "begins alike, and is of another kind";
  EXPECT_EQ(Read(*Open(third)), "+I[4]\n");
  EXPECT_EQ(Look(), "0 new");
}

TEST_F(WatchedFilesTest, SaysWhatBecameOfARotatedFile) {
  Follow();
  Write("d/log", "1\n2\n");
  if (files().Stat(Path("d/log"))->born_nanos == 0) GTEST_SKIP() << "files have no time of birth";
  const Split split = Rotated(Found(), "d/log", "d/log.1");
  std::filesystem::resize_file(Path("d/log.1"), 2);
  EXPECT_THAT(Look(), HasSubstr("truncated"));
  Follow();
  ASSERT_TRUE(source_->Remember(split).ok());
  EXPECT_THAT(Look(), HasSubstr("truncated")) << "after a restart, too";
  std::ofstream(Path("d/log.1")) << "1\n2\n3\n";
  EXPECT_THAT(Look(), HasSubstr("grown"));
  std::ofstream(Path("d/log.1")) << "1\n2\n";
  EXPECT_EQ(Look(), "0 new");
}

// One that was removed and, with its inode, the one that is there, remembered in either order.
TEST_F(WatchedFilesTest, AllFilesOfAnInodeAreRemembered) {
  for (const bool gone_first : {false, true}) {
    Follow();
    Write("d/log", "1\n2\n");
    const Split there = Rotated(Found(), "d/log", "d/log.1");
    FilePosition position = FilePosition::Parse(there.position).value();
    ++position.identity.head;
    --position.identity.born_nanos;
    --position.identity.modified_nanos;
    const Split gone{Path("d/log#9"), position.ToString(), true};
    Follow();
    ASSERT_TRUE(source_->Remember(gone_first ? gone : there).ok());
    ASSERT_TRUE(source_->Remember(gone_first ? there : gone).ok());
    EXPECT_EQ(Look(), "0 new");
    std::filesystem::remove(Path("d/log.1"));
  }
}

// Nothing was read of it, so it has no contents by which a file could be taken for it.
TEST_F(WatchedFilesTest, AnEmptyFileIsNotTheNextOneOfItsInode) {
  Follow();
  Write("d/log", "");
  if (files().Stat(Path("d/log"))->born_nanos == 0) GTEST_SKIP() << "files have no time of birth";
  auto first = Open(Found());
  Read(*first);  // opens it
  std::filesystem::rename(Path("d/log"), Path("d/log.1"));
  ASSERT_EQ(ReadUntil(*first, "end"), "end");
  FilePosition position = FilePosition::Parse(first->Position()).value();
  ASSERT_TRUE(position.known);
  --position.identity.born_nanos;
  --position.identity.modified_nanos;
  Follow();
  ASSERT_TRUE(source_->Remember({Path("d/log"), position.ToString(), true}).ok());
  auto reader = Open(Found());
  Append("d/log.1", "5\n");
  EXPECT_EQ(ReadUntil(*reader, "+I[5]\n"), "+I[5]\n");
  EXPECT_EQ(Look(), "0 new");
}

// A busy machine opens a file long after it was found.
TEST_F(WatchedFilesTest, AFileThatIsRotatedBeforeItIsOpenedIsReadAndSoIsItsSuccessor) {
  Follow();
  Write("d/log", "1\n");
  const Split first = Found();
  std::filesystem::rename(Path("d/log"), Path("d/log.1"));
  Write("d/log", "7\n");
  const Split second = Found();
  EXPECT_EQ(Read(*Open(first)), "+I[1]\n");
  EXPECT_EQ(Read(*Open(second)), "+I[7]\n");
  EXPECT_EQ(Look(), "0 new");
  // The same at a start, where no checkpoint says which file had the path.
  Follow();
  ASSERT_TRUE(source_->Remember({first.id, "", false}).ok());
  auto reader = Open({first.id, "", false});
  EXPECT_EQ(Read(*reader), "+I[7]\n");
  std::filesystem::rename(Path("d/log"), Path("d/log.2"));
  EXPECT_EQ(Found().id, Path("d/log.1")) << "and not what is being read";
}

// A checkpoint holds unread files whose names others had before, by that name only.
TEST_F(WatchedFilesTest, UnreadFilesOfOneNameAreNotOneFile) {
  Follow();
  std::vector<Split> found;
  for (int i = 0; i < 3; ++i) {
    Write("d/log", fmt::format("{}\n", i));
    found.push_back(Found());
    if (i < 2) std::filesystem::rename(Path("d/log"), Path(fmt::format("d/log.{}", i)));
  }
  Follow();
  for (size_t i : {1, 2}) ASSERT_TRUE(source_->Remember(found[i]).ok());
  EXPECT_EQ(Read(*Open(found[1])), "+I[2]\n");
  EXPECT_EQ(Read(*Open(found[2])), "gone");
  const std::vector<Split> anew = source_->Discover().value();
  ASSERT_EQ(anew.size(), 2U);
  EXPECT_EQ(Read(*Open(anew[0])), "+I[0]\n");
  EXPECT_EQ(Read(*Open(anew[1])), "+I[1]\n");
}

TEST_F(WatchedFilesTest, AFileThatIsRemovedBeforeItIsOpenedIsNotItsSuccessor) {
  Follow();
  Write("d/log", "1\n");
  const Split first = Found();
  Write("d/log", "7\n");  // by rename: another inode
  const Split second = Found();
  EXPECT_EQ(Read(*Open(first)), "gone");
  EXPECT_EQ(Read(*Open(second)), "+I[7]\n");
  EXPECT_EQ(Look(), "0 new");
}

// Its position says no more than that it was open.
TEST_F(WatchedFilesTest, AnEmptyFileThatWasRemovedIsNotItsSuccessor) {
  Follow();
  Write("d/log", "");
  auto reader = Open(Found());
  EXPECT_EQ(Read(*reader), "nothing");
  const Split split{Path("d/log"), reader->Position(), false};
  Write("d/log", "7\n");
  Follow();
  ASSERT_TRUE(source_->Remember(split).ok());
  const Split successor = Found();
  EXPECT_EQ(Read(*Open(split)), "gone");
  EXPECT_EQ(Read(*Open(successor)), "+I[7]\n");
  EXPECT_EQ(Look(), "0 new");
}

TEST_F(WatchedFilesTest, LeavesOutWhatCannotBeRead) {
  Make();
  Write("d/1.csv", "1\n");
  Write("d/lost+found/2.csv", "2\n");
  ASSERT_EQ(mkfifo(Path("d/pipe").c_str(), 0600), 0);
  EXPECT_EQ(Look(), "1 new");
  EXPECT_EQ(source_->figures().skipped, 2U);
  EXPECT_THAT(source_->figures().first_skipped, HasSubstr("lost+found"));
  std::filesystem::remove(Path("d/pipe"));
  EXPECT_EQ(Look(), "0 new");
  EXPECT_EQ(source_->figures().skipped, 1U);
  std::filesystem::create_symlink(Path("away/9.csv"), Path("d/9.csv"));
  EXPECT_EQ(Look(), "0 new");
  EXPECT_EQ(source_->figures().skipped, 2U);
  EXPECT_THAT(source_->figures().first_skipped, HasSubstr("9.csv: a link to what is not there"));
  Write("away/9.csv", "9\n");
  EXPECT_EQ(Look(), "1 new");
  EXPECT_EQ(source_->figures().skipped, 1U);
}

TEST(FilePosition, IsReadAsItWasWritten) {
  FilePosition position{.offset = 5, .file = "a b file=c", .known = true};
  position.identity = {.inode = 7,
                       .born_nanos = 4,
                       .bytes = 9,
                       .modified_nanos = -3,
                       .prefix = 9,
                       .head = 255,
                       .tail = ~uint64_t{0}};
  EXPECT_EQ(position.ToString(),
            "v3 offset=5 inode=7 born=4 bytes=9 modified=-3 prefix=9 head=00000000000000ff "
            "tail=ffffffffffffffff file=a b file=c");
  const FilePosition read = FilePosition::Parse(position.ToString()).value();
  EXPECT_EQ(read.ToString(), position.ToString());
  EXPECT_EQ(read.identity, position.identity);
  EXPECT_EQ(read.file, position.file);
  const FilePosition before =
      FilePosition::Parse("v2 offset=5 inode=7 bytes=9 modified=-3 prefix=9 head=ff tail=0")
          .value();
  EXPECT_TRUE(before.known);
  EXPECT_EQ(before.identity.born_nanos, 0);
  for (const char* bad :
       {"v2 offset=1", "v1 offset=", "v3 offset=1", "v4 offset=1", "v1 offset=1 x",
        "v3 offset=1 inode=1 bytes=1 modified=1 prefix=1 head=1 tail=0",
        "v2 offset=1 inode=1 bytes=1 modified=1 prefix=1 head=g tail=0"}) {
    EXPECT_EQ(FilePosition::Parse(bad).status().code(), StatusCode::kCorruption) << bad;
  }
  EXPECT_EQ(FilePosition::Parse("v1 offset=3 file=x y")->file, "x y");
}

}  // namespace
}  // namespace weir::connectors::testing
