// One start of a job: its tasks, channels, sources, sinks, state and checkpoint coordinator. A
// restart makes a new one.
#pragma once

#include <functional>
#include <map>
#include <memory>
#include <optional>
#include <set>
#include <string>
#include <vector>

#include "runtime/checkpoint/coordinator.h"
#include "runtime/mutex.h"
#include "runtime/task/chain_planner.h"
#include "runtime/task/input_need.h"
#include "runtime/task/job_options.h"
#include "runtime/task/job_snapshot.h"
#include "runtime/task/lookup_reader.h"
#include "runtime/task/loop_progress.h"
#include "runtime/task/split_assigner.h"
#include "runtime/task/task.h"
#include "runtime/task/watermark_alignment.h"

namespace weir::task {

struct ExecutionSetup {
  const graph::JobGraph* graph = nullptr;
  const JobOptions* options = nullptr;
  const CheckpointMetadata* from = nullptr;  // null: a fresh start
  // Counts the starts of the job; becomes part of the names of files that a start writes.
  uint64_t attempt = 0;
  checkpoint::CoordinatorListener* listener = nullptr;  // is told of failing tasks as well
};

// One start of a job, from opening its sources to joining its threads. Public methods are called by
// one thread, except Idle and Fill. All pointers of the setup, except `from`, outlive it.
class Execution final : public checkpoint::TaskControl {
 public:
  explicit Execution(ExecutionSetup setup) : setup_(setup) {}
  // As Stop().
  ~Execution() override;

  // Commits what the checkpoint left uncommitted, opens everything and restores state. Nothing runs
  // yet; after a failure the destructor undoes what was opened.
  Status Build();
  // REQUIRES: Build succeeded. E4006 where the machine has too few threads; then Stop().
  Status Start();
  // Ends all threads and waits for them. State and output of this start that no checkpoint covers
  // are dropped. May be repeated.
  void Stop();

  checkpoint::Coordinator& coordinator() { return *coordinator_; }
  // Distinguishes the starts of the job; never 0.
  uint64_t attempt() const { return setup_.attempt; }
  // Makes sources that look for new splits from time to time look for them now.
  void Refresh();
  // Whether all input that exists, including what the last Refresh found, has been read, every
  // queue is empty, no operator holds rows back for a moment, and every task waits.
  bool Idle() const;
  // The figures of this start. Any thread, between Build and the destructor.
  void Fill(JobSnapshot& snapshot) const;
  std::vector<TaskFigures> Tasks() const;

  void Trigger(const checkpoint::Barrier& barrier, bool pause) override;
  void Abort(uint64_t checkpoint_id) override;
  void Drain() override;
  void Completed(const CheckpointMetadata& metadata) override;

 private:
  // Opened by Build, in the order of the nodes. The committer outlives the coordinator.
  struct RunningSink {
    std::unique_ptr<Sink> sink;
    std::unique_ptr<SinkCommitter> committer;
    Recovered recovered;
    // Since the job's first start.
    uint64_t accepted_files = 0;
    uint64_t accepted_rows = 0;
    std::vector<std::string> origins;  // as OperatorCheckpoint's
  };

  Status BuildUnfenced();
  // The steps of Build in their order; the first failure ends it.
  Status OpenSources();
  Status OpenSinks();
  Status RecoverSinks();
  Status FenceSink(size_t index);
  Status RecoverSink(size_t index);
  void SayAccepted(size_t index) const;
  void MakeTasks();
  Status OpenTaskState();
  Status ReadLookups();
  // The reader of a lookup before this one whose table it can share; null if there is none.
  LookupReader* SharedReader(size_t index) const;
  Result<std::unique_ptr<LookupReader>> MakeLookupReader(size_t index);
  // Reads the table of a lookup into the directory `scratch`. Called by the job's owner, and by
  // readers' threads when the table is read again.
  Result<std::shared_ptr<const operators::LookupRows>> ReadLookup(const graph::Node& node,
                                                                  const std::string& scratch) const;
  void ConnectChains();
  // Whether all rows on the way to this chain can be given to the same or another number of
  // subtasks.
  bool LetsBarriersOvertake(size_t chain) const;
  void ConnectEdge(size_t chain, const ChainEdge& edge);
  Status MakeChains();
  Status MakeChain(size_t chain, uint32_t subtask);
  Result<MemberSetup> MakeMember(size_t chain, uint32_t subtask, size_t member);
  // Finds the loops of recursions, and makes what ends them.
  void MakeLoops();
  // The rows that were on their way back to recursions, subtask by subtask.
  std::vector<std::string_view> ReturnedRows() const;
  // Gives tasks the rows that the checkpoint found on their way (channel_restore.h).
  Status RestoreChannels();
  Status AssignSplits();
  void MakeCoordinator();
  // OperatorCheckpoint::inexact of the node, whose state has this schema.
  std::vector<std::string> Inexact(size_t index, const OperatorStateSchema& schema) const;
  bool Forgot(size_t index) const;  // checkpoint::Forgot of what the node goes on from
  CheckpointMetadata BaseMetadata() const;

