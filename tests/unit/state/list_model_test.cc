// List tables against a model: long lists and short ones, through appending, removing, changes in
// place, snapshots that are copied while work goes on, failures, evictions and expiry, with keys of
// every shape.
#include <cstdlib>
#include <optional>
#include <set>

#include "runtime/types/string_ref.h"
#include "tests/unit/state/state_fixture.h"

namespace weir::state {
namespace {

struct ListCase {
  const char* name;
  std::vector<Type> key;
  uint64_t memory_limit;
  int64_t ttl_millis;
  bool memory_backend = false;
};

std::ostream& operator<<(std::ostream& out, const ListCase& c) {
  return out << c.name;
}

struct ModelRow {
  int64_t n;
  int64_t changes;
  int64_t written;
};
using RowsByKey = std::map<int64_t, std::vector<ModelRow>>;

std::string RunOf(int64_t n) {
  return std::string(static_cast<size_t>(n % 20), 'x') + std::to_string(n);
}

// Key k in a column of this type; key 0 is NULL.
Value KeyValue(const Type& type, int64_t k) {
  if (k == 0) return Value::Null(type);
  if (type.is_character()) return TextValue("key number " + std::to_string(k));
  if (type.kind() == TypeKind::kInt) return {type, static_cast<int32_t>(k)};
  return {type, -k};
}

class ListModelTest : public testing::TestWithParam<ListCase> {
 protected:
  ListModelTest()
      : random_(DrawRecordedSeed()),
        job_({.memory_backend = GetParam().memory_backend,
              .memory_limit = GetParam().memory_limit}) {
    schema_.name = "rows";
    schema_.layout = StateLayout::kList;
    for (const Type& type : GetParam().key) {
      schema_.key.push_back({"k" + std::to_string(schema_.key.size()), type});
      key_columns_.push_back(static_cast<int>(key_columns_.size()));
    }
    const Type count = Type::BigInt().WithNullable(false);
    schema_.value = {{"n", Type::BigInt()}, {"t", Type::String()}, {"changes", count}};
    schema_.ttl_millis = GetParam().ttl_millis;
    Open();
  }
  void Open() { table_ = Expect(job_.task().OpenList("op", schema_)); }

  // Few keys have many rows, and most one or two.
  int64_t DrawKey() {
    const uint64_t range = random_.Below(3) == 0 ? 3 : 900;
    return static_cast<int64_t>(random_.Below(range));
  }
  void DrawBatch() {
    keys_.clear();
    numbers_.clear();
    const int64_t same = random_.Below(4) == 0 ? DrawKey() : -1;  // a run of one key
    for (uint64_t i = 1 + random_.Below(90); i > 0; --i) {
      keys_.push_back(same >= 0 ? same : DrawKey());
      numbers_.push_back(static_cast<int64_t>(random_.Below(4)));
    }
    std::vector<std::pair<Type, std::vector<Value>>> columns;
    for (const Type& type : GetParam().key) {
      columns.push_back({type, {}});
      for (const int64_t k : keys_) columns.back().second.push_back(KeyValue(type, k));
    }
    columns.push_back({Type::BigInt(), {}});
    columns.push_back({Type::String(), {}});
    for (const int64_t n : numbers_) {
      columns[columns.size() - 2].second.push_back(IntValue(n));
      columns.back().second.push_back(TextValue(RunOf(n)));
    }
    batch_ = MakeKeys(columns);
    batch_.columns = key_columns_;
    HashKeys(batch_.batch, key_columns_, batch_.hashes.data());
    const int first = static_cast<int>(key_columns_.size());
    value_columns_ = {first, first + 1};
  }
  int64_t now() const { return job_.clock.millis; }
  void Expire() {
    if (GetParam().ttl_millis == 0) return;
    for (auto& [key, rows] : model_) {
      std::erase_if(
          rows, [&](const ModelRow& row) { return now() - row.written >= GetParam().ttl_millis; });
    }
  }

