// A checkpoint that was started and is neither complete nor given up: what has come in of it so
// far.
#pragma once

#include <cstdint>
#include <future>
#include <map>
#include <memory>
#include <string>
#include <vector>

#include "runtime/checkpoint/barrier.h"
#include "runtime/checkpoint/decide.h"

namespace weir::checkpoint {

// Answered once; null when nobody asked.
using Reply = std::shared_ptr<std::promise<Result<uint64_t>>>;

// kAborted is left when the background thread hands its result back: until then its files are in
// use.
enum class Phase : uint8_t {
  kCollecting,  // acknowledgements of tasks are missing
  kPersisting,  // parts are with the background thread
  kAborted,     // given up while parts were with the background thread
};

// Committables of each sink by its node, in order of pre-commit.
using Committables = std::map<size_t, std::vector<std::string>>;

// Belongs to the coordinator's first thread.
struct Pending {
  Barrier barrier;
  Purpose purpose = Purpose::kPeriodic;
  Phase phase = Phase::kCollecting;
  int64_t triggered_nanos = 0;
  int64_t trigger_millis = 0;  // wall clock, for the metadata
  std::vector<uint8_t> acked;
  std::vector<std::unique_ptr<EpochPart>> parts;
  std::vector<OperatorContribution> contributions;
  Reply reply;
  std::shared_ptr<const SavepointCapture> capture;  // null: a checkpoint
  bool pauses() const {
    return purpose == Purpose::kStop || (capture != nullptr && capture->pause);
  }

  PendingFacts facts() const {
    return {.id = barrier.checkpoint_id,
            .triggered = triggered_nanos,
            .expected = acked.size(),
            .acked = acked};
  }
};

// Moves the committables out of `contributions`, behind those that are there already. Subtasks in
// order.
void CollectCommittables(std::vector<OperatorContribution>& contributions, Committables& into);

// The metadata of a checkpoint whose tasks have all acknowledged: `base` with each operator's
// contributions, and `committables` (earlier, never committed ones included).
// The bytes do not depend on the order in which tasks acknowledged: contributions are by subtask,
// splits by id. Watermarks are the least of the subtasks'.
CheckpointMetadata MakeMetadata(const CheckpointMetadata& base, const Pending& pending,
                                const Committables& committables, std::vector<StateFile> files);

}  // namespace weir::checkpoint
