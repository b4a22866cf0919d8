#include "state/files/scratch_directory.h"

#include <fmt/format.h>

#include <cerrno>
#include <cstdlib>
#include <system_error>

namespace weir::state {

std::string TemporaryDirectory() {
  const char* said = std::getenv("TMPDIR");
  return said != nullptr && *said != '\0' ? said : "/var/tmp";
}

Result<std::string> ScratchFor(FileSystem& files, const std::string& beside) {
  if (files.Renames(DirectoryOf(beside))) return beside;
  std::string made = JoinPath(TemporaryDirectory(), "weir-scratch-XXXXXX");
  if (::mkdtemp(made.data()) != nullptr) return made;
  return Status::External(fmt::format("no directory can be made: {}: {}", made,
                                      std::error_code(errno, std::generic_category()).message()))
      .WithId("E4001");
}

}  // namespace weir::state
