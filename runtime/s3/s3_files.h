// Objects in S3 stores as files, beside those of another file system.
#pragma once

#include <cstdint>
#include <map>
#include <memory>
#include <string>

#include "runtime/file_system.h"
#include "runtime/s3/s3_settings.h"

namespace weir::s3 {

// What is below s3:// is in the store of the settings, all other paths are passed on to `others`,
// which outlives the object. Thread-safe.
// - A file appears when it is closed, whole, in the place of what had its name.
// - Rename and Reopen are kUnsupported. Link copies within the store; kExternal between the two.
// - There are no directories: what has a slash behind its name is one. Creating one does nothing,
//   and listing one that is not there finds nothing.
// - Lists, and all other answers, are of the moment in which they were asked for, as those of AWS
//   since December 2020 and of other stores of today.
// What may pass is tried again (s3_client.h).
class ObjectFiles : public FileSystem {
 public:
  // How many requests were sent so far, by method.
  virtual std::map<std::string, uint64_t> requests() const = 0;
  // Other settings hold from the next call on; files that are open keep theirs.
  virtual void Set(Settings settings) = 0;
};
std::unique_ptr<ObjectFiles> WithObjects(FileSystem& others, Settings settings = {});

}  // namespace weir::s3
