#include "runtime/connectors/filesystem/decode_ahead.h"

#include <deque>

#include "runtime/base/fence.h"
#include "runtime/connectors/bad_rows.h"
#include "runtime/fault_point.h"
#include "runtime/mutex.h"
#include "runtime/thread.h"

namespace weir::connectors {
namespace {

class DecodeInline final : public DecodeAhead {
 public:
  DecodeInline(BlockReader& reader, std::unique_ptr<Decoder> decoder, DecodeSettings settings)
      : reader_(reader), decoder_(std::move(decoder)), settings_(settings) {}

  Result<std::optional<DecodedBlock>> Next() override {
    const std::optional<PlacedBlock> block = TRY(reader_.Next());
    if (!block) return std::optional<DecodedBlock>();
    return std::optional<DecodedBlock>(DecodeBlock(*decoder_, *block, settings_));
  }

 private:
  BlockReader& reader_;
  std::unique_ptr<Decoder> decoder_;
  DecodeSettings settings_;
};

class DecodeOnThreads final : public DecodeAhead {
 public:
  DecodeOnThreads(BlockReader& reader, std::vector<std::unique_ptr<Decoder>> decoders,
                  DecodeSettings settings)
      : reader_(reader), decoders_(std::move(decoders)), settings_(settings) {}

  ~DecodeOnThreads() override {
    {
      const MutexLock lock(mutex_);
      stopping_ = true;
    }
    work_.notify_all();
    for (Thread& worker : workers_) worker.Join();
  }

  Result<std::optional<DecodedBlock>> Next() override {
    if (workers_.empty()) RETURN_IF_ERROR(StartWorkers());
    RETURN_IF_ERROR(ReadAhead());
    MutexLock lock(mutex_);
    if (jobs_.empty()) return std::optional<DecodedBlock>();
    done_.wait(lock, [&]() WEIR_REQUIRES(mutex_) { return jobs_.front()->finished; });
    DecodedBlock result = std::move(jobs_.front()->result);
    jobs_.pop_front();
    --next_;
    return std::optional<DecodedBlock>(std::move(result));
  }

 private:
  struct Job {
    PlacedBlock block;
    DecodedBlock result;
    bool finished = false;
  };

  // Starts one thread for each decoder, or as many as the machine can still give; at least one.
  Status StartWorkers() {
    for (auto& decoder : decoders_) {
      Result<Thread> worker = Thread::Start("decode", [this, &decoder] { Work(*decoder); });
      if (!worker.ok() && workers_.empty()) return std::move(worker).status();
      if (!worker.ok()) return {};
      workers_.push_back(std::move(*worker));
    }
    return {};
  }

  // Two blocks a worker are in flight: one that it decodes, and the next one already read.
  Status ReadAhead() {
    while (!at_end_ && waiting() < 2 * workers_.size()) {
      std::optional<PlacedBlock> block = TRY(reader_.Next());
      if (!block) {
        at_end_ = true;
        return {};
      }
      auto job = std::make_unique<Job>();
      job->block = std::move(*block);
      const MutexLock lock(mutex_);
      jobs_.push_back(std::move(job));
      work_.notify_one();
    }
    return {};
  }

  size_t waiting() {
    const MutexLock lock(mutex_);
    return jobs_.size();
  }

  void Work(Decoder& decoder) {
    Status unfit;  // after an exception the decoder may be inconsistent
    MutexLock lock(mutex_);
    for (;;) {
      work_.wait(lock, [&]() WEIR_REQUIRES(mutex_) { return stopping_ || next_ < jobs_.size(); });
      if (stopping_) return;
      Job& job = *jobs_[next_++];
      lock.unlock();
      DecodedBlock result;
      if (unfit.ok() || DefectPlanted("broken-decoder-goes-on")) {
        unfit = Fenced([&]() -> Status {
          result = DecodeBlock(decoder, job.block, settings_);
          return {};
        });
      }
      if (!unfit.ok()) result.status = unfit;
      lock.lock();
      job.result = std::move(result);
      job.block = PlacedBlock{};
      job.finished = true;
      done_.notify_one();
    }
  }

  BlockReader& reader_;
  std::vector<std::unique_ptr<Decoder>> decoders_;
  DecodeSettings settings_;
  bool at_end_ = false;  // used by the caller's thread only
  Mutex mutex_;
  ConditionVariable work_;
  ConditionVariable done_;
  std::deque<std::unique_ptr<Job>> jobs_ WEIR_GUARDED_BY(mutex_);
  size_t next_ WEIR_GUARDED_BY(mutex_) = 0;  // the first job that no worker has taken
  bool stopping_ WEIR_GUARDED_BY(mutex_) = false;
  std::vector<Thread> workers_;
};

// The bad record at the front of `bytes`, at which decoding has failed; how many bytes it has.
size_t TakeRecord(Decoder& decoder, std::string_view bytes, DecodedBlock& failed,
                  DecodedBatch& piece) {
  const size_t length = decoder.BadRecordLength(bytes);
  std::string_view raw = bytes.substr(0, length);
  if (raw.ends_with('\n')) raw.remove_suffix(1);
  if (raw.ends_with('\r')) raw.remove_suffix(1);
  piece.taken = {failed.bad_offset, std::string(raw), std::move(failed.bad.column),
                 failed.status.message()};
  failed.status = Status();
  failed.bad = BadRecord();
  return length;
}

}  // namespace

DecodedBlock DecodeBlock(Decoder& decoder, const PlacedBlock& placed, DecodeSettings settings) {
  DecodedBlock decoded;
  const std::string_view bytes = placed.block.bytes;
  RecordBlock block = placed.block;  // up to the next bad record that is known
  RowBudget budget(settings.max_rows);
  for (size_t at = 0; at < bytes.size();) {
    DecodedBatch piece;
    if (at == block.bytes.size()) {
      at += TakeRecord(decoder, bytes.substr(at), decoded, piece);
      piece.skipped = 1;
      block.bytes = bytes;
    } else {
      const Result<DecodeResult> result =
          decoder.Decode(block, at, budget.rows(), piece.batch, decoded.bad);
      if (!result.ok()) {
        decoded.status = result.status();
        decoded.bad_offset = placed.offset + decoded.bad.offset;
        if (!settings.takes_bad || !IsFaultOfRecord(decoded.status)) return decoded;
        // First what is before it: all of that was decoded in vain.
        block.bytes = bytes.substr(0, decoded.bad.offset);
        budget.Reduce();
        continue;
      }
      budget.Raise();
      at += result->consumed;
      piece.skipped = result->skipped;
    }
    piece.end_offset = placed.offset + at;
    decoded.batches.push_back(std::move(piece));
  }
  return decoded;
}

std::unique_ptr<DecodeAhead> MakeDecodeAhead(BlockReader& reader,
                                             std::vector<std::unique_ptr<Decoder>> decoders,
                                             DecodeSettings settings) {
  if (decoders.size() == 1) {
    return std::make_unique<DecodeInline>(reader, std::move(decoders[0]), settings);
  }
  return std::make_unique<DecodeOnThreads>(reader, std::move(decoders), settings);
}

}  // namespace weir::connectors
