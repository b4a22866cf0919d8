#include "runtime/connectors/postgres/visibility.h"

#include <fmt/format.h>

#include <algorithm>
#include <charconv>

namespace weir::connectors::postgres {
namespace {

// A number at the front of `rest`, and `end` behind it unless nothing is behind.
bool TakeNumber(std::string_view& rest, char end, uint64_t& number) {
  const auto [stop, error] = std::from_chars(rest.data(), rest.data() + rest.size(), number);
  if (error != std::errc()) return false;
  rest.remove_prefix(static_cast<size_t>(stop - rest.data()));
  if (rest.empty()) return true;
  if (rest.front() != end) return false;
  rest.remove_prefix(1);
  return true;
}

bool Parse(std::string_view rest, Visibility& seen) {
  if (std::ranges::count(rest, ':') != 2) return false;
  if (!TakeNumber(rest, ':', seen.first_running) || !TakeNumber(rest, ':', seen.next)) return false;
  while (!rest.empty()) {
    if (!TakeNumber(rest, ',', seen.running.emplace_back())) return false;
  }
  return seen.first_running <= seen.next;
}

}  // namespace

bool Visibility::Sees(uint64_t transaction) const {
  if (transaction < first_running) return true;
  return transaction < next && std::ranges::find(running, transaction) == running.end();
}

std::string Visibility::Text() const {
  return fmt::format("{}:{}:{}", first_running, next, fmt::join(running, ","));
}

Result<Visibility> ParseVisibility(std::string_view text) {
  Visibility seen;
  if (Parse(text, seen)) return seen;
  return Status::Corruption(fmt::format("'{}' is no snapshot of PostgreSQL", text)).WithId("E7001");
}

uint64_t WholeNumber(uint32_t transaction, uint64_t near) {
  const auto distance = static_cast<int32_t>(transaction - static_cast<uint32_t>(near));
  return near + static_cast<uint64_t>(static_cast<int64_t>(distance));
}

}  // namespace weir::connectors::postgres
