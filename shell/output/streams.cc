#include "shell/output/streams.h"

#include <fmt/format.h>

#include <cerrno>
#include <csignal>
#include <cstring>

#include "runtime/base/leaf_mutex.h"
#include "runtime/base/result.h"
#include "runtime/fault_point.h"
#include "shell/output/signals.h"

namespace weir::shell {
namespace {

// Not held while something is written: whoever asks must not wait for a slow reader.
struct FirstFailure {
  LeafMutex mutex;
  Status status WEIR_GUARDED_BY(mutex);
};

FirstFailure& OfStandardOutput() {
  static FirstFailure failure;
  return failure;
}

Status FailureOf(const std::FILE* out, int error) {
  const std::string_view what = out == stdout ? "standard output" : "the output";
  if (error == EPIPE) return Status::Cancelled(fmt::format("{} was closed", what)).WithId("E8002");
  return Status::External(fmt::format("{} cannot be written: {}", what, std::strerror(error)))
      .WithId("E4005");
}

}  // namespace

Status WriteOut(std::FILE* out, std::string_view text) {
  if (text.empty()) return {};
  if (out == stdout) RETURN_IF_ERROR(OutputFailure());
  errno = 0;
  const bool written =
      std::fwrite(text.data(), 1, text.size(), out) == text.size() && std::fflush(out) == 0;
  if (written || DefectPlanted("output-errors-ignored")) return {};
  Status failure = FailureOf(out, errno);
  if (out != stdout) return failure;
  FirstFailure& first = OfStandardOutput();
  const LeafLock lock(first.mutex);
  if (first.status.ok()) first.status = failure;
  if (failure.id() == "E8002") NoteSignal(SIGPIPE);
  return first.status;
}

Status OutputFailure() {
  FirstFailure& first = OfStandardOutput();
  const LeafLock lock(first.mutex);
  return first.status;
}

void PrintMessage(std::string_view text) {
  std::fwrite(text.data(), 1, text.size(), stderr);
  std::fflush(stderr);
}

void Print(std::string_view text) {
  (void)WriteOut(stdout, text);
}

}  // namespace weir::shell
