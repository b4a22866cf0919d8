#include "runtime/python/workers.h"

#include <fmt/format.h>

#include <algorithm>

namespace weir::python {
namespace {

Status OfFunction(const expr::ForeignFunction& function, Status failure) {
  return std::move(failure).WithContext(
      fmt::format("{} ({})", function.shown_name, function.implementation));
}

Status OfCall(const expr::ForeignFunction& function, Status failure) {
  if (failure.code() == StatusCode::kDataError) failure = std::move(failure).WithId("E3010");
  return OfFunction(function, std::move(failure));
}

// What is wrong with its module is no matter of data: the user mends it.
// Where another process has imported it before, the death of this one is no fault of the module's.
Status OfLoad(const expr::ForeignFunction& function, const Status& failure, bool first) {
  if (failure.code() == StatusCode::kInvalidArgument) return failure;
  if (failure.code() == StatusCode::kExternal && !first) return OfFunction(function, failure);
  const bool missing = failure.message().starts_with("ModuleNotFoundError");
  std::string hint(failure.hint());
  if (missing) hint = "'python.files' says where modules are: directories, archives, files";
  return OfFunction(function, Status::InvalidArgument(failure.message()).WithId("E3010"))
      .WithHint(std::move(hint));
}

// Rows of one job would get values of two bodies.
Status Changed(const expr::ForeignFunction& function) {
  return OfFunction(function, Status::InvalidArgument("its module has changed while the job runs")
                                  .WithId("E3010")
                                  .WithHint("start the job again: it goes on from its last "
                                            "checkpoint, with the new module"));
}

bool IsHash(std::string_view text) {
  const auto is_digit = [](char c) { return (c >= '0' && c <= '9') || (c >= 'a' && c <= 'f'); };
  return text.empty() || (text.size() == 64 && std::ranges::all_of(text, is_digit));
}

}  // namespace

Result<std::map<std::string, std::string>> Workers::Load() {
  std::unique_ptr<Process> first = TRY(Begin());
  const MutexLock lock(mutex_);
  free_.push_back(std::move(first));
  std::map<std::string, std::string> by_name;
  for (size_t i = 0; i < functions_.size(); ++i)
    by_name.emplace(functions_[i]->full_name, hashes_[i]);
  return by_name;
}

Result<std::unique_ptr<Process>> Workers::Begin() {
  const bool first = hashes_.empty();
  std::unique_ptr<Process> process = TRY(starter_.Start());
  std::vector<std::string> hashes;
  for (size_t i = 0; i < functions_.size(); ++i) {
    const expr::ForeignFunction& function = *functions_[i];
    Result<std::string> loaded =
        process->Ask(LoadFrame(static_cast<uint32_t>(i), function), FrameKind::kLoaded);
    if (!loaded.ok()) return OfLoad(function, loaded.status(), first);
    if (!IsHash(*loaded)) {
      return OfFunction(
          function,
          Status::InvalidArgument("its process answers with what is no hash").WithId("E3010"));
    }
    if (!first && hashes_[i] != *loaded) return Changed(function);
    hashes.push_back(*std::move(loaded));
  }
  if (first) hashes_ = std::move(hashes);
  return process;
}

std::unique_ptr<Process> Workers::TakeFree() {
  const MutexLock lock(mutex_);
  if (free_.empty()) return nullptr;
  std::unique_ptr<Process> taken = std::move(free_.back());
  free_.pop_back();
  return taken;
}

// One that died while it was idle, of too little memory for example, is no failure of the job.
Result<std::unique_ptr<Process>> Workers::Take() {
  while (std::unique_ptr<Process> free = TakeFree()) {
    if (free->IsReady()) return free;
  }
  return Begin();
}

Status Workers::Call(const expr::ForeignCall& call, Column& out) {
  const auto at = std::ranges::find(functions_, call.function);
  WEIR_CHECK(at != functions_.end());
  Result<std::string> frame = CallFrame(static_cast<uint32_t>(at - functions_.begin()), call);
  if (!frame.ok()) return OfCall(*call.function, std::move(frame).status());
  // One that is not put back, also as the job is interrupted, is killed.
  std::unique_ptr<Process> process = TRY(Take());
  Result<std::string> answer = process->Ask(*frame, FrameKind::kResult);
  const bool answered = answer.ok();
  Status called = answered ? ReadResult(*answer, call, out) : std::move(answer).status();
  if (process->usable() && (called.ok() || !answered)) {
    const MutexLock lock(mutex_);
    free_.push_back(std::move(process));
  }
  return called.ok() ? Status() : OfCall(*call.function, std::move(called));
}

void Workers::Rest() {
  std::vector<std::unique_ptr<Process>> ending;  // which takes the time that the kernel needs
  {
    const MutexLock lock(mutex_);
    ending.swap(free_);
  }
  ending.clear();
  starter_.Rest();
}

}  // namespace weir::python
