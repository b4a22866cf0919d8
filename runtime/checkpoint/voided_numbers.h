// Numbers of checkpoints that do not count, whatever is found of them.
// A start that goes on from a checkpoint, or from none, throws away what later ones had promised:
// the output that an earlier process had in progress. A checkpoint that this start did not see may
// be found afterwards all the same: an object store lists it late, or a PUT arrives when the
// process that sent it is dead. To go on from it would be to believe promises that nobody can keep.
// So each start first records the numbers between the newest checkpoint that it saw and the first
// one that it will use itself.
#pragma once

#include <cstdint>
#include <vector>

namespace weir::checkpoint {

// `first` to `last`, both included.
struct NumberRange {
  uint64_t first = 0;
  uint64_t last = 0;
  bool operator==(const NumberRange&) const = default;
};

// Ascending, and no two of them touch.
using VoidedNumbers = std::vector<NumberRange>;

// Whether one of the ranges has the number.
bool IsVoided(const VoidedNumbers& voided, uint64_t number);

// Adds a range behind all that are there; nothing if it is empty. Ranges that end before
// `oldest_kept`, the oldest checkpoint that is there (0: there is none), are dropped: no start goes
// back as far.
void AddVoided(NumberRange range, uint64_t oldest_kept, VoidedNumbers& voided);

}  // namespace weir::checkpoint
