#include "bench/lib/state_tables.h"

#include <algorithm>
#include <memory>
#include <numeric>

#include "bench/lib/engine.h"
#include "runtime/base/random.h"
#include "runtime/expr/expr.h"
#include "state/checkpoint/savepoints.h"
#include "state/reading/state_columns.h"
#include "state/reading/state_source.h"

namespace weir::bench {
namespace {

constexpr uint32_t kBatchRows = 4096;
constexpr double kMillisASecond = 1000;

state::StateScan Open(const StatePlace& place) {
  state::StateScan scan;
  scan.metadata = std::make_shared<const CheckpointMetadata>(Require(
      state::ReadSnapshotMetadata(FileSystem::Local(), place.path), "cannot read a savepoint"));
  scan.records = Require(state::OpenRecords(FileSystem::Local(), *scan.metadata, place.scratch),
                         "cannot open a savepoint");
  for (const OperatorCheckpoint& op : scan.metadata->operators) {
    if (op.kind == "GroupAggregate") scan.uid = op.uid;
  }
  return scan;
}

graph::ScanSpec AllColumns(const Schema& schema) {
  graph::ScanSpec spec;
  spec.table = "state";
  spec.table_schema = schema;
  spec.columns.resize(schema.fields.size());
  std::iota(spec.columns.begin(), spec.columns.end(), 0);
  return spec;
}

graph::ScanSpec SpecOf(const state::StateScan& scan) {
  const state::StateTable table =
      Require(state::FindStateTable(*scan.metadata, scan.uid, ""), "no state of the aggregate");
  return AllColumns(state::SchemaOf(state::ColumnsOf(table)));
}

expr::ExprPtr KeyIs(int64_t key) {
  auto in = std::make_shared<expr::Expr>();
  in->kind = expr::ExprKind::kIn;
  in->type = Type::Boolean();
  in->args = {expr::MakeColumnRef(0, Type::BigInt()), expr::MakeLiteral({Type::BigInt(), key})};
  return in;
}

uint64_t ReadAll(Source& source) {
  uint64_t rows = 0;
  for (const Split& split : Require(source.Discover(), "no splits of state")) {
    const std::unique_ptr<SplitReader> reader = Require(source.Open(split), "cannot open a split");
    Batch batch;
    while (Require(reader->Read(kBatchRows, batch), "cannot read state") !=
           ReadOutcome::kEndOfSplit)
      rows += batch.row_count;
  }
  return rows;
}

}  // namespace

Samples MeasureLookups(const StatePlace& place, uint64_t keys, uint64_t of) {
  Samples millis;
  Random random(5);
  for (uint64_t i = 0; i < keys; ++i) {
    const auto key = static_cast<int64_t>(random.Below(of));
    uint64_t rows = 0;
    const Cost cost = Measure([&] {
      const state::StateScan scan = Open(place);
      graph::ScanSpec spec = SpecOf(scan);
      spec.filter = KeyIs(key);
      rows = ReadAll(*Require(state::MakeStateSource(scan, spec), "cannot read state"));
    });
    if (rows != 1) Require(Status::Internal("no row, or several"), "a key of the state");
    millis.Add(cost.wall * kMillisASecond);
  }
  return millis;
}

ReadCosts MeasureScan(const StatePlace& place) {
  ReadCosts costs;
  costs.cost = Measure([&] {
    const state::StateScan scan = Open(place);
    costs.rows = ReadAll(*Require(state::MakeStateSource(scan, SpecOf(scan)), "cannot read state"));
  });
  costs.given = costs.rows;
  return costs;
}

ReadCosts MeasureDifference(const StatePlace& before, const StatePlace& after) {
  ReadCosts costs;
  costs.cost = Measure([&] {
    const state::StateScan old = Open(before);
    const state::StateScan now = Open(after);
    const graph::ScanSpec spec = AllColumns(
        Require(state::DifferenceColumns(old, now), "two states that cannot be compared"));
    costs.given =
        ReadAll(*Require(state::MakeDifferenceSource(old, now, spec), "cannot compare state"));
    for (const OperatorCheckpoint& op : old.metadata->operators) {
      if (op.uid == old.uid) costs.rows = op.rows;
    }
  });
  return costs;
}

}  // namespace weir::bench
