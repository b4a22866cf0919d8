#include "planner/bind/listed_columns.h"

#include <algorithm>

#include "planner/ast/to_sql.h"

namespace weir::bind {
namespace {

constexpr std::string_view kNatural = "NATURAL ";
constexpr std::string_view kTable = "TABLE ";

// Text that takes the place of [begin, end).
struct Edit {
  size_t begin = 0;
  size_t end = 0;
  std::string text;
};

bool Finds(const Relation& relation, const ast::Name& name, size_t column) {
  const Result<ResolvedName> found = ResolveName(relation, name);
  return found.ok() && found->column == static_cast<int>(column) &&
         found->parts == name.parts.size();
}

// What stands before a place that the binder has made up itself is something else.
void AddEdits(std::string_view text, const Unlisted& place, std::vector<Edit>& edits) {
  const auto begin = static_cast<size_t>(place.span.begin);
  const auto end = static_cast<size_t>(place.span.end);
  if (begin >= end || end > text.size()) return;
  if (place.kind == UnlistedKind::kStar) {
    if (text[end - 1] == '*') edits.push_back({begin, end, place.text});
    return;
  }
  if (place.kind == UnlistedKind::kTable) {
    if (text.substr(0, begin).ends_with(kTable))
      edits.push_back({begin - kTable.size(), end, place.text});
    return;
  }
  if (place.right > end) return;
  const size_t word = text.substr(0, place.right).rfind(kNatural);
  if (word == std::string_view::npos || word < begin) return;
  edits.push_back({word, word + kNatural.size(), ""});
  edits.push_back({end, end, place.text});
}

bool SamePlace(const Unlisted& a, const Unlisted& b) {
  return a.kind == b.kind && a.span == b.span;
}

}  // namespace

std::string NameOfColumn(const Relation& relation, size_t column, const ast::Name& qualifier) {
  const ast::Identifier last = Plain(relation.columns()[column].name);
  std::vector<ast::Name> names;
  if (!qualifier.parts.empty()) names.push_back(qualifier);
  const auto inside = [](const NamedInput& input) { return !input.outer; };
  if (std::ranges::count_if(relation.inputs, inside) > 1) {
    for (const NamedInput& input : relation.inputs) {
      if (column < input.first || column >= input.first + input.count) continue;
      if (!input.alias.empty()) names.push_back({.parts = {Plain(input.alias)}});
    }
  }
  names.emplace_back();
  for (ast::Name& name : names) {
    name.parts.push_back(last);
    if (Finds(relation, name, column)) return ast::ToSql(name);
  }
  return "";
}

ListedItem ItemOf(const Relation& relation, const expr::Expr& item, const ast::Star& star,
                  size_t field) {
  if (item.kind == expr::ExprKind::kColumn) {
    const auto column = static_cast<size_t>(item.column);
    return {NameOfColumn(relation, column, star.qualifier), relation.columns()[column].name};
  }
  const std::string& name = item.args.front()->type.fields()[field].name;
  ast::Name qualified = star.qualifier;
  qualified.parts.push_back(Plain(name));
  return {ast::ToSql(qualified), name};
}

std::string WithListedColumns(std::string_view text, std::vector<Unlisted> places) {
  std::vector<Edit> edits;
  for (size_t i = 0; i < places.size(); ++i) {
    const auto same = [&](const Unlisted& other) { return SamePlace(places[i], other); };
    const auto first = std::ranges::find_if(places, same);
    if (first != places.begin() + static_cast<std::ptrdiff_t>(i)) continue;
    const bool one = std::ranges::all_of(places, [&](const Unlisted& other) {
      return !SamePlace(places[i], other) || other == places[i];
    });
    if (one && !places[i].text.empty()) AddEdits(text, places[i], edits);
  }
  // From behind, so that places before stay; what ends at a place comes before what begins there.
  std::ranges::stable_sort(edits, [](const Edit& a, const Edit& b) {
    return a.begin != b.begin ? a.begin > b.begin : a.end > b.end;
  });
  std::string listed(text);
  for (const Edit& edit : edits) listed.replace(edit.begin, edit.end - edit.begin, edit.text);
  return listed;
}

}  // namespace weir::bind
