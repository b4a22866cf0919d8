// Port: numbers that nobody can foresee, for names that must never meet another's: jobs, queries,
// tokens. A simulation gives numbers from its seed, so that even the order in which a directory
// lists such names is the same again.
#pragma once

#include <cstdint>
#include <functional>

namespace weir {

// 64 bits of the machine's entropy (getrandom, or the processor's generator), or of the source
// below. Thread-safe with the machine's.
uint64_t DrawEntropy();

// Where the process has its entropy from now on; null: the machine. REQUIRES: no other thread draws
// meanwhile.
void SetEntropy(std::function<uint64_t()> source);

}  // namespace weir
