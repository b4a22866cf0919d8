// Aggregates that keep lists against a model that is a vector: random texts come, and the first
// equal one goes, in random groups.
#include <gmock/gmock.h>

#include <algorithm>
#include <cmath>
#include <optional>

#include "runtime/base/random.h"
#include "tests/seed.h"
#include "tests/unit/runtime/expr/aggregate_lists.h"

namespace weir::expr::testing {
namespace {

constexpr uint64_t kListSeed = 20261128;
constexpr size_t kListGroups = 3;

using Cell = std::optional<std::string>;  // nothing is NULL

std::string Joined(const std::vector<std::string>& parts, std::string_view separator) {
  std::string text;
  for (size_t i = 0; i < parts.size(); ++i) {
    if (i > 0) text += separator;
    text += parts[i];
  }
  return text;
}

// The values of a group in the order of their arrival.
struct ListGroup {
  std::vector<Cell> cells;

  std::vector<std::string> Texts() const {
    std::vector<std::string> texts;
    for (const Cell& cell : cells) {
      if (cell) texts.push_back(*cell);
    }
    return texts;
  }

  std::string Listed(bool distinct) const {
    std::vector<std::string> parts;
    for (const Cell& cell : cells) {
      const std::string text = cell.value_or("NULL");
      if (!distinct || std::ranges::find(parts, text) == parts.end()) parts.push_back(text);
    }
    return parts.empty() ? "NULL" : "[" + Joined(parts, ", ") + "]";
  }

  // Every text with its number, in the order of the first of each.
  std::string Counted() const {
    const std::vector<std::string> texts = Texts();
    std::vector<std::string> seen;
    std::vector<std::string> parts;
    for (const std::string& text : texts) {
      if (std::ranges::find(seen, text) != seen.end()) continue;
      seen.push_back(text);
      parts.push_back(text + "=" + std::to_string(std::ranges::count(texts, text)));
    }
    return "{" + Joined(parts, ", ") + "}";
  }

  std::string Result(const Shape& shape) const {
    if (shape.function == "COLLECT") return Counted();
    if (shape.function == "ARRAY_AGG" && shape.parameter.empty()) return Listed(shape.distinct);
    const std::vector<std::string> texts = Texts();
    if (texts.empty()) return "NULL";
    if (shape.function == "LISTAGG") return Joined(texts, shape.parameter);
    if (shape.function == "ARRAY_AGG") return "[" + Joined(texts, ", ") + "]";
    return shape.function == "FIRST_VALUE" ? texts.front() : texts.back();
  }
};

Value TextValueOf(const Cell& cell) {
  return cell ? S(*cell) : N(Type::String());
}

class ListAggregateModelTest : public ::testing::TestWithParam<Shape> {};

TEST_P(ListAggregateModelTest, AgreesAfterEveryBatch) {
  const std::string_view kTexts[] = {"a", "b", "", "longer than what lies inside of a reference"};
  Random random(SeedOf(kListSeed));
  std::vector<ListGroup> models(kListGroups);
  Lists lists(GetParam(), kListGroups);
  for (int batch = 0; batch < 200; ++batch) {
    std::vector<Value> values;
    std::vector<size_t> groups;
    std::vector<int8_t> signs;
    for (uint64_t n = random.Below(6); n > 0; --n) {
      const size_t group = random.Below(kListGroups);
      std::vector<Cell>& cells = models[group].cells;
      const bool goes = GetParam().retracts && !cells.empty() && random.Below(2) == 0;
      const uint64_t pick = random.Below(5);
      const Cell cell = goes        ? cells[random.Below(cells.size())]
                        : pick == 4 ? Cell()
                                    : Cell(std::string(kTexts[pick]));
      values.push_back(TextValueOf(cell));
      groups.push_back(group);
      signs.push_back(goes ? -1 : 1);
      if (goes) {
        cells.erase(std::ranges::find(cells, cell));
      } else {
        cells.push_back(cell);
      }
    }
    lists.Fold(values, groups, signs);
    std::vector<std::string> results;
    for (const ListGroup& model : models) results.push_back(model.Result(GetParam()));
    ASSERT_EQ(lists.Results(), Joined(results, " / ")) << "batch " << batch;
  }
}

INSTANTIATE_TEST_SUITE_P(
    All, ListAggregateModelTest,
    ::testing::Values(
        Shape{.function = "LISTAGG", .argument = Type::String(), .parameter = ","},
        Shape{.function = "LISTAGG", .argument = Type::String(), .parameter = "", .retracts = true},
        Shape{.function = "ARRAY_AGG", .argument = Type::String()},
        Shape{.function = "ARRAY_AGG", .argument = Type::String(), .distinct = true},
        Shape{.function = "ARRAY_AGG", .argument = Type::String(), .retracts = true},
        Shape{.function = "ARRAY_AGG",
              .argument = Type::String(),
              .parameter = "IGNORE NULLS",
              .retracts = true},
        Shape{.function = "COLLECT", .argument = Type::String()},
        Shape{.function = "COLLECT", .argument = Type::String(), .retracts = true},
        Shape{.function = "FIRST_VALUE", .argument = Type::String(), .retracts = true},
        Shape{.function = "LAST_VALUE", .argument = Type::String(), .retracts = true}),
    [](const auto& test) { return std::to_string(test.index) + "_" + test.param.function; });

// Linear interpolation between the two neighbours of (n - 1) * fraction, over the sorted values:
// "type 7" of Hyndman and Fan, as PERCENTILE_CONT of SQL:2003.
double Percentile(std::vector<double> values, double fraction) {
  std::ranges::sort(values);
  const double place = static_cast<double>(values.size() - 1) * fraction;
  const double below = values[static_cast<size_t>(std::floor(place))];
  const double above = values[static_cast<size_t>(std::ceil(place))];
  return below + (above - below) * (place - std::floor(place));
}

TEST(PercentileModelTest, AgreesWithSorting) {
  Random random(SeedOf(kListSeed));
  for (const std::string fraction : {"0", "0.1", "0.5", "0.99", "1"}) {
    Lists lists({.function = "PERCENTILE",
                 .argument = Type::Double(),
                 .parameter = fraction,
                 .retracts = true},
                1);
    std::vector<double> kept;
    for (int i = 0; i < 200; ++i) {
      const bool goes = kept.size() > 1 && random.Below(3) == 0;
      const size_t at = kept.empty() ? 0 : random.Below(kept.size());
      const double value = goes ? kept[at] : static_cast<double>(random.Below(50)) - 25;
      lists.Fold({D(value)}, {0}, {static_cast<int8_t>(goes ? -1 : 1)});
      if (goes) {
        kept.erase(kept.begin() + static_cast<std::ptrdiff_t>(at));
      } else {
        kept.push_back(value);
      }
      ASSERT_NEAR(std::stod(lists.Results()), Percentile(kept, std::stod(fraction)), 1e-9);
    }
  }
}

}  // namespace
}  // namespace weir::expr::testing
