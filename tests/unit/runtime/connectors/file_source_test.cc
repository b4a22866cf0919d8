// The filesystem source: which files, in which order, from which position, and what errors say.
#include <fcntl.h>
#include <fmt/format.h>
#include <sys/stat.h>
#include <zlib.h>

#include <filesystem>
#include <iterator>

#include "runtime/connectors/filesystem/file_names.h"
#include "tests/unit/runtime/connectors/connector_harness.h"

namespace weir::connectors::testing {
namespace {

using ::testing::ElementsAre;
using ::testing::HasSubstr;
using ::testing::IsEmpty;

std::string Gzip(std::string_view text) {
  z_stream stream{};
  deflateInit2(&stream, Z_BEST_SPEED, Z_DEFLATED, 15 + 16, 8, Z_DEFAULT_STRATEGY);
  std::string out(deflateBound(&stream, text.size()), '\0');
  stream.next_in = reinterpret_cast<Bytef*>(const_cast<char*>(text.data()));
  stream.avail_in = static_cast<uInt>(text.size());
  stream.next_out = reinterpret_cast<Bytef*>(out.data());
  stream.avail_out = static_cast<uInt>(out.size());
  deflate(&stream, Z_FINISH);
  out.resize(stream.total_out);
  deflateEnd(&stream);
  return out;
}

class FileSourceTest : public ConnectorTest {
 protected:
  graph::ScanSpec Scan(std::string_view name, graph::TableOptions more = {}) const {
    graph::TableOptions options = {
        {"connector", "filesystem"}, {"format", "csv"}, {"path", Path(name)}};
    options.insert(options.end(), more.begin(), more.end());
    return ScanOf(kTwo, options);
  }
  graph::ScanSpec ScanJson(std::string_view name, graph::TableOptions more = {}) const {
    graph::ScanSpec scan = Scan(name, std::move(more));
    scan.options[1].value = "json";
    return scan;
  }
  void SetModified(std::string_view name, time_t seconds) const {
    const timespec times[2] = {{seconds, 0}, {seconds, 0}};
    ASSERT_EQ(utimensat(AT_FDCWD, Path(name).c_str(), times, 0), 0);
  }
};

TEST_F(FileSourceTest, ReadsFilesDirectoriesAndGlobs) {
  Write("d/2.csv", "2,y\n");
  Write("d/1.csv", "1,x\n");
  Write("d/sub/3.csv", "3,z\n");
  Write("d/.hidden", "9,h\n");
  Write("d/_hidden/9.csv", "9,h\n");
  EXPECT_THAT(*ReadTable(Scan("d/2.csv")), ElementsAre("+I[2, y]"));
  EXPECT_THAT(*ReadTable(Scan("d")), ElementsAre("+I[1, x]", "+I[2, y]", "+I[3, z]"));
  EXPECT_THAT(*ReadTable(Scan("d/")), ElementsAre("+I[1, x]", "+I[2, y]", "+I[3, z]"));
  EXPECT_THAT(*ReadTable(Scan("d/*.csv")), ElementsAre("+I[1, x]", "+I[2, y]"));
  EXPECT_THAT(*ReadTable(Scan("d/**/*.csv")), ElementsAre("+I[1, x]", "+I[2, y]", "+I[3, z]"));
  EXPECT_THAT(*ReadTable(Scan("d/[!2].csv")), ElementsAre("+I[1, x]"));
  EXPECT_THAT(*ReadTable(Scan("d/.hidden")), ElementsAre("+I[9, h]"));
  EXPECT_THAT(ReadTable(Scan("d/*.txt")).status().ToString(), HasSubstr("no file is found"));
  EXPECT_EQ(ReadTable(Scan("none")).status().id(), "E4002");
}

TEST(FileNames, MatchesGlobs) {
  EXPECT_TRUE(MatchesGlob("a/*.csv", "a/b.csv"));
  EXPECT_FALSE(MatchesGlob("a/*.csv", "a/b/c.csv"));
  EXPECT_TRUE(MatchesGlob("a/**", "a/b/c.csv"));
  EXPECT_TRUE(MatchesGlob("a/**/c", "a/c"));
  EXPECT_TRUE(MatchesGlob("a?[b-d]", "axc"));
  EXPECT_FALSE(MatchesGlob("a?[b-d]", "axe"));
  EXPECT_FALSE(MatchesGlob("a?b", "a/b"));
  EXPECT_FALSE(MatchesGlob("[ab", "a"));
}

TEST_F(FileSourceTest, ReadsEmptyAndUnterminatedFiles) {
  Write("empty.csv", "");
  Write("one.csv", "1,x");
  EXPECT_THAT(*ReadTable(Scan("empty.csv")), IsEmpty());
  EXPECT_THAT(*ReadTable(Scan("one.csv")), ElementsAre("+I[1, x]"));
  EXPECT_THAT(*ReadTable(Scan("empty.csv", {{"csv.header", "true"}})), IsEmpty());
}

TEST_F(FileSourceTest, ContinuesAtEveryPosition) {
  std::string text = "a,b\n";
  for (int i = 0; i < 40; ++i) text += fmt::format("{},\"row\n{}\"\n", i, i);
  Write("d/a.csv", text);
  Write("d/b.csv.gz", Gzip(text));
  ExpectRestorable(Scan("d", {{"csv.header", "true"}}), 7);
  ExpectRestorable(Scan("d", {{"csv.header", "true"}}), 1);
  ExpectRestorable(Scan("d", {{"csv.header", "true"}, {"source.time-domain", "table"}}), 7);
}

// "[{"a": 0, …},\n {…", in lines as people write them.
std::string ArrayOf(int objects) {
  std::string text = "[";
  for (int i = 0; i < objects; ++i)
    text += fmt::format("{}\n  {{\n    \"a\": {},\n    \"b\": \"{}\"\n  }}", i > 0 ? "," : "", i,
                        i % 7 == 0 ? "],[{" : "x");
  return text + "\n]\n";
}

TEST_F(FileSourceTest, AnArrayOfJsonContinuesAtEveryPosition) {
  Write("d/a.json", ArrayOf(40));
  Write("d/b.json.gz", Gzip(ArrayOf(40)));
  Write("d/c.json", "{\"a\": 1, \"b\": \"line\"}\n");
  for (const char* domain : {"file", "table"}) {
    const graph::ScanSpec scan = ScanJson("d", {{"source.time-domain", domain}});
    EXPECT_EQ(ReadTable(scan).value().size(), 81U);
    EXPECT_EQ(ReadTable(scan).value()[7], "+I[7, ],[{]");
    ExpectRestorable(scan, 7);
    ExpectRestorable(scan, 1);
  }
}

TEST_F(FileSourceTest, ALargeArrayOfJsonIsDecodedAhead) {
  Write("big.json", ArrayOf(300'000));
  ASSERT_GT(files().Stat(Path("big.json"))->bytes, uint64_t{9} << 20);
  for (const uint32_t parallelism : {1U, 4U}) {
    context_.parallelism = parallelism;
    const std::vector<std::string> rows = ReadTable(ScanJson("big.json")).value();
    ASSERT_EQ(rows.size(), 300'000U);
    EXPECT_EQ(rows[123'456], "+I[123456, x]");
  }
}

TEST_F(FileSourceTest, BadRecordsOfAnArrayHaveTheirLines) {
  Write("a.json", "[\n  {\"a\": 1},\n  {\n    \"a\": 1x\n  }\n]\n");
  EXPECT_THAT(ReadTable(ScanJson("a.json")).status().ToString(), HasSubstr("line 3,"));
  EXPECT_THAT(*ReadTable(ScanJson("a.json", {{"json.ignore-parse-errors", "true"}})),
              ElementsAre("+I[1, NULL]"));
  Write("a.json", "[\n  {\"a\": 1}\n  {\"a\": 2}\n]\n");
  EXPECT_THAT(ReadTable(ScanJson("a.json")).status().ToString(),
              HasSubstr("line 3: the JSON array is malformed: a comma is missing"));
}

TEST_F(FileSourceTest, RefusesPositionsItDoesNotKnow) {
  Write("a.csv", "1,x\n");
  auto source = MakeSource(Scan("a.csv"), context_).value();
  EXPECT_EQ(source->Open({Path("a.csv"), "v9 whatever", false}).status().code(),
            StatusCode::kCorruption);
}

TEST_F(FileSourceTest, DecodesAheadOnAnyNumberOfThreads) {
  std::string text;
  for (int i = 0; text.size() < (size_t{9} << 20); ++i)
    text += fmt::format("{},\"text {}\nwith a line end\"\n", i, i % 1000 * 7919 % 1000);
  Write("big.csv", text);
  context_.parallelism = 1;
  const std::vector<std::string> expected = ReadTable(Scan("big.csv"), 4096).value();
  EXPECT_GT(expected.size(), 200'000U);
  for (uint32_t threads = 2; threads <= 4; ++threads) {
    context_.parallelism = threads;
    EXPECT_TRUE(ReadTable(Scan("big.csv"), 4096).value() == expected) << threads;
  }
  // Given up in the middle: the threads end with the reader.
  auto source = MakeSource(Scan("big.csv"), context_).value();
  auto reader = source->Open({Path("big.csv"), "", false}).value();
  Batch batch;
  ASSERT_TRUE(reader->Read(10, batch).ok());
  const std::string position = reader->Position();
  reader.reset();
  EXPECT_EQ(ReadSplit(*source, {Path("big.csv"), position, false}, 4096)->size() + 2 * batch.size(),
            expected.size());
}

// Threads that run while a file of the table is read.
TEST_F(FileSourceTest, FilesShareTheThreadsThatDecode) {
  const auto running = [] {
    return std::distance(std::filesystem::directory_iterator("/proc/self/task"), {});
  };
  std::string text;
  while (text.size() < (size_t{9} << 20)) text += "1,x\n";
  const auto threads_for = [&](int files) {
    for (int i = 0; i < files; ++i) Write(fmt::format("large-{}.csv", i), text);
    auto source = MakeSource(Scan("large-*.csv"), context_).value();
    const std::vector<Split> splits = source->Discover().value();
    EXPECT_EQ(splits.size(), static_cast<size_t>(files));
    const auto before = running();
    auto reader = source->Open(splits[0]).value();
    Batch batch;
    EXPECT_TRUE(reader->Read(10, batch).ok());
    return running() - before;
  };
  context_.parallelism = 4;
  EXPECT_EQ(threads_for(1), 4);
  EXPECT_EQ(threads_for(2), 2);
  EXPECT_EQ(threads_for(3), 0) << "one, which is the caller's";
}

TEST_F(FileSourceTest, ErrorsNameThePlace) {
  std::string text(3 << 20, '\n');
  text += "1,x\n12x,y\n";
  Write("bad.csv", text);
  for (const uint32_t threads : {1U, 3U}) {
    context_.parallelism = threads;
    const Status status = ReadTable(Scan("bad.csv")).status();
    EXPECT_EQ(status.message(),
              fmt::format("file '{}', line {}, byte {}, column \"a\": '12x' is not a BIGINT",
                          Path("bad.csv"), (3 << 20) + 2, (3 << 20) + 4));
    EXPECT_EQ(status.id(), "E3005");
    EXPECT_THAT(status.hint(), HasSubstr("csv.ignore-parse-errors"));
  }
  Write("good.csv", "0,w\n1,x\nz,z\n");
  auto source =
      MakeSource(Scan("good.csv", {{"csv.ignore-parse-errors", "true"}}), context_).value();
  auto reader = source->Open({Path("good.csv"), "", false}).value();
  Batch batch;
  ASSERT_TRUE(reader->Read(10, batch).ok());
  EXPECT_EQ(batch.size(), 2U);
  EXPECT_EQ(*reader->Read(10, batch), ReadOutcome::kEndOfSplit);
  EXPECT_EQ(reader->statistics().records_skipped, 1U);
  EXPECT_EQ(reader->statistics().bytes_read, 12U);
  EXPECT_EQ(reader->statistics().bytes_total, 12U);
}

TEST_F(FileSourceTest, RowsBeforeABadRecordAreYielded) {
  Write("bad.csv", "1,x\n2,y\nz,z\n3,w\n");
  auto source = MakeSource(Scan("bad.csv"), context_).value();
  auto reader = source->Open({Path("bad.csv"), "", false}).value();
  Batch batch;
  EXPECT_EQ(*reader->Read(2, batch), ReadOutcome::kRows);
  EXPECT_EQ(FormatBatch(batch), "+I[1, x]\n+I[2, y]\n");
  EXPECT_FALSE(reader->Read(2, batch).ok());
}

TEST_F(FileSourceTest, Unpacks) {
  std::string text;
  for (int i = 0; i < 100'000; ++i) text += fmt::format("{},row {}\n", i, i);
  Write("a.csv", text);
  Write("a.csv.gz", Gzip(text));
  Write("two.csv.gz", Gzip("1,x\n") + Gzip("2,y\n"));
  EXPECT_TRUE(ReadTable(Scan("a.csv.gz")).value() == ReadTable(Scan("a.csv")).value());
  EXPECT_THAT(*ReadTable(Scan("two.csv.gz")), ElementsAre("+I[1, x]", "+I[2, y]"));
  Write("cut.csv.gz", Gzip(text).substr(0, 1000));
  EXPECT_THAT(ReadTable(Scan("cut.csv.gz")).status().ToString(), HasSubstr("ends too early"));
  Write("no.csv.gz", "this is no gzip");
  EXPECT_EQ(ReadTable(Scan("no.csv.gz")).status().id(), "E3005");
}

TEST_F(FileSourceTest, TableTimeDomainFollowsModificationTimes) {
  Write("d/a.csv", "1,late\n");
  Write("d/b.csv", "2,early\n");
  Write("d/c.csv", "3,early\n");
  SetModified("d/a.csv", 2000);
  SetModified("d/b.csv", 1000);
  SetModified("d/c.csv", 1000);
  const graph::ScanSpec spec = Scan("d", {{"source.time-domain", "table"}});
  EXPECT_EQ(MakeSource(spec, context_).value()->Discover()->size(), 1U);
  EXPECT_THAT(*ReadTable(spec), ElementsAre("+I[2, early]", "+I[3, early]", "+I[1, late]"));
}

TEST_F(FileSourceTest, GivesMetadata) {
  Write("a.csv", "1,x\n");
  SetModified("a.csv", 1'700'000'000);
  graph::ScanSpec spec = Scan("a.csv");
  for (const auto& [key, type] : std::vector<std::pair<std::string, Type>>{
           {"file.name", Type::String()},
           {"file.size", Type::BigInt()},
           {"file.modification-time", Type::TimestampLtz(3)}}) {
    spec.table_schema.fields.insert(spec.table_schema.fields.begin(), {key, type});
    spec.metadata_keys.insert(spec.metadata_keys.begin(), key);
  }
  spec.columns = {4, 2, 0, 1};
  EXPECT_THAT(*ReadTable(spec), ElementsAre("+I[x, a.csv, 2023-11-14 22:13:20.000, 4]"));
}

TEST_F(FileSourceTest, ReadsJson) {
  Write("d/a.json", "{\"a\":1}\n{\"b\":\"y\",\"a\":2}\n");
  const graph::ScanSpec json = ScanJson("d/a.json");
  EXPECT_THAT(*ReadTable(json), ElementsAre("+I[1, NULL]", "+I[2, y]"));
  ExpectRestorable(json, 1);
}

}  // namespace
}  // namespace weir::connectors::testing
