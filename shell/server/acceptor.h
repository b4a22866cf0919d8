// The connections that come to a listening socket, each with a thread of its own.
#pragma once

#include <atomic>
#include <chrono>
#include <functional>
#include <list>
#include <memory>

#include "runtime/mutex.h"
#include "runtime/thread.h"
#include "shell/rpc/local_socket.h"

namespace weir::shell {

// What the owner of an acceptor decides. Thread-safe.
struct AcceptorPorts {
  // Connections at a time. Who comes then takes the place of the oldest of those that may not stay;
  // where all may, they see their own end.
  size_t most = 0;
  std::function<bool(const rpc::Descriptor& connection)> lets_in;
  // Returns when the connection has ended, or was shut down. Must not throw. Sets `stays` once it
  // is known who the other side is.
  std::function<void(rpc::Descriptor connection, std::atomic<bool>& stays)> serve;
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
  // New connections are refused from now on; existing ones stay. Not to be called at the same time
  // as itself, HangUp or the destructor.
  void StopListening();
  // The same, and connections end: nothing more is received, and what was received is answered for
  // as long as `patience`. So whoever could not send a request, or got an answer, knows what became
  // of it.
  void HangUp(std::chrono::milliseconds patience);

 private:
  struct Connection;

  void AcceptAll();
  void Accept(rpc::Descriptor connection);
  void Sweep() WEIR_REQUIRES(mutex_);
  void ShutDownAll(int how);
  bool all_done();
  // Whether there is room for one more, for which the oldest that may not stay is ended.
  bool HasRoom() WEIR_REQUIRES(mutex_);

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
