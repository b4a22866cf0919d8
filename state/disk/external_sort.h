// An external merge sort (Knuth, The Art of Computer Programming 3, 5.4) on files of RocksDB.
#pragma once

#include <memory>
#include <string>

#include "runtime/file_system.h"
#include "runtime/record_sorter.h"
#include "state/disk/compression.h"
#include "state/table/memory_budget.h"

namespace weir::state {

struct ExternalSortOptions {
  FileSystem* files = nullptr;  // REQUIRES: set; outlives the sorter
  // Belongs to the sorter, which empties it when memory does not suffice, and removes it at its
  // end.
  std::string directory;
  // Of the process or the job; null: no limit. A sort takes up to half of what it leaves, and joins
  // it as a task does.
  std::shared_ptr<MemoryBudget> memory;
  Compression compression = Compression::kLz4;
};

// Records that fill the memory are sorted and become a run on disk. A database merges runs while
// they come, so that there are never too many to be read at once, and all that are left when they
// are visited.
std::unique_ptr<RecordSorter> MakeExternalSort(ExternalSortOptions options);

}  // namespace weir::state
