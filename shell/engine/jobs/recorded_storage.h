// A job's checkpoint storage that writes every completed checkpoint into the job's record before it
// is reported. A job whose record names a checkpoint has committed output, and therefore never
// begins anew by itself.
#pragma once

#include <cstdint>
#include <functional>
#include <memory>

#include "runtime/checkpoint_storage.h"

namespace weir::shell {

// Records, durably, a completed checkpoint (0: no further one) and the number up to which numbers
// may have been used. What is recorded never becomes less.
using NoteNumbers = std::function<Status(uint64_t completed, uint64_t given)>;

// Publish fails, as uncertain, when the record cannot be written, so that nothing is committed.
// Load records the checkpoint that it returns: this may not have happened before, and the job that
// continues from it commits its output. Numbers are recorded in advance, several at a time, to save
// writes. Used by one thread at a time, which also calls `note`.
std::unique_ptr<CheckpointStorage> RecordNumbers(std::unique_ptr<CheckpointStorage> storage,
                                                 NoteNumbers note);

}  // namespace weir::shell
