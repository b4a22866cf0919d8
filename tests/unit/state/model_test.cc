// Tables of every kind against std::map, through random changes, snapshots, failures, restores,
// rescales and evictions.
#include <any>
#include <cstdio>
#include <cstdlib>
#include <optional>
#include <set>

#include "runtime/base/hash.h"
#include "runtime/types/string_ref.h"
#include "tests/unit/state/expected_rows.h"
#include "tests/unit/state/state_fixture.h"

namespace weir::state {
namespace {

using NumberAndWord = std::pair<int64_t, std::string>;

struct TableCase {
  const char* name;
  bool memory_backend;
  uint64_t memory_limit;
  bool text_keys;
  bool checkpointing = true;
  bool required = false;  // keys are never NULL
};

std::ostream& operator<<(std::ostream& out, const TableCase& c) {
  return out << c.name;
}

// Drives one kind of table. Model: the expected contents.
class ModelTest : public testing::TestWithParam<TableCase> {
 protected:
  ModelTest()
      : random_(DrawRecordedSeed()),
        job_({GetParam().memory_backend, GetParam().memory_limit, GetParam().checkpointing, 1}) {}

  Type key_type() const {
    const Type type = GetParam().text_keys ? Type::String() : Type::BigInt();
    return type.WithNullable(!GetParam().required);
  }
  Value KeyValue(int64_t k) const {
    if (k == 0 && !GetParam().required) return Value::Null(key_type());
    return GetParam().text_keys ? TextValue("key number " + std::to_string(k)) : IntValue(k);
  }
  std::string Canonical(int64_t k) {
    std::string bytes;
    const std::vector<ColumnPtr> columns{MakeColumn(key_type(), std::vector<Value>{KeyValue(k)})};
    AppendKey(columns, 0, bytes);
    return bytes;
  }
  size_t TaskOf(int64_t k) {
    const std::string key = Canonical(k);
    const uint32_t group = KeyGroupOf(Hash64(key.data(), key.size()), kDefaultMaxParallelism);
    return SubtaskOfKeyGroup(group, job_.options().parallelism, kDefaultMaxParallelism);
  }
  std::vector<int64_t> DrawKeys(int64_t range) {
    std::vector<int64_t> keys(1 + random_.Below(60));
    for (int64_t& k : keys) k = static_cast<int64_t>(random_.Below(static_cast<uint64_t>(range)));
    return keys;
  }
  // The keys that belong to a task, as a batch with further columns.
  Keys BatchOf(const std::vector<int64_t>& keys) {
    std::vector<Value> values;
    for (int64_t k : keys) values.push_back(KeyValue(k));
    return MakeKeys({{key_type(), values}});
  }
  std::map<size_t, std::vector<int64_t>> ByTask(const std::vector<int64_t>& keys) {
    std::map<size_t, std::vector<int64_t>> result;
    for (int64_t k : keys) result[TaskOf(k)].push_back(k);
    return result;
  }

  // A scan that is asked for even numbers shows these, each once, and judges every row once.
  void ExpectEven(const std::vector<ValueTable*>& tables, const std::map<int64_t, int64_t>& model) {
    std::multiset<int64_t> expected;
    for (const auto& [k, n] : model) {
      if (n % 2 == 0) expected.insert(n);
    }
    size_t judged = 0;
    std::multiset<int64_t> even;
    for (ValueTable* table : tables) {
      const RowLayout& layout = table->layout();
      const auto wanted = [&](const std::byte* row) {
        ++judged;
        return layout.Load<int64_t>(row, 0) % 2 == 0;
      };
      ASSERT_OK(table->ScanWhere(wanted, [&](const ScannedRows& run) -> Status {
        EXPECT_EQ(run.keys.size(), run.rows.size());
        for (const std::byte* row : run.rows) even.insert(layout.Load<int64_t>(row, 0));
        return {};
      }));
    }
    EXPECT_EQ(judged, model.size());
    EXPECT_EQ(even, expected);
  }

