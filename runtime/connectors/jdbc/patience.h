// Calls of client libraries that may take for ever.
#pragma once

#include <functional>

namespace weir::connectors::jdbc {

// Runs `work` on a thread of its own. Returns when it is done, or after half a second: then it goes
// on by itself, for as long as the network lets it, and nothing waits for it at the end of the
// process. What it uses must outlive it, so that it is to own that. Where there can be no thread
// nothing is done.
void RunPatiently(std::function<void()> work);

}  // namespace weir::connectors::jdbc
