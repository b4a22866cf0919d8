// Tells systemd, or another service manager, how far a service is: the protocol of sd_notify(3),
// datagrams to the socket that NOTIFY_SOCKET names.
#pragma once

#include <string>
#include <string_view>

namespace weir::shell {

// Does nothing where no service manager asks. Thread-safe.
class ServiceManager {
 public:
  // As the environment says; removes the variable, so that no child of this process is taken for
  // it.
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
