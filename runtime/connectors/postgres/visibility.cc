#include "runtime/connectors/postgres/visibility.h"

#include <fmt/format.h>

#include <algorithm>

#include "runtime/connectors/jdbc/position_words.h"

namespace weir::connectors::postgres {
namespace {

using jdbc::ParseNumbers;

bool Parse(std::string_view text, Visibility& seen) {
  const size_t first = text.find(':');
  if (first == std::string_view::npos) return false;
  const size_t second = text.find(':', first + 1);
  if (second == std::string_view::npos) return false;
  std::vector<uint64_t> from;
  std::vector<uint64_t> to;
  if (!ParseNumbers(text.substr(0, first), from) || from.size() != 1) return false;
  if (!ParseNumbers(text.substr(first + 1, second - first - 1), to) || to.size() != 1) return false;
  seen.first_running = from.front();
  seen.next = to.front();
  return ParseNumbers(text.substr(second + 1), seen.running) && seen.first_running <= seen.next;
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