  // One random step of the life of a job; `model` is what a restore brings back.
  template <typename Model, typename Reopen>
  void Disturb(Model& model, const Reopen& reopen) {
    if (!GetParam().checkpointing) return;
    switch (random_.Below(24)) {
      case 0:
      case 1:
      case 2: {  // a checkpoint that completes, sometimes while work goes on
        FinishPending();
        pending_id_ = Expect(job_.storage().NextCheckpointId());
        pending_model_ = model;
        if (random_.Below(2) == 0) {  // copied while work goes on
          for (size_t t = 0; t < job_.task_count(); ++t) {
            ASSERT_OK(job_.task(t).BeginSnapshot(pending_id_));
          }
          copying_ = true;
          break;
        }
        pending_ = job_.Snapshot(pending_id_);
        if (random_.Below(2) == 0) FinishPending();
        break;
      }
      case 3: {  // an aborted one
        FinishPending();
        const uint64_t id = Expect(job_.storage().NextCheckpointId());
        ASSERT_OK(job_.storage().Prepare(id));
        job_.backend().Abandon(job_.Snapshot(id));
        ASSERT_OK(job_.storage().Abort(id));
        break;
      }
      case 4: {  // a crash, and a restart with another parallelism
        if (!completed_) break;
        pending_.clear();
        copying_ = false;
        NoteFigures();
        job_.Stop();
        job_.options().parallelism = 1 + static_cast<uint32_t>(random_.Below(4));
        std::string latest = job_.checkpoints();
        auto storage = Expect(MakeCheckpointStorage(FileSystem::Local(), latest));
        auto metadata = Expect(storage->Load(Expect(storage->List()).back().path));
        storage.reset();
        job_.Start(std::move(metadata));
        model = std::any_cast<Model>(completed_model_);
        reopen();
        ++restores_;
        break;
      }
      case 5:
        FinishPending();
        break;
      case 6:
      case 7:
        for (size_t t = 0; t < job_.task_count(); ++t) ASSERT_OK(job_.task(t).Tidy());
        break;
      default:
        break;
    }
  }
  void NoteFigures() {
    for (size_t t = 0; t < job_.task_count(); ++t) {
      const StateStatistics figures = job_.task(t).statistics("op");
      disk_reads_ = std::max(disk_reads_, figures.disk_reads);
      evictions_ = std::max(evictions_, figures.evictions);
    }
  }
  void FinishPending() {
    for (size_t t = 0; copying_ && t < job_.task_count(); ++t) {
      pending_.push_back(Expect(job_.task(t).ContinueSnapshot(std::chrono::nanoseconds::max())));
    }
    copying_ = false;
    if (pending_.empty()) return;
    job_.Complete(pending_id_, std::move(pending_));
    pending_.clear();
    completed_ = true;
    completed_model_ = pending_model_;
    ASSERT_OK(job_.storage().Retain(1 + random_.Below(3), {}));
  }
  void Report(uint64_t disk_reads, uint64_t evictions) const {
    std::printf("restores %d, disk reads %llu, evictions %llu\n", restores_,
                static_cast<unsigned long long>(disk_reads),
                static_cast<unsigned long long>(evictions));
    EXPECT_TRUE(!GetParam().checkpointing || restores_ > 0);
    if (GetParam().memory_limit == 0) return;
    EXPECT_GT(disk_reads, 0U);
    ++limited;
    all_evictions += evictions;
  }
  // One sequence of steps may never have more rows than there is room for; not so many of them.
  static void TearDownTestSuite() {
    constexpr int kMany = 12;
    if (limited < kMany) return;
    EXPECT_GT(all_evictions, 0U);
  }
  Random random_;
  Job job_;
  std::vector<std::unique_ptr<EpochPart>> pending_;
  bool copying_ = false;  // a barrier has passed whose rows are not all copied
  uint64_t pending_id_ = 0;
  std::any pending_model_;
  std::any completed_model_;
  bool completed_ = false;
  int restores_ = 0;
  uint64_t disk_reads_ = 0;
  uint64_t evictions_ = 0;
  static inline int limited = 0;  // sequences under a limit of memory
  static inline uint64_t all_evictions = 0;
};

void Store(ValueTable& table, std::byte* row, int64_t n) {
  table.layout().ClearNull(row, 0);
  table.layout().Store<int64_t>(row, 0, n);
  table.SetString(row, 1, WordOf(n));
}

NumberAndWord ReadRow(const RowLayout& layout, const std::byte* row) {
  return {layout.Load<int64_t>(row, 0), layout.Load<StringRef>(row, 1).str()};
}

// Rows for those of `keys` that Find, which gave `rows`, has not found.
void AddMissing(ValueTable& table, const std::vector<int64_t>& keys,
                const std::vector<std::byte*>& rows, std::map<int64_t, int64_t>& model) {
  std::set<int64_t> named;
  std::vector<uint32_t> probes;
  for (uint32_t i = 0; i < keys.size(); ++i) {
    if (rows[i] == nullptr && named.insert(keys[i]).second) probes.push_back(i);
  }
  std::vector<std::byte*> added(probes.size());
  table.Add(probes, added.data());
  for (size_t i = 0; i < probes.size(); ++i) {
    ASSERT_EQ(ReadRow(table.layout(), added[i]), NumberAndWord(0, ""));
    const int64_t key = keys[probes[i]];
    Store(table, added[i], key);
    model[key] = key;
  }
  for (size_t i = 0; i < keys.size(); ++i) {  // what was found is where it was
    if (rows[i] == nullptr) continue;
    ASSERT_EQ(ReadRow(table.layout(), rows[i]),
              NumberAndWord(model[keys[i]], WordOf(model[keys[i]])));
  }
}

TEST_P(ModelTest, ValueTable) {
  using Model = std::map<int64_t, int64_t>;
  Model model;
  std::vector<ValueTable*> tables;
  const auto open = [&] {
    tables.clear();
    for (size_t t = 0; t < job_.task_count(); ++t) {
      tables.push_back(
          Expect(job_.task(t).OpenValue("op", TestSchema(StateLayout::kValue, key_type()))));
    }
  };
  open();
  for (int step = 0; step < 300; ++step) {
    const auto keys = DrawKeys(2000);
    for (const auto& [task, mine] : ByTask(keys)) {
      ValueTable& table = *tables[task];
      const Keys batch = BatchOf(mine);
      std::vector<std::byte*> rows(mine.size());
      std::vector<uint8_t> created(mine.size());
      const uint64_t action = random_.Below(5);
      if (action < 2) {
        ASSERT_OK(table.FindOrCreate(batch.view(), rows.data(), created.data()));
      } else {
        ASSERT_OK(table.Find(batch.view(), rows.data()));
      }
      std::set<int64_t> seen;
      std::vector<std::byte*> erased;
      for (size_t i = 0; i < mine.size(); ++i) {
        const int64_t k = mine[i];
        const bool first = seen.insert(k).second;
        if (action < 2) {
          ASSERT_EQ(created[i] != 0, first && !model.contains(k))
              << "key " << k << " step " << step;
          const int64_t n = static_cast<int64_t>(random_.Below(1000));
          model[k] = n;
          Store(table, rows[i], n);
          continue;
        }
        ASSERT_EQ(rows[i] != nullptr, model.contains(k)) << "key " << k << " step " << step;
        if (rows[i] == nullptr) continue;
        ASSERT_EQ(ReadRow(table.layout(), rows[i]), NumberAndWord(model[k], WordOf(model[k])));
        if (action == 3) erased.push_back(rows[i]);
      }
      table.Erase(erased);
      if (action == 3) {
        for (int64_t k : mine) model.erase(k);
      }
      if (action == 4) AddMissing(table, mine, rows, model);
    }
    if (step % 40 == 39) {
      Model seen;
      size_t shown = 0;
      for (ValueTable* table : tables) {
        ASSERT_OK(table->Scan([&](const ScannedRows& run) -> Status {
          const std::vector<Type> types{key_type()};
          const auto columns = Expect(DecodeKeys(run.keys, types));
          for (size_t i = 0; i < run.rows.size(); ++i) {
            const Value key = GetValue(*columns[0], static_cast<uint32_t>(i));
            const int64_t k = key.is_null()          ? 0
                              : GetParam().text_keys ? std::stoll(key.get<std::string>().substr(11))
                                                     : key.get<int64_t>();
            ++shown;
            seen[k] = ReadRow(table->layout(), run.rows[i]).first;
            if (k % 7 == 3) {  // change some rows on the way
              model[k] += 1;
              Store(*table, run.rows[i], model[k]);
              table->MarkChanged(run.rows.subspan(i, 1));
              seen[k] = model[k];
            }
          }
          return {};
        }));
      }
      ASSERT_EQ(shown, model.size()) << "step " << step;
      ASSERT_EQ(seen, model);
      ExpectEven(tables, model);
    }
    uint64_t total = 0;
    for (ValueTable* table : tables) total += table->row_count();
    ASSERT_EQ(total, model.size()) << "step " << step;
    Disturb(model, open);
    if (HasFatalFailure()) return;
    if (step % 50 == 49) NoteFigures();
  }
  Report(disk_reads_, evictions_);
}

// Sub-keys are numbers of -6 to 5; where keys are never NULL, behind texts that order as they do.
class MapModelTest : public ModelTest {
 protected:
  std::vector<Field> SubKey() const {
    if (!GetParam().required) return {{"s", Type::BigInt()}};
    return {{"t", Type::String().WithNullable(false)}, {"s", Type::BigInt().WithNullable(false)}};
  }
  StateSchema Schema() const {
    StateSchema schema = TestSchema(StateLayout::kMap, key_type());
    schema.sub_key = SubKey();
    return schema;
  }
  Keys BatchOf(const std::vector<Value>& keys, const std::vector<int64_t>& sub_keys) const {
    std::vector<Value> texts;
    std::vector<Value> numbers;
    for (const int64_t s : sub_keys) {
      texts.push_back(TextValue(std::string(static_cast<size_t>((s + 6) / 3 * 25 + 1), '\0')));
      numbers.push_back(IntValue(s));
    }
    const std::vector<Field> fields = SubKey();
    if (!GetParam().required) return MakeKeys({{key_type(), keys}, {fields[0].type, numbers}});
    return MakeKeys({{key_type(), keys}, {fields[0].type, texts}, {fields[1].type, numbers}});
  }
  // key -> sub-key -> number
  using Model = std::map<int64_t, std::map<int64_t, int64_t>>;
  // Each row once, with its key.
  void ExpectScan(const std::vector<MapTable*>& tables, const Model& model) {
    std::multiset<std::pair<std::string, NumberAndWord>> seen;
    for (MapTable* table : tables) {
      ASSERT_OK(table->Scan([&](const ScannedRows& run) -> Status {
        for (size_t i = 0; i < run.rows.size(); ++i) {
          seen.emplace(run.keys[i], ReadRow(table->layout(), run.rows[i]));
        }
        return {};
      }));
    }
    std::multiset<std::pair<std::string, NumberAndWord>> expected;
    for (const auto& [key, rows] : model) {
      for (const auto& [sub_key, n] : rows)
        expected.emplace(Canonical(key), NumberAndWord(n, WordOf(n)));
    }
    ASSERT_EQ(seen, expected);
  }
  int64_t NumberOf(std::string_view sub_key) const {
    std::vector<Type> types;
    for (const Field& field : SubKey()) types.push_back(field.type);
    return Expect(DecodeKeys({&sub_key, 1}, types)).back()->ValueAt<int64_t>(0);
  }
};

TEST_P(MapModelTest, MapTable) {
  Model model;
  std::vector<MapTable*> tables;
  const auto open = [&] {
    tables.clear();
    for (size_t t = 0; t < job_.task_count(); ++t) {
      tables.push_back(Expect(job_.task(t).OpenMap("op", Schema())));
    }
  };
  open();
  for (int step = 0; step < 300; ++step) {
    for (const auto& [task, mine] : ByTask(DrawKeys(300))) {
      MapTable& table = *tables[task];
      std::vector<Value> keys;
      std::vector<int64_t> sub_keys;
      for (int64_t k : mine) {
        keys.push_back(KeyValue(k));
        sub_keys.push_back(static_cast<int64_t>(random_.Below(12)) - 6);
      }
      const Keys batch = BatchOf(keys, sub_keys);
      std::vector<int> sub_columns{1};
      if (GetParam().required) sub_columns.push_back(2);
      std::vector<std::byte*> rows(mine.size());
      std::vector<uint8_t> created(mine.size());
      const uint64_t action = random_.Below(8);
      if (action == 7) {
        ASSERT_OK(table.EraseKeys(batch.view()));
        for (int64_t k : mine) model.erase(k);
        continue;
      }
      if (action == 6) {
        std::vector<std::optional<std::string_view>> edges;
        const bool greatest = random_.Below(2) == 0;
        ASSERT_OK(table.EdgeSubKeys(batch.view(), greatest, edges));
        for (size_t i = 0; i < mine.size(); ++i) {
          const auto known = model.find(mine[i]);
          ASSERT_EQ(edges[i].has_value(), known != model.end());
          if (known == model.end()) continue;
          const int64_t wanted =
              greatest ? known->second.rbegin()->first : known->second.begin()->first;
          ASSERT_EQ(NumberOf(*edges[i]), wanted);
        }
        for (int64_t k : mine) {
          std::vector<int64_t> visited;
          ASSERT_OK(table.VisitKey(Canonical(k), greatest, [&](std::string_view, std::byte* row) {
            visited.push_back(table.layout().Load<int64_t>(row, 0));
            return true;
          }));
          std::vector<int64_t> expected;
          if (model.contains(k)) {
            for (const auto& [s, n] : model[k]) expected.push_back(n);
          }
          if (greatest) std::reverse(expected.begin(), expected.end());
          ASSERT_EQ(visited, expected) << "key " << k << " step " << step;
        }
        continue;
      }
      if (action < 3) {
        ASSERT_OK(table.FindOrCreate(batch.view(), sub_columns, rows.data(), created.data()));
      } else {
        ASSERT_OK(table.Find(batch.view(), sub_columns, rows.data()));
      }
      std::vector<std::byte*> erased;
      std::set<std::pair<int64_t, int64_t>> seen;
      for (size_t i = 0; i < mine.size(); ++i) {
        const bool known = model.contains(mine[i]) && model[mine[i]].contains(sub_keys[i]);
        if (action < 3) {
          ASSERT_EQ(created[i] == 0, known);
          const int64_t n = static_cast<int64_t>(random_.Below(1000));
          model[mine[i]][sub_keys[i]] = n;
          table.layout().Store<int64_t>(rows[i], 0, n);
          table.SetString(rows[i], 1, WordOf(n));
          continue;
        }
        ASSERT_EQ(rows[i] != nullptr, known) << "step " << step;
        if (!known) continue;
        const int64_t n = model[mine[i]][sub_keys[i]];
        ASSERT_EQ(ReadRow(table.layout(), rows[i]), NumberAndWord(n, WordOf(n)));
        if (action == 5) erased.push_back(rows[i]);
      }
      table.Erase(erased);
      for (size_t i = 0; i < mine.size() && action == 5; ++i) {
        const auto known = model.find(mine[i]);
        if (known == model.end()) continue;
        known->second.erase(sub_keys[i]);
        if (known->second.empty()) model.erase(known);
      }
    }
    if (step % 10 == 9) ExpectScan(tables, model);
    Disturb(model, open);
    if (HasFatalFailure()) return;
    if (step % 50 == 49) NoteFigures();
  }
  Report(disk_reads_, evictions_);
}

TEST_P(ModelTest, ListTable) {
  using Model = std::map<int64_t, std::vector<int64_t>>;
  Model model;
  std::vector<ListTable*> tables;
  const auto open = [&] {
    tables.clear();
    for (size_t t = 0; t < job_.task_count(); ++t) {
      tables.push_back(
          Expect(job_.task(t).OpenList("op", TestSchema(StateLayout::kList, key_type()))));
    }
  };
  open();
  for (int step = 0; step < 300; ++step) {
    for (const auto& [task, mine] : ByTask(DrawKeys(300))) {
      ListTable& table = *tables[task];
      std::vector<Value> keys;
      std::vector<Value> numbers;
      std::vector<Value> texts;
      std::vector<int64_t> drawn;
      for (int64_t k : mine) {
        drawn.push_back(static_cast<int64_t>(random_.Below(5)));
        keys.push_back(KeyValue(k));
        numbers.push_back(IntValue(drawn.back()));
        texts.push_back(TextValue(WordOf(drawn.back())));
      }
      const Keys batch =
          MakeKeys({{key_type(), keys}, {Type::BigInt(), numbers}, {Type::String(), texts}});
      const std::vector<int> value_columns{1, 2};
      const uint64_t action = random_.Below(8);
      if (action < 4) {
        ASSERT_OK(table.Append(batch.view(), value_columns));
        for (size_t i = 0; i < mine.size(); ++i) model[mine[i]].push_back(drawn[i]);
      } else if (action < 6) {
        std::vector<uint8_t> found(mine.size());
        ASSERT_OK(table.RemoveOne(batch.view(), value_columns, found.data()));
        for (size_t i = 0; i < mine.size(); ++i) {
          auto& list = model[mine[i]];
          const auto at = std::find(list.begin(), list.end(), drawn[i]);
          ASSERT_EQ(found[i] != 0, at != list.end()) << "step " << step;
          if (at != list.end()) list.erase(at);
        }
      } else if (action == 6) {
        std::vector<std::vector<int64_t>> visited(mine.size());
        VisitMatches(table, batch.view(), [&](uint32_t i, const std::byte* row) {
          const NumberAndWord content = ReadRow(table.layout(), row);
          EXPECT_EQ(content.second, WordOf(content.first));
          visited[i].push_back(content.first);
        });
        for (size_t i = 0; i < mine.size(); ++i) {
          ASSERT_EQ(visited[i], model[mine[i]]) << "key " << mine[i] << " step " << step;
        }
      } else if (random_.Below(3) == 0) {
        ASSERT_OK(table.EraseKeys(batch.view()));
        for (int64_t k : mine) model.erase(k);
      }
    }
    uint64_t total = 0;
    uint64_t expected = 0;
    for (ListTable* table : tables) total += table->row_count();
    for (const auto& [k, list] : model) expected += list.size();
    ASSERT_EQ(total, expected);
    Disturb(model, open);
    if (HasFatalFailure()) return;
    if (step % 50 == 49) NoteFigures();
  }
  Report(disk_reads_, evictions_);
}

TEST_P(ModelTest, SlicedTable) {
  using Model = std::map<int64_t, std::map<int64_t, int64_t>>;  // slice -> key -> n
  Model model;
  std::vector<SlicedTable*> tables;
  StateSchema schema = TestSchema(StateLayout::kValue, key_type());
  schema.sliced = true;
  const auto open = [&] {
    tables.clear();
    for (size_t t = 0; t < job_.task_count(); ++t) {
      tables.push_back(Expect(job_.task(t).OpenSliced("op", schema)));
    }
  };
  open();
  for (int step = 0; step < 300; ++step) {
    const int64_t slice = (static_cast<int64_t>(random_.Below(8)) - 4) * 1000;
    for (const auto& [task, mine] : ByTask(DrawKeys(400))) {
      ValueTable& table = *Expect(tables[task]->Slice({slice}));
      const Keys batch = BatchOf(mine);
      std::vector<std::byte*> rows(mine.size());
      std::vector<uint8_t> created(mine.size());
      ASSERT_OK(table.FindOrCreate(batch.view(), rows.data(), created.data()));
      std::set<int64_t> seen;
      for (size_t i = 0; i < mine.size(); ++i) {
        const bool first = seen.insert(mine[i]).second;
        auto& expected = model[slice];
        ASSERT_EQ(created[i] != 0, first && !expected.contains(mine[i]))
            << "slice " << slice << " key " << mine[i] << " step " << step;
        if (created[i] == 0) {
          ASSERT_EQ(ReadRow(table.layout(), rows[i]).first, expected[mine[i]]);
        }
        expected[mine[i]] = step;
        Store(table, rows[i], step);
      }
    }
    if (random_.Below(6) == 0) {
      const int64_t dropped = (static_cast<int64_t>(random_.Below(8)) - 4) * 1000;
      for (SlicedTable* table : tables) ASSERT_OK(table->Drop({dropped}));
      model.erase(dropped);
    }
    if (step % 40 == 39) {
      for (const auto& [end, expected] : model) {
        uint64_t rows = 0;
        for (SlicedTable* table : tables) {
          ValueTable* one = Expect(table->FindSlice({end}));
          if (one == nullptr) continue;
          ASSERT_OK(one->Scan([&](const ScannedRows& run) -> Status {
            rows += run.rows.size();
            return {};
          }));
        }
        ASSERT_EQ(rows, expected.size()) << "slice " << end << " step " << step;
      }
    }
    Disturb(model, open);
    if (HasFatalFailure()) return;
    if (step % 50 == 49) NoteFigures();
  }
  Report(disk_reads_, evictions_);
}

TEST_P(ModelTest, SlicedLists) {
  using Lists = std::map<int64_t, std::vector<int64_t>>;  // key -> n in order of arrival
  using Model = std::map<int64_t, Lists>;                 // slice -> its lists
  Model model;
  std::vector<SlicedLists*> tables;
  StateSchema schema = TestSchema(StateLayout::kList, key_type());
  schema.sliced = true;
  const auto open = [&] {
    tables.clear();
    for (size_t t = 0; t < job_.task_count(); ++t) {
      tables.push_back(Expect(job_.task(t).OpenSlicedLists("op", schema)));
    }
  };
  const auto draw_slice = [&] { return (static_cast<int64_t>(random_.Below(8)) - 4) * 1000; };
  open();
  for (int step = 0; step < 300; ++step) {
    const int64_t slice = draw_slice();
    for (const auto& [task, mine] : ByTask(DrawKeys(200))) {
      std::vector<Value> keys;
      std::vector<Value> numbers;
      std::vector<Value> texts;
      for (const int64_t k : mine) {
        keys.push_back(KeyValue(k));
        numbers.push_back(IntValue(step));
        texts.push_back(TextValue(WordOf(step)));
      }
      const Keys batch =
          MakeKeys({{key_type(), keys}, {Type::BigInt(), numbers}, {Type::String(), texts}});
      if (random_.Below(3) > 0) {
        ListTable& table = *Expect(tables[task]->Slice({slice}));
        ASSERT_OK(table.Append(batch.view(), std::vector<int>{1, 2}));
        for (const int64_t k : mine) model[slice][k].push_back(step);
        continue;
      }
      ListTable* table = Expect(tables[task]->FindSlice({slice}));
      if (table == nullptr) continue;
      std::vector<std::vector<int64_t>> visited(mine.size());
      VisitMatches(*table, batch.view(), [&](uint32_t i, const std::byte* row) {
        const NumberAndWord content = ReadRow(table->layout(), row);
        EXPECT_EQ(content.second, WordOf(content.first));
        visited[i].push_back(content.first);
      });
      for (size_t i = 0; i < mine.size(); ++i) {
        ASSERT_EQ(visited[i], model[slice][mine[i]]) << "key " << mine[i] << " step " << step;
      }
    }
    if (random_.Below(6) == 0) {
      const int64_t dropped = draw_slice();
      for (SlicedLists* table : tables) ASSERT_OK(table->Drop({dropped}));
      model.erase(dropped);
    }
    for (const auto& [end, lists] : model) {
      uint64_t rows = 0;
      uint64_t shown = 0;
      uint64_t expected = 0;
      for (const auto& [key, list] : lists) expected += list.size();
      for (SlicedLists* table : tables) {
        ListTable* one = Expect(table->FindSlice({end}));
        if (one == nullptr) continue;
        rows += one->row_count();
        if (step % 40 < 39) continue;
        ASSERT_OK(one->Scan([&](const ScannedRows& run) -> Status {
          shown += run.rows.size();
          return {};
        }));
      }
      ASSERT_EQ(rows, expected) << "slice " << end << " step " << step;
      ASSERT_EQ(shown, step % 40 == 39 ? expected : 0) << "slice " << end << " step " << step;
    }
    Disturb(model, open);
    if (HasFatalFailure()) return;
    if (step % 50 == 49) NoteFigures();
  }
  Report(disk_reads_, evictions_);
}

const auto kCases = testing::Values(
    TableCase{"rocksdb", false, 0, false}, TableCase{"rocksdbText", false, 0, true},
    TableCase{"memory", true, 0, false}, TableCase{"memoryText", true, 0, true},
    TableCase{"tiny", false, 60 << 10, false}, TableCase{"tinyText", false, 60 << 10, true},
    TableCase{"rocksdbRequired", false, 0, false, true, true},
    TableCase{"memoryRequired", true, 0, false, true, true},
    TableCase{"tinyRequired", false, 60 << 10, false, true, true},
    TableCase{"tinyWithoutCheckpoints", false, 60 << 10, true, false});

std::string NameOfCase(const testing::TestParamInfo<TableCase>& parameter) {
  return parameter.param.name;
}

INSTANTIATE_TEST_SUITE_P(Backends, ModelTest, kCases, NameOfCase);
INSTANTIATE_TEST_SUITE_P(Backends, MapModelTest, kCases, NameOfCase);

}  // namespace
}  // namespace weir::state
