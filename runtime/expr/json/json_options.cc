#include "runtime/expr/json/json_options.h"

#include <fmt/format.h>

#include "runtime/base/check.h"

namespace weir::expr {
namespace {

// An option and its word in the text. Each row has both, so that the order of rows does not matter.
template <typename Enum>
struct Word {
  Enum value;
  std::string_view text;
};
constexpr Word<JsonReturns> kReturns[] = {{JsonReturns::kString, "STRING"},
                                          {JsonReturns::kBoolean, "BOOLEAN"},
                                          {JsonReturns::kInteger, "INT"},
                                          {JsonReturns::kReal, "DOUBLE"},
                                          {JsonReturns::kArray, "ARRAY<STRING>"}};
constexpr Word<JsonAnswer> kAnswers[] = {{JsonAnswer::kNull, "NULL"},
                                         {JsonAnswer::kError, "ERROR"},
                                         {JsonAnswer::kDefault, "DEFAULT"},
                                         {JsonAnswer::kEmptyArray, "EMPTY ARRAY"},
                                         {JsonAnswer::kEmptyObject, "EMPTY OBJECT"},
                                         {JsonAnswer::kTrue, "TRUE"},
                                         {JsonAnswer::kFalse, "FALSE"},
                                         {JsonAnswer::kUnknown, "UNKNOWN"}};
constexpr Word<JsonWrapping> kWrappings[] = {
    {JsonWrapping::kWithout, "WITHOUT WRAPPER"},
    {JsonWrapping::kConditional, "WITH CONDITIONAL WRAPPER"},
    {JsonWrapping::kUnconditional, "WITH UNCONDITIONAL WRAPPER"}};

template <typename Enum, size_t kCount>
std::string_view TextOf(Enum value, const Word<Enum> (&words)[kCount]) {
  for (const Word<Enum>& word : words) {
    if (word.value == value) return word.text;
  }
  WEIR_UNREACHABLE();
}

// Takes the word that the text begins with, and `behind` after it, off the text. REQUIRES: there is
// one.
template <typename Enum, size_t kCount>
Enum Cut(std::string_view& text, const Word<Enum> (&words)[kCount], std::string_view behind) {
  for (const Word<Enum>& word : words) {
    if (!text.starts_with(word.text)) continue;
    const std::string_view rest = text.substr(word.text.size());
    if (!rest.starts_with(behind)) continue;
    text = rest.substr(behind.size());
    return word.value;
  }
  WEIR_UNREACHABLE();
}

}  // namespace

std::string JsonOptions::ToText() const {
  return fmt::format("RETURNING {} {} ON EMPTY {} ON ERROR {}", TextOf(returns, kReturns),
                     TextOf(on_empty, kAnswers), TextOf(on_error, kAnswers),
                     TextOf(wrapping, kWrappings));
}

JsonOptions JsonOptions::FromText(std::string_view text) {
  text.remove_prefix(std::string_view("RETURNING ").size());
  JsonOptions options;
  options.returns = Cut(text, kReturns, " ");
  options.on_empty = Cut(text, kAnswers, " ON EMPTY ");
  options.on_error = Cut(text, kAnswers, " ON ERROR ");
  options.wrapping = Cut(text, kWrappings, "");
  return options;
}

}  // namespace weir::expr
