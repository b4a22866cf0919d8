// The `datagen` connector: random values and sequences, with Flink's options.
#include <fmt/format.h>

#include "runtime/connectors/connectors.h"
#include "runtime/connectors/generators/generated_source.h"
#include "runtime/connectors/generators/random_rows.h"

namespace weir::connectors {
namespace {

Status CheckDatagen(const Schema& schema, const graph::TableOptions& options);
bool IsUnboundedDatagen(const graph::TableOptions& options);
graph::RowBound DatagenBoundOf(const Schema& schema, const graph::TableOptions& options);

const graph::ConnectorDescriptor kDatagenDescriptor = {
    .name = "datagen",
    .doc = "Random and sequential rows, equal for equal seeds.",
    .source = true,
    .names_columns = true,
    .options = kGenerationOptions,
    .field_option_prefix = "fields.",
    .check = CheckDatagen,
    .unbounded = IsUnboundedDatagen,
    .row_bound = DatagenBoundOf,
};

class RandomValues final : public ValueMaker {
 public:
  explicit RandomValues(std::vector<FieldRecipe> recipes) : recipes_(std::move(recipes)) {}

  Type TypeOf(size_t column) const override { return recipes_[column].type; }
  Status Append(size_t column, std::span<const GeneratedRow> rows, uint64_t salt,
                ColumnBuilder& out) const override {
    for (const GeneratedRow& row : rows) {
      Random random = RandomOf(salt, row);
      AppendGenerated(recipes_[column], row, random, out);
    }
    return {};
  }

 private:
  std::vector<FieldRecipe> recipes_;  // one per column of the table
};

struct Datagen {
  GenerationPlan plan;
  std::vector<FieldRecipe> recipes;
};

Result<Datagen> MakeDatagen(const Schema& schema, const graph::TableOptions& options) {
  Datagen made;
  made.plan = TRY(MakeGenerationPlan(kDatagenDescriptor, options));
  made.recipes = TRY(MakeRecipes(schema, options));
  made.plan.rows = std::min(made.plan.rows, RowsOfSequences(made.recipes));
  return made;
}

Status CheckDatagen(const Schema& schema, const graph::TableOptions& options) {
  return MakeDatagen(schema, options).status();
}

bool IsUnboundedDatagen(const graph::TableOptions& options) {
  for (const graph::TableOption& option : options) {
    if (option.key == "number-of-rows") return false;
    if (option.key.starts_with("fields.") && option.key.ends_with(".end")) return false;
  }
  return true;
}

graph::RowBound DatagenBoundOf(const Schema& schema, const graph::TableOptions& options) {
  const Result<Datagen> made = MakeDatagen(schema, options);
  return made.ok() ? RowBoundOf(made->plan) : graph::RowBound{};
}

Result<std::unique_ptr<Source>> MakeDatagenSource(const graph::ScanSpec& spec,
                                                  const ConnectorContext& context) {
  Datagen made = TRY(MakeDatagen(spec.table_schema, spec.options));
  return MakeGeneratedSource(
      {made.plan, std::make_shared<RandomValues>(std::move(made.recipes)), spec.columns},
      context.clock);
}

}  // namespace

const Connector& DatagenConnector() {
  static const Connector connector = {.descriptor = &kDatagenDescriptor,
                                      .make_source = MakeDatagenSource,
                                      .make_sink = nullptr,
                                      .check_source = CheckByMaking<MakeDatagenSource>};
  return connector;
}

}  // namespace weir::connectors
