// The state of savepoints that somebody changed and sealed again (forged_savepoint.h), read as
// tables: all rows, from places that nobody named, by key, summed up, and as the difference from
// the savepoint as it was: errors or rows, never a crash, nor batches larger than were asked for.
#include <fmt/format.h>

#include <atomic>
#include <memory>
#include <numeric>
#include <optional>
#include <string>

#include "runtime/expr/expr.h"
#include "state/reading/state_source.h"
#include "state/reading/state_summary.h"
#include "tests/fuzz/forged_savepoint.h"

namespace {

using weir::FileSystem;
using weir::Result;
using weir::Split;
using weir::Status;
using weir::fuzz::Directory;
using weir::fuzz::Fail;
using weir::state::StateScan;

constexpr uint32_t kBatchRows = 7;

void Judge(const Status& status) {
  if (!status.ok() && status.id().empty()) Fail("an error without an id: " + status.ToString());
}

std::optional<StateScan> Open(const std::string& path, const std::string& scratch) {
  auto metadata = weir::state::ReadSnapshotMetadata(FileSystem::Local(), path);
  Judge(metadata.status());
  if (!metadata.ok()) return std::nullopt;
  StateScan scan;
  scan.metadata = std::make_shared<const weir::CheckpointMetadata>(*std::move(metadata));
  auto records = weir::state::OpenRecords(FileSystem::Local(), *scan.metadata, scratch);
  Judge(records.status());
  if (!records.ok()) return std::nullopt;
  scan.records = *std::move(records);
  return scan;
}

Status ReadSplit(weir::Source& source, const Split& split) {
  const std::unique_ptr<weir::SplitReader> reader = TRY(source.Open(split));
  for (;;) {
    weir::Batch batch;
    if (TRY(reader->Read(kBatchRows, batch)) == weir::ReadOutcome::kEndOfSplit) return {};
    if (batch.row_count == 0 || batch.row_count > kBatchRows) Fail("a batch of another size");
  }
}

// Each split from its beginning, and from `position`.
void ReadAll(const Result<std::unique_ptr<weir::Source>>& source, const std::string& position) {
  Judge(source.status());
  if (!source.ok()) return;
  const auto splits = (*source)->Discover();
  Judge(splits.status());
  if (!splits.ok()) return;
  for (const Split& split : *splits) {
    Judge(ReadSplit(**source, split));
    Judge(ReadSplit(**source, {split.id, position, false}));
  }
}

weir::graph::ScanSpec SpecOf(const weir::Schema& schema) {
  weir::graph::ScanSpec spec;
  spec.table = "forged";
  spec.table_schema = schema;
  spec.columns.resize(schema.fields.size());
  std::iota(spec.columns.begin(), spec.columns.end(), 0);
  return spec;
}

// key = 3, where keys are numbers.
weir::expr::ExprPtr Lookup(const weir::Schema& schema) {
  if (schema.fields.empty() || schema.fields[0].type.kind() != weir::TypeKind::kBigInt)
    return nullptr;
  auto in = std::make_shared<weir::expr::Expr>();
  in->kind = weir::expr::ExprKind::kIn;
  in->type = weir::Type::Boolean();
  in->args = {weir::expr::MakeColumnRef(0, schema.fields[0].type),
              weir::expr::MakeLiteral({weir::Type::BigInt(), int64_t{3}})};
  return in;
}

void ReadTable(StateScan scan, const weir::OperatorCheckpoint& op, const std::string& name,
               const std::string& position) {
  scan.uid = op.uid;
  scan.table = name;
  const auto table = weir::state::FindStateTable(*scan.metadata, op.uid, name);
  Judge(table.status());
  if (!table.ok()) return;
  const std::atomic<bool> cancel{false};
  Judge(weir::state::Summarise(*scan.records, *table, cancel).status());
  weir::graph::ScanSpec spec = SpecOf(weir::state::SchemaOf(weir::state::ColumnsOf(*table)));
  ReadAll(weir::state::MakeStateSource(scan, spec), position);
  spec.filter = Lookup(spec.table_schema);
  if (spec.filter != nullptr) ReadAll(weir::state::MakeStateSource(scan, spec), position);
}

void Compare(const StateScan& before, const StateScan& after, const std::string& position) {
  const auto columns = weir::state::DifferenceColumns(before, after);
  Judge(columns.status());
  if (columns.ok())
    ReadAll(weir::state::MakeDifferenceSource(before, after, SpecOf(*columns)), position);
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
  const weir::fuzz::Savepoint savepoint = weir::fuzz::Forged(data, size);
  const Directory directory;
  weir::fuzz::PutSavepoint(savepoint, directory);
  const std::optional<StateScan> forged = Open(directory / "saved", directory / "read");
  if (!forged) return 0;
  // A place that looks like one, of bytes that the input ends with.
  std::string position = "v1 key=";
  for (size_t i = size - std::min<size_t>(size, 12); i < size; ++i)
    position += fmt::format("{:02x}", data[i]);
  position += " rows=" + std::to_string(size % 5);
  for (const weir::OperatorCheckpoint& op : forged->metadata->operators) {
    for (const weir::StateSchema& table : op.schema.tables)
      ReadTable(*forged, op, table.name, position);
  }
  const std::optional<StateScan> golden = Open(savepoint.name, directory / "read-golden");
  if (!golden) Fail("a golden savepoint cannot be read");
  Compare(*golden, *forged, "v1 rows=" + std::to_string(size));
  Compare(*forged, *golden, "");
  return 0;
}
