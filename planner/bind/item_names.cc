#include "planner/bind/item_names.h"

#include <fmt/format.h>

#include <algorithm>

#include "planner/bind/over_drafts.h"
#include "planner/bind/scalar_drafts.h"
#include "planner/logical/rewrite.h"
#include "runtime/base/names.h"

namespace weir::bind {

using expr::ExprPtr;

void ItemNames::Add(std::string name, std::string given, ExprPtr expression) {
  items_.push_back({std::move(name), std::move(given), std::move(expression)});
}

Result<std::optional<size_t>> ItemNames::Find(const ast::Identifier& name) const {
  const auto is_given = [&](const Item& item) { return item.given == name.text; };
  const auto is_made = [&](const Item& item) { return item.name == name.text; };
  auto found = std::ranges::find_if(items_, is_given);
  if (found == items_.end()) found = std::ranges::find_if(items_, is_made);
  if (found == items_.end()) {
    found = std::ranges::find_if(
        items_, [&](const Item& item) { return EqualsIgnoreCase(item.name, name.text); });
  }
  if (found == items_.end()) return std::optional<size_t>();
  const auto item = static_cast<size_t>(found - items_.begin());
  // The text of a view (`place`) was accepted when it was created, by a version that did not check
  // this: it must stay readable.
  const bool unclear = !text_.place && std::any_of(found + 1, items_.end(), [&](const Item& other) {
    return other.given == found->given && !expr::Equal(*other.expression, *found->expression);
  });
  if (!unclear) return std::optional(item);
  return Status::InvalidSql(fmt::format("the column name \"{}\" is ambiguous", name.text))
      .WithId("E2004")
      .WithHint("several items of the SELECT list have it: give each a name of its own with AS")
      .WithSpan(text_.At(name.span));
}

Result<std::optional<size_t>> ItemNames::FindBeforeColumns(const ast::Identifier& name,
                                                           const Relation& from) const {
  if (before_ == Before::kColumns) return std::optional<size_t>();
  const bool exact = std::ranges::any_of(
      items_, [&](const Item& item) { return item.given == name.text || item.name == name.text; });
  if (!exact && std::ranges::any_of(from.columns(), [&](const logical::Column& column) {
        return column.name == name.text;
      }))
    return std::optional<size_t>();
  return Find(name);
}

bool ItemNames::IsOverRows(size_t item) const {
  std::vector<int> columns;
  expr::CollectColumns(*items_[item].expression, columns);
  return std::ranges::all_of(columns,
                             [&](int column) { return static_cast<size_t>(column) < width_; });
}

bool ItemNames::HoldsOver(size_t item) const {
  std::vector<int> columns;
  expr::CollectColumns(*items_[item].expression, columns);
  return std::ranges::any_of(columns, [](int column) {
    return column >= OverDrafts::kFirst && column < ScalarDrafts::kFirst;
  });
}

}  // namespace weir::bind
