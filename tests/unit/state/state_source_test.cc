// Tables of state of snapshots, of each layout, backend and format: what is read is what the tables
// hold, in batches of any size, from any position that a reader has named, and by key; and what the
// difference of two snapshots says is the difference of their rows.
#include "state/reading/state_source.h"

#include <gmock/gmock.h>

#include <set>

#include "runtime/types/batch_text.h"
#include "state/checkpoint/savepoints.h"
#include "state/reading/state_columns.h"
#include "state/reading/state_summary.h"
#include "tests/unit/state/state_fixture.h"

namespace weir::state {
namespace {

enum class TableKind { kValue, kSliced, kList, kSlicedList, kMap };
struct Config {
  TableKind kind;
  bool memory;
  SavepointFormat format;
};
using RowTexts = std::multiset<std::string>;

constexpr uint64_t kSourceKeys = 40;
constexpr int64_t kSlices = 4;
constexpr int64_t kMicrosAMilli = 1000;

bool IsSliced(TableKind kind) {
  return kind == TableKind::kSliced || kind == TableKind::kSlicedList;
}
bool IsList(TableKind kind) {
  return kind == TableKind::kList || kind == TableKind::kSlicedList;
}

class StateSourceTest : public testing::TestWithParam<Config> {
 protected:
  StateSourceTest()
      : random_(DrawRecordedSeed()), job_({.memory_backend = GetParam().memory, .parallelism = 2}) {
    const TableKind kind = GetParam().kind;
    schema_ = TestSchema(IsList(kind)              ? StateLayout::kList
                         : kind == TableKind::kMap ? StateLayout::kMap
                                                   : StateLayout::kValue,
                         Type::BigInt());
    schema_.sliced = IsSliced(kind);
    for (size_t t = 0; t < job_.task_count(); ++t) Open(job_.task(t));
  }
  void Open(TaskState& task) {
    switch (GetParam().kind) {
      case TableKind::kValue:
        return values_.push_back(Expect(task.OpenValue("op", schema_)));
      case TableKind::kSliced:
        return sliced_.push_back(Expect(task.OpenSliced("op", schema_)));
      case TableKind::kList:
        return lists_.push_back(Expect(task.OpenList("op", schema_)));
      case TableKind::kSlicedList:
        return sliced_lists_.push_back(Expect(task.OpenSlicedLists("op", schema_)));
      case TableKind::kMap:
        return maps_.push_back(Expect(task.OpenMap("op", schema_)));
    }
  }

