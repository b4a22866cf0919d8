#include "runtime/connectors/jdbc/exactly_once_table.h"

#include <fmt/format.h>

#include <optional>
#include <utility>

#include "runtime/base/hash.h"
#include "runtime/fault_point.h"
#include "runtime/mutex.h"

namespace weir::connectors::jdbc {
namespace {

using epochs::CommitMarker;
using epochs::EpochLogWriter;
using epochs::EpochPromise;
using epochs::LoggedMessage;
using epochs::Markers;
using epochs::Promised;
using epochs::PromisedEpochs;

// So much of an epoch is in memory while it is written.
constexpr size_t kPieceBytes = 8 << 20;

// "-" and eight hexadecimal digits, which differ where the names of the columns or the key do.
std::string MarkOf(const WritePlan& plan) {
  std::string names;
  for (const Field& field : plan.columns.fields) names += field.name + '\0';
  for (const int column : plan.key) names += fmt::format("|{}", column);
  return fmt::format("-{:08x}", Crc32c(0, names.data(), names.size()));
}

// What the writers and the committer share. Thread-safe, but for what a start sets first.
class SharedTable {
 public:
  explicit SharedTable(ExactlyOnceTable plan)
      : promises(plan.promised),
        plan_(std::move(plan)),
        columns_(MarkOf(plan_.write)),
        writer_(plan_.server->MakeWriter(plan_.write)) {}

  const ExactlyOnceTable& plan() const { return plan_; }

  Status CreateMarkers() {
    const MutexLock lock(mutex_);
    std::string system;
    RETURN_IF_ERROR(writer_->InTransaction([&]() WEIR_REQUIRES(mutex_) -> Status {
      system = TRY(writer_->PrepareMarkers());
      return {};
    }));
    promises.NameSystem(std::move(system));
    return {};
  }
  // That this job's markers are of the history that goes on from `saved`. Waits for what an earlier
  // start has under way.
  Status CheckHistory(const SavedOutput* saved);
  // A marker of this incarnation, so that one that is missing later is known to be lost.
  Status MarkBeginning(uint32_t subtask);
  // Writes the promised rows unless their marker says that they were.
  Status Commit(const Promised& promised);
  // Whether another job's rows are to be written.
  Result<bool> IsToBeWritten(const Promised& promised);
  // That what was committed before a promise without rows is there.
  Status CheckEmpty(const Promised& promised);

  PromisedEpochs promises;

  // What the logs of rows for these columns end with.
  const std::string& columns() const { return columns_; }

 private:
  Status WriteRows(const Promised& promised) WEIR_REQUIRES(mutex_);
  Status WriteMarkerApart(const EpochPromise& promise) WEIR_REQUIRES(mutex_);

  Status CheckColumns(const Promised& promised) const;

