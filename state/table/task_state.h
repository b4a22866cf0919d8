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

// What a backend adds to the tables. Thread-safe; outlives the tasks.
// `family` is "uid/table" everywhere.
class TableHome {
 public:
  virtual ~TableHome() = default;
  // The disk part of a table as this task sees it; null when rows live in memory only.
  virtual Result<std::unique_ptr<DiskTable>> OpenDisk(const std::string& family,
                                                      const TaskContext& task) = 0;
  // Visits the saved rows of a table in these key groups that must be loaded at once. Called only
  // when OpenDisk gives null.
  virtual Status VisitSaved(
      const std::string& family, KeyGroupRange groups,
      const std::function<Status(std::string_view key, std::string_view value)>& visit) = 0;
  // Bookkeeping records as restored.
  virtual const std::map<std::string, std::string>& bookkeeping() const = 0;
  // Statistics of a task's table, kept for the job's total.
  virtual void Report(const TaskState* task, const StateStatistics& statistics) = 0;
};

// Knows its tables by uid and schema name, hands out memory among them, and gathers their changes
// into the one part that goes to the backend at a barrier. One thread, save statistics.
// Opening fails E7002 where the saved schema cannot be read as the wanted one, kCorruption where it
// cannot be read at all. Memory is given back table by table in proportion to what each has.
class NativeTaskState final : public TaskState {
 public:
  // `home` outlives it. `hidden_groups`: of a planted defect in tests, else empty.
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
  // Reads the saved schema, if any, and makes the codec that turns rows of it into rows of
  // `schema`.
  Result<Opened*> Open(const std::string& uid, const StateSchema& schema);
  template <typename Table>
  Result<Table*> OpenTable(const std::string& uid, const StateSchema& schema);
  template <typename Slices>
  Result<Slices*> OpenSlices(const std::string& uid, const StateSchema& schema);
  // From the bookkeeping: rows and sequence numbers a key group.
  Status RestoreCounters(Opened& opened);
  // Only where there is no disk part to read them from later.
  Status RestoreRows(Opened& opened);
  StateStatistics StatisticsOf(const Opened& opened) const;
  // Slices one by one.
  template <typename F>
  void ForEachTable(F&& f);
  // All tables give in proportion to what they have, until the task uses `wanted` bytes less.
  Status Relieve(uint64_t wanted);
  // Also for tasks that have nothing to do: their rows make room for those of others.
  Status KeepWithinBudget();

  TableHome& home_;
  TaskContext context_;
  std::vector<uint32_t> hidden_groups_;
  std::vector<std::unique_ptr<Opened>> tables_;
  std::map<std::string, uint64_t> reported_;  // bytes by uid
  std::unique_ptr<TaskPart> copied_;          // what BeginSnapshot froze, being copied
  size_t copied_tables_ = 0;                  // that are through
  uint64_t calls_seen_ = 0;
  uint64_t shortages_seen_ = 0;
  int64_t unused_since_ = 0;  // monotonic ns
};

}  // namespace weir::state
