#include "planner/bind/relation.h"

#include <fmt/format.h>

#include <algorithm>

#include "runtime/base/names.h"

namespace weir::bind {
namespace {

// The candidates called `name`: those that match exactly, else those that differ in case only.
std::vector<int> Matches(const std::vector<logical::Column>& columns,
                         const std::vector<int>& candidates, const std::string& name) {
  std::vector<int> exact;
  std::vector<int> folded;
  for (const int candidate : candidates) {
    const std::string& column = columns[static_cast<size_t>(candidate)].name;
    if (column == name) exact.push_back(candidate);
    if (EqualsIgnoreCase(column, name)) folded.push_back(candidate);
  }
  return exact.empty() ? folded : exact;
}

std::vector<int> ColumnsOf(const NamedInput& input) {
  std::vector<int> columns;
  for (size_t i = input.first; i < input.first + input.count; ++i) {
    columns.push_back(static_cast<int>(i));
  }
  return columns;
}

// Columns that a name without a qualifier reaches, of the query or of the one around it.
std::vector<int> VisibleColumns(const Relation& relation, bool outer) {
  std::vector<int> columns;
  for (const NamedInput& input : relation.inputs) {
    if (input.outer != outer || input.calls != 0) continue;
    for (const int column : ColumnsOf(input)) {
      if (std::ranges::find(input.merged, column) == input.merged.end()) columns.push_back(column);
    }
  }
  return columns;
}

Status Ambiguous(const std::string& name, SourceSpan span) {
  return Status::InvalidSql(fmt::format("the column name \"{}\" is ambiguous", name))
      .WithId("E2004")
      .WithHint("put the table's name or alias before it")
      .WithSpan(span);
}

Status Repeated(const std::string& name, SourceSpan span) {
  return Status::InvalidSql(fmt::format("the column name \"{}\" is ambiguous", name))
      .WithId("E2004")
      .WithHint("several items of the subquery have it: give each a name of its own with AS")
      .WithSpan(span);
}

// Whether a column has a name that several items of its input were given.
bool IsRepeated(const Relation& relation, int column) {
  const auto index = static_cast<size_t>(column);
  return std::ranges::any_of(relation.inputs, [&](const NamedInput& input) {
    return index >= input.first && index < input.first + input.count &&
           std::ranges::find(input.repeated, relation.columns()[index].name, &RepeatedName::name) !=
               input.repeated.end();
  });
}

std::vector<std::string> InputNames(const Relation& relation) {
  std::vector<std::string> names;
  for (const NamedInput& input : relation.inputs) {
    if (!input.alias.empty() && input.calls == 0) names.push_back(input.alias);
  }
  return names;
}

// Suggests the column with the nearest name; lists all columns when they are few.
std::string ColumnHint(const std::string& name, const std::vector<std::string>& names) {
  // A longer list would be harder to read than the error.
  constexpr size_t kMostListed = 12;
  std::string hint = DidYouMean(name, names);
  if (hint.empty() && !names.empty() && names.size() <= kMostListed) {
    hint = fmt::format("columns are {}", fmt::join(names, ", "));
  }
  return hint;
}

Status NoSuchColumn(const Relation& relation, const ast::Identifier& name) {
  std::string hint = ColumnHint(name.text, relation.column_names());
  if (relation.inputs.empty()) hint = "there is no FROM";
  static const std::vector<std::string> kCallsWithoutParentheses = {
      "CURRENT_DATE", "CURRENT_TIME", "CURRENT_TIMESTAMP", "LOCALTIME", "LOCALTIMESTAMP"};
  const std::string call = DidYouMean(name.text, kCallsWithoutParentheses);
  if (!call.empty() && DidYouMean(name.text, relation.column_names()).empty()) hint = call;
  if (ToLower(name.text).starts_with("window_") && hint.starts_with("columns are"))
    hint = "it comes with FROM TABLE(TUMBLE(TABLE t, DESCRIPTOR(time), size)), HOP or CUMULATE";
  if (name.quoted && DidYouMean(name.text, relation.column_names()).empty())
    hint = fmt::format("quoted so it is a name; as a text it is '{}'", name.text);
  return Status::InvalidSql(fmt::format("there is no column \"{}\"", name.text))
      .WithId("E2003")
      .WithHint(std::move(hint))
      .WithSpan(name.span);
}

Status NoSuchInput(const Relation& relation, const ast::Identifier& name) {
  const std::vector<std::string> names = InputNames(relation);
  std::string hint = DidYouMean(name.text, names);
  if (hint.empty() && !names.empty()) hint = fmt::format("FROM has {}", fmt::join(names, ", "));
  return Status::InvalidSql(fmt::format("\"{}\" is no column, and no table in FROM", name.text))
      .WithId("E2001")
      .WithHint(std::move(hint))
      .WithSpan(name.span);
}

Status NoSuchColumnOf(const Relation& relation, const NamedInput& input,
                      const ast::Identifier& name) {
  std::vector<std::string> names;
  for (size_t i = input.first; i < input.first + input.count; ++i) {
    names.push_back(relation.columns()[i].name);
  }
  return Status::InvalidSql(fmt::format("\"{}\" has no column \"{}\"", input.alias, name.text))
      .WithId("E2003")
      .WithHint(ColumnHint(name.text, names))
      .WithSpan(name.span);
}

// How many leading parts of `name` spell the input: 1 for its alias, 2 or 3 for a qualified table
// name, 0 if it cannot be named.
size_t QualifierParts(const NamedInput& input, const ast::Name& name) {
  if (input.calls != 0) return 0;
  if (!input.alias.empty() && EqualsIgnoreCase(name.parts[0].text, input.alias)) return 1;
  for (size_t count = 2; count <= input.full_name.size() && count <= name.parts.size(); ++count) {
    const size_t skip = input.full_name.size() - count;
    size_t same = 0;
    while (same < count && EqualsIgnoreCase(name.parts[same].text, input.full_name[skip + same]))
      ++same;
    if (same == count) return count;
  }
  return 0;
}

}  // namespace

std::vector<std::string> Relation::column_names() const {
  std::vector<std::string> names;
  for (const NamedInput& input : inputs) {
    for (const int column : ColumnsOf(input)) {
      const std::string& name = columns()[static_cast<size_t>(column)].name;
      if (std::ranges::find(names, name) == names.end()) names.push_back(name);
    }
  }
  return names;
}

namespace {

// The name among the inputs of the query, or of the one around it; column -1 when it is not there.
Result<ResolvedName> ResolveAmong(const Relation& relation, const ast::Name& name, bool outer) {
  for (const NamedInput& input : relation.inputs) {
    const size_t qualifier = QualifierParts(input, name);
    if (input.outer != outer || qualifier == 0 || qualifier >= name.parts.size()) continue;
    const ast::Identifier& part = name.parts[qualifier];
    const std::vector<int> found = Matches(relation.columns(), ColumnsOf(input), part.text);
    if (found.size() > 1) return Ambiguous(part.text, part.span);
    if (found.size() == 1 && IsRepeated(relation, found[0])) return Repeated(part.text, part.span);
    if (found.size() == 1) return ResolvedName{found[0], qualifier + 1};
  }
  const ast::Identifier& first = name.parts[0];
  const std::vector<int> found =
      Matches(relation.columns(), VisibleColumns(relation, outer), first.text);
  if (found.size() > 1) return Ambiguous(first.text, first.span);
  if (found.size() == 1 && IsRepeated(relation, found[0])) return Repeated(first.text, first.span);
  return found.empty() ? ResolvedName{} : ResolvedName{found[0], 1};
}

}  // namespace

void NoteRead(const Relation& relation, int column) {
  const auto index = static_cast<size_t>(column);
  for (const NamedInput& input : relation.inputs) {
    if (input.read && index >= input.first && index < input.first + input.count)
      (*input.read)[index - input.first] = true;
  }
}

Result<ResolvedName> ResolveName(const Relation& relation, const ast::Name& name) {
  for (const bool outer : {false, true}) {
    const ResolvedName found = TRY(ResolveAmong(relation, name, outer));
    if (found.column < 0) continue;
    NoteRead(relation, found.column);
    return found;
  }
  const ast::Identifier& first = name.parts[0];
  if (name.parts.size() == 1) return NoSuchColumn(relation, first);
  for (const NamedInput& input : relation.inputs) {
    const size_t qualifier = QualifierParts(input, name);
    if (qualifier > 0 && qualifier < name.parts.size()) {
      return NoSuchColumnOf(relation, input, name.parts[qualifier]);
    }
  }
  return NoSuchInput(relation, first);
}

Status CheckListable(const NamedInput& input, SourceSpan star) {
  return input.repeated.empty() ? Status() : Repeated(input.repeated[0].name, star);
}

Result<const NamedInput*> ResolveQualifier(const Relation& relation, const ast::Name& qualifier) {
  for (const NamedInput& input : relation.inputs) {
    if (QualifierParts(input, qualifier) == qualifier.parts.size()) return &input;
  }
  return NoSuchInput(relation, qualifier.parts.back());
}

}  // namespace weir::bind
