#include "runtime/connectors/generators/generated_source.h"

#include <fmt/format.h>

#include <optional>

#include "runtime/connectors/generators/rate_limit.h"
#include "runtime/types/datetime.h"

namespace weir::connectors {
namespace {

Status TakeInteger(const graph::TypedOptions& options, std::string_view key, int64_t least,
                   int64_t& value) {
  value = TRY(options.Integer(key));
  if (value >= least) return {};
  return Status::InvalidSql(fmt::format("option '{}' is {}, less than {}", key, value, least))
      .WithId("E2008");
}

int64_t RowsOf(const GenerationPlan& plan, int64_t partition) {
  return partition >= plan.rows ? 0 : (plan.rows - partition - 1) / plan.partitions + 1;
}

// When a row is made, in milliseconds behind row number 0.
int64_t MillisOf(int64_t number, int64_t rate) {
  return rate == 0 ? 0 : number / rate * 1000 + number % rate * 1000 / rate;
}

struct GeneratedPosition {
  int64_t rows = 0;
  int64_t base_millis = 0;
  std::optional<int64_t> rate;  // missing in positions of older versions

  std::string ToString() const {
    std::string text = fmt::format("v1 rows={} base={}", rows, base_millis);
    return rate ? fmt::format("{} rate={}", text, *rate) : text;
  }
  static Result<GeneratedPosition> Parse(std::string_view text) {
    constexpr std::string_view kPrefix = "v1 rows=";
    const size_t base = text.find(" base=");
    if (!text.starts_with(kPrefix) || base == std::string_view::npos) {
      return Status::Corruption(
          fmt::format("position '{}' of a generator is not understood", text));
    }
    GeneratedPosition position;
    position.rows = TRY(graph::ParseInteger(text.substr(kPrefix.size(), base - kPrefix.size())));
    std::string_view millis = text.substr(base + 6);
    const size_t rate = millis.find(" rate=");
    if (rate != std::string_view::npos) {
      position.rate = TRY(graph::ParseInteger(millis.substr(rate + 6)));
      millis = millis.substr(0, rate);
      if (*position.rate < 0) {
        return Status::Corruption(
            fmt::format("position '{}' of a generator has a negative rate", text));
      }
    }
    position.base_millis = TRY(graph::ParseInteger(millis));
    return position;
  }

  // From here on rows have another rate. Their times go on where they are: by the new rate alone
  // they would leap ahead, or lie behind the watermark, where all rows are late.
  void SetRate(int64_t next_number, int64_t new_rate) {
    if (rate) base_millis += MillisOf(next_number, *rate) - MillisOf(next_number, new_rate);
    rate = new_rate;
  }
};

class GeneratedReader final : public SplitReader {
 public:
  GeneratedReader(const GeneratedTable& table, int64_t partition, GeneratedPosition position,
                  Clock* clock)
      : plan_(table.plan),
        maker_(table.maker),
        partition_(partition),
        position_(position),
        limit_(clock,
               static_cast<double>(plan_.rows_per_second) / static_cast<double>(plan_.partitions)) {
    for (const int column : table.columns) {
      const auto place = static_cast<size_t>(column);
      const uint64_t salt = Random(plan_.seed ^ (static_cast<uint64_t>(place) << 32)).Next64();
      columns_.push_back({place, salt, ColumnBuilder(maker_->TypeOf(place))});
    }
  }

  Result<ReadOutcome> Read(uint32_t max_rows, Batch& out) override {
    const int64_t left = RowsOf(plan_, partition_) - position_.rows;
    if (left <= 0) return ReadOutcome::kEndOfSplit;
    const uint32_t rows = limit_.Take(static_cast<uint32_t>(std::min<int64_t>(max_rows, left)));
    if (rows == 0) return ReadOutcome::kNothing;
    rows_.clear();
    for (uint32_t i = 0; i < rows; ++i) rows_.push_back(RowAt(position_.rows + i));
    out = Batch{};
    out.row_count = rows;
    for (GeneratedColumn& column : columns_) {
      RETURN_IF_ERROR(maker_->Append(column.place, rows_, column.salt, column.builder));
      out.columns.push_back(column.builder.Finish());
    }
    position_.rows += rows;
    return ReadOutcome::kRows;
  }

  std::string Position() const override { return position_.ToString(); }
  ReaderStatistics statistics() const override {
    return {.rows_read = static_cast<uint64_t>(position_.rows)};
  }

