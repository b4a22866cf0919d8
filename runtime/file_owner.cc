#include "runtime/file_owner.h"

#include <sys/stat.h>
#include <unistd.h>

namespace weir {

void GiveToOwnerOf(const std::string& directory, int file) {
  struct stat facts {};
  if (::geteuid() != 0 || ::stat(directory.c_str(), &facts) != 0) return;
  (void)!::fchown(file, facts.st_uid, facts.st_gid);
}

}  // namespace weir
