#include "runtime/connectors/jdbc/table_source.h"

#include <fmt/format.h>

#include <algorithm>
#include <utility>

#include "runtime/connectors/jdbc/key_reader.h"
#include "runtime/fault_point.h"
#include "runtime/graph/lookup_options.h"
#include "runtime/graph/typed_options.h"

namespace weir::connectors::jdbc {
namespace {

constexpr int64_t kDefaultFetch = 1000;
// How long a reader waits for rows before others get their turn.
constexpr int64_t kPatienceMillis = 50;
constexpr std::string_view kWholeTable = "all";
// Connections of a subtask. More than one, so that a part whose rows take long to come does not
// hold up the others.
constexpr size_t kMostOpen = 4;

class ScanReader final : public SplitReader {
 public:
  ScanReader(const ScanPlan& plan, std::unique_ptr<ScanCursor> cursor)
      : plan_(plan), cursor_(std::move(cursor)) {}

  Status Open(const std::string& position) {
    position_ = TRY(ParsePosition(position));
    ScanOrder order = TRY(cursor_->Open());
    // A position of an earlier build does not say what it was sorted by.
    const bool resorted = !position_.sorted.empty() && position_.sorted != order.sorted &&
                          !DefectPlanted("jdbc-order-unsaid");
    if (position_.rows > 0 && (position_.by != order.by || resorted)) {
      return Status::RestoreRefused(
                 fmt::format("table {} cannot be read on: the primary key or the columns of {} "
                             "are not those of the checkpoint, or have another type or collation",
                             plan_.table, order.table))
          .WithHint("undo what has been altered there, or start the job afresh");
    }
    whole_rows_ = order.whole_rows();
    position_.by = std::move(order.by);
    position_.sorted = std::move(order.sorted);
    return cursor_->Begin(position_);
  }

  Result<ReadOutcome> Read(uint32_t max_rows, Batch& out) override {
    if (next_ == rows_) {
      if (!TRY(cursor_->Take(kPatienceMillis))) return ReadOutcome::kWaiting;
      rows_ = cursor_->rows();
      next_ = 0;
    }
    if (rows_ == 0) {
      cursor_.reset();
      return ReadOutcome::kEndOfSplit;
    }
    const int end =
        static_cast<int>(std::min<int64_t>(rows_, int64_t{next_} + static_cast<int64_t>(max_rows)));
    out = Batch{};
    out.row_count = static_cast<uint32_t>(end - next_);
    for (int column = 0; column < static_cast<int>(plan_.columns.fields.size()); ++column)
      out.columns.push_back(TRY(cursor_->Column(column, next_, end)));
    Advance(end);
    WEIR_FAULT_POINT("jdbc.after_read");
    return ReadOutcome::kRows;
  }

  std::string Position() const override { return position_.Text(); }
  ReaderStatistics statistics() const override {
    return {.bytes_read = bytes_, .rows_read = position_.rows};
  }

 private:
  // The rows before `end` were read.
  void Advance(int end) {
    bytes_ += cursor_->Bytes(next_, end);
    for (int row = next_; whole_rows_ && row < end; ++row) {
      const std::string_view key = cursor_->Key(row, 0);
      const bool same = !position_.at.empty() && position_.at[0] == key;
      position_.equal = same ? position_.equal + 1 : 1;
      if (!same) position_.at = {std::string(key)};
    }
    position_.rows += static_cast<uint64_t>(end - next_);
    next_ = end;
    if (whole_rows_) return;
    position_.equal = 1;
    position_.at.clear();
    for (size_t i = 0; i < position_.by.size(); ++i)
      position_.at.emplace_back(cursor_->Key(end - 1, static_cast<int>(i)));
  }

  const ScanPlan& plan_;
  std::unique_ptr<ScanCursor> cursor_;
  bool whole_rows_ = false;
  ScanPosition position_;
  int rows_ = 0;  // that the cursor has
  int next_ = 0;  // of them
  uint64_t bytes_ = 0;
};

class TableSource final : public Source {
 public:
  TableSource(ScanPlan plan, std::unique_ptr<Server> server)
      : plan_(std::move(plan)), server_(std::move(server)) {}

  bool bounded() const override { return true; }
  size_t open_limit() const override { return kMostOpen; }

  Result<std::vector<Split>> Discover() override {
    std::vector<Split> splits;
    if (plan_.partition_column.empty()) splits.push_back({std::string(kWholeTable), "", false});
    for (const Range& range : plan_.ranges) splits.push_back({range.Id(), "", false});
    return splits;
  }

  Result<std::unique_ptr<SplitReader>> Open(const Split& split) override {
    const Range* range = nullptr;
    for (const Range& one : plan_.ranges) {
      if (one.Id() == split.id) range = &one;
    }
    if (range == nullptr && (split.id != kWholeTable || !plan_.ranges.empty())) {
      return Status::RestoreRefused(fmt::format("table {} is not read in the part '{}' any more",
                                                plan_.table, split.id))
          .WithHint("'scan.partition.*' as it was goes on with it");
    }
    auto reader = std::make_unique<ScanReader>(plan_, server_->MakeCursor(plan_, range));
    RETURN_IF_ERROR(reader->Open(split.position));
    return std::unique_ptr<SplitReader>(std::move(reader));
  }

  Result<std::unique_ptr<KeyReader>> OpenByKey(const std::vector<int>& columns) override {
    KeyPlan plan{.table = plan_.table,
                 .table_name = plan_.table_name,
                 .columns = plan_.columns,
                 .keys = columns};
    return OpenKeyReader(plan_.table, plan_.lookup_retries,
                         server_->MakeKeyServer(std::move(plan)));
  }

 private:
  const ScanPlan plan_;
  const std::unique_ptr<Server> server_;
};

}  // namespace

Result<std::unique_ptr<Source>> MakeTableSource(const graph::ConnectorDescriptor& connector,
                                                const graph::ScanSpec& spec,
                                                std::unique_ptr<Server> server) {
  const graph::TypedOptions said(connector, spec.options);
  ScanPlan plan;
  plan.table = spec.table;
  plan.table_name = said.Text(kTableName);
  for (const int column : spec.columns)
    plan.columns.fields.push_back(spec.table_schema.fields[static_cast<size_t>(column)]);
  const int64_t fetch = TRY(said.Integer(kFetchSize));
  plan.fetch = fetch > 0 ? fetch : kDefaultFetch;
  plan.lookup_retries = TRY(graph::ReloadRuleOf(spec.options)).max_retries;
  plan.snapshot = graph::OptionValue(spec.options, kSnapshot);
  plan.partition_column = said.Text(kPartitionColumn);
  plan.ranges = TRY(RangesOf(said));
  return std::unique_ptr<Source>(std::make_unique<TableSource>(std::move(plan), std::move(server)));
}

}  // namespace weir::connectors::jdbc
