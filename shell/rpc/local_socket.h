// The Unix socket of a data directory: unix(7), stream.
#pragma once

#include <string>

#include "runtime/base/result.h"

namespace weir::rpc {

// A file descriptor, which it closes.
class Descriptor {
 public:
  explicit Descriptor(int number = -1) : number_(number) {}
  ~Descriptor() { Close(); }
  Descriptor(Descriptor&& other) noexcept : number_(other.Release()) {}
  Descriptor& operator=(Descriptor&& other) noexcept;

  int get() const { return number_; }
  bool open() const { return number_ >= 0; }
  int Release();
  void Close();

 private:
  int number_;
};

// "<directory>/weir.sock".
std::string SocketPath(const std::string& data_directory);

// Listens there, with mode 0600. What an owner that was killed left is removed, so the caller has
// the directory's lock. kExternal when the file system has no sockets or is read-only. A path may
// be longer than the 108 bytes of sockaddr_un.
Result<Descriptor> Listen(const std::string& data_directory);
// kNotFound when nobody listens there: there is no socket, or its owner has died.
Result<Descriptor> Connect(const std::string& data_directory);
// What Thrift writes to standard error by itself about connections that end is not for users.
void SilenceThrift();
// kExternal unless the other side's process has the same user as this one, or is root's.
Status CheckPeer(const Descriptor& connection);

}  // namespace weir::rpc
