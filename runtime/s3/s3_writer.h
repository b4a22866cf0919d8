// Writes an object: a small one at once, a larger one in parts that are uploaded side by side.
#pragma once

#include <memory>

#include "runtime/file_system.h"
#include "runtime/s3/s3_client.h"
#include "runtime/s3/s3_workers.h"

namespace weir::s3 {

// An object appears, whole and durable, in the place of what had its key, when the file is closed;
// Sync and Flush only say whether something has failed so far. One that is destroyed before leaves
// nothing, except in a process that dies: then an upload that has begun stays, invisible, until the
// bucket's rules remove it. Both outlive the file.
std::unique_ptr<WritableFile> CreateObject(Client& client, Workers& workers, const Place& place);

}  // namespace weir::s3
