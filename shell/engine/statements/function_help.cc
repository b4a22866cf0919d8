#include "shell/engine/statements/function_help.h"

#include <fmt/format.h>

#include <algorithm>

#include "runtime/base/names.h"
#include "runtime/expr/aggregate.h"
#include "runtime/expr/binding.h"
#include "runtime/expr/function.h"

namespace weir::shell {
namespace {

constexpr FunctionExample kExamples[] = {
#define WEIR_EXAMPLE(name, select, gives) {name, select, gives},
#include "shell/engine/statements/function_examples.def"
#undef WEIR_EXAMPLE
};

std::string ExampleOf(std::string_view name) {
  const auto* const found = std::ranges::find(kExamples, name, &FunctionExample::name);
  if (found == std::end(kExamples)) return "";
  const std::string gives = found->gives.empty() ? "" : fmt::format("  -- {}", found->gives);
  return fmt::format("  SELECT {};{}\n", found->select, gives);
}

std::string Entry(std::string_view name, std::string_view signature, std::string_view doc) {
  // Similar functions share a signature, in which F stands for the name.
  const std::string own =
      signature.starts_with("F(")        ? fmt::format("{}{}", name, signature.substr(1))
      : signature == "without arguments" ? fmt::format("{}, without arguments", name)
                                         : std::string(signature);
  return fmt::format("{}\n  {}\n{}", own, doc, ExampleOf(name));
}

}  // namespace

std::span<const FunctionExample> FunctionExamples() {
  return kExamples;
}

std::string FunctionHelp(std::string_view name) {
  std::string text;
  if (const expr::ScalarFunction* function = expr::FindFunction(name); function != nullptr)
    text += Entry(function->name, function->signature, function->doc);
  if (const auto known = expr::FindAggregate(name); known.ok()) {
    const expr::AggregateDoc& aggregate = expr::AggregateFunctions()[static_cast<size_t>(*known)];
    text += Entry(aggregate.name, aggregate.signature, aggregate.doc);
  }
  for (const expr::FormDoc& form : expr::SpecialForms()) {
    if (EqualsIgnoreCase(form.name, name)) text += Entry(form.name, form.signature, form.doc);
  }
  return text;
}

std::vector<std::string> FunctionsWithHelp() {
  std::vector<std::string> names;
  for (const expr::ScalarFunction* function : expr::ListFunctions())
    names.emplace_back(function->name);
  for (const expr::AggregateDoc& aggregate : expr::AggregateFunctions())
    names.emplace_back(aggregate.name);
  for (const expr::FormDoc& form : expr::SpecialForms()) names.emplace_back(form.name);
  return names;
}

}  // namespace weir::shell
