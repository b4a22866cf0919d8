// Memory that the process holds and does not use.
#pragma once

namespace weir {

// Gives what can be given back to the system: free blocks of the pool (buffer_pool.h), but those of
// the threads' own caches, and what the allocator kept. Any thread. Those that allocate meanwhile
// may wait some milliseconds, and the pages that are asked for again are fresh: for whoever would
// else be refused memory.
void ReleaseIdleMemory();

}  // namespace weir
