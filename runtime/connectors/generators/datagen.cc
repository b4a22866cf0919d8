// The `datagen` connector: rows made up in process, with Flink's options. A row is a function of
// the seed and its number; rows go to the partitions in turn. Position: "v1 rows=N base=M": rows
// made by the partition, and the time of row number 0 in milliseconds.
#include <fmt/format.h>

#include <array>
#include <limits>

#include "runtime/connectors/connectors.h"
#include "runtime/connectors/generators/random_rows.h"
#include "runtime/connectors/generators/rate_limit.h"
#include "runtime/graph/typed_options.h"

namespace weir::connectors {
namespace {

using graph::OptionDescriptor;
using graph::OptionKind;

constexpr std::array kOptions = {
    OptionDescriptor{"rows-per-second", OptionKind::kInteger, "10000", "", false,
                     "The rate of all partitions together; 0: as fast as possible.",
                     graph::OptionEffect::kAccess},
    OptionDescriptor{"number-of-rows", OptionKind::kInteger, "", "", false,
                     "Rows in all; without it the table ends with its first sequence, or never."},
    OptionDescriptor{"seed", OptionKind::kInteger, "0", "", false, "Equal seeds give equal rows."},
    OptionDescriptor{"partitions", OptionKind::kInteger, "1", "", false,
                     "How many partitions share the rows."},
};

Status Check(const Schema& schema, const graph::TableOptions& options);
bool IsUnbounded(const graph::TableOptions& options);
graph::RowBound BoundOf(const Schema& schema, const graph::TableOptions& options);

const graph::ConnectorDescriptor kDescriptor = {
    .name = "datagen",
    .doc = "Random and sequential rows, equal for equal seeds.",
    .source = true,
    .names_columns = true,
    .options = kOptions,
    .field_option_prefix = "fields.",
    .check = Check,
    .unbounded = IsUnbounded,
    .row_bound = BoundOf,
};

struct DatagenPlan {
  std::vector<FieldRecipe> recipes;                    // one per column of the table
  int64_t rows = std::numeric_limits<int64_t>::max();  // in all
  bool bounded = false;
  int64_t rows_per_second = 10'000;
  int64_t partitions = 1;
  uint64_t seed = 0;
};

Status TakeInteger(const graph::TypedOptions& options, std::string_view key, int64_t least,
                   int64_t& value) {
  value = TRY(options.Integer(key));
  if (value >= least) return {};
  return Status::InvalidSql(fmt::format("option '{}' is {}, less than {}", key, value, least))
      .WithId("E2008");
}

Result<DatagenPlan> MakePlan(const Schema& schema, const graph::TableOptions& given) {
  const graph::TypedOptions options(kDescriptor, given);
  DatagenPlan plan;
  plan.recipes = TRY(MakeRecipes(schema, given));
  const int64_t of_sequences = RowsOfSequences(plan.recipes);
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
  plan.rows = std::min(plan.rows, of_sequences);
  plan.bounded = plan.rows != std::numeric_limits<int64_t>::max();
  return plan;
}

int64_t RowsOf(const DatagenPlan& plan, int64_t partition) {
  return partition >= plan.rows ? 0 : (plan.rows - partition - 1) / plan.partitions + 1;
}

Status Check(const Schema& schema, const graph::TableOptions& options) {
  return MakePlan(schema, options).status();
}

bool IsUnbounded(const graph::TableOptions& options) {
  for (const graph::TableOption& option : options) {
    if (option.key == "number-of-rows") return false;
    if (option.key.starts_with("fields.") && option.key.ends_with(".end")) return false;
  }
  return true;
}

graph::RowBound BoundOf(const Schema& schema, const graph::TableOptions& options) {
  const Result<DatagenPlan> plan = MakePlan(schema, options);
  if (!plan.ok() || !plan->bounded) return {};
  return {plan->rows, true};
}

struct DatagenPosition {
  int64_t rows = 0;
  int64_t base_millis = 0;

