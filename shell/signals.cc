#include "shell/signals.h"

#include <sys/time.h>
#include <unistd.h>

#include <atomic>
#include <csignal>

#include "shell/engine.h"

namespace weir::shell {
namespace {

std::atomic<Engine*> routed{nullptr};
std::atomic<int> pending{0};

void OnSignal(int signal) {
  if (pending.exchange(signal) == signal) ::_exit(ExitCodeOfSignal(signal));
  if (Engine* engine = routed.load(); engine != nullptr) engine->RequestCancel();
}

}  // namespace

void RouteSignals(Engine* engine) {
  routed.store(engine);
  struct sigaction action {};
  action.sa_handler = engine != nullptr ? OnSignal : SIG_DFL;
  sigemptyset(&action.sa_mask);
  for (const int signal : {SIGINT, SIGTERM, SIGHUP, SIGALRM}) ::sigaction(signal, &action, nullptr);
}

int TakeSignal() {
  return pending.exchange(0);
}

int PendingSignal() {
  return pending.load();
}

void RaiseAlarmAfter(int64_t millis) {
  itimerval timer{};
  timer.it_value.tv_sec = millis / 1000;
  timer.it_value.tv_usec = static_cast<suseconds_t>(millis % 1000 * 1000);
  ::setitimer(ITIMER_REAL, &timer, nullptr);
}

int ExitCodeOfSignal(int signal) {
  constexpr int kTimeout = 124;
  return signal == SIGALRM ? kTimeout : 128 + signal;
}

}  // namespace weir::shell
