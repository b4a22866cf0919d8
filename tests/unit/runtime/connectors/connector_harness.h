// Files, time and short ways to read and write tables in the tests of runtime/connectors.
#pragma once

#include <gmock/gmock.h>
#include <unistd.h>

#include <cstdlib>
#include <cstring>
#include <string>
#include <vector>

#include "runtime/connectors/formats/format.h"
#include "runtime/connectors/registry.h"
#include "runtime/types/batch_text.h"

namespace weir::connectors::testing {

inline const Schema kTwo{{{"a", Type::BigInt()}, {"b", Type::String()}}};

// Time that moves when a test says so.
class ManualClock final : public Clock {
 public:
  Timestamp Now() const override { return {millis}; }
  int64_t MonotonicNanos() const override { return millis * 1'000'000; }
  void Sleep(std::chrono::nanoseconds duration) override { millis += duration.count() / 1'000'000; }

  int64_t millis = 1'700'000'000'000;
};

inline std::vector<std::string> Lines(const std::string& text) {
  std::vector<std::string> lines;
  for (size_t at = 0; at < text.size();) {
    const size_t end = std::min(text.find('\n', at), text.size());
    lines.push_back(text.substr(at, end - at));
    at = end + 1;
  }
  return lines;
}

// What decoding a text gave.
struct Decoded {
  std::vector<std::string> rows;
  uint64_t skipped = 0;
  Status status;
  BadRecord bad;
};

// A format over text, without files.
class FormatUnderTest {
 public:
  FormatUnderTest(std::string_view name, Schema schema, graph::TableOptions options = {})
      : format_(FindFormat(name)), schema_(std::move(schema)), options_(std::move(options)) {
    for (size_t i = 0; i < schema_.size(); ++i) columns.push_back(static_cast<int>(i));
  }

  Result<std::unique_ptr<Decoder>> NewDecoder() const {
    return MakeDecoder(*format_, {options_, schema_, columns, TimeZone(), false, metadata});
  }

  // The whole text as one block. The block ends where its memory ends, for address sanitizers.
  Decoded Decode(std::string_view text, uint32_t max_rows = 1000) const {
    auto decoder = NewDecoder();
    if (!decoder.ok()) return {{}, 0, decoder.status(), {}};
    Decoded result;
    auto prologue = (*decoder)->Prologue(text, true);
    if (!prologue.ok()) return {{}, 0, prologue.status(), {}};
    DecodeBlock(**decoder, text.substr(prologue->value()), max_rows, result);
    return result;
  }

  // In two blocks, cut behind the last whole record of the first `cut` bytes.
  Decoded DecodeCut(std::string_view text, size_t cut) const {
    auto decoder = *NewDecoder();
    Decoded result;
    const size_t prologue = *decoder->Prologue(text, true).value();
    const size_t whole =
        cut <= prologue ? 0 : decoder->WholeRecords(text.substr(prologue, cut - prologue), false);
    DecodeBlock(*decoder, text.substr(prologue, whole), 1000, result);
    DecodeBlock(*decoder, text.substr(prologue + whole), 1000, result);
    return result;
  }

  Result<std::string> Encode(std::string_view rows) const {
    return EncodeBatch(TRY(ParseBatch(rows, schema_)));
  }

  // The text of a whole file.
  Result<std::string> EncodeBatch(const Batch& batch) const {
    FormatSpec spec{options_, schema_, {}, TimeZone(), false, {}};
    std::unique_ptr<Encoder> encoder = TRY(format_->make_encoder(std::move(spec)));
    std::string out;
    encoder->AppendPrologue(out);
    RETURN_IF_ERROR(encoder->Append(batch, out));
    return out;
  }

  std::vector<int> columns;
  std::vector<std::string> metadata;  // FormatSpec::metadata

 private:
  static void DecodeBlock(Decoder& decoder, std::string_view text, uint32_t max_rows,
                          Decoded& result) {
    RecordBlock block;
    block.memory = MakeBuffer<char>(text.size() + kBlockPadding);
    std::memcpy(block.memory->as<char>(), text.data(), text.size());
    std::memset(block.memory->as<char>() + text.size(), 0, kBlockPadding);
    block.bytes = {block.memory->as<char>(), text.size()};
    for (size_t at = 0; at < text.size();) {
      Batch batch;
      const auto step = decoder.Decode(block, at, max_rows, batch, result.bad);
      if (!step.ok()) {
        result.status = step.status();
        return;
      }
      ASSERT_GT(step->consumed, 0U);
      at += step->consumed;
      result.skipped += step->skipped;
      for (std::string& line : Lines(FormatBatch(batch))) result.rows.push_back(std::move(line));
    }
  }

  const Format* format_;
  Schema schema_;
  graph::TableOptions options_;
};

// A directory of its own for each test, and tables over it.
class ConnectorTest : public ::testing::Test {
 protected:
  ConnectorTest() {
    std::string pattern = ::testing::TempDir() + "weir-connectors-XXXXXX";
    directory_ = mkdtemp(pattern.data());
    context_.files = &FileSystem::Local();
    context_.clock = &clock_;
    context_.job_id = "0123456789abcdef";
    context_.print = [](void* target, std::string_view lines) {
      *static_cast<std::string*>(target) += lines;
      return Status();
    };
    context_.print_target = &printed_;
  }
  ~ConnectorTest() override { EXPECT_TRUE(files().RemoveRecursively(directory_).ok()); }

