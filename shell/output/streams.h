// Standard output and standard error. A result that cannot be written is an error, never silence.
#pragma once

#include <cstdio>
#include <string_view>

#include "runtime/base/status.h"

namespace weir::shell {

// Writes `text` and flushes. E4005 with the reason when that fails. kCancelled E8002 when nobody
// reads `out` any more: then the engine is asked to end, as by a signal (signals.h), without a
// message. After standard output has failed, nothing more is written to it, so that no part is
// missing in the middle, and all calls fail alike. Any thread.
Status WriteOut(std::FILE* out, std::string_view text);
// The same of standard output, whose failure is told by OutputFailure.
void Print(std::string_view text);
// The first failure of standard output so far.
Status OutputFailure();
// Writes to standard error and ignores failures, as there is no other place to report them.
void PrintMessage(std::string_view text);

}  // namespace weir::shell
