// The Unix socket of a data directory. An abstract address has no permissions: both sides ask the
// kernel who the other one is.
#pragma once

#include <sys/types.h>

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

// Listens for a data directory: at an abstract address (unix(7)) made of the directory's device and
// inode, so that all paths to it are one, none is too long, and a process that is killed leaves
// nothing behind that somebody who copies the directory would have to know of. kExternal when
// somebody has taken the address.
Result<Descriptor> Listen(const std::string& data_directory);
// kNotFound when no process listens for this directory, or only one whose user is neither this
// process's, nor the directory's, nor root.
Result<Descriptor> Connect(const std::string& data_directory);
// Keeps Thrift from writing about ended connections to standard error, which users read.
void SilenceThrift();
// kExternal unless the other side's process has the same user as this one, or is root's.
Status CheckPeer(const Descriptor& connection);
// The same, but accepts `user` as well.
Status CheckPeer(const Descriptor& connection, uid_t user);

}  // namespace weir::rpc
