#include "state/state_moves.h"

#include <utility>

#include "state/epoch.h"

namespace weir::state {
namespace {

// Of CounterKey and SchemaKey: a letter, the family, and for counters a zero byte and the place.
std::string_view PlaceOfRecord(std::string_view key, const std::string& family) {
  return key.substr(CounterKey(family, "").size());
}

bool IsCounter(std::string_view key) {
  return key.starts_with(CounterKey("", "").substr(0, 1));
}

}  // namespace

std::string FamilyOfRecord(std::string_view key) {
  if (key.empty()) return "";
  const std::string_view rest = key.substr(1);
  return std::string(IsCounter(key) ? rest.substr(0, rest.find('\0')) : rest);
}

std::map<std::string, std::string> MoveBookkeeping(
    const std::map<std::string, std::string>& records, const std::vector<StateMove>& moves) {
  std::map<std::string, std::string> moved;
  for (const auto& [key, value] : records) {
    const std::string family = FamilyOfRecord(key);
    for (const StateMove& move : moves) {
      if (move.from != family) continue;
      moved[IsCounter(key) ? CounterKey(move.to, PlaceOfRecord(key, family)) : SchemaKey(move.to)] =
          value;
    }
  }
  return moved;
}

void MoveSnapshot(MemorySnapshot& snapshot, const std::vector<StateMove>& moves) {
  snapshot.bookkeeping = MoveBookkeeping(snapshot.bookkeeping, moves);
  std::map<std::string, RecordSet> rows;
  for (const StateMove& move : moves) {
    const auto found = snapshot.rows.find(move.from);
    if (found != snapshot.rows.end()) rows.emplace(move.to, found->second);
  }
  snapshot.rows = std::move(rows);
}

}  // namespace weir::state
