// Shared libraries with functions of users.
#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "runtime/abi/weir/function.h"
#include "runtime/base/result.h"

namespace weir::native {

// A file as it was read.
struct LibraryFile {
  std::string path;  // for messages
  std::string bytes;
  std::string hash;  // of the bytes: files of equal ones are one library
};

// What a library says that it has; it stays in the process, and so does what this points to.
struct Library {
  std::vector<weir_function> functions;
};

// Loads the bytes, not the file, which may be replaced or overwritten while they run: a job goes on
// with what it has begun with, and what is loaded is what the hash is of. Each hash is loaded once,
// and never unloaded. Any thread. kInvalidArgument E3010 for what is no library of ours, or one of
// a later version than this program.
Result<const Library*> LoadLibrary(const LibraryFile& file);

// kInvalidArgument E3010, with the names that there are, where it has no such function.
Result<const weir_function*> FindFunction(const Library& library, std::string_view name);

}  // namespace weir::native
