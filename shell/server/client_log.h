// Where what jobs say and print goes once the clients that started them have left.
#pragma once

#include <functional>
#include <string>

namespace weir::shell {

struct ClientLog {
  std::function<void(const std::string& lines)> lines;  // may be empty; called by any thread
  // Logs what jobs print, but not their notices: the log has the notices of all jobs already.
  bool only_printed = false;
};

}  // namespace weir::shell