  // Draws rows of random keys for one task: keys, sub-keys, numbers and texts, of which some are
  // long and some empty.
  Keys DrawRows(size_t task) {
    const KeyGroupRange groups =
        KeyGroupsOfSubtask(static_cast<uint32_t>(task), 2, kDefaultMaxParallelism);
    std::vector<Value> keys, subs, numbers, texts;
    for (int i = 0; i < 60; ++i) {
      // Few keys have most rows.
      const auto key = static_cast<int64_t>(random_.Below(random_.Below(2) == 0 ? 2 : kSourceKeys));
      const Keys one = MakeKeys({{Type::BigInt(), {IntValue(key)}}});
      if (!groups.Contains(KeyGroupOf(one.hashes[0], kDefaultMaxParallelism))) continue;
      keys.push_back(IntValue(key));
      subs.push_back(IntValue(static_cast<int64_t>(random_.Below(9))));
      numbers.push_back(IntValue(static_cast<int64_t>(random_.Below(5))));
      texts.push_back(TextValue(std::string(random_.Below(4) * 9, 'x')));
    }
    return MakeKeys({{Type::BigInt(), keys},
                     {Type::BigInt(), subs},
                     {Type::BigInt(), numbers},
                     {Type::String(), texts}});
  }
  template <typename Table>
  void Store(Table& table, const Keys& drawn, const std::vector<std::byte*>& rows) {
    for (uint32_t i = 0; i < drawn.batch.row_count; ++i) {
      table.layout().template Store<int64_t>(rows[i], 0,
                                             drawn.batch.columns[2]->ValueAt<int64_t>(i));
      table.SetString(rows[i], 1, drawn.batch.columns[3]->ValueAt<StringRef>(i).view());
    }
  }
  void Fill(ValueTable& table, const Keys& drawn) {
    std::vector<std::byte*> rows(drawn.batch.row_count);
    std::vector<uint8_t> created(rows.size());
    ASSERT_OK(table.FindOrCreate(drawn.view(), rows.data(), created.data()));
    Store(table, drawn, rows);
  }
  void Fill(MapTable& table, const Keys& drawn) {
    std::vector<std::byte*> rows(drawn.batch.row_count);
    std::vector<uint8_t> created(rows.size());
    ASSERT_OK(table.FindOrCreate(drawn.view(), std::vector<int>{1}, rows.data(), created.data()));
    Store(table, drawn, rows);
  }
  void Fill(ListTable& table, const Keys& drawn) {
    if (random_.Below(3) == 0) ASSERT_OK(table.EraseKeys(DrawKey().view()));
    ASSERT_OK(table.Append(drawn.view(), std::vector<int>{2, 3}));
  }
  Keys DrawKey() {
    return MakeKeys(
        {{Type::BigInt(), {IntValue(static_cast<int64_t>(random_.Below(kSourceKeys)))}}});
  }
  Timestamp DrawSlice() { return {(static_cast<int64_t>(random_.Below(kSlices)) - 1) * 10'000}; }
  void Change() {
    for (size_t t = 0; t < 2; ++t) {
      const Keys drawn = DrawRows(t);
      if (drawn.batch.row_count == 0) continue;
      if (!values_.empty()) Fill(*values_[t], drawn);
      if (!sliced_.empty()) Fill(*Expect(sliced_[t]->Slice(DrawSlice())), drawn);
      if (!lists_.empty()) Fill(*lists_[t], drawn);
      if (!sliced_lists_.empty()) Fill(*Expect(sliced_lists_[t]->Slice(DrawSlice())), drawn);
      if (!maps_.empty()) Fill(*maps_[t], drawn);
    }
  }

  // What the tables hold, as "key, n, t" with the end of the slice behind the key.
  template <typename Table>
  void Model(Table& table, std::optional<Timestamp> slice, RowTexts& rows) {
    ASSERT_OK(table.Scan([&](const ScannedRows& run) -> Status {
      const auto keys = Expect(DecodeKeys(run.keys, std::vector<Type>{Type::BigInt()}));
      for (size_t i = 0; i < run.rows.size(); ++i) {
        std::string text = std::to_string(keys[0]->ValueAt<int64_t>(static_cast<uint32_t>(i)));
        if (slice) text += "," + std::to_string(slice->millis);
        text += "," + std::to_string(table.layout().template Load<int64_t>(run.rows[i], 0)) + ",";
        text += table.layout().template Load<StringRef>(run.rows[i], 1).view();
        rows.insert(std::move(text));
      }
      return {};
    }));
  }
  template <typename Table>
  void ModelSlices(Sliced<Table>& table, RowTexts& rows) {
    for (const Timestamp slice : table.Slices())
      Model(*Expect(table.FindSlice(slice)), slice, rows);
  }
  RowTexts Model() {
    RowTexts rows;
    for (ValueTable* table : values_) Model(*table, std::nullopt, rows);
    for (MapTable* table : maps_) Model(*table, std::nullopt, rows);
    for (ListTable* table : lists_) Model(*table, std::nullopt, rows);
    for (SlicedTable* table : sliced_) ModelSlices(*table, rows);
    for (SlicedLists* table : sliced_lists_) ModelSlices(*table, rows);
    return rows;
  }

  StateScan Save(const std::string& name) {
    CheckpointMetadata from = job_.Checkpoint();
    from.job_id = "0123456789abcdef";
    from.directory = job_.checkpoints();
    OperatorCheckpoint& op = from.operators.emplace_back();
    op.uid = "op";
    op.kind = "GroupAggregate";
    op.schema.tables = {schema_};
    const SavepointInfo saved = Expect(WriteSavepoint(
        FileSystem::Local(), {from, job_.checkpoints() + "/" + name, GetParam().format, nullptr}));
    StateScan scan;
    CheckpointMetadata metadata = Expect(LoadSnapshot(FileSystem::Local(), saved.path));
    // What is no table is not asked for: these are not there.
    metadata.files.push_back({"output/0-1", 3});
    metadata.files.push_back({"chk-1/channels.bin", 3});
    scan.metadata = std::make_shared<const CheckpointMetadata>(std::move(metadata));
    scan.records = Expect(
        OpenRecords(FileSystem::Local(), *scan.metadata, job_.checkpoints() + "/read-" + name));
    scan.uid = "op";
    return scan;
  }

  // Columns k, the slice's end, n and t, and others before them.
  graph::ScanSpec SpecOf(const Schema& schema, std::vector<std::string> names) const {
    graph::ScanSpec spec;
    spec.table = "state";
    spec.table_schema = schema;
    names.push_back("k");
    if (IsSliced(GetParam().kind)) names.push_back("window_end");
    names.push_back("n");
    names.push_back("t");
    for (const std::string& name : names) {
      for (size_t i = 0; i < schema.fields.size(); ++i)
        if (schema.fields[i].name == name) spec.columns.push_back(static_cast<int>(i));
    }
    EXPECT_EQ(spec.columns.size(), names.size());
    return spec;
  }
  graph::ScanSpec SpecOf(const StateScan& scan) const {
    return SpecOf(SchemaOf(ColumnsOf(Expect(FindStateTable(*scan.metadata, "op", "")))), {});
  }
  std::string Text(const Batch& batch, size_t from, uint32_t row) const {
    std::string text = std::to_string(batch.columns[from]->ValueAt<int64_t>(row));
    if (IsSliced(GetParam().kind))
      text += "," + std::to_string(batch.columns[++from]->ValueAt<int64_t>(row) / kMicrosAMilli);
    text += "," + std::to_string(batch.columns[from + 1]->ValueAt<int64_t>(row)) + ",";
    text += batch.columns[from + 2]->ValueAt<StringRef>(row).view();
    return text;
  }
  // Reads all splits in batches of random sizes; with `again` each batch by a reader of its own,
  // which goes on from where the one before was.
  void ReadAll(Source& source, bool again, const std::function<void(const Batch&)>& visit) {
    for (Split split : Expect(source.Discover())) {
      std::unique_ptr<SplitReader> reader = Expect(source.Open(split));
      for (;;) {
        const auto most = static_cast<uint32_t>(1 + random_.Below(random_.Below(2) == 0 ? 3 : 50));
        Batch batch;
        if (Expect(reader->Read(most, batch)) == ReadOutcome::kEndOfSplit) break;
        ASSERT_GE(batch.row_count, 1U);
        ASSERT_LE(batch.row_count, most);
        visit(batch);
        split.position = reader->Position();
        if (again) reader = Expect(source.Open(split));
        ASSERT_EQ(reader->Position(), split.position);
      }
      Batch batch;
      EXPECT_EQ(Expect(reader->Read(1, batch)), ReadOutcome::kEndOfSplit);
    }
  }
  RowTexts RowsOf(Source& source, bool again) {
    RowTexts rows;
    ReadAll(source, again, [&](const Batch& batch) {
      for (uint32_t i = 0; i < batch.row_count; ++i) rows.insert(Text(batch, 0, i));
    });
    return rows;
  }
  static expr::ExprPtr KeyIn(const std::vector<int64_t>& keys, const Type& type) {
    auto in = std::make_shared<expr::Expr>();
    in->kind = expr::ExprKind::kIn;
    in->type = Type::Boolean();
    in->args.push_back(expr::MakeColumnRef(0, type));
    for (const int64_t key : keys) in->args.push_back(expr::MakeLiteral(IntValue(key)));
    return in;
  }
  RowTexts ReadKeys(const StateScan& scan, const std::vector<int64_t>& keys, bool again) {
    graph::ScanSpec spec = SpecOf(scan);
    spec.filter = KeyIn(keys, Type::BigInt());
    const std::unique_ptr<Source> source = Expect(MakeStateSource(scan, spec));
    EXPECT_EQ(Expect(source->Discover()).size(), 1U) << "keys are looked up";
    return RowsOf(*source, again);
  }
  // What `one` has more often.
  static RowTexts Less(const RowTexts& one, const RowTexts& other) {
    RowTexts rows;
    std::ranges::set_difference(one, other, std::inserter(rows, rows.end()));
    return rows;
  }

  Random random_;
  Job job_;
  StateSchema schema_;
  std::vector<ValueTable*> values_;
  std::vector<SlicedTable*> sliced_;
  std::vector<ListTable*> lists_;
  std::vector<SlicedLists*> sliced_lists_;
  std::vector<MapTable*> maps_;
};

TEST_P(StateSourceTest, ReadsWhatTheTablesHold) {
  for (int round = 0; round < 6; ++round) {
    Change();
    const RowTexts model = Model();
    const StateScan scan = Save(std::to_string(round));
    for (const bool again : {false, true}) {
      const std::unique_ptr<Source> source = Expect(MakeStateSource(scan, SpecOf(scan)));
      EXPECT_EQ(RowsOf(*source, again), model) << round << again;
    }
  }
}

TEST_P(StateSourceTest, LooksKeysUp) {
  for (int round = 0; round < 4; ++round) Change();
  const RowTexts model = Model();
  const StateScan scan = Save("keys");
  for (const bool again : {false, true}) {
    RowTexts all;
    for (int64_t key = -1; key <= static_cast<int64_t>(kSourceKeys); ++key)
      all.merge(ReadKeys(scan, {key, key}, again));
    EXPECT_EQ(all, model);
    const RowTexts two = ReadKeys(scan, {0, 1, 1000}, again);
    EXPECT_EQ(two.size(), static_cast<size_t>(std::ranges::count_if(model, [](const auto& row) {
                return row.starts_with("0,") || row.starts_with("1,");
              })));
    EXPECT_EQ(Less(two, model), RowTexts());
  }
  EXPECT_EQ(ReadKeys(scan, {}, false), RowTexts());
}

TEST_P(StateSourceTest, SumsUp) {
  for (int round = 0; round < 4; ++round) Change();
  const RowTexts model = Model();
  const StateScan scan = Save("sum");
  const std::atomic<bool> cancel{false};
  const StateSummary sum = Expect(
      Summarise(*scan.records, Expect(FindStateTable(*scan.metadata, "op", "table")), cancel));
  EXPECT_EQ(sum.rows, model.size());
  std::map<std::string, uint64_t> of_key;
  for (const std::string& row : model)
    ++of_key[row.substr(0, row.find(',', IsSliced(GetParam().kind) ? row.find(',') + 1 : 0))];
  uint64_t most = 0;
  for (const auto& [key, rows] : of_key) most = std::max(most, rows);
  ASSERT_EQ(sum.largest.size(), schema_.layout == StateLayout::kValue ? 0U : kLargeKeys);
  for (size_t i = 0; i < sum.largest.size(); ++i) {
    EXPECT_LE(sum.largest[i].bytes, i == 0 ? sum.bytes : sum.largest[i - 1].bytes);
    EXPECT_LE(sum.largest[i].rows, most);
    EXPECT_GT(sum.largest[i].rows, 0U);
  }
}

TEST_P(StateSourceTest, DifferenceIsThatOfTheRows) {
  std::vector<std::pair<StateScan, RowTexts>> states;
  for (int round = 0; round < 4; ++round) {
    if (round > 0) Change();
    if (round > 1) Change();
    states.emplace_back(Save(std::to_string(round)), Model());
  }
  for (const auto& [before, old] : states) {
    for (const auto& [after, now] : states) {
      const graph::ScanSpec spec = SpecOf(Expect(DifferenceColumns(before, after)), {"op"});
      for (const bool again : {false, true}) {
        const std::unique_ptr<Source> source = Expect(MakeDifferenceSource(before, after, spec));
        RowTexts gone, came;
        std::string op;
        ReadAll(*source, again, [&](const Batch& batch) {
          for (uint32_t i = 0; i < batch.row_count; ++i) {
            const std::string last = op;
            op = batch.columns[0]->ValueAt<StringRef>(i).view();
            EXPECT_EQ(op == "+U", last == "-U") << "an update is two rows";
            (op.starts_with('+') ? came : gone).insert(Text(batch, 1, i));
          }
        });
        EXPECT_NE(op, "-U");
        EXPECT_EQ(Less(gone, came), Less(old, now));
        EXPECT_EQ(Less(came, gone), Less(now, old));
        if (GetParam().kind != TableKind::kMap) {
          EXPECT_EQ(Less(gone, came), gone);
        }
      }
    }
  }
}

std::vector<Config> AllConfigs() {
  std::vector<Config> all;
  for (const TableKind kind : {TableKind::kValue, TableKind::kSliced, TableKind::kList,
                               TableKind::kSlicedList, TableKind::kMap}) {
    for (const bool memory : {false, true}) {
      for (const auto format : {SavepointFormat::kCanonical, SavepointFormat::kNative})
        all.push_back({kind, memory, format});
    }
  }
  return all;
}

std::string NameOfConfig(const testing::TestParamInfo<Config>& info) {
  constexpr const char* kNames[] = {"Value", "Sliced", "List", "SlicedList", "Map"};
  return std::string(kNames[static_cast<size_t>(info.param.kind)]) +
         (info.param.memory ? "Memory" : "RocksDb") +
         (info.param.format == SavepointFormat::kCanonical ? "Canonical" : "Native");
}

INSTANTIATE_TEST_SUITE_P(All, StateSourceTest, testing::ValuesIn(AllConfigs()), NameOfConfig);

}  // namespace
}  // namespace weir::state
