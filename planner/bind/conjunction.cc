#include "planner/bind/conjunction.h"

#include <utility>

#include "runtime/expr/binding.h"

namespace weir::bind {

expr::ExprPtr AllOf(std::vector<expr::ExprPtr> conditions, SourceSpan span) {
  if (conditions.empty()) return nullptr;
  if (conditions.size() == 1) return conditions[0];
  return expr::BindCall("AND", std::move(conditions), span).value();
}

}  // namespace weir::bind
