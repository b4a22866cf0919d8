#include <algorithm>
#include <unordered_map>

#include "runtime/base/names.h"
#include "runtime/expr/aggregate.h"
#include "runtime/expr/binding.h"
#include "runtime/expr/function.h"
#include "runtime/expr/functions/list.h"
#include "runtime/expr/hints.h"

namespace weir::expr {
namespace {

struct Registry {
  std::vector<const ScalarFunction*> functions;
  std::vector<std::string> names;  // aliases included, for suggestions
  std::unordered_map<std::string, const ScalarFunction*> by_name;

  Registry() {
    for (const FunctionFamily& family : FunctionFamilies()) {
      for (const ScalarFunction& function : family.functions()) Add(function);
    }
  }
  void Add(const ScalarFunction& function) {
    functions.push_back(&function);
    AddName(function.name, function);
    for (const std::string_view alias : function.aliases) AddName(alias, function);
  }
  void AddName(std::string_view name, const ScalarFunction& function) {
    const bool added = by_name.emplace(std::string(name), &function).second;
    WEIR_CHECK(added);
    names.emplace_back(name);
  }
};

const Registry& TheRegistry() {
  static const Registry registry;
  return registry;
}

}  // namespace

std::span<const ScalarFunction* const> ListFunctions() {
  return TheRegistry().functions;
}

const ScalarFunction* FindFunction(std::string_view name) {
  const auto& by_name = TheRegistry().by_name;
  const auto found = by_name.find(ToUpper(name));
  return found == by_name.end() ? nullptr : found->second;
}

bool IsMissingFunction(std::string_view name) {
  // Flink's docs/data/sql_functions.yml without what has a row: types and modules that are not
  // there.
  constexpr std::string_view kMissing[] = {
      "PARSE_JSON",        "TRY_PARSE_JSON",  "OBJECT_OF",       "OBJECT_UPDATE",
      "JSON_LENGTH",       "JSON_TYPE",       "BITMAP_AND",      "BITMAP_ANDNOT",
      "BITMAP_BUILD",      "BITMAP_OR",       "BITMAP_XOR",      "BITMAP_CARDINALITY",
      "BITMAP_FROM_BYTES", "BITMAP_TO_ARRAY", "BITMAP_TO_BYTES", "BITMAP_TO_STRING",
      "GROUPING",          "GROUPING_ID",     "GROUP_ID",        "MATCH_ROWTIME",
      "MATCH_PROCTIME",
  };
  return std::ranges::any_of(kMissing,
                             [&](std::string_view known) { return EqualsIgnoreCase(known, name); });
}

std::string SuggestFunction(std::string_view name) {
  std::string elsewhere = ElsewhereHint(name);
  if (!elsewhere.empty()) return elsewhere;
  static const std::vector<std::string> everything = [] {
    std::vector<std::string> names = TheRegistry().names;
    for (const AggregateDoc& row : AggregateFunctions()) names.emplace_back(row.name);
    for (const FormDoc& form : SpecialForms()) names.emplace_back(form.name);
    return names;
  }();
  return DidYouMean(name, everything);
}

}  // namespace weir::expr
