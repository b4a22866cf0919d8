// Gives a whole file its name, also where names cannot be changed: in an object store, say, where a
// file appears whole and at once when it is closed, in the place of what had its name, and Rename
// answers kUnsupported. (S3A, Hadoop's client of such stores, copies in the same way.)
#pragma once

#include <string>

#include "runtime/file_system.h"

namespace weir {

// `from` is closed and durable, and its name is used by nobody else. Whoever reads `to` finds what
// was there, or all of `from`; `from` is gone afterwards. After a crash both may be there, and the
// same call, or the removal of `from`, ends that. Durable after SyncDirectory of both parents. The
// errors of FileSystem::Rename, Open and Create.
Status PutInPlace(FileSystem& files, const std::string& from, const std::string& to,
                  Contents contents = Contents::kOwn);

}  // namespace weir
