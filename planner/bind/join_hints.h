// The hints of a SELECT on its joins: Flink's BROADCAST, SHUFFLE_HASH, SHUFFLE_MERGE, NEST_LOOP,
// MULTI_JOIN and LOOKUP.
#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "planner/ast/table_ref.h"
#include "planner/bind/relation.h"
#include "planner/logical/join.h"
#include "runtime/base/result.h"

namespace weir::bind {

// A table or alias in FROM that a hint names.
struct HintedInput {
  std::string name;
  SourceSpan span;
};

// BROADCAST(t, …): how Flink is to carry out a join; MULTI_JOIN for its streaming mode, the others
// for its batch mode. A join is carried out in one way here, by a hash of its keys, so that EXPLAIN
// shows the hint, and that is all.
struct WayHint {
  std::string name;  // in capitals
  std::vector<HintedInput> inputs;
};

// LOOKUP('table' = 't', …). Of its options those of the retry have an effect.
struct LookupHint {
  HintedInput table;
  graph::LookupRetry retry;
};

struct JoinHints {
  std::vector<WayHint> ways;
  std::vector<LookupHint> lookups;
};

// Whether a hint of this name, in any case, is a WayHint.
bool IsWayHint(std::string_view name);

// Reads one hint of a SELECT. E2015 for arguments that it does not take, at their places.
Result<WayHint> ReadWayHint(const ast::Hint& hint);
Result<LookupHint> ReadLookupHint(const ast::Hint& hint);

// E2001 unless the input is in FROM, which was bound to `relation`; `hint` is the hint's name.
Status CheckInput(std::string_view hint, const HintedInput& input, const Relation& relation,
                  const TextScope& text);
// Whether the side of a join is the one table that is called so.
bool IsCalled(const Relation& side, const std::string& name);

// E2001 for an input that is not in FROM, and E2015 for a LOOKUP of a table that is not looked up,
// or with a retry of one that is not asked key by key. `relation` is FROM as it was bound.
Status CheckJoinHints(const JoinHints& hints, const Relation& relation, const TextScope& text);

// Puts on the join what the hints say of its two sides.
void SetHints(logical::Join& join, const Relation& left, const Relation& right,
              const JoinHints& hints);

}  // namespace weir::bind
