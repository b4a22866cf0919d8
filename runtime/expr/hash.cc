#include "runtime/expr/hash.h"

#include <bit>
#include <functional>

#include "runtime/base/hash.h"

namespace weir::expr {
namespace {

// Equal literals have equal hashes. Types are not hashed, as literals seldom differ in them alone;
// Equal compares them.
uint64_t HashOf(const Value& literal) {
  const uint64_t kind = literal.storage().index();
  return std::visit(
      [&]<typename T>(const T& value) {
        if constexpr (std::is_same_v<T, std::monostate>) {
          return kind;
        } else if constexpr (std::is_same_v<T, std::vector<Value>>) {
          uint64_t hash = kind;
          for (const Value& element : value) hash = CombineHash(hash, HashOf(element));
          return hash;
        } else if constexpr (std::is_same_v<T, std::string>) {
          return CombineHash(kind, Hash64(value.data(), value.size()));
        } else if constexpr (std::is_same_v<T, TimestampNanos>) {
          return CombineHash(CombineHash(kind, static_cast<uint64_t>(value.millis)),
                             static_cast<uint64_t>(value.nanos));
        } else if constexpr (std::is_same_v<T, double>) {
          return CombineHash(kind, std::bit_cast<uint64_t>(value));
        } else if constexpr (std::is_same_v<T, float>) {
          return CombineHash(kind, std::bit_cast<uint32_t>(value));
        } else {
          return CombineHash(kind, static_cast<uint64_t>(value));
        }
      },
      literal.storage());
}

}  // namespace

uint64_t HashOf(const Expr& expression) {
  uint64_t hash = CombineHash(static_cast<uint64_t>(expression.kind),
                              static_cast<uint64_t>(expression.type.kind()));
  hash = CombineHash(hash, static_cast<uint64_t>(expression.column));
  hash = CombineHash(hash, std::hash<const ScalarFunction*>()(expression.function));
  hash = CombineHash(hash, HashOf(expression.literal));
  for (const ExprPtr& arg : expression.args) hash = CombineHash(hash, HashOf(*arg));
  return hash;
}

}  // namespace weir::expr