  const ExactlyOnceTable plan_;
  const std::string columns_;
  Mutex mutex_;
  const std::unique_ptr<TableWriter> writer_ WEIR_POINTER_GUARDED_BY(mutex_);
};

Status SharedTable::MarkBeginning(uint32_t subtask) {
  const EpochPromise none = promises.Promise(subtask, 0);
  const std::string key = none.MarkerKey();
  const MutexLock lock(mutex_);
  return writer_->InTransaction([&]() WEIR_REQUIRES(mutex_) -> Status {
    const std::optional<CommitMarker> known = TRY(writer_->LockMarker(key));
    if (known && known->incarnation == none.incarnation) return {};
    return writer_->SetMarker(key, {none.incarnation, CommitMarker::kNothing});
  });
}

Status SharedTable::CheckHistory(const SavedOutput* saved) {
  const std::string prefix = promises.Promise(0, 0).MarkerPrefix();
  Markers own;
  const MutexLock lock(mutex_);
  RETURN_IF_ERROR(writer_->InTransaction([&]() WEIR_REQUIRES(mutex_) -> Status {
    own = TRY(writer_->LockMarkers(prefix));
    return {};
  }));
  return promises.CheckHistory(saved, own);
}

Status SharedTable::CheckEmpty(const Promised& promised) {
  const MutexLock lock(mutex_);
  return writer_->InTransaction([&]() WEIR_REQUIRES(mutex_) -> Status {
    const auto marker = TRY(writer_->LockMarker(promised.promise.MarkerKey()));
    // Another job's may have been committed elsewhere.
    return promises.IsOwn(promised.promise) ? promises.IsToBeSent(promised, marker).status()
                                            : promises.CheckPlace(promised.promise, marker);
  });
}

// The rows of a log are lines of values: written for other columns, they would be put into the
// wrong ones.
Status SharedTable::CheckColumns(const Promised& promised) const {
  if (promised.promise.log.ends_with(columns_)) return {};
  return Status::RestoreRefused(
             fmt::format("{} rows are promised to table {} for other columns, or another PRIMARY "
                         "KEY, than it has now",
                         promised.promise.records, plan_.write.table))
      .WithId("E7005")
      .WithHint(
          "restore with the columns as they were and let a checkpoint commit them, then change "
          "the table");
}

Status SharedTable::WriteRows(const Promised& promised) {
  RETURN_IF_ERROR(CheckColumns(promised));
  RowChanges changes;
  RETURN_IF_ERROR(promises.Read(promised.promise, promised.log,
                                [&](const LoggedMessage& change) WEIR_REQUIRES(mutex_) -> Status {
                                  changes.Add({change.key, change.value});
                                  if (changes.bytes() < kPieceBytes) return {};
                                  RETURN_IF_ERROR(writer_->Apply(changes));
                                  changes.Clear();
                                  return {};
                                }));
  return writer_->Apply(changes);
}

// Only for the planted defect.
Status SharedTable::WriteMarkerApart(const EpochPromise& promise) {
  return writer_->InTransaction([&]() WEIR_REQUIRES(mutex_) {
    return writer_->SetMarker(promise.MarkerKey(), {promise.incarnation, promise.checkpoint});
  });
}

Status SharedTable::Commit(const Promised& promised) {
  const EpochPromise& promise = promised.promise;
  const std::string key = promise.MarkerKey();
  const bool apart = DefectPlanted("jdbc-marker-apart");
  const MutexLock lock(mutex_);
  RETURN_IF_ERROR(writer_->InTransaction([&]() WEIR_REQUIRES(mutex_) -> Status {
    const std::optional<CommitMarker> marker = TRY(writer_->LockMarker(key));
    RETURN_IF_ERROR(promises.CheckAlone(promise, marker));
    if (DefectPlanted("jdbc-no-log") && marker) return {};
    if (!TRY(promises.IsToBeSent(promised, marker)) && !DefectPlanted("jdbc-marker-unread"))
      return {};
    WEIR_FAULT_POINT("jdbc.after_lock");
    // Without it the rows are given up.
    if (TRY(promises.HasLog(promised))) RETURN_IF_ERROR(WriteRows(promised));
    WEIR_FAULT_POINT("jdbc.after_rows");
    if (apart) return {};
    RETURN_IF_ERROR(writer_->SetMarker(key, {promise.incarnation, promise.checkpoint}));
    WEIR_FAULT_POINT("jdbc.after_marker");
    return {};
  }));
  promises.NoteCommitted(promise);
  WEIR_FAULT_POINT("jdbc.after_epoch");
  return apart ? WriteMarkerApart(promise) : Status();
}

Result<bool> SharedTable::IsToBeWritten(const Promised& promised) {
  bool wanted = false;
  const MutexLock lock(mutex_);
  RETURN_IF_ERROR(writer_->InTransaction([&]() WEIR_REQUIRES(mutex_) -> Status {
    const auto marker = TRY(writer_->LockMarker(promised.promise.MarkerKey()));
    wanted = TRY(promises.IsToBeSent(promised, marker)) && TRY(promises.HasLog(promised));
    return wanted ? CheckColumns(promised) : Status();
  }));
  return wanted;
}

class EpochWriter final : public SinkWriter {
 public:
  EpochWriter(SharedTable& shared, uint32_t number, uint64_t attempt)
      : shared_(shared),
        encoder_(shared.plan().server->row_text(), shared.plan().write.key),
        number_(number),
        attempt_(attempt) {}

  Status Open() {
    RETURN_IF_ERROR(shared_.plan().promised.files->CreateDirectories(shared_.promises.directory()));
    shared_.promises.NoteWriter(number_);
    return shared_.MarkBeginning(number_);
  }

  Status Write(const Batch& batch) override {
    RETURN_IF_ERROR(encoder_.ForEach(batch, [this](const RowChange& change) -> Status {
      if (log_ == nullptr) RETURN_IF_ERROR(BeginEpoch());
      return log_->Add({-1, change.key, change.row});
    }));
    WEIR_FAULT_POINT("jdbc.after_write");
    return {};
  }

