// The queries of NEXMark written by hand over plain arrays: what a programmer would write who knows
// the query, its types and its input, with no engine, no checkpoints, and one thread. Each puts out
// the rows of the engine's result; what a query updates, once a batch.
#pragma once

#include <memory>
#include <span>

#include "bench/hand/output.h"
#include "bench/lib/events.h"

namespace weir::bench {

class HandQuery {
 public:
  virtual ~HandQuery() = default;
  // Events in the order of their times, but for some tens of milliseconds.
  virtual void Feed(const EventView& events) = 0;
  virtual void Finish() {}
};

struct HandFacts {
  const char* name;     // "q0"
  EventFields fields;   // that it reads
  const char* columns;  // kinds of its result's columns (Output)
  uint32_t open;        // result columns that depend on which of equal rows came first
  std::unique_ptr<HandQuery> (*make)(Output& output);
};

// By family; every query of bench/nexmark/queries is in one.
std::span<const HandFacts> StatelessQueries();
std::span<const HandFacts> FileQueries();
std::span<const HandFacts> WindowQueries();
std::span<const HandFacts> SessionQueries();
std::span<const HandFacts> AggregateQueries();
std::span<const HandFacts> JoinQueries();
std::span<const HandFacts> WinnerQueries();
std::span<const HandFacts> RankQueries();
// Null when there is no loop for this query.
const HandFacts* FindHandQuery(std::string_view name);

template <typename Query>
std::unique_ptr<HandQuery> MakeHand(Output& output) {
  return std::make_unique<Query>(output);
}

// Bits of EventFields.
inline constexpr uint32_t Columns(std::initializer_list<int> places) {
  uint32_t mask = 0;
  for (const int place : places) mask |= uint32_t{1} << place;
  return mask;
}
// Of EventFields.
inline constexpr uint32_t kTimeOfPerson = 1U << 6;
inline constexpr uint32_t kTimeOfAuction = 1U << 5;
inline constexpr uint32_t kTimeOfBid = 1U << 5;

}  // namespace weir::bench
