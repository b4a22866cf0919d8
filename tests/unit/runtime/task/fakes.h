// An outside world in memory for tests of whole jobs: sources of numbered rows, exactly-once sinks,
// checkpoint storage, and a keyed counter with a backend of its own. What is durable in the real
// world lives in World and outlives every job started in it.
#pragma once

#include <atomic>
#include <chrono>
#include <map>
#include <memory>
#include <mutex>
#include <set>
#include <string>
#include <vector>

#include "runtime/graph/job_graph.h"
#include "runtime/operators/factory/factory.h"
#include "runtime/task/job.h"

namespace weir::task::testing {

// Longer than what a test waits for takes.
constexpr std::chrono::milliseconds kLong{30'000};

enum class Place { kNowhere, kDiscovery, kRead };

// How the world behaves; atomics may be changed while a job runs.
struct Behaviour {
  uint32_t splits = 3;
  uint32_t rows_per_split = 400;
  uint32_t keys = 17;
  bool unbounded = false;
  std::atomic<int64_t> pause_micros{0};       // before each batch is read
  std::atomic<int64_t> sink_pause_micros{0};  // before each batch is written
  std::atomic<int64_t> row_pause_micros{0};   // the same, for each of its rows
  std::atomic<bool> hold_sync{false};         // what sinks pre-committed becomes durable later
  std::atomic<int> syncs{0};                  // how often it was to become durable
  std::atomic<int64_t> fail_read_at{-1};      // once, when a split reaches this row
  std::atomic<bool> bad_record{false};        // as a bad record, not as a read that fails
  std::atomic<int> fail_persist{0};           // so many times
  std::atomic<int> fail_publish{0};
  std::atomic<int> fail_sync{0};
  std::atomic<int> fail_commit{0};
  std::atomic<int64_t> slow_end_micros{0};  // to free what a start has opened
  int64_t discovery_millis = 0;
  // Where another system is waited for, in vain; and whether somebody does.
  std::atomic<Place> lost{Place::kNowhere};
  std::atomic<bool> waited_for{false};
};

class World {
 public:
  Behaviour behaviour;

  // Rows that a sink has made visible, as "key:count", in order of commit.
  std::vector<std::string> Committed() const;
  // Whether every key was counted up from 1 without gap or repetition, prefix by prefix; why not,
  // if not.
  std::string CheckCommitted(bool complete) const;
  // The newest published checkpoint; null before the first.
  std::shared_ptr<const CheckpointMetadata> Newest() const;
  size_t aborted() const;
  // Rows of the largest batch that a sink was given.
  uint32_t largest_write() const { return largest_write_; }
  // Numbers under which sinks were opened.
  std::set<uint64_t> attempts() const {
    const std::lock_guard lock(mutex_);
    return attempts_;
  }
  void NoteAttempt(uint64_t attempt) {
    const std::lock_guard lock(mutex_);
    attempts_.insert(attempt);
  }

  // Options with every port wired to this world.
  JobOptions Options(uint32_t parallelism);
  // source -> (hash by key) -> count per key -> sink.
  static graph::JobGraph CountingJob();
  // source -> sink, in one chain.
  static graph::JobGraph CopyingJob();

 private:
  friend class FakeBackend;
  friend class FakeReader;
  friend class FakeWriter;
  friend class FakeCommitter;
  friend class FakeStorage;

  mutable std::mutex mutex_;
  std::map<std::string, std::vector<std::string>> transactions_;  // pre-committed, durable, by name
  std::set<std::string> visible_names_;
  std::set<uint64_t> attempts_;
  std::vector<std::string> visible_;
  std::map<std::string, std::map<int64_t, int64_t>> state_files_;
  std::vector<std::shared_ptr<const CheckpointMetadata>> published_;
  uint64_t last_id_ = 0;
  size_t aborted_ = 0;
  std::atomic<uint32_t> largest_write_{0};
  std::map<std::string, std::string> channel_files_;
  std::unique_ptr<CheckpointStorage> storage_;
  expr::EvaluationContext evaluation_;
};

}  // namespace weir::task::testing