  Result<PreCommitted> PreCommit(uint64_t checkpoint) override {
    EpochPromise promise = shared_.promises.Promise(number_, static_cast<int64_t>(checkpoint));
    PreCommitted handed;
    if (number_ == 0) handed.committables = shared_.promises.PromisesOfFormer(promise.checkpoint);
    if (log_ != nullptr) {
      RETURN_IF_ERROR(log_->End());
      promise.records = log_->records();
      promise.bytes = log_->bytes();
      promise.log = name_;
      handed.sync = [log = std::exchange(log_, nullptr), &promises = shared_.promises] {
        WEIR_FAULT_POINT("jdbc.before_sync");
        RETURN_IF_ERROR(promises.Sync(*log));
        WEIR_FAULT_POINT("jdbc.after_sync");
        return Status();
      };
    }
    handed.committables.push_back(promise.Text());
    return handed;
  }

 private:
  Status BeginEpoch() {
    name_ = fmt::format("{}-{}-{}{}", attempt_, number_, next_++, shared_.columns());
    log_ = TRY(shared_.promises.NewLog(name_));
    return {};
  }

  SharedTable& shared_;
  ChangeEncoder encoder_;
  const uint32_t number_;
  const uint64_t attempt_;
  std::shared_ptr<EpochLogWriter> log_;  // since the last barrier; null: no rows yet
  std::string name_;
  uint64_t next_ = 0;
};

class EpochCommitter final : public SinkCommitter {
 public:
  explicit EpochCommitter(SharedTable& shared) : shared_(shared), promises_(shared.promises) {}

  Status Commit(std::span<const std::string> committables) override {
    for (const std::string& text : committables) {
      const EpochPromise promise = TRY(epochs::ParsePromise(text, shared_.plan().promised.job));
      if (promise.records == 0) continue;
      const std::string log = promises_.LogOf(promise);
      // One that is repeated finds its marker, and perhaps no log any more.
      RETURN_IF_ERROR(shared_.Commit({promise, log, false}));
      WEIR_FAULT_POINT("jdbc.before_remove_log");
      FileSystem& files = *shared_.plan().promised.files;
      if (TRY(Exists(files, log))) RETURN_IF_ERROR(files.Remove(log));
      WEIR_FAULT_POINT("jdbc.after_remove_log");
    }
    return {};
  }

  Result<Recovered> Recover(const SavedOutput* saved, uint64_t attempt) override {
    RETURN_IF_ERROR(shared_.CreateMarkers());
    std::vector<Promised> foreign;
    std::vector<Promised> promises = TRY(promises_.Adopt(saved));
    RETURN_IF_ERROR(shared_.CheckHistory(saved));
    for (Promised& promised : promises) {
      if (promised.promise.records == 0) {
        RETURN_IF_ERROR(shared_.CheckEmpty(promised));
      } else if (promises_.IsOwn(promised.promise)) {
        RETURN_IF_ERROR(shared_.Commit(promised));
      } else if (TRY(shared_.IsToBeWritten(promised))) {
        foreign.push_back(std::move(promised));
      }
    }
    return promises_.TakeOver(
        foreign, attempt, [this](uint32_t subtask) { return shared_.MarkBeginning(subtask); },
        shared_.columns());
  }

  Result<std::vector<OutputRows>> Detach(std::span<const std::string> committables) override {
    return promises_.Detach(committables);
  }

 private:
  SharedTable& shared_;
  PromisedEpochs& promises_;
};

class EpochSink final : public Sink {
 public:
  explicit EpochSink(ExactlyOnceTable plan) : shared_(std::move(plan)) {}

  Result<std::unique_ptr<SinkWriter>> OpenWriter(uint32_t subtask, uint64_t attempt) override {
    auto writer = std::make_unique<EpochWriter>(shared_, subtask, attempt);
    RETURN_IF_ERROR(writer->Open());
    return std::unique_ptr<SinkWriter>(std::move(writer));
  }
  Result<std::unique_ptr<SinkCommitter>> OpenCommitter() override {
    return std::unique_ptr<SinkCommitter>(std::make_unique<EpochCommitter>(shared_));
  }

 private:
  SharedTable shared_;
};

}  // namespace

std::unique_ptr<Sink> MakeExactlyOnceTable(ExactlyOnceTable plan) {
  return std::make_unique<EpochSink>(std::move(plan));
}

}  // namespace weir::connectors::jdbc