  static FileSystem& files() { return FileSystem::Local(); }
  std::string Path(std::string_view name) const { return JoinPath(directory_, name); }
  void Write(std::string_view name, std::string_view text) const {
    const std::string path = Path(name);
    ASSERT_TRUE(files().CreateDirectories(DirectoryOf(path)).ok());
    ASSERT_TRUE(WriteFileAtomically(files(), path, text).ok());
  }
  std::string Read(std::string_view name) const { return ReadFile(files(), Path(name)).value(); }
  // Names in a directory of this test, sorted.
  std::vector<std::string> Names(std::string_view name = "") const {
    std::vector<std::string> names;
    const std::vector<FileInfo> found = files().List(Path(name)).value();
    for (const FileInfo& file : found) names.push_back(file.path.substr(file.path.rfind('/') + 1));
    return names;
  }

  // What a writer hands over at a barrier, made durable.
  static std::vector<std::string> Promised(SinkWriter& writer, uint64_t checkpoint_id) {
    PreCommitted handed = writer.PreCommit(checkpoint_id).value();
    EXPECT_TRUE(handed.sync == nullptr || handed.sync().ok());
    return std::move(handed.committables);
  }

  static graph::ScanSpec ScanOf(Schema schema, graph::TableOptions options) {
    graph::ScanSpec spec;
    spec.table = "t";
    spec.options = std::move(options);
    spec.metadata_keys.resize(schema.size());
    for (size_t i = 0; i < schema.size(); ++i) spec.columns.push_back(static_cast<int>(i));
    spec.table_schema = std::move(schema);
    return spec;
  }

  // All splits of a table, one behind the other.
  Result<std::vector<std::string>> ReadTable(const graph::ScanSpec& spec,
                                             uint32_t max_rows = 1000) {
    std::unique_ptr<Source> source = TRY(MakeSource(spec, context_));
    std::vector<std::string> rows;
    const std::vector<Split> splits = TRY(source->Discover());
    for (const Split& split : splits) {
      const std::vector<std::string> part = TRY(ReadSplit(*source, split, max_rows));
      rows.insert(rows.end(), part.begin(), part.end());
    }
    return rows;
  }

  // The rows of a split, and after each batch the position, when `positions` is given.
  static Result<std::vector<std::string>> ReadSplit(
      Source& source, const Split& split, uint32_t max_rows,
      std::vector<std::pair<size_t, std::string>>* positions = nullptr) {
    std::unique_ptr<SplitReader> reader = TRY(source.Open(split));
    std::vector<std::string> rows;
    for (;;) {
      if (positions != nullptr) positions->emplace_back(rows.size(), reader->Position());
      Batch batch;
      const ReadOutcome outcome = TRY(reader->Read(max_rows, batch));
      if (outcome == ReadOutcome::kNothing) return Status::Internal("no row right now");
      if (outcome == ReadOutcome::kEndOfSplit) return rows;
      EXPECT_FALSE(batch.row_count == 0 || batch.row_count > max_rows);
      for (std::string& row : Lines(FormatBatch(batch))) rows.push_back(std::move(row));
    }
  }

  // What progress bars are made of: a split knows its rows, and a reader counts up to them, from
  // wherever it begins. The rows of all splits.
  uint64_t CountedRows(const graph::ScanSpec& spec) {
    auto source = MakeSource(spec, context_).value();
    uint64_t all = 0;
    const std::vector<Split> splits = source->Discover().value();
    for (const Split& split : splits) {
      std::vector<std::pair<size_t, std::string>> positions;
      const size_t rows = ReadSplit(*source, split, 7, &positions).value().size();
      EXPECT_EQ(source->RowCount(split), rows) << split.id;
      for (const auto& [before, position] : positions) {
        const auto reader = source->Open({split.id, position, false}).value();
        EXPECT_EQ(reader->statistics().rows_read, before) << position;
      }
      all += rows;
    }
    return all;
  }

  // Continues from every position that reading yields: what remains must be the rows behind it.
  void ExpectRestorable(const graph::ScanSpec& spec, uint32_t max_rows) {
    auto source = MakeSource(spec, context_).value();
    const std::vector<Split> splits = source->Discover().value();
    for (const Split& split : splits) {
      std::vector<std::pair<size_t, std::string>> positions;
      const std::vector<std::string> all = ReadSplit(*source, split, max_rows, &positions).value();
      for (const auto& [rows, position] : positions) {
        SCOPED_TRACE(split.id + " at " + position);
        auto again = MakeSource(spec, context_).value();
        const auto rest = ReadSplit(*again, {split.id, position, false}, max_rows);
        ASSERT_TRUE(rest.ok()) << rest.status().ToString();
        EXPECT_EQ(*rest, std::vector<std::string>(all.begin() + static_cast<std::ptrdiff_t>(rows),
                                                  all.end()));
      }
    }
  }

  std::string directory_;
  ManualClock clock_;
  std::string printed_;
  ConnectorContext context_;
};

}  // namespace weir::connectors::testing
