#include "runtime/graph/match_spec.h"

#include <fmt/format.h>
#include <fmt/ranges.h>

#include <cstdlib>

namespace weir::graph {
namespace {

std::string NamesOf(const std::vector<int>& variables, const MatchSpec& spec) {
  std::vector<std::string> names;
  for (const int variable : variables)
    names.push_back(spec.variables[static_cast<size_t>(variable)].name);
  return fmt::format("{}", fmt::join(names, "|"));
}

}  // namespace

bool IsTimeGiven(const MatchValue& value, const MatchSpec& spec) {
  const bool of_row = value.kind == MatchValueKind::kLast ||
                      (spec.all_rows && value.kind == MatchValueKind::kCurrent);
  return of_row && value.variables.empty() && value.offset == 0 && value.shift == 0 &&
         value.column == spec.time_column;
}

std::string SkipText(const MatchSpec& spec) {
  switch (spec.skip) {
    case MatchSkip::kToNextRow:
      return "SKIP TO NEXT ROW";
    case MatchSkip::kPastLastRow:
      return "SKIP PAST LAST ROW";
    case MatchSkip::kToFirst:
      return "SKIP TO FIRST " + NamesOf(spec.skip_variables, spec);
    case MatchSkip::kToLast:
      return "SKIP TO LAST " + NamesOf(spec.skip_variables, spec);
  }
  return "";
}

std::string ToString(const MatchValue& value, const MatchSpec& spec,
                     const std::vector<std::string>& columns) {
  const auto name = [&](int column) { return columns.at(static_cast<size_t>(column)); };
  const auto shifted = [&](std::string text) {
    if (value.shift == 0) return text;
    return fmt::format("{}({}, {})", value.shift < 0 ? "PREV" : "NEXT", text,
                       std::abs(value.shift));
  };
  if (value.kind == MatchValueKind::kCurrent) return shifted(name(value.column));
  if (value.kind == MatchValueKind::kNumber) return "MATCH_NUMBER()";
  const std::string running = value.running ? "RUNNING " : "";
  const std::string variables = value.variables.empty() ? "" : NamesOf(value.variables, spec);
  const std::string of = variables.empty() ? "" : variables + ".";
  if (value.kind == MatchValueKind::kAggregate) {
    std::vector<std::string> arguments;
    for (const int argument : value.call.arguments) arguments.push_back(of + name(argument));
    if (arguments.empty()) arguments.push_back(of + "*");
    if (!value.call.parameter.empty()) arguments.push_back("'" + value.call.parameter + "'");
    return fmt::format("{}{}({})", running, expr::AggregateName(value.call.function),
                       fmt::join(arguments, ", "));
  }
  const std::string offset = value.offset > 0 ? fmt::format(", {}", value.offset) : "";
  const std::string read =
      value.classifier ? fmt::format("CLASSIFIER({})", variables) : of + name(value.column);
  return shifted(fmt::format("{}{}({}{})", running,
                             value.kind == MatchValueKind::kFirst ? "FIRST" : "LAST", read,
                             offset));
}

}  // namespace weir::graph
