// The `faker` connector: rows of texts that look real, with the options of Flink Faker
// (https://github.com/knaufk/flink-faker).
#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <set>

#include "runtime/base/utf8.h"
#include "runtime/connectors/connectors.h"
#include "runtime/connectors/faker/expression.h"
#include "runtime/connectors/generators/generated_source.h"
#include "runtime/connectors/generators/map_entries.h"
#include "runtime/types/batch_text.h"

namespace weir::connectors {
namespace {

Status CheckFaker(const Schema& schema, const graph::TableOptions& options);
bool IsUnboundedFaker(const graph::TableOptions& options);
graph::RowBound FakerBoundOf(const Schema& schema, const graph::TableOptions& options);

const graph::ConnectorDescriptor kFakerDescriptor = {
    .name = "faker",
    .doc = "Rows of names, addresses and the like, made from expressions as Flink Faker's.",
    .source = true,
    .names_columns = true,
    .options = kGenerationOptions,
    .field_option_prefix = "fields.",
    .check = CheckFaker,
    .unbounded = IsUnboundedFaker,
    .row_bound = FakerBoundOf,
};

// How the values of a column, or of a part of one, are made.
struct Recipe {
  Type type;
  std::string place;           // "fields.x.expression", for errors
  FakerExpression expression;  // of a type without parts
  std::vector<Recipe> parts;   // ROW: its fields; MAP: key, value; ARRAY, MULTISET: the element
  double null_rate = 0;        // of the column
  uint32_t length = 1;         // of a collection
};

bool IsCollection(const Type& type) {
  return type.kind() == TypeKind::kArray || type.kind() == TypeKind::kMap ||
         type.kind() == TypeKind::kMultiset;
}

Status WrongFaker(std::string message) {
  return Status::InvalidSql(std::move(message)).WithId("E2008");
}

// --- from options --------------------------------------------------------------------------------

class RecipeMaker {
 public:
  explicit RecipeMaker(const graph::TableOptions& options) : options_(options) {}

  Result<Recipe> MakeColumn(const Field& field) {
    const std::string path = "fields." + field.name;
    Recipe recipe = TRY(Make(path, field.type));
    RETURN_IF_ERROR(TakeNullRate(path, recipe));
    RETURN_IF_ERROR(TakeLength(path, recipe));
    return recipe;
  }

  // Refuses options that mean nothing to the types of the columns. Options of computed columns are
  // left alone: public scripts have them (catalog::CheckOptions).
  Status CheckAllTaken(const Schema& schema) const {
    for (const graph::TableOption& option : options_) {
      const bool ours = std::ranges::any_of(schema.fields, [&](const Field& field) {
        return option.key.starts_with("fields." + field.name + ".");
      });
      if (!ours || taken_.contains(option.key)) continue;
      return WrongFaker(fmt::format("option '{}' does not suit the column's type", option.key));
    }
    return {};
  }

 private:
  std::string_view Take(const std::string& key) {
    taken_.insert(key);
    return graph::OptionValue(options_, key);
  }

  Result<Recipe> Make(const std::string& path, const Type& type) {
    Recipe recipe{.type = type, .place = path + ".expression"};
    const std::vector<TypeField>& fields = type.fields();
    if (type.kind() == TypeKind::kRow) {
      for (const TypeField& field : fields)
        recipe.parts.push_back(TRY(Make(path + "." + field.name, field.type)));
    } else if (type.kind() == TypeKind::kMap) {
      recipe.parts.push_back(TRY(Make(path + ".key", fields[0].type)));
      recipe.parts.push_back(TRY(Make(path + ".value", fields[1].type)));
    } else if (IsCollection(type)) {
      recipe.parts.push_back(TRY(Make(path, fields[0].type)));
    } else {
      RETURN_IF_ERROR(TakeExpression(recipe));
    }
    return recipe;
  }

