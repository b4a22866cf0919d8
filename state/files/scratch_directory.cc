#include "state/files/scratch_directory.h"

#include <fmt/format.h>

#include <cerrno>
#include <cstdlib>
#include <system_error>

namespace weir::state {

Result<std::string> ScratchFor(FileSystem& files, const std::string& beside) {
  if (files.Renames(DirectoryOf(beside))) return beside;
  const char* temporary = std::getenv("TMPDIR");
  const bool said = temporary != nullptr && *temporary != '\0';
  std::string made = JoinPath(said ? temporary : "/var/tmp", "weir-scratch-XXXXXX");
  if (::mkdtemp(made.data()) != nullptr) return made;
  return Status::External(fmt::format("no directory can be made: {}: {}", made,
                                      std::error_code(errno, std::generic_category()).message()))
      .WithId("E4001");
}

}  // namespace weir::state
