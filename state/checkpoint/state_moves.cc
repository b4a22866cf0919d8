#include "state/checkpoint/state_moves.h"

#include <utility>

#include "runtime/checkpoint/union_names.h"
#include "runtime/types/moments_fields.h"
#include "state/row/row_codec.h"
#include "state/table/epoch.h"

namespace weir::state {
namespace {

// The place in a counter's key, which is a letter, the family, a zero byte and the place
// (CounterKey).
std::string_view PlaceOfRecord(std::string_view key, const std::string& family) {
  return key.substr(CounterKey(family, "").size());
}

bool IsCounter(std::string_view key) {
  return key.starts_with(CounterKey("", "").substr(0, 1));
}

// Renames do not name the parts of an accumulator that only rows of older schemas have: these are
// renamed with their call.
std::string MovedName(const std::string& name, const checkpoint::Renames& renames) {
  std::string renamed = checkpoint::Renamed(name, renames);
  if (renamed != name) return renamed;
  const std::string call = AccumulatorOf(name);
  return checkpoint::Renamed(call, renames) + name.substr(call.size());
}

// A schema record with its fields renamed. A malformed one stays, and is reported when its table is
// opened.
std::string WithFieldsRenamed(const std::string& record, const StateMove& move) {
  if (move.fields.empty()) return record;
  Result<SavedSchema> saved = ReadSchemaHistory(record);
  if (!saved.ok()) return record;
  for (auto& [id, fields] : saved->history) {
    for (Field& field : fields) field.name = MovedName(field.name, move.fields);
  }
  std::string renamed;
  AppendSchemaHistory(saved->schema, saved->history, renamed);
  return renamed;
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
      if (IsCounter(key)) {
        moved[CounterKey(move.to, PlaceOfRecord(key, family))] = value;
      } else {
        moved[SchemaKey(move.to)] = WithFieldsRenamed(value, move);
      }
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