  void Append() {
    ASSERT_OK(table_->Append(batch_.view(), value_columns_));
    for (size_t i = 0; i < keys_.size(); ++i) model_[keys_[i]].push_back({numbers_[i], 0, now()});
  }
  void RemoveOne() {
    std::vector<uint8_t> found(keys_.size());
    ASSERT_OK(table_->RemoveOne(batch_.view(), value_columns_, found.data()));
    for (size_t i = 0; i < keys_.size(); ++i) {
      auto& rows = model_[keys_[i]];
      const auto at = std::find_if(rows.begin(), rows.end(),
                                   [&](const ModelRow& row) { return row.n == numbers_[i]; });
      ASSERT_EQ(found[i] != 0, at != rows.end()) << "key " << keys_[i];
      if (at != rows.end()) rows.erase(at);
    }
  }
  void EraseKeys() {
    ASSERT_OK(table_->EraseKeys(batch_.view()));
    for (const int64_t k : keys_) model_.erase(k);
  }
  // Looks at the rows of the batch's keys, and counts a change of each where `change`.
  void Probe(bool change) {
    std::vector<std::vector<std::pair<int64_t, int64_t>>> seen(keys_.size());
    std::vector<std::vector<std::byte*>> places(keys_.size());
    ASSERT_OK(table_->Probe(batch_.view()));
    MatchRun run;
    const RowLayout& layout = table_->layout();
    while (table_->NextMatches(run)) {
      for (size_t i = 0; i < run.rows.size(); ++i) {
        const int64_t n = layout.Load<int64_t>(run.rows[i], 0);
        ASSERT_EQ(layout.Load<StringRef>(run.rows[i], 1).str(), RunOf(n));
        seen[run.probes[i]].emplace_back(n, layout.Load<int64_t>(run.rows[i], 2));
        places[run.probes[i]].push_back(run.rows[i]);
      }
    }
    for (size_t i = 0; i < keys_.size(); ++i) {
      std::vector<std::pair<int64_t, int64_t>> expected;
      for (const ModelRow& row : model_[keys_[i]]) expected.emplace_back(row.n, row.changes);
      ASSERT_EQ(seen[i], expected) << "key " << keys_[i];
    }
    for (size_t i = 0; i < keys_.size() && change; ++i) {
      for (std::byte* row : places[i]) {
        layout.Store<int64_t>(row, 2, layout.Load<int64_t>(row, 2) + 1);
      }
      table_->MarkChanged(places[i]);
      for (ModelRow& row : model_[keys_[i]]) row = {row.n, row.changes + 1, now()};
    }
  }
  std::string Canonical(int64_t k) const {
    std::vector<ColumnPtr> columns;
    for (const Type& type : GetParam().key) {
      columns.push_back(MakeColumn(type, std::vector<Value>{KeyValue(type, k)}));
    }
    std::string bytes;
    AppendKey(columns, 0, bytes);
    return bytes;
  }
  // Looks at all rows.
  void Scan() {
    using Rows = std::multiset<std::pair<int64_t, int64_t>>;
    std::map<std::string, Rows> seen;
    std::map<std::string, Rows> expected;
    for (const auto& [key, rows] : model_) {
      for (const ModelRow& row : rows) expected[Canonical(key)].emplace(row.n, row.changes);
    }
    const RowLayout& layout = table_->layout();
    ASSERT_OK(table_->Scan([&](const ScannedRows& run) -> Status {
      for (size_t i = 0; i < run.rows.size(); ++i) {
        const int64_t n = layout.Load<int64_t>(run.rows[i], 0);
        EXPECT_EQ(layout.Load<StringRef>(run.rows[i], 1).str(), RunOf(n));
        seen[std::string(run.keys[i])].emplace(n, layout.Load<int64_t>(run.rows[i], 2));
      }
      return {};
    }));
    ASSERT_EQ(seen, expected);
  }
  void Act() {
    const uint64_t action = random_.Below(21);
    // Only in some stretches, since runs end with the first change of a row.
    const bool changes = restores_ % 2 != 0;
    if (action < 10) return Append();
    if (action < 13) return RemoveOne();
    if (action < 14) return EraseKeys();
    if (action == 20) return Scan();
    Probe(changes && action >= 18);
  }

