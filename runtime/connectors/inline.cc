// The `inline` connector: rows written in the table's own definition, for tests and documentation.
//
//   'rows' = '1, a / 2, b'
//
// Rows are on lines of their own or separated by " / ". "+I[1, a]" is a row with its kind. A line
// "---" begins the next partition.
#include <fmt/format.h>

#include <array>

#include "runtime/connectors/connectors.h"
#include "runtime/graph/typed_options.h"
#include "runtime/types/batch_text.h"

namespace weir::connectors {
namespace {

using graph::OptionDescriptor;
using graph::OptionKind;

constexpr std::array kInlineOptions = {
    OptionDescriptor{
        "rows", OptionKind::kString, "", "", true,
        "The rows, as printed: 1, a or +I[1, a]; '---' alone on a line begins a partition."},
    OptionDescriptor{"changelog", OptionKind::kBoolean, "false", "", false,
                     "Whether rows may be updates and deletes (-U, +U, -D); with +U but no -U "
                     "they are upserts by the PRIMARY KEY."},
};

std::vector<std::string> Partitions(std::string_view rows) {
  std::vector<std::string> partitions(1);
  while (!rows.empty()) {
    const size_t newline = rows.find('\n');
    const std::string_view line = rows.substr(0, newline);
    const size_t first = line.find_first_not_of(" \t\r");
    const bool separator = first != std::string_view::npos &&
                           line.substr(first).starts_with("---") &&
                           line.find_first_not_of("- \t\r") == std::string_view::npos;
    if (separator) {
      partitions.emplace_back();
    } else {
      partitions.back() += std::string(line) + "\n";
    }
    rows.remove_prefix(newline == std::string_view::npos ? rows.size() : newline + 1);
  }
  return partitions;
}

Status CheckRows(const Schema& schema, const graph::TableOptions& options);
ChangelogMode ChangesOf(const graph::TableOptions& options);
graph::RowBound InlineBoundOf(const Schema& schema, const graph::TableOptions& options);

const graph::ConnectorDescriptor kInlineDescriptor = {
    .name = "inline",
    .doc = "Rows written in the table's definition; bounded.",
    .source = true,
    .options = kInlineOptions,
    .check = CheckRows,
    .source_changes = ChangesOf,
    .row_bound = InlineBoundOf,
};

bool IsChangelog(const graph::TableOptions& options) {
  return graph::TypedOptions(kInlineDescriptor, options).Flag("changelog");
}

std::string_view RowsOf(const graph::TableOptions& options) {
  return graph::TypedOptions(kInlineDescriptor, options).Text("rows");
}

Status CheckRows(const Schema& schema, const graph::TableOptions& options) {
  for (const std::string& text : Partitions(RowsOf(options))) {
    Result<Batch> rows = ParseBatch(text, schema);
    if (!rows.ok())
      return Status::InvalidSql("option 'rows': " + rows.status().message()).WithId("E2008");
    if (rows->row_kinds && !IsChangelog(options)) {
      return Status::InvalidSql("option 'rows' holds updates or deletes")
          .WithId("E2008")
          .WithHint("add 'changelog' = 'true'");
    }
  }
  return {};
}

// Whether a row of this kind is written somewhere: at the beginning of a line or behind " / ".
bool HasKind(std::string_view rows, RowKind kind) {
  const std::string wanted = std::string(RowKindText(kind)) + "[";
  for (size_t at = rows.find(wanted); at != std::string_view::npos;
       at = rows.find(wanted, at + 1)) {
    const size_t before = rows.substr(0, at).find_last_not_of(" \t\r");
    if (before == std::string_view::npos || rows[before] == '\n' || rows[before] == '/')
      return true;
  }
  return false;
}

// A changelog with +U rows but not a single -U row is one of upserts.
ChangelogMode ChangesOf(const graph::TableOptions& options) {
  if (!IsChangelog(options)) return ChangelogMode::AppendOnly();
  const std::string_view rows = RowsOf(options);
  const bool upserts =
      HasKind(rows, RowKind::kUpdateAfter) && !HasKind(rows, RowKind::kUpdateBefore);
  return upserts ? ChangelogMode{true, false, true, true} : ChangelogMode::All();
}

graph::RowBound InlineBoundOf(const Schema& schema, const graph::TableOptions& options) {
  int64_t rows = 0;
  for (const std::string& text : Partitions(RowsOf(options))) {
    const Result<Batch> batch = ParseBatch(text, schema);
    if (!batch.ok()) return {};
    rows += batch->size();
  }
  return {rows, true};
}

// Position: "v1 rows=N", the rows yielded.
class InlineReader final : public SplitReader {
 public:
  InlineReader(Batch rows, uint32_t at) : rows_(std::move(rows)), at_(at) {}

  Result<ReadOutcome> Read(uint32_t max_rows, Batch& out) override {
    if (at_ >= rows_.row_count) return ReadOutcome::kEndOfSplit;
    const uint32_t count = std::min(max_rows, rows_.row_count - at_);
    const BufferPtr ids = MakeBuffer<uint32_t>(count);
    for (uint32_t i = 0; i < count; ++i) ids->as<uint32_t>()[i] = at_ + i;
    out = GatherBatch(rows_, ids->as<uint32_t>(), count);
    at_ += count;
    return ReadOutcome::kRows;
  }
  std::string Position() const override { return fmt::format("v1 rows={}", at_); }

 private:
  Batch rows_;
  uint32_t at_;
};

class InlineSource final : public Source {
 public:
  explicit InlineSource(graph::ScanSpec spec)
      : spec_(std::move(spec)), partitions_(Partitions(RowsOf(spec_.options))) {}

  bool bounded() const override { return true; }

  Result<std::vector<Split>> Discover() override {
    std::vector<Split> splits;
    for (size_t i = 0; i < partitions_.size(); ++i)
      splits.push_back({std::to_string(i), "", false});
    return splits;
  }

  Result<std::unique_ptr<SplitReader>> Open(const Split& split) override {
    const auto index = static_cast<size_t>(TRY(graph::ParseInteger(split.id)));
    if (index >= partitions_.size()) {
      return Status::RestoreRefused(
          fmt::format("table {} has no partition {} any more", spec_.table, index));
    }
    uint32_t at = 0;
    constexpr std::string_view kPrefix = "v1 rows=";
    if (split.position.starts_with(kPrefix)) {
      at = static_cast<uint32_t>(TRY(graph::ParseInteger(split.position.substr(kPrefix.size()))));
    }
    const Batch all = TRY(ParseBatch(partitions_[index], spec_.table_schema));
    Batch rows;
    rows.row_count = all.row_count;
    rows.row_kinds = all.row_kinds;
    for (const int column : spec_.columns)
      rows.columns.push_back(all.columns[static_cast<size_t>(column)]);
    return std::unique_ptr<SplitReader>(std::make_unique<InlineReader>(std::move(rows), at));
  }

 private:
  graph::ScanSpec spec_;
  std::vector<std::string> partitions_;
};

Result<std::unique_ptr<Source>> MakeInlineSource(const graph::ScanSpec& spec,
                                                 const ConnectorContext&) {
  RETURN_IF_ERROR(CheckRows(spec.table_schema, spec.options));
  return std::unique_ptr<Source>(std::make_unique<InlineSource>(spec));
}

}  // namespace

const Connector& InlineConnector() {
  static const Connector connector = {&kInlineDescriptor, MakeInlineSource, nullptr};
  return connector;
}

}  // namespace weir::connectors
