// Memory that the process holds without using it.
#pragma once

namespace weir {

// Returns unused memory to the operating system: the free blocks of the pool (buffer_pool.h),
// except those in the threads' own caches, and what the allocator kept. Threads that allocate
// meanwhile may wait for some milliseconds, and pages that are needed again must be faulted in
// anew, so this is for moments at which an allocation would fail otherwise. Any thread.
void ReleaseIdleMemory();

// Says that much memory may lie unused from now on, as when a job has ended: glibc keeps what was
// freed in the arenas of threads that have ended, gigabytes of it after a day of jobs that come and
// go. Whoever watches over the process's memory (MemoryGuard) then releases it soon. Any thread.
void NoteIdleMemory();
// Whether that was said since the last call.
bool TakeIdleMemoryNote();

}  // namespace weir
