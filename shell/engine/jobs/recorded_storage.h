// A job's checkpoint storage that has the job's record know what was completed, before anyone is
// told: a job whose record names a checkpoint has committed output, and never begins anew by
// itself.
#pragma once

#include <cstdint>
#include <functional>
#include <memory>

#include "runtime/checkpoint_storage.h"

namespace weir::shell {

// Durable when it returns: the newest completed checkpoint (0: none yet), and the number up to
// which numbers may have been given.
using NoteNumbers = std::function<Status(uint64_t completed, uint64_t given)>;

// Publish fails, uncertain, when the record cannot be written: then nothing may be committed.
// Load notes what it gives: it may never have been, and whoever goes on from it commits its output.
// Numbers are noted some ahead, so that not each of them is written. Used by one thread at a time;
// `note` is called by it.
std::unique_ptr<CheckpointStorage> RecordNumbers(std::unique_ptr<CheckpointStorage> storage,
                                                 NoteNumbers note);

}  // namespace weir::shell
