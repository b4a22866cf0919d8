// Signals of the process.
//
//   SIGINT, SIGTERM, SIGHUP,   the first asks the engine to end what it does, and is remembered;
//   the end of --timeout       later ones print what is still going on, and three more of them
//   (SIGALRM)                  within 2 s end the process at once, without a last checkpoint
//   SIGINT in the shell        ends the current statement, never the shell
//   SIGQUIT                    prints what every task is doing; everything goes on
//   SIGPIPE                    ignored: writing fails instead (streams.h)
#pragma once

#include <cstdint>
#include <functional>

namespace weir::shell {

class EngineSession;

// What a signal asks to be printed.
enum class Question : uint8_t {
  kWhatGoesOn,     // the process is ending
  kStatementEnds,  // the current statement is being ended, in the shell
  kWhatTasksDo,
};

// Routes signals to `engine` until it is called with null. `ask` is then called by a thread of its
// own, never by the handler. One engine a process. The handler only stores numbers and calls
// EngineSession::RequestCancel, which is safe in a signal handler.
void RouteSignals(EngineSession* engine, std::function<void(Question)> ask = {});
// Whether SIGINT ends only the current statement, as is the case while the shell reads and runs
// them.
void KeepShellFromInterrupts(bool keep);
// Whether jobs run in this process, which its end at once leaves without a last checkpoint.
void NoteJobs(bool run);
// Acts as if this signal had come; no effect when one has come already.
void NoteSignal(int signal);
// The signal that came since the last call, or 0.
int TakeSignal();
// The same without consuming it.
int PendingSignal();
// Makes SIGALRM come once, `millis` from now; 0: not any more.
void RaiseAlarmAfter(int64_t millis);
// The exit code of a process that was ended by such a signal: 130, 143, 129, 124, 141.
int ExitCodeOfSignal(int signal);
// Ends the process by SIGPIPE, as if it did not handle that signal.
[[noreturn]] void EndBySigpipe();

}  // namespace weir::shell