  std::string ToString() const { return fmt::format("v1 rows={} base={}", rows, base_millis); }
  static Result<DatagenPosition> Parse(std::string_view text) {
    constexpr std::string_view kPrefix = "v1 rows=";
    const size_t base = text.find(" base=");
    if (!text.starts_with(kPrefix) || base == std::string_view::npos) {
      return Status::Corruption(
          fmt::format("position '{}' of a generator is not understood", text));
    }
    DatagenPosition position;
    position.rows = TRY(graph::ParseInteger(text.substr(kPrefix.size(), base - kPrefix.size())));
    position.base_millis = TRY(graph::ParseInteger(text.substr(base + 6)));
    return position;
  }
};

class DatagenReader final : public SplitReader {
 public:
  DatagenReader(std::shared_ptr<const DatagenPlan> plan, const std::vector<int>& columns,
                int64_t partition, DatagenPosition position, Clock* clock)
      : plan_(std::move(plan)),
        partition_(partition),
        position_(position),
        limit_(clock, static_cast<double>(plan_->rows_per_second) /
                          static_cast<double>(plan_->partitions)) {
    for (const int column : columns) {
      const FieldRecipe& recipe = plan_->recipes[static_cast<size_t>(column)];
      // Far apart, so that columns do not draw each other's numbers.
      const uint64_t salt = Random(plan_->seed ^ (static_cast<uint64_t>(column) << 32)).Next64();
      columns_.push_back({&recipe, salt, ColumnBuilder(recipe.type)});
    }
  }

  Result<ReadOutcome> Read(uint32_t max_rows, Batch& out) override {
    const int64_t left = Left();
    if (left <= 0) return ReadOutcome::kEndOfSplit;
    const uint32_t rows = limit_.Take(static_cast<uint32_t>(std::min<int64_t>(max_rows, left)));
    if (rows == 0) return ReadOutcome::kNothing;
    out = Batch{};
    out.row_count = rows;
    for (GeneratedColumn& column : columns_) {
      for (uint32_t i = 0; i < rows; ++i) {
        const GeneratedRow row = RowAt(position_.rows + i);
        Random random(column.salt + Random(static_cast<uint64_t>(row.number)).Next64());
        AppendGenerated(*column.recipe, row, random, column.builder);
      }
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
    const FieldRecipe* recipe;
    uint64_t salt;
    ColumnBuilder builder;
  };

  // Rows of this partition that are not made yet.
  int64_t Left() const { return RowsOf(*plan_, partition_) - position_.rows; }

  GeneratedRow RowAt(int64_t of_partition) const {
    const int64_t number = partition_ + of_partition * plan_->partitions;
    const int64_t rate = plan_->rows_per_second;
    const int64_t since = rate == 0 ? 0 : number / rate * 1000 + number % rate * 1000 / rate;
    return {number, position_.base_millis + since};
  }

  std::shared_ptr<const DatagenPlan> plan_;
  int64_t partition_;
  DatagenPosition position_;
  RateLimit limit_;
  std::vector<GeneratedColumn> columns_;
};

class DatagenSource final : public Source {
 public:
  DatagenSource(DatagenPlan plan, std::vector<int> columns, Clock* clock)
      : plan_(std::make_shared<DatagenPlan>(std::move(plan))),
        columns_(std::move(columns)),
        clock_(clock) {}

  bool bounded() const override { return plan_->bounded; }

  Result<std::vector<Split>> Discover() override {
    std::vector<Split> splits;
    for (int64_t i = 0; i < plan_->partitions; ++i)
      splits.push_back({std::to_string(i), "", false});
    return splits;
  }

  Result<std::unique_ptr<SplitReader>> Open(const Split& split) override {
    const int64_t partition = TRY(graph::ParseInteger(split.id));
    if (partition < 0 || partition >= plan_->partitions) {
      return Status::RestoreRefused(
          fmt::format("the generator has no partition {} any more", split.id));
    }
    DatagenPosition position{0, clock_->Now().millis};
    if (!split.position.empty()) position = TRY(DatagenPosition::Parse(split.position));
    return std::unique_ptr<SplitReader>(
        std::make_unique<DatagenReader>(plan_, columns_, partition, position, clock_));
  }
  uint64_t RowCount(const Split& split) const override {
    const Result<int64_t> partition = graph::ParseInteger(split.id);
    if (!plan_->bounded || !partition.ok()) return 0;
    return static_cast<uint64_t>(RowsOf(*plan_, *partition));
  }

 private:
  std::shared_ptr<const DatagenPlan> plan_;
  std::vector<int> columns_;
  Clock* clock_;
};

Result<std::unique_ptr<Source>> MakeDatagenSource(const graph::ScanSpec& spec,
                                                  const ConnectorContext& context) {
  DatagenPlan plan = TRY(MakePlan(spec.table_schema, spec.options));
  return std::unique_ptr<Source>(
      std::make_unique<DatagenSource>(std::move(plan), spec.columns, context.clock));
}

}  // namespace

const Connector& DatagenConnector() {
  static const Connector connector = {&kDescriptor, MakeDatagenSource, nullptr};
  return connector;
}

}  // namespace weir::connectors
