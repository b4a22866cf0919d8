#include "runtime/types/time_to_live.h"

#include <fmt/format.h>
#include <fmt/ranges.h>

#include <algorithm>

namespace weir {
namespace {

std::string InWords(int64_t millis) {
  return millis == 0 ? "none" : fmt::format("{} ms", millis);
}

}  // namespace

std::string TimeToLiveInWords(const OperatorStateSchema& state) {
  if (state.tables.empty()) return InWords(0);
  const int64_t first = state.tables.front().ttl_millis;
  const bool same = std::all_of(state.tables.begin(), state.tables.end(),
                                [&](const auto& table) { return table.ttl_millis == first; });
  if (same) return InWords(first);
  std::vector<std::string> parts;
  for (const StateSchema& table : state.tables) {
    parts.push_back(fmt::format("{}: {}", table.name, InWords(table.ttl_millis)));
  }
  return fmt::format("{}", fmt::join(parts, "; "));
}

}  // namespace weir