 private:
  struct GeneratedColumn {
    size_t place;
    uint64_t salt;
    ColumnBuilder builder;
  };

  GeneratedRow RowAt(int64_t of_partition) const {
    const int64_t number = partition_ + of_partition * plan_.partitions;
    return {number, position_.base_millis + MillisOf(number, plan_.rows_per_second)};
  }

  const GenerationPlan plan_;
  std::shared_ptr<const ValueMaker> maker_;
  int64_t partition_;
  GeneratedPosition position_;
  RateLimit limit_;
  std::vector<GeneratedColumn> columns_;
  std::vector<GeneratedRow> rows_;  // of the batch that is made; keeps its memory
};

class GeneratedSource final : public Source {
 public:
  GeneratedSource(GeneratedTable table, Clock* clock) : table_(std::move(table)), clock_(clock) {}

  bool bounded() const override { return table_.plan.bounded(); }

  Result<std::vector<Split>> Discover() override {
    std::vector<Split> splits;
    for (int64_t i = 0; i < table_.plan.partitions; ++i)
      splits.push_back({std::to_string(i), "", false});
    return splits;
  }

  Result<std::unique_ptr<SplitReader>> Open(const Split& split) override {
    const int64_t partition = TRY(graph::ParseInteger(split.id));
    if (partition < 0 || partition >= table_.plan.partitions) {
      return Status::RestoreRefused(
          fmt::format("the generator has no partition {} any more", split.id));
    }
    const int64_t rate = table_.plan.rows_per_second;
    GeneratedPosition position{0, clock_->Now().millis, rate};
    if (!split.position.empty()) position = TRY(GeneratedPosition::Parse(split.position));
    if (position.rate != rate)
      position.SetRate(partition + position.rows * table_.plan.partitions, rate);
    return std::unique_ptr<SplitReader>(
        std::make_unique<GeneratedReader>(table_, partition, position, clock_));
  }
  uint64_t RowCount(const Split& split) const override {
    const Result<int64_t> partition = graph::ParseInteger(split.id);
    if (!table_.plan.bounded() || !partition.ok()) return 0;
    return static_cast<uint64_t>(RowsOf(table_.plan, *partition));
  }

 private:
  const GeneratedTable table_;
  Clock* clock_;
};

}  // namespace

bool IsTime(const Type& type) {
  return type.is_timestamp() || type.kind() == TypeKind::kDate || type.kind() == TypeKind::kTime;
}

void AppendInstant(int64_t millis, ColumnBuilder& out) {
  const Type& type = out.type();
  if (type.kind() == TypeKind::kDate) {
    out.Append(static_cast<int32_t>(FloorDivide(millis, kMillisPerDay)));
  } else if (type.kind() == TypeKind::kTime) {
    out.Append(TruncateTime(FloorModulo(millis, kMillisPerDay) * kNanosPerMilli, type.precision()));
  } else if (type.physical() == PhysicalType::kTimestampNanos) {
    out.Append(TimestampNanos{millis, 0});
  } else {
    out.Append(TruncateMicros(millis * kMicrosPerMilli, type.precision()));
  }
}

Result<GenerationPlan> MakeGenerationPlan(const graph::ConnectorDescriptor& connector,
                                          const graph::TableOptions& given) {
  const graph::TypedOptions options(connector, given);
  GenerationPlan plan;
  int64_t seed = 0;
  if (options.Has("number-of-rows"))
    RETURN_IF_ERROR(TakeInteger(options, "number-of-rows", 0, plan.rows));
  RETURN_IF_ERROR(TakeInteger(options, "rows-per-second", 0, plan.rows_per_second));
  RETURN_IF_ERROR(TakeInteger(options, "seed", std::numeric_limits<int64_t>::min(), seed));
  RETURN_IF_ERROR(TakeInteger(options, "partitions", 1, plan.partitions));
  constexpr int64_t kMostPartitions = 100'000;
  if (plan.partitions > kMostPartitions) {
    return Status::InvalidSql(fmt::format("option 'partitions' is more than {}", kMostPartitions))
        .WithId("E2008");
  }
  plan.seed = static_cast<uint64_t>(seed);
  return plan;
}

graph::RowBound RowBoundOf(const GenerationPlan& plan) {
  if (!plan.bounded()) return {};
  return {plan.rows, true};
}

std::unique_ptr<Source> MakeGeneratedSource(GeneratedTable table, Clock* clock) {
  return std::make_unique<GeneratedSource>(std::move(table), clock);
}

}  // namespace weir::connectors
