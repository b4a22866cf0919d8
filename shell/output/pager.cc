#include "shell/output/pager.h"

#include <sys/wait.h>

#include <csignal>
#include <cstdio>

#include "shell/output/signals.h"

namespace weir::shell {

bool Page(const std::string& command, std::string_view text) {
  std::fflush(stdout);
  std::FILE* pager = ::popen(command.c_str(), "we");
  if (pager == nullptr) return false;
  // A user who has seen enough ends the pager before it has read everything, which is no failure.
  (void)std::fwrite(text.data(), 1, text.size(), pager);
  const int status = ::pclose(pager);
  if (PendingSignal() == SIGINT) (void)TakeSignal();
  constexpr int kNotFound = 127;  // sh's
  return !(WIFEXITED(status) && WEXITSTATUS(status) >= kNotFound - 1 &&
           WEXITSTATUS(status) <= kNotFound);
}

}  // namespace weir::shell
