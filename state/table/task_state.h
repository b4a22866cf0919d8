// One task's tables, the same for every backend.
#pragma once

#include <functional>
#include <map>
#include <memory>
#include <string>
#include <vector>

#include "runtime/state_backend.h"
#include "state/table/list_table.h"
#include "state/table/map_table.h"
#include "state/table/sliced_table.h"
#include "state/table/value_table.h"

namespace weir::state {

// What a backend contributes to the tables. `family` is "uid/table" everywhere. Thread-safe;
// outlives the tasks.
class TableHome {
 public:
  virtual ~TableHome() = default;
  // The disk part of a table as this task sees it; null if rows are in memory only.
  virtual Result<std::unique_ptr<DiskTable>> OpenDisk(const std::string& family,
                                                      const TaskContext& task) = 0;
  // Visits the saved rows of a table in these key groups, to be loaded at once. Called only if
  // OpenDisk returns null.
  virtual Status VisitSaved(
      const std::string& family, KeyGroupRange groups,
      const std::function<Status(std::string_view key, std::string_view value)>& visit) = 0;
  // The restored bookkeeping records.
  virtual const std::map<std::string, std::string>& bookkeeping() const = 0;
  // Stores the statistics of a task's table for the job's total.
  virtual void Report(const TaskState* task, const StateStatistics& statistics) = 0;
};

// Finds tables by uid and schema name, divides memory among them, and collects their changes into
// the part that goes to the backend at a barrier. Memory is freed table by table in proportion to
// what each uses. Opening fails with E7002 if the saved schema cannot be read as the wanted one,
// and with kCorruption if it cannot be read at all. Used by one thread, except statistics.
class NativeTaskState final : public TaskState {
 public:
  // `home` outlives it. `hidden_groups`: for a planted defect in tests, otherwise empty.
  NativeTaskState(TableHome& home, TaskContext context, std::vector<uint32_t> hidden_groups);
  ~NativeTaskState() override;

  Result<ValueTable*> OpenValue(const std::string& uid, const StateSchema& schema) override;
  Result<SlicedTable*> OpenSliced(const std::string& uid, const StateSchema& schema) override;
  Result<MapTable*> OpenMap(const std::string& uid, const StateSchema& schema) override;
  Result<ListTable*> OpenList(const std::string& uid, const StateSchema& schema) override;
  Result<SlicedLists*> OpenSlicedLists(const std::string& uid, const StateSchema& schema) override;
  Status BeginSnapshot(uint64_t checkpoint_id) override;
  Result<std::unique_ptr<EpochPart>> ContinueSnapshot(std::chrono::nanoseconds longest) override;
  Result<std::unique_ptr<EpochPart>> Snapshot(uint64_t checkpoint_id) override;
  Status Tidy() override;
  void ReportMemory(const std::string& uid, uint64_t bytes) override;
  StateStatistics statistics(const std::string& uid) const override;

 private:
  // Exactly one of `table` and `sliced` is set.
  struct Opened {
    std::string uid;
    std::unique_ptr<Family> family;
    std::unique_ptr<TableCore> table;
    std::unique_ptr<TableSlices> sliced;
  };
  // Reads the saved schema, if any, and creates the codec that converts its rows into rows of
  // `schema`.
  Result<Opened*> Open(const std::string& uid, const StateSchema& schema);
  template <typename Table>
  Result<Table*> OpenTable(const std::string& uid, const StateSchema& schema);
  template <typename Slices>
  Result<Slices*> OpenSlices(const std::string& uid, const StateSchema& schema);
  // Reads the numbers of rows and sequence numbers of each key group from the bookkeeping.
  Status RestoreCounters(Opened& opened);
  // Only if there is no disk part from which rows can be read later.
  Status RestoreRows(Opened& opened);
  StateStatistics StatisticsOf(const Opened& opened) const;
  // Visits slices one by one.
  template <typename F>
  void ForEachTable(F&& f);
  // Frees memory in all tables in proportion to what they use, until the task uses `wanted` bytes
  // less.
  Status Relieve(uint64_t wanted);
  // Also called for tasks without input, whose unused rows make room for those of other tasks.
  Status KeepWithinBudget();

  TableHome& home_;
  TaskContext context_;
  std::vector<uint32_t> hidden_groups_;
  std::vector<std::unique_ptr<Opened>> tables_;
  std::map<std::string, uint64_t> reported_;  // bytes by uid, of ReportMemory
  std::unique_ptr<TaskPart> copied_;          // what BeginSnapshot froze, being copied
  size_t copied_tables_ = 0;                  // how many tables are copied completely
  uint64_t calls_seen_ = 0;
  uint64_t shortages_seen_ = 0;
  int64_t unused_since_ = 0;  // monotonic ns
};

}  // namespace weir::state
