#include "runtime/connectors/epochs/promised_epochs.h"

#include <fmt/format.h>

#include <map>
#include <utility>

#include "runtime/base/hash.h"
#include "runtime/entropy.h"

namespace weir::connectors::epochs {
namespace {

// The directory of a sink's logs, below that of its job's checkpoints.
std::string LogDirectory(std::string_view sink) {
  return fmt::format("taskowned/log/{}", sink);
}

}  // namespace

EpochPlan PlanOf(const graph::SinkSpec& spec, const ConnectorContext& context,
                 const graph::TypedOptions& said) {
  EpochPlan plan;
  plan.table = spec.table;
  plan.job = context.job_id;
  plan.sink = fmt::format("{:016x}", Hash64(spec.uid.data(), spec.uid.size()));
  if (said.Is(kInDoubt, "resend")) plan.in_doubt = InDoubt::kResend;
  if (said.Is(kInDoubt, "skip")) plan.in_doubt = InDoubt::kSkip;
  plan.checkpoints = context.checkpoints;
  plan.files = context.files;
  return plan;
}

Result<std::vector<Promised>> PromisedEpochs::PromisesOf(const SavedOutput& saved) const {
  const std::string checkpoints(saved.directory.empty() ? plan_.checkpoints : saved.directory);
  std::vector<Promised> all;
  for (const std::string& text : saved.committables) {
    Promised promised{TRY(ParsePromise(text, saved.job_id)), "", false};
    const EpochPromise& promise = promised.promise;
    promised.log = JoinPath(JoinPath(checkpoints, LogDirectory(promise.sink)), promise.log);
    all.push_back(std::move(promised));
  }
  for (const OutputRows& rows : saved.rows) {
    all.push_back(
        {TRY(ParsePromise(rows.what, saved.job_id)), JoinPath(saved.directory, rows.path), true});
  }
  return all;
}

Result<std::vector<Promised>> PromisedEpochs::Adopt(const SavedOutput* saved) {
  // Tells this history of the job from any other: a job that begins afresh, or from a savepoint,
  // must not take older markers for its own.
  incarnation_ = DrawEntropy();
  std::vector<Promised> promises;
  if (saved != nullptr) promises = TRY(PromisesOf(*saved));
  for (const Promised& promised : promises) {
    if (IsOwn(promised.promise)) incarnation_ = promised.promise.incarnation;
  }
  return promises;
}

EpochPromise PromisedEpochs::Promise(uint32_t subtask, int64_t checkpoint) const {
  EpochPromise promise;
  promise.job = plan_.job;
  promise.sink = plan_.sink;
  promise.incarnation = incarnation_;
  promise.subtask = subtask;
  promise.checkpoint = checkpoint;
  return promise;
}

std::string PromisedEpochs::directory() const {
  return JoinPath(plan_.checkpoints, LogDirectory(plan_.sink));
}

std::string PromisedEpochs::LogOf(const EpochPromise& promise) const {
  return JoinPath(directory(), promise.log);
}

Result<std::unique_ptr<EpochLogWriter>> PromisedEpochs::NewLog(const std::string& name) const {
  return EpochLogWriter::Create(*plan_.files, JoinPath(directory(), name));
}

Status PromisedEpochs::Sync(EpochLogWriter& log) const {
  RETURN_IF_ERROR(log.Sync());
  return plan_.files->SyncDirectory(DirectoryOf(log.path()));
}

Status PromisedEpochs::Read(const EpochPromise& promise, const std::string& log,
                            const std::function<Status(const LoggedMessage&)>& take) const {
  const std::unique_ptr<ReadableFile> file = TRY(plan_.files->Open(log));
  uint64_t records = 0;
  RETURN_IF_ERROR(ReadEpochLog(*file, promise.bytes, [&](const LoggedMessage& message) {
                    ++records;
                    return take(message);
                  }).WithContext(log));
  if (records == promise.records) return {};
  return Status::Corruption(
             fmt::format("a log of messages has {} and not {}: {}", records, promise.records, log))
      .WithId("E7001");
}

Result<bool> PromisedEpochs::IsToBeSent(const Promised& promised,
                                        const std::optional<CommitMarker>& marker) const {
  const EpochPromise& promise = promised.promise;
  if (marker && marker->incarnation == promise.incarnation)
    return marker->checkpoint < promise.checkpoint;
  // Without any marker this is another system than the one in which the savepoint's job has
  // written.
  if (!marker && promised.carried) return true;
  if (plan_.in_doubt == InDoubt::kFail) return InDoubtOf(promise);
  return plan_.in_doubt == InDoubt::kResend;
}

Status PromisedEpochs::InDoubtOf(const EpochPromise& promise) const {
  return Status::RestoreRefused(
             fmt::format("nobody knows whether {} rows of table {} were committed, of checkpoint "
                         "{}, subtask {}: their marker is not in {}",
                         promise.records, plan_.table, promise.checkpoint, promise.subtask,
                         plan_.markers))
      .WithId("E7005")
      .WithHint(
          "'sink.in-doubt' = 'resend' sends them, for the second time if they were committed; "
          "'skip' does not, and loses them if they were not");
}

Result<Recovered> PromisedEpochs::TakeOver(
    const std::vector<Promised>& promises, uint64_t attempt,
    const std::function<Status(uint32_t subtask)>& mark_beginning, std::string_view ending) const {
  RETURN_IF_ERROR(RemoveLogs());
  Recovered recovered;
  if (promises.empty()) return recovered;
  std::map<uint32_t, std::unique_ptr<EpochLogWriter>> logs;  // by subtask
  RETURN_IF_ERROR(plan_.files->CreateDirectories(directory()));
  const auto name = [&](uint32_t subtask) {
    return fmt::format("{}-{}-held{}", attempt, subtask, ending);
  };
  for (const auto& [promise, path, carried] : promises) {
    std::unique_ptr<EpochLogWriter>& log = logs[promise.subtask];
    if (log == nullptr) log = TRY(NewLog(name(promise.subtask)));
    RETURN_IF_ERROR(
        Read(promise, path, [&](const LoggedMessage& message) { return log->Add(message); }));
  }
  for (const auto& [subtask, log] : logs) {
    RETURN_IF_ERROR(log->End());
    EpochPromise promise = Promise(subtask, 0);
    promise.records = log->records();
    promise.bytes = log->bytes();
    promise.log = name(subtask);
    RETURN_IF_ERROR(Sync(*log));
    recovered.committables.push_back(promise.Text());
  }
  for (const auto& [subtask, log] : logs) RETURN_IF_ERROR(mark_beginning(subtask));
  return recovered;
}

Result<std::vector<OutputRows>> PromisedEpochs::Detach(
    std::span<const std::string> committables) const {
  std::vector<OutputRows> rows;
  for (const std::string& text : committables) {
    const EpochPromise promise = TRY(ParsePromise(text, plan_.job));
    if (promise.records > 0) rows.push_back({text, LogOf(promise), promise.records});
  }
  return rows;
}

Status PromisedEpochs::RemoveLogs() const {
  if (!TRY(Exists(*plan_.files, directory()))) return {};
  for (const FileInfo& log : TRY(plan_.files->List(directory())))
    RETURN_IF_ERROR(plan_.files->Remove(log.path));
  return {};
}

}  // namespace weir::connectors::epochs
