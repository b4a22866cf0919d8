#include "runtime/graph/asked_keys.h"

#include <algorithm>

namespace weir::graph {
namespace {

bool IsWhole(const Type& type) {
  return type.kind() == TypeKind::kTinyInt || type.kind() == TypeKind::kSmallInt ||
         type.kind() == TypeKind::kInt || type.kind() == TypeKind::kBigInt;
}

// A cast of integers to wider ones, which a lookup has where the other side's are wider, changes no
// value: the table may be asked with the wider value.
const expr::Expr& WithoutWidening(const expr::Expr& expression) {
  const expr::Expr* inner = &expression;
  while (inner->kind == expr::ExprKind::kCast && IsWhole(inner->type) &&
         IsWhole(inner->args[0]->type) && inner->type.kind() >= inner->args[0]->type.kind())
    inner = inner->args[0].get();
  return *inner;
}

}  // namespace

std::vector<AskedKey> AskedKeysOf(const LookupSpec& spec) {
  std::vector<AskedKey> asked;
  for (size_t i = 0; i < spec.shape.right.keys.size(); ++i) {
    if (spec.shape.null_safe[i] != 0) continue;
    const auto right = static_cast<size_t>(spec.shape.right.keys[i]);
    const expr::Expr& column = WithoutWidening(*spec.projections[right]);
    if (column.kind != expr::ExprKind::kColumn) continue;
    if (std::ranges::find(asked, column.column, &AskedKey::scan) != asked.end()) continue;
    asked.push_back({spec.shape.left.keys[i], column.column});
  }
  return asked;
}

}  // namespace weir::graph
