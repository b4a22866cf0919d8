#include "runtime/connectors/epochs/promised_epochs.h"

#include <fmt/format.h>

#include <algorithm>
#include <map>
#include <utility>

#include "runtime/base/hash.h"
#include "runtime/entropy.h"
#include "runtime/fault_point.h"

namespace weir::connectors::epochs {
namespace {

// The directory of a sink's logs, below that of its job's checkpoints.
std::string LogDirectory(std::string_view sink) {
  return fmt::format("taskowned/log/{}", sink);
}

std::string CheckpointDirectory(const std::string& checkpoints, int64_t number) {
  return JoinPath(checkpoints, fmt::format("chk-{}", number));
}

// The number in a name "chk-12"; 0 for another one.
int64_t NumberIn(std::string_view path) {
  const std::string_view name = path.substr(path.rfind('/') + 1);
  constexpr std::string_view kBegin = "chk-";
  if (!name.starts_with(kBegin)) return 0;
  const Result<int64_t> number = graph::ParseInteger(name.substr(kBegin.size()));
  return number.ok() ? *number : 0;
}

}  // namespace

EpochPlan PlanOf(const graph::SinkSpec& spec, const ConnectorContext& context,
                 const graph::TypedOptions& said) {
  EpochPlan plan;
  plan.table = spec.table;
  plan.job = context.job_id;
  plan.job_name = context.job_name;
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
  adopted_ = false;
  std::vector<Promised> promises;
  if (saved != nullptr) promises = TRY(PromisesOf(*saved));
  for (const Promised& promised : promises) {
    if (!IsOwn(promised.promise)) continue;
    incarnation_ = promised.promise.incarnation;
    adopted_ = true;
  }
  return promises;
}

Status PromisedEpochs::CheckHistory(const SavedOutput* saved, const Markers& markers) {
  const std::string prefix = Promise(0, 0).MarkerPrefix();
  int64_t marked = CommitMarker::kNothing;
  const MutexLock lock(mutex_);
  committed_.clear();
  for (const auto& [key, marker] : markers) {
    if (!key.starts_with(prefix)) continue;
    if (adopted_ && marker.incarnation != incarnation_) continue;
    marked = std::max(marked, marker.checkpoint);
    const int64_t subtask = TRY(graph::ParseInteger(std::string_view(key).substr(prefix.size())));
    if (adopted_) committed_[static_cast<uint32_t>(subtask)] = marker.checkpoint;
  }
  const bool goes_on = saved != nullptr && saved->job_id == plan_.job;
  // It had promised nothing, so that its markers, if any, are of a time when it was another sink.
  if (goes_on && !adopted_) return {};
  int64_t known = goes_on ? static_cast<int64_t>(saved->checkpoint) : CommitMarker::kNothing;
  if (marked > known && goes_on) known = TRY(NewestKnown(*saved));
  if (marked <= known || DefectPlanted("epoch-marker-ahead")) return {};
  return OlderJob(goes_on ? saved : nullptr, known, marked);
}

// Of the job's checkpoints the newest that was completed: the one that it goes on from, or one that
// was damaged and that a start has passed over. Whatever comes now has greater numbers.
Result<int64_t> PromisedEpochs::NewestKnown(const SavedOutput& saved) const {
  auto newest = static_cast<int64_t>(saved.checkpoint);
  const std::string place(saved.directory.empty() ? plan_.checkpoints : saved.directory);
  if (!TRY(Exists(*plan_.files, place))) return newest;
  for (const FileInfo& entry : TRY(plan_.files->List(place))) {
    const int64_t number = NumberIn(entry.path);
    if (number > newest && TRY(Exists(*plan_.files, JoinPath(entry.path, "passed-over"))))
      newest = number;
  }
  return newest;
}

Status PromisedEpochs::OlderJob(const SavedOutput* saved, int64_t known, int64_t marked) const {
  std::string ways = "put the newer copy back";
  if (saved != nullptr) {
    const std::string place(saved->directory.empty() ? plan_.checkpoints : saved->directory);
    ways += fmt::format(
        "; or go on from here; output that was committed since is written once more:\n  RESTORE "
        "JOB `{}` FROM '{}';\n",
        plan_.job_name, CheckpointDirectory(place, static_cast<int64_t>(saved->checkpoint)));
  } else {
    ways += ";\n";
  }
  ways += fmt::format(
      "or forget the job and run it anew; all of its output is written once more:\n  DROP JOB "
      "`{}`;",
      plan_.job_name);
  return Status::RestoreRefused(
             fmt::format("job \"{}\" has committed checkpoint {} into table {}, by its marker in "
                         "{}, and {}; was an older copy of the data directory put back?",
                         plan_.job_name, marked, plan_.table, plan_.markers,
                         saved == nullptr
                             ? std::string("it knows of no checkpoint")
                             : fmt::format("the newest that it knows of is {}", known)))
      .WithId("E7004")
      .WithHint(std::move(ways));
}

EpochPromise PromisedEpochs::Promise(uint32_t subtask, int64_t checkpoint) const {
  EpochPromise promise;
  promise.job = plan_.job;
  promise.sink = plan_.sink;
  promise.incarnation = incarnation_;
  promise.subtask = subtask;
  promise.checkpoint = checkpoint;
  promise.system = system_;
  const MutexLock lock(mutex_);
  promise.committed = CommittedOf(subtask);
  return promise;
}

int64_t PromisedEpochs::CommittedOf(uint32_t subtask) const {
  const auto found = committed_.find(subtask);
  return found == committed_.end() ? CommitMarker::kNothing : found->second;
}

void PromisedEpochs::NoteWriter(uint32_t subtask) {
  const MutexLock lock(mutex_);
  writers_.insert(subtask);
}

std::vector<std::string> PromisedEpochs::PromisesOfFormer(int64_t checkpoint) const {
  if (DefectPlanted("epoch-former-forgotten")) return {};
  std::vector<uint32_t> former;
  {
    const MutexLock lock(mutex_);
    for (const auto& [subtask, committed] : committed_) {
      if (committed != CommitMarker::kNothing && !writers_.contains(subtask))
        former.push_back(subtask);
    }
  }
  std::vector<std::string> texts;
  for (const uint32_t subtask : former) texts.push_back(Promise(subtask, checkpoint).Text());
  return texts;
}

Status PromisedEpochs::CheckAlone(const EpochPromise& promise,
                                  const std::optional<CommitMarker>& marker) {
  const MutexLock lock(mutex_);
  int64_t& tried = tried_.try_emplace(promise.subtask, CommitMarker::kNothing).first->second;
  const bool own = marker && marker->incarnation == promise.incarnation;
  const bool ahead = own && marker->checkpoint > std::max(CommittedOf(promise.subtask), tried);
  tried = std::max(tried, promise.checkpoint);
  if (!ahead || DefectPlanted("epoch-marker-of-another")) return {};
  return Status::RestoreRefused(
             fmt::format(
                 "somebody else has committed checkpoint {} of job \"{}\" into table {}, by "
                 "its marker in {}: does another copy of the data directory run?",
                 marker->checkpoint, plan_.job_name, plan_.table, plan_.markers))
      .WithId("E7004")
      .WithHint(
          "end one of them; the other one has its rows, and goes on from the newest checkpoint of "
          "its own directory");
}

void PromisedEpochs::NoteCommitted(const EpochPromise& promise) {
  const MutexLock lock(mutex_);
  int64_t& committed =
      committed_.try_emplace(promise.subtask, CommitMarker::kNothing).first->second;
  committed = std::max(committed, promise.checkpoint);
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
  RETURN_IF_ERROR(CheckPlace(promise, marker));
  if (marker && marker->incarnation == promise.incarnation)
    return marker->checkpoint < promise.checkpoint;
  // Another system than the one in which the savepoint's job has written has no markers of it. One
  // that is the same has lost them.
  const bool same = promise.system != "-" && promise.system == system_;
  const bool another = !same || DefectPlanted("epoch-markers-lost");
  if (!marker && promised.carried && another) return true;
  if (plan_.in_doubt == InDoubt::kFail) return InDoubtOf(promise);
  return plan_.in_doubt == InDoubt::kResend;
}

Status PromisedEpochs::CheckPlace(const EpochPromise& promise,
                                  const std::optional<CommitMarker>& marker) const {
  if (!marker || marker->incarnation != promise.incarnation) return {};
  const bool behind = marker->checkpoint < promise.committed;
  if (!behind || DefectPlanted("epoch-marker-behind")) return {};
  return OlderSystem(promise, promise.committed, marker->checkpoint);
}

Result<bool> PromisedEpochs::HasLog(const Promised& promised) const {
  if (promised.carried || TRY(Exists(*plan_.files, promised.log))) return true;
  RETURN_IF_ERROR(
      OlderSystem(promised.promise, promised.promise.checkpoint, CommitMarker::kNothing));
  return false;
}

Status PromisedEpochs::OlderSystem(const EpochPromise& promise, int64_t committed,
                                   int64_t marked) const {
  if (plan_.in_doubt != InDoubt::kFail) return {};
  return Status::RestoreRefused(
             fmt::format("rows of table {} were committed with checkpoint {} by subtask {}, and {} "
                         "does not know of it{}; was an older copy of the database put back?",
                         plan_.table, committed, promise.subtask, plan_.markers,
                         marked < 0 ? "" : fmt::format(" (the last one there is {})", marked)))
      .WithId("E7005")
      .WithHint(fmt::format(
          "what was committed since that copy is not in it: put the newer one back, or go on from "
          "a savepoint or checkpoint of its time: RESTORE JOB `{}` FROM 'path'; 'sink.in-doubt' = "
          "'skip' goes on without those rows",
          plan_.job_name));
}

Status PromisedEpochs::InDoubtOf(const EpochPromise& promise) const {
  const std::string what =
      promise.records > 0
          ? fmt::format("{} rows of table {} were committed, of checkpoint {}, subtask {}",
                        promise.records, plan_.table, promise.checkpoint, promise.subtask)
          : fmt::format("table {} has what was committed before checkpoint {}, by subtask {}",
                        plan_.table, promise.checkpoint, promise.subtask);
  return Status::RestoreRefused(
             fmt::format("nobody knows whether {}: their marker is not in {}", what, plan_.markers))
      .WithId("E7005")
      .WithHint(
          "'sink.in-doubt' = 'resend' sends what waits to be committed, for the second time if it "
          "was; 'skip' does not, and loses it if it was not");
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
