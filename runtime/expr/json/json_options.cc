#include "runtime/expr/json/json_options.h"

#include <fmt/format.h>

#include "runtime/base/check.h"

namespace weir::expr {
namespace {

constexpr std::string_view kReturns[] = {"STRING", "BOOLEAN", "INT", "DOUBLE", "ARRAY<STRING>"};
constexpr std::string_view kAnswers[] = {"NULL",         "ERROR", "DEFAULT", "EMPTY ARRAY",
                                         "EMPTY OBJECT", "TRUE",  "FALSE",   "UNKNOWN"};
constexpr std::string_view kWrappings[] = {"WITHOUT WRAPPER", "WITH CONDITIONAL WRAPPER",
                                           "WITH UNCONDITIONAL WRAPPER"};

// Cuts the one of `names` that the text begins with, and `behind`, off the text.
template <typename Enum, size_t kCount>
Enum Cut(std::string_view& text, const std::string_view (&names)[kCount], std::string_view behind) {
  for (size_t i = 0; i < kCount; ++i) {
    if (!text.starts_with(names[i]) || !text.substr(names[i].size()).starts_with(behind)) continue;
    text.remove_prefix(names[i].size() + behind.size());
    return static_cast<Enum>(i);
  }
  WEIR_UNREACHABLE();
}

}  // namespace

std::string JsonOptions::ToText() const {
  return fmt::format(
      "RETURNING {} {} ON EMPTY {} ON ERROR {}", kReturns[static_cast<size_t>(returns)],
      kAnswers[static_cast<size_t>(on_empty)], kAnswers[static_cast<size_t>(on_error)],
      kWrappings[static_cast<size_t>(wrapping)]);
}

JsonOptions JsonOptions::FromText(std::string_view text) {
  text.remove_prefix(std::string_view("RETURNING ").size());
  JsonOptions options;
  options.returns = Cut<JsonReturns>(text, kReturns, " ");
  options.on_empty = Cut<JsonAnswer>(text, kAnswers, " ON EMPTY ");
  options.on_error = Cut<JsonAnswer>(text, kAnswers, " ON ERROR ");
  options.wrapping = Cut<JsonWrapping>(text, kWrappings, "");
  return options;
}

}  // namespace weir::expr
