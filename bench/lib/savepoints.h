// What savepoints cost: writing them, what the job feels of it, and the time from RESTORE to the
// first record.
#pragma once

#include <cstdint>
#include <memory>
#include <string>

#include "bench/lib/engine.h"
#include "bench/lib/measure.h"
#include "bench/lib/sources.h"
#include "state/checkpoint/savepoints.h"

namespace weir::bench {

// A job whose state has about so many bytes: a count, a sum and a string, of 200 bytes unless it is
// said, a key.
class SavepointSubject {
 public:
  // Builds the state, and takes a first checkpoint. `directory` is emptied.
  SavepointSubject(std::string directory, uint64_t megabytes, uint32_t parallelism);
  // The same with so many keys, and strings of so many bytes.
  SavepointSubject(std::string directory, GatedKeysSetup keys, uint32_t parallelism);
  ~SavepointSubject();

  uint64_t keys() const { return setup_.keys; }
  task::Job& job() { return job_->job(); }
  // As SAVEPOINT JOB does: captured and linked aside within the job, written out beside it.
  state::SavepointInfo Take(state::SavepointFormat format, const std::string& name);
  // Lets the source read as fast as it can, over a hundredth of the keys, until Quiet.
  void Run();
  void Quiet();
  // Lets it read so many rows of these keys, and waits for them.
  void Touch(uint64_t rows);
  // The longest pause between two batches since this was last asked, in milliseconds: by the clock,
  // and in processor time of the job's thread, in which other work on the machine is not counted.
  struct Pause {
    double clock = 0;
    double busy = 0;
  };
  Pause LongestPauseMillis();
  // Ends the job; its savepoints stay.
  void End();

 private:
  std::string directory_;
  GatedKeysSetup setup_;
  Gate gate_;
  std::unique_ptr<RunningJob> job_;
};

// From RESTORE to the first record.
struct RestoreCosts {
  Cost verify;          // size and checksum of every file
  Cost open;            // until the job runs: files linked and opened, or rows loaded
  double first_record;  // seconds in all, by the clock
  uint64_t bytes = 0;   // of the savepoint's files
  bool same = false;    // a canonical savepoint of the restored job has the bytes of `expected`
};

// Restores the savepoint at `path` with this backend as RESTORE JOB does. `expected`: a canonical
// savepoint of the same state.
RestoreCosts MeasureRestore(const std::string& path, const std::string& backend,
                            const std::string& directory, uint32_t parallelism,
                            const state::SavepointInfo& expected);

}  // namespace weir::bench