  Status TakeExpression(Recipe& recipe) {
    const bool given = std::ranges::any_of(
        options_, [&](const graph::TableOption& option) { return option.key == recipe.place; });
    if (!given)
      return WrongFaker(fmt::format("every column needs an expression: '{}'", recipe.place));
    Result<FakerExpression> compiled = FakerExpression::Compile(Take(recipe.place));
    if (compiled.ok()) {
      recipe.expression = *std::move(compiled);
      return {};
    }
    return WrongFaker(fmt::format("option '{}': {}", recipe.place, compiled.status().message()))
        .WithHint(compiled.status().hint());
  }

  Status TakeNullRate(const std::string& path, Recipe& recipe) {
    const std::string_view text = Take(path + ".null-rate");
    if (text.empty()) return {};
    const Result<double> rate = graph::ParseDouble(text);
    if (!rate.ok() || !(*rate >= 0 && *rate <= 1))
      return WrongFaker(
          fmt::format("option '{}.null-rate' is '{}', not a number from 0 to 1", path, text));
    if (*rate > 0 && !recipe.type.nullable())
      return WrongFaker(
          fmt::format("option '{}.null-rate' is '{}', but the column is NOT NULL", path, text));
    recipe.null_rate = *rate;
    return {};
  }

  Status TakeLength(const std::string& path, Recipe& recipe) {
    const std::string key = path + ".length";
    constexpr int64_t kLongest = 100'000;
    if (!IsCollection(recipe.type)) return {};
    const std::string_view text = Take(key);
    if (text.empty()) return {};
    const Result<int64_t> length = graph::ParseInteger(text);
    if (!length.ok() || *length < 1 || *length > kLongest)
      return WrongFaker(fmt::format("option '{}' is '{}', not from 1 to {}", key, text, kLongest));
    recipe.length = static_cast<uint32_t>(*length);
    return {};
  }

  const graph::TableOptions& options_;
  std::set<std::string> taken_;
};

// --- to values -----------------------------------------------------------------------------------

// Cuts or fills a text as a CHAR(n) or VARCHAR(n) column holds it; n counts characters.
void Fit(const Type& type, std::string& text) {
  size_t bytes = 0, characters = 0;
  while (bytes < text.size() && characters < static_cast<size_t>(type.length())) {
    bytes = EndOfCharacter(text, bytes);
    ++characters;
  }
  text.resize(bytes);
  if (type.kind() == TypeKind::kChar && characters < static_cast<size_t>(type.length()))
    text.append(static_cast<size_t>(type.length()) - characters, ' ');
}

// Appends a value of a type without parts. `scratch` is a buffer that is reused for every row.
Status AppendPlain(const Recipe& recipe, int64_t now_millis, Random& random, std::string& scratch,
                   ColumnBuilder& out) {
  if (const FakerTime* time = recipe.expression.AsTime(); time != nullptr && IsTime(recipe.type)) {
    AppendInstant(DrawTime(*time, now_millis, random), out);
    return {};
  }
  scratch.clear();
  recipe.expression.Append(now_millis, random, scratch);
  if (recipe.type.is_character()) {
    Fit(recipe.type, scratch);
    out.AppendString(scratch);
    return {};
  }
  const Status parsed = ParseCell(scratch, out);
  if (parsed.ok()) return {};
  return Status::DataError(fmt::format("option '{}' made '{}', which is no {}", recipe.place,
                                       scratch, recipe.type.ToString()));
}

// NOLINTNEXTLINE(misc-no-recursion): as deep as the type
Status AppendValue(const Recipe& recipe, int64_t now_millis, Random& random, std::string& scratch,
                   ColumnBuilder& out) {
  const TypeKind kind = recipe.type.kind();
  const auto append = [&](size_t part, ColumnBuilder& to) {
    return AppendValue(recipe.parts[part], now_millis, random, scratch, to);
  };
  if (recipe.parts.empty()) return AppendPlain(recipe, now_millis, random, scratch, out);
  if (kind == TypeKind::kRow) {
    for (size_t i = 0; i < recipe.parts.size(); ++i) RETURN_IF_ERROR(append(i, out.child(i)));
    out.AppendRow();
    return {};
  }
  if (kind == TypeKind::kArray) {
    for (uint32_t i = 0; i < recipe.length; ++i) RETURN_IF_ERROR(append(0, out.child(0)));
    out.AppendList();
    return {};
  }
  MapEntries entries(recipe.type);
  for (uint32_t i = 0; i < recipe.length; ++i) {
    RETURN_IF_ERROR(append(0, entries.key()));
    if (kind == TypeKind::kMultiset) {
      entries.Count();
    } else {
      RETURN_IF_ERROR(append(1, entries.value()));
      entries.Take();
    }
  }
  entries.AppendTo(out);
  return {};
}

class FakedValues final : public ValueMaker {
 public:
  explicit FakedValues(std::vector<Recipe> recipes) : recipes_(std::move(recipes)) {}