  const graph::Node& node(size_t index) const { return setup_.graph->nodes[index]; }
  bool IsSource(size_t index) const;
  bool SourceGoesOn(size_t index) const;
  // Whether no operator needs further rows of the source.
  bool IsUnneeded(size_t index) const;
  // Fills goes_on_, and tells each chain which of its members can still get rows.
  void FindWhatGoesOn();
  // The saved operator that becomes this node; null when there is none.
  const OperatorCheckpoint* Restored(size_t index) const;
  std::vector<operators::OperatorStateEntry> RestoredEntries(size_t index) const;
  // The rows that were left out before a restore. If the plan has no local phase any more, these
  // include the late rows that the former one counted.
  Losses RestoredLosses(size_t index) const;
  bool KeepsKeyedState(size_t index) const;
  // Whether the restore sends the node `to` the result so far of its input `from`.
  bool IsSeeded(size_t from, size_t to) const;
  // Whether the node is a source of a durable job and keeps finished splits in a table.
  bool KeepsReadSplits(size_t index) const;
  // The operator of node `index` needs no more input: ends that of the sources that nobody else
  // needs. Any thread.
  void EndUnneeded(size_t index);
  // Ends the input of its tasks, if they have a source.
  void DrainChain(size_t chain);
  Status OpenReadSplits(size_t chain, Task& task);
  bool ReadsFirst(size_t index) const;
  void FillMember(const Task& task, size_t member, OperatorSnapshot& into) const;

  ExecutionSetup setup_;
  ChainPlan plan_;
  // By node: whether rows may still reach it, since some source above it is not known to have been
  // read to its end, and is needed. After a drain this holds although every operator saw the end of
  // its input.
  std::vector<bool> goes_on_;
  std::unique_ptr<StateBackend> backend_;
  std::vector<std::unique_ptr<LookupReader>> readers_;  // lookups that read the same share one
  std::vector<LookupReader*> lookups_;                  // by node; null for others
  std::vector<std::unique_ptr<Source>> sources_;        // by node; null for others
  std::vector<RunningSink> sinks_;                      // by node; empty for others
  std::vector<int> in_loop_;                            // by node, as graph::LoopsOf
  std::vector<std::unique_ptr<LoopProgress>> loops_;    // by node; null except for recursions
  std::vector<std::unique_ptr<Channel>> channels_;
  std::map<std::string, WatermarkAlignment> aligned_;               // by group; outlive the tasks
  std::vector<std::unique_ptr<operators::TableTime>> table_times_;  // by chain; outlive the tasks
  std::vector<std::vector<std::unique_ptr<Task>>> tasks_;           // [chain][subtask]
  std::vector<std::vector<std::unique_ptr<InputGate>>> gates_;      // until tasks own them
  // [chain][subtask], until chains own them.
  struct MadeExchange {
    int member;
    bool seeded;
    std::unique_ptr<Exchange> exchange;
  };
  std::vector<std::vector<std::vector<MadeExchange>>> exchanges_;
  std::vector<std::unique_ptr<SplitAssigner>> assigners_;
  mutable Mutex need_mutex_;
  std::optional<InputNeed> need_ WEIR_GUARDED_BY(need_mutex_);  // there once chains are made
  std::unique_ptr<checkpoint::Coordinator> coordinator_;
  std::vector<std::vector<std::string>> inexact_;  // of each node, as OperatorCheckpoint's
  uint64_t rows_in_flight_ = 0;                    // rows that were restored into channels
  bool running_ = false;
};

}  // namespace weir::task
