#include <unordered_map>

#include "runtime/base/names.h"
#include "runtime/expr/function.h"
#include "runtime/expr/functions/list.h"

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

std::string SuggestFunction(std::string_view name) {
  return DidYouMean(name, TheRegistry().names);
}

}  // namespace weir::expr