  Type TypeOf(size_t column) const override { return recipes_[column].type; }
  Status Append(size_t column, std::span<const GeneratedRow> rows, uint64_t salt,
                ColumnBuilder& out) const override {
    const Recipe& recipe = recipes_[column];
    std::string scratch;
    for (const GeneratedRow& row : rows) {
      Random random = RandomOf(salt, row);
      if (recipe.null_rate > 0 && random.NextDouble() < recipe.null_rate) {
        out.AppendNull();
        continue;
      }
      RETURN_IF_ERROR(AppendValue(recipe, row.millis, random, scratch, out));
    }
    return {};
  }

 private:
  std::vector<Recipe> recipes_;  // one per column of the table
};

Result<std::shared_ptr<const FakedValues>> MakeValues(const Schema& schema,
                                                      const graph::TableOptions& options) {
  RecipeMaker maker(options);
  std::vector<Recipe> recipes;
  for (const Field& field : schema.fields) recipes.push_back(TRY(maker.MakeColumn(field)));
  RETURN_IF_ERROR(maker.CheckAllTaken(schema));
  return std::make_shared<const FakedValues>(std::move(recipes));
}

// Some rows are made, so that an expression whose texts are no values of its column's type is
// refused with the table and not only when it is read.
Status CheckFaker(const Schema& schema, const graph::TableOptions& options) {
  RETURN_IF_ERROR(MakeGenerationPlan(kFakerDescriptor, options).status());
  const auto values = TRY(MakeValues(schema, options));
  std::array<GeneratedRow, 20> rows;
  for (size_t i = 0; i < rows.size(); ++i) rows[i].number = static_cast<int64_t>(i);
  for (size_t column = 0; column < schema.fields.size(); ++column) {
    ColumnBuilder builder(schema.fields[column].type);
    const Status made = values->Append(column, rows, column, builder);
    if (!made.ok()) return WrongFaker(made.message());
  }
  return {};
}

bool IsUnboundedFaker(const graph::TableOptions& options) {
  return graph::OptionValue(options, "number-of-rows").empty();
}

graph::RowBound FakerBoundOf(const Schema&, const graph::TableOptions& options) {
  const Result<GenerationPlan> plan = MakeGenerationPlan(kFakerDescriptor, options);
  return plan.ok() ? RowBoundOf(*plan) : graph::RowBound{};
}

Result<std::unique_ptr<Source>> MakeFakerSource(const graph::ScanSpec& spec,
                                                const ConnectorContext& context) {
  const GenerationPlan plan = TRY(MakeGenerationPlan(kFakerDescriptor, spec.options));
  auto values = TRY(MakeValues(spec.table_schema, spec.options));
  return MakeGeneratedSource({plan, std::move(values), spec.columns}, context.clock);
}

}  // namespace

const Connector& FakerConnector() {
  static const Connector connector = {.descriptor = &kFakerDescriptor,
                                      .make_source = MakeFakerSource,
                                      .make_sink = nullptr,
                                      .check_source = CheckByMaking<MakeFakerSource>};
  return connector;
}

}  // namespace weir::connectors
