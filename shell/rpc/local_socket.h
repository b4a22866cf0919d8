// The Unix socket of a data directory. An abstract address has no permissions: both sides ask the
// kernel who the other one is.
#pragma once

#include <sys/types.h>

#include <string>
#include <string_view>
#include <vector>

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

struct Listening {
  Descriptor socket;
  bool taken = false;  // somebody else has the first address: `socket` has the other one
};

// Listens for a data directory: at an abstract address (unix(7)) made of the directory's device and
// inode, so that all paths to it are one, none is too long, and a process that is killed leaves no
// socket behind that somebody who copies the directory would have to know of.
//
// An abstract address is anybody's who comes first. Where somebody has taken it, it is another one
// with a random part, that the file kAddressFile in the directory names: only for those who may
// read that, its owner and root. Addresses are of a network namespace: a process in another one,
// such as a container, does not find this one. REQUIRES: this process has the directory's lock.
Result<Listening> Listen(const std::string& data_directory);
inline constexpr std::string_view kAddressFile = "socket";
// kNotFound when no process listens for this directory, or only one whose user is neither this
// process's, nor the directory's, nor root.
Result<Descriptor> Connect(const std::string& data_directory);
// Keeps Thrift from writing about ended connections to standard error, which users read.
void SilenceThrift();
// The process at the other end, as the kernel knew it when it connected.
struct Peer {
  uid_t user = 0;
  std::vector<gid_t> groups;  // all of them
};
// kExternal when the kernel does not say.
Result<Peer> PeerOf(const Descriptor& connection);
// Whether the user is this process's, or root.
bool IsOwnOrRoot(uid_t user);
// kExternal unless the process at the other end is that of `user`, of this process's user, or of
// root.
Status CheckPeer(const Descriptor& connection, uid_t user);

}  // namespace weir::rpc
