// Tells systemd, or another service manager, how far a service is: the protocol of sd_notify(3),
// datagrams to the socket that NOTIFY_SOCKET names.
#pragma once

#include <string>
#include <string_view>

namespace weir::shell {

// Does nothing when no service manager started the process. Thread-safe.
class ServiceManager {
 public:
  // Reads NOTIFY_SOCKET and removes it from the environment, so that no child process reports in
  // the name of this one.
  ServiceManager();

  // `status` is a line for `systemctl status`.
  void Ready(std::string_view status) const;
  // `millis` more are needed for the end.
  void Stopping(std::string_view status, int64_t millis) const;

 private:
  void Send(const std::string& lines) const;

  std::string socket_;
};

}  // namespace weir::shell
