// The connections that come to a listening socket, each with a thread of its own.
#pragma once

#include <functional>
#include <list>
#include <memory>

#include "runtime/mutex.h"
#include "runtime/thread.h"
#include "shell/rpc/local_socket.h"

namespace weir::shell {

// What the owner of an acceptor decides. Thread-safe.
struct AcceptorPorts {
  size_t most = 0;  // connections at a time; further ones are closed at once
  std::function<bool(const rpc::Descriptor& connection)> lets_in;
  // Returns when the connection has ended, or was shut down. Must not throw.
  std::function<void(rpc::Descriptor connection)> serve;
};

// Thread-safe.
class Acceptor {
 public:
  explicit Acceptor(AcceptorPorts ports);
  // Shuts every connection down and waits for its thread.
  ~Acceptor();
  Acceptor(const Acceptor&) = delete;
  Acceptor& operator=(const Acceptor&) = delete;

  // Once. kExternal when the machine has no descriptor or thread to give.
  Status Start(rpc::Descriptor listening);

 private:
  struct Connection;

  void AcceptAll();
  void Accept(rpc::Descriptor connection);
  void Sweep() WEIR_REQUIRES(mutex_);

  const AcceptorPorts ports_;
  rpc::Descriptor listening_;
  rpc::Descriptor wake_reading_;
  rpc::Descriptor wake_writing_;
  Mutex mutex_;
  bool stopping_ WEIR_GUARDED_BY(mutex_) = false;
  std::list<std::unique_ptr<Connection>> connections_ WEIR_GUARDED_BY(mutex_);
  Thread thread_;
};

}  // namespace weir::shell
