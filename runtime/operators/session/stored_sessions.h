// The open sessions of keys in state tables. Most keys have only one, which is kept in a table
// without sub-keys and so costs less than in a map.
#pragma once

#include <cstdint>
#include <functional>
#include <span>
#include <string_view>
#include <vector>

#include "runtime/graph/session_state.h"
#include "runtime/state_backend.h"

namespace weir::operators {

// A row of one of the tables. Rows of both have the same fields.
struct SessionPlace {
  std::byte* row;
  bool single;  // in "single"
};

// A session of the state. `key`: its place among the keys that were looked up.
struct StoredSession {
  uint32_t key;
  int64_t start;
  int64_t end;
  SessionPlace at;
};

// The sessions in the tables "sessions" and "single" (graph/session_state.h). A new session goes
// into "single" if its key has none there, else into "sessions", which is not read while it is
// empty. Without a table "single" all are in "sessions". Memory is reused.
// Row pointers live until the next Load.
class StoredSessions {
 public:
  // A session to be: its key, of those that were loaded, and its start.
  struct Fresh {
    uint32_t key;
    int64_t start;
  };

  // `single` may be null.
  void Open(MapTable& sessions, ValueTable* single, graph::SessionFields fields);
  const RowLayout& layout() const { return *layout_; }

  // Loads the sessions of these keys, to which the calls below refer.
  Status Load(const KeyView& keys);
  // In the order of their keys, the one of "single" first.
  const std::vector<StoredSession>& loaded() const { return loaded_; }
  // Adds zeroed rows to the keys that were loaded last.
  Status Add(const KeyView& keys, std::span<const Fresh> fresh, std::vector<SessionPlace>& rows);
  // Null rows are left out.
  void MarkChanged(std::span<const SessionPlace> rows);
  void Erase(std::span<const SessionPlace> rows);
  // Calls `f` for every session of the state, in no order: its key, as canonical bytes, and its
  // end.
  Status ForEach(const std::function<void(std::string_view key, int64_t end)>& f);
  // The owner of the strings of a table's rows.
  StringOwner& OwnerOf(bool single) {
    return single ? static_cast<StringOwner&>(*single_) : *sessions_;
  }

 private:
  void Take(uint32_t key, std::byte* row, bool single);
  void TakeSingles(uint32_t end);
  Status AddToMap(const KeyView& keys);
  // The pointers in `rows` that are not null and belong to the table "single" or, without `single`,
  // to "sessions". Valid until the next call.
  std::span<std::byte* const> RowsOf(std::span<const SessionPlace> rows, bool single);

  MapTable* sessions_ = nullptr;
  const RowLayout* layout_ = nullptr;  // of both tables
  ValueTable* single_ = nullptr;
  graph::SessionFields fields_{};
  std::vector<StoredSession> loaded_;
  // By key: its row in "single", null if there is none, or &taken once Add has reserved the place.
  std::vector<std::byte*> singles_;
  uint32_t next_single_ = 0;
  bool probed_ = false;
  MatchRun run_;
  std::vector<std::byte*> scratch_;
  // Scratch of Add: the keys of one table, and the new sessions that they belong to.
  std::vector<uint32_t> probes_;
  std::vector<uint32_t> places_;
  std::vector<int64_t> starts_;
};

}  // namespace weir::operators
