// New readers of results that go on: each is given, first, what it would have read so far
// (operators/operator.h, Seed), where the states below it hold that.
//
// Nothing of it is persisted. Tasks seed before they take anything else, so that every barrier
// comes behind the seeds: a job that dies before its first checkpoint is restored again, seeds
// included, and one that has a checkpoint has them in it.
#pragma once

#include <functional>
#include <string>
#include <vector>

#include "runtime/checkpoint_storage.h"
#include "runtime/graph/job_graph.h"

namespace weir::checkpoint {

struct RestorePlan;

// What the state of one operator can give to a new reader.
struct SeedState {
  bool whole = false;   // it begins anew, too: the reader misses nothing of it
  std::string why_not;  // in words; "": its result so far
};

// What a new reader is given first.
struct SeedResult {
  std::vector<std::string> from;  // uids, in the order of the graph
  std::string why_not;            // in words, with the uid; then nothing is given
};

// Whether the operator keeps state: seeds that come to it end there.
bool EndsSeeds(const graph::JobGraph& graph, const graph::Node& node);

// Asks every operator with state that `reader`, a node, reads directly or through stateless ones.
// Pure. Unless all can give what they gave before, nothing is: half of a result is none.
SeedResult SeedsOf(const graph::JobGraph& graph, int reader,
                   const std::function<SeedState(const std::string& uid)>& state_of);

// The ways of `graph` on which seeds come, for CheckpointMetadata::seeds. Stateless operators that
// lead to new readers and to old ones are doubled, so that each has its own way ("<uid>/seeded").
// REQUIRES: `plan` is of this graph, whose keys are pinned.
std::vector<SeededWay> SplitForSeeds(const RestorePlan& plan, graph::JobGraph& graph);

}  // namespace weir::checkpoint
