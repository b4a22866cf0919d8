#include "shell/signals.h"

#include <unistd.h>

#include <atomic>
#include <csignal>

#include "shell/engine.h"

namespace weir::shell {
namespace {

std::atomic<Engine*> routed{nullptr};
std::atomic<int> pending{0};

void OnSignal(int signal) {
  if (pending.exchange(signal) == signal) ::_exit(128 + signal);
  if (Engine* engine = routed.load(); engine != nullptr) engine->RequestCancel();
}

}  // namespace

void RouteSignals(Engine* engine) {
  routed.store(engine);
  struct sigaction action {};
  action.sa_handler = engine != nullptr ? OnSignal : SIG_DFL;
  sigemptyset(&action.sa_mask);
  ::sigaction(SIGINT, &action, nullptr);
  ::sigaction(SIGTERM, &action, nullptr);
}

int TakeSignal() { return pending.exchange(0); }

}  // namespace weir::shell