  void FinishPending() {
    if (!pending_) return;
    std::vector<std::unique_ptr<EpochPart>> parts;
    parts.push_back(Expect(job_.task().ContinueSnapshot(std::chrono::nanoseconds::max())));
    job_.Complete(pending_id_, std::move(parts));
    completed_ = std::move(pending_);
    pending_.reset();
  }
  void Disturb() {
    switch (random_.Below(16)) {
      case 0:
      case 1:
        FinishPending();
        pending_id_ = Expect(job_.storage().NextCheckpointId());
        pending_ = model_;
        ASSERT_OK(job_.task().BeginSnapshot(pending_id_));
        break;
      case 2:
        FinishPending();
        break;
      case 3: {  // a crash
        if (!completed_) break;
        pending_.reset();
        NoteFigures();
        CheckpointMetadata latest = job_.LoadLatest();
        job_.Stop();
        job_.Start(std::move(latest));
        Open();
        model_ = *completed_;
        ++restores_;
        break;
      }
      case 4:
        ASSERT_OK(job_.task().Tidy());
        break;
      case 5:
      case 6:
        job_.clock.millis += 150;
        break;
      default:
        break;
    }
  }
  void NoteFigures() {
    const StateStatistics figures = job_.task().statistics("op");
    disk_reads_ += figures.disk_reads;
    evictions_ += figures.evictions;
  }

  Random random_;
  StateSchema schema_;
  std::vector<int> key_columns_;
  std::vector<int> value_columns_;
  Job job_;
  ListTable* table_ = nullptr;
  RowsByKey model_;
  std::optional<RowsByKey> pending_;    // what the barrier that has passed last froze
  std::optional<RowsByKey> completed_;  // what a restore brings back
  uint64_t pending_id_ = 0;
  int restores_ = 0;
  uint64_t disk_reads_ = 0;
  uint64_t evictions_ = 0;
  std::vector<int64_t> keys_;
  std::vector<int64_t> numbers_;
  Keys batch_;
};

TEST_P(ListModelTest, Agrees) {
  for (int step = 0; step < 350; ++step) {
    SCOPED_TRACE(step);
    DrawBatch();
    Expire();
    Act();
    if (HasFatalFailure()) return;
    Disturb();
    if (HasFatalFailure()) return;
    if (GetParam().ttl_millis > 0) continue;  // what has expired may not be swept yet
    uint64_t rows = 0;
    for (const auto& [key, list] : model_) rows += list.size();
    ASSERT_EQ(table_->row_count(), rows);
  }
  NoteFigures();
  EXPECT_GT(restores_, 1);
  EXPECT_EQ(disk_reads_ > 0, !GetParam().memory_backend);
  EXPECT_EQ(evictions_ > 0, GetParam().memory_limit > 0);
}

const Type kNumberKey = Type::BigInt();
const Type kSmallKey = Type::Int();

INSTANTIATE_TEST_SUITE_P(
    Keys, ListModelTest,
    testing::Values(ListCase{"number", {kNumberKey}, 0, 0},
                    ListCase{"pair", {kNumberKey, kSmallKey}, 0, 0},
                    ListCase{"text", {Type::String()}, 0, 0},
                    ListCase{"numberTiny", {kNumberKey}, 50 << 10, 0},
                    ListCase{"pairTiny", {kNumberKey, kSmallKey}, 50 << 10, 0},
                    ListCase{"textTiny", {Type::String()}, 50 << 10, 0},
                    ListCase{"numberExpires", {kNumberKey}, 0, 1000},
                    ListCase{"pairExpiresTiny", {kSmallKey, kNumberKey}, 50 << 10, 1000},
                    ListCase{"textExpiresTiny", {Type::String()}, 50 << 10, 1000},
                    ListCase{"numberInMemory", {kNumberKey}, 0, 1000, true},
                    ListCase{"pairInMemory", {kNumberKey, kSmallKey}, 0, 0, true}),
    [](const auto& parameter) { return std::string(parameter.param.name); });

}  // namespace
}  // namespace weir::state
