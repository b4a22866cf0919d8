// ORDERED VALUES: what ARRAY_AGG and LISTAGG with ORDER BY compute from the rows that they keep
// (planner/bind/bind_ordered_aggregate.cc). It has no syntax of its own.
#include <algorithm>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "runtime/expr/functions/list.h"
#include "runtime/expr/functions/lists.h"
#include "runtime/expr/functions/rules.h"
#include "runtime/types/key_encoding.h"

namespace weir::expr {
namespace {

struct Key {
  bool descending = false;
  bool nulls_first = true;
};

// "DESC NULLS LAST, ASC NULLS FIRST": one for each field of the rows but the last.
std::vector<Key> KeysOf(std::string_view text) {
  std::vector<Key> keys;
  while (!text.empty()) {
    const std::string_view key = text.substr(0, text.find(", "));
    keys.push_back({key.starts_with("DESC"), key.ends_with("FIRST")});
    text.remove_prefix(std::min(key.size() + 2, text.size()));
  }
  return keys;
}

// Bytes that compare as the keys of an element do. Those of no value are the beginning of another's
// (key_encoding.h), so that each may be turned around for itself.
void AppendOrder(std::span<const ColumnPtr> fields, const std::vector<Key>& keys, uint32_t row,
                 std::string& out) {
  for (size_t i = 0; i < keys.size(); ++i) {
    if (fields[i]->IsNull(row)) {
      out += keys[i].nulls_first ? '\0' : '\2';
      continue;
    }
    out += '\1';
    const size_t begin = out.size();
    AppendKeyValue(*fields[i], row, out);
    if (!keys[i].descending) continue;
    for (size_t at = begin; at < out.size(); ++at) out[at] = static_cast<char>(~out[at]);
  }
}

struct Element {
  uint32_t row = 0;
  size_t begin = 0;
  size_t end = 0;
};

Result<ColumnPtr> OrderedValuesKernel(const KernelCall& call) {
  const ListReader lists(*call.args[0]);
  const PoolVector<ColumnPtr>& fields = lists.elements().children();
  const std::vector<Key> keys = KeysOf(call.expression->args[1]->literal.get<std::string>());
  std::vector<Element> elements;
  std::string order;
  return BuildRows(call, *NullsOf(call), [&](uint32_t row, ColumnBuilder& builder) {
    const ListRange range = lists[row];
    elements.clear();
    order.clear();
    for (uint32_t i = range.begin; i < range.end; ++i) {
      const size_t begin = order.size();
      AppendOrder(fields, keys, i, order);
      elements.push_back({i, begin, order.size()});
    }
    const auto bytes = [&](const Element& element) {
      return std::string_view(order).substr(element.begin, element.end - element.begin);
    };
    std::ranges::stable_sort(elements, {}, bytes);
    for (const Element& element : elements)
      builder.child(0).AppendFrom(*fields.back(), element.row);
    builder.AppendList();
  });
}

Result<Type> ValuesRule(Args args) {
  const Type& element = args[0]->type.fields()[0].type;
  const bool rows = element.kind() == TypeKind::kRow && element.fields().size() > 1 &&
                    args[1]->kind == ExprKind::kLiteral && !args[1]->literal.is_null();
  if (rows) return Type::Array(element.fields().back().type);
  return Status::InvalidSql("ORDERED VALUES takes rows and a literal order").WithId("E2005");
}

}  // namespace

std::span<const ScalarFunction> OrderedValuesFunctions() {
  static const std::vector<ScalarFunction> table = {
      Define("ORDERED VALUES", "ARRAY_AGG(value ORDER BY …) → ARRAY",
             "The values in an order, as aggregates with ORDER BY or WITHIN GROUP give them.",
             {{{ArgumentClass::kArray, ArgumentClass::kString}, ValuesRule, OrderedValuesKernel}})};
  return table;
}

}  // namespace weir::expr
