// Keeps two sessions from starting, dropping or restoring jobs of one name at the same time.
#pragma once

#include <optional>
#include <set>
#include <string>
#include <string_view>

#include "runtime/mutex.h"

namespace weir::shell {

class NameHold;

// Names in any case, each held by one thread at most. Thread-safe; outlives its holds.
class NameHolds {
 public:
  // Waits until nobody else holds the name. Whoever holds one takes no second one. Throws
  // Interrupted when the user of this thread gives up meanwhile (interruption.h).
  NameHold Take(std::string_view name);
  // The same for what must be brought to its end: waits for as long as it takes.
  NameHold TakeSurely(std::string_view name);
  // Nothing if somebody else holds it.
  std::optional<NameHold> TryTake(std::string_view name);

 private:
  friend class NameHold;
  NameHold Wait(std::string_view name, bool surely);
  void Release(const std::string& name);

  Mutex mutex_;
  ConditionVariable released_;
  std::set<std::string> held_ WEIR_GUARDED_BY(mutex_);  // in capitals
};

// A name that is held for as long as this exists. It may be handed on.
class NameHold {
 public:
  NameHold(NameHold&& other) noexcept;
  NameHold& operator=(NameHold&&) = delete;
  ~NameHold();

  // In capitals.
  const std::string& name() const { return name_; }

 private:
  friend class NameHolds;
  NameHold(NameHolds* holds, std::string name) : holds_(holds), name_(std::move(name)) {}

  NameHolds* holds_;  // null: handed on
  std::string name_;
};

// The kinds of hold that the statements on a data directory need, in the order in which they are
// taken.
struct JobHolds {
  // By the last part of the name of a table, view or function (definition_hold.h).
  NameHolds definitions;
  // By a job's name: makes starts, drops and restores under one name happen one after the other.
  NameHolds names;
  // By a job's id, while a savepoint of it is written: one at a time.
  NameHolds saved;
};

}  // namespace weir::shell
