// New readers of results that already exist. Each is first sent what it would have read so far, if
// the states below it hold that.
// None of this is persisted. Tasks seed before they process anything else, so that every barrier
// comes behind the seeds: a job that dies before its first checkpoint is restored again with its
// seeds, and the first checkpoint contains them.
#pragma once

#include <functional>
#include <string>
#include <vector>

#include "runtime/checkpoint_storage.h"
#include "runtime/graph/job_graph.h"

namespace weir::checkpoint {

struct RestorePlan;

// What the state of one operator can supply to a new reader.
struct SeedState {
  // The operator has given nothing before, or starts anew as the reader does: the reader misses
  // nothing of it and needs no seeds.
  bool whole = false;
  std::string why_not;  // why it cannot, in words; "": it can supply its result so far
};

// What a new reader is sent first.
struct SeedResult {
  std::vector<std::string> from;  // uids, in the order of the graph
  std::string why_not;            // with the uid of the operator that cannot; then nothing is sent
  bool nothing_missed = false;    // all that it reads starts as it does; `why_not` says so, too
};

// Whether the operator keeps state, so that seeds sent to it end there.
bool EndsSeeds(const graph::JobGraph& graph, const graph::Node& node);

// Asks every operator with state that the node `reader` reads from, directly or through stateless
// operators. Pure. Either all of them can supply their results or nothing is sent, since half a
// result would be wrong.
SeedResult SeedsOf(const graph::JobGraph& graph, int reader,
                   const std::function<SeedState(const std::string& uid)>& state_of);

// The paths of `graph` that seeds take, for CheckpointMetadata::seeds. Stateless operators that
// lead both to new and to old readers are duplicated, so that each kind has a path of its own
// ("<uid>/seeded"). REQUIRES: `plan` belongs to this graph, and PinKeyOrder was called.
std::vector<SeededWay> SplitForSeeds(const RestorePlan& plan, graph::JobGraph& graph);

}  // namespace weir::checkpoint
