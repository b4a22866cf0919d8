#include <fcntl.h>
#include <unistd.h>

#include <cerrno>
#include <cstdlib>

#include "shell/cli/cli.h"

namespace {

// A file that is opened while a standard descriptor is closed takes its place, and what is printed
// goes into that file. So each is taken: nothing comes from standard input, and what is written to
// the others fails, as it would without a descriptor.
void TakeStandardDescriptors() {
  for (const int descriptor : {STDIN_FILENO, STDOUT_FILENO, STDERR_FILENO}) {
    if (::fcntl(descriptor, F_GETFD) >= 0 || errno != EBADF) continue;
    if (::open("/dev/null", O_RDONLY) != descriptor) std::abort();  // the least that is free
  }
}

}  // namespace

int main(int argc, char** argv) {
  TakeStandardDescriptors();
  return weir::shell::Main(argc, argv);
}
