// Operators that only look at one batch: Calc is tested through SQL; here Sink, Union, Collect,
// VALUES, window assignment, and the building blocks.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "runtime/operators/aggregate/partial_table.h"
#include "runtime/operators/emit.h"
#include "runtime/operators/flow/values.h"
#include "runtime/operators/time/window_progress.h"
#include "runtime/operators/touched_rows.h"
#include "tests/unit/runtime/operators/operator_harness.h"

namespace weir::operators {
namespace {

using ::testing::ElementsAre;

const Schema kStatelessInput{{{"a", Type::BigInt()}, {"b", Type::String()}}};

Batch Parse(const std::string& text) {
  return std::move(ParseBatch(text, kStatelessInput)).value();
}

class RecordingWriter : public SinkWriter {
 public:
  explicit RecordingWriter(std::string& log) : log_(log) {}
  Status Write(const Batch& batch) override {
    log_ += FormatBatch(batch);
    return {};
  }
  Status OnWatermark(Timestamp watermark) override {
    log_ += "watermark " + std::to_string(watermark.millis) + "\n";
    return {};
  }
  Result<PreCommitted> PreCommit(uint64_t id) override {
    return PreCommitted{{"x" + std::to_string(id), "y"}, [this] {
                          log_ += "sync\n";
                          return Status();
                        }};
  }
  Status Finish() override {
    log_ += "finish\n";
    return {};
  }

 private:
  std::string& log_;
};

TEST(SinkTest, WritesThenPreCommitsAtTheBarrier) {
  std::string log;
  graph::Node node;
  node.spec = graph::SinkSpec{.table = "t", .schema = kStatelessInput};
  auto sink = std::move(MakeOperator(node, {std::make_unique<RecordingWriter>(log)})).value();
  OperatorContext context;
  ASSERT_TRUE(sink->Open(context).ok());
  CapturedOutput out;
  ASSERT_TRUE(sink->OnBatch(0, Parse("+I[1, x]\n-D[2, y]"), out).ok());
  ASSERT_TRUE(sink->OnWatermark({5}, out).ok());
  std::vector<OperatorStateEntry> state;
  ASSERT_TRUE(sink->OnBarrier(7, state).ok());
  EXPECT_EQ(log, "+I[1, x]\n-D[2, y]\nwatermark 5\n") << "synced before anybody asked for it";
  ASSERT_TRUE(sink->TakeSync()().ok());
  EXPECT_EQ(sink->TakeSync(), nullptr) << "once is enough";
  ASSERT_TRUE(sink->OnEndOfInput(out).ok());
  EXPECT_EQ(log, "+I[1, x]\n-D[2, y]\nwatermark 5\nsync\nfinish\n");
  ASSERT_EQ(state.size(), 2U);
  EXPECT_EQ(state[0].name, "committables");
  EXPECT_EQ(state[0].bytes, "x7");
}

TEST(SinkTest, NullInANotNullColumnNamesColumnAndRow) {
  std::string log;
  graph::Node node;
  node.spec = graph::SinkSpec{.table = "t", .schema = kStatelessInput, .not_null_columns = {"b"}};
  auto sink = std::move(MakeOperator(node, {std::make_unique<RecordingWriter>(log)})).value();
  OperatorContext context;
  ASSERT_TRUE(sink->Open(context).ok());
  CapturedOutput out;
  const Status status = sink->OnBatch(0, Parse("1, x / 2, NULL"), out);
  EXPECT_EQ(status.id(), "E3004");
  EXPECT_THAT(status.message(), ::testing::HasSubstr("'b' of table t, row +I[2, NULL]"));
  EXPECT_EQ(log, "");
}

// What a sink with the primary key (b, a) is handed of `batch`.
std::string Upserted(graph::OldRows old_rows, Batch batch) {
  std::string log;
  graph::Node node;
  node.spec = graph::SinkSpec{
      .table = "t", .schema = kStatelessInput, .primary_key = {1, 0}, .old_rows = old_rows};
  auto sink = std::move(MakeOperator(node, {std::make_unique<RecordingWriter>(log)})).value();
  OperatorContext context;
  CapturedOutput out;
  EXPECT_TRUE(sink->Open(context).ok());
  EXPECT_TRUE(sink->OnBatch(0, std::move(batch), out).ok());
  return log;
}

TEST(SinkTest, OldRowsAreDeletesOrAreSkippedWhereUpsertsAreTaken) {
  // Replaced at once, replaced behind other rows, deleted later, moved to another key, and cut off.
  const char* const rows =
      "-U[1, x]\n+U[1, x]\n-U[2, x]\n-U[3, x]\n+U[2, x]\n-D[3, x]\n-U[4, x]\n+U[5, x]\n"
      "-U[6, NULL]";
  EXPECT_EQ(Upserted(graph::OldRows::kDeleted, Parse(rows)),
            "+U[1, x]\n+U[2, x]\n-D[3, x]\n-D[4, x]\n+U[5, x]\n-D[6, NULL]\n");
  EXPECT_EQ(Upserted(graph::OldRows::kSkipped, Parse(rows)),
            "+U[1, x]\n+U[2, x]\n-D[3, x]\n+U[5, x]\n");
  EXPECT_EQ(Upserted(graph::OldRows::kSkipped, Parse("-U[1, x]")), "");
}

TEST(SinkTest, ARowThatAFilterLeftOutReplacesNothing) {
  Batch batch = Parse("-U[1, x]\n+U[1, x]\n-U[2, x]");
  const BufferPtr ids = MakeBuffer<uint32_t>(2);
  ids->as<uint32_t>()[0] = 0;
  ids->as<uint32_t>()[1] = 2;
  batch.selection = Selection(ids, 2);
  EXPECT_EQ(Upserted(graph::OldRows::kDeleted, std::move(batch)), "-D[1, x]\n-D[2, x]\n");
}

class RecordingListener : public ResultListener {
 public:
  Status OnBatch(const Batch& batch) override {
    log += FormatBatch(batch);
    return full ? Status::Cancelled("enough") : Status();
  }
  Status OnWatermark(Timestamp watermark) override {
    log += "watermark " + std::to_string(watermark.millis) + "\n";
    return {};
  }
  std::string log;
  bool full = false;
};

TEST(CollectTest, HandsEverythingToTheListenerAndPassesItsRefusalOn) {
  RecordingListener listener;
  graph::Node node;
  node.spec = graph::CollectSpec{};
  OperatorPorts ports;
  ports.listener = &listener;
  auto collect = std::move(MakeOperator(node, std::move(ports))).value();
  OperatorContext context;
  ASSERT_TRUE(collect->Open(context).ok());
  CapturedOutput out;
  ASSERT_TRUE(collect->OnBatch(0, Parse("+I[1, x]\n-U[1, x]"), out).ok());
  ASSERT_TRUE(collect->OnWatermark({3}, out).ok());
  EXPECT_EQ(listener.log, "+I[1, x]\n-U[1, x]\nwatermark 3\n");
  listener.full = true;
  EXPECT_EQ(collect->OnBatch(0, Parse("1, x"), out).code(), StatusCode::kCancelled);
}

TEST(UnionTest, PassesKindsAndMarksButNotHashesOfItsInputs) {
  class Last : public Output {
   public:
    Status Emit(Batch emitted) override {
      batch = std::move(emitted);
      return {};
    }
    Status EmitWatermark(Timestamp) override { return {}; }
    Batch batch;
  } out;
  graph::Node node;
  node.spec = graph::UnionSpec{};
  auto unite = std::move(MakeOperator(node, {})).value();
  Batch batch = Parse("+I[1, x]\n-D[2, y]");
  batch.key_hashes = MakeBuffer<uint64_t>(2);
  batch.late_marks = MakeBuffer<int64_t>(2);
  ASSERT_TRUE(unite->OnBatch(1, std::move(batch), out).ok());
  EXPECT_EQ(FormatBatch(out.batch), "+I[1, x]\n-D[2, y]\n");
  EXPECT_NE(out.batch.late_marks, nullptr);
  EXPECT_EQ(out.batch.key_hashes, nullptr);
}

TEST(FactoryTest, SourcesAreNoOperatorsAndPortsAreRequired) {
  graph::Node node;
  node.spec = graph::ScanSpec{};
  EXPECT_EQ(MakeOperator(node, {}).status().code(), StatusCode::kInternal);
  node.spec = graph::SinkSpec{};
  EXPECT_EQ(MakeOperator(node, {}).status().code(), StatusCode::kInternal);
  node.spec = graph::CollectSpec{};
  EXPECT_EQ(MakeOperator(node, {}).status().code(), StatusCode::kInternal);
}

TEST(EmitTest, CutsBatchesAndKeepsKinds) {
  CapturedOutput out;
  out.max_batch_rows = 2;
  ASSERT_TRUE(EmitInPieces(Parse("+I[1, x]\n-D[2, y]\n+U[3, z]"), 2, out).ok());
  EXPECT_THAT(out.lines(), ElementsAre("+I[1, x]", "-D[2, y]", "+U[3, z]"));
}

TEST(TouchedRowsTest, FindsDistinctPointersInOrder) {
  std::byte rows[4];
  TouchedRows touched;
  const std::vector<std::byte*> pointers = {&rows[2], &rows[0], &rows[2], &rows[2], &rows[3]};
  for (int round = 0; round < 3; ++round) {
    touched.Collect(pointers);
    EXPECT_THAT(std::vector(touched.rows().begin(), touched.rows().end()),
                ElementsAre(&rows[2], &rows[0], &rows[3]));
    EXPECT_THAT(std::vector(touched.first().begin(), touched.first().end()), ElementsAre(0, 1, 4));
  }
}

TEST(PartialTableTest, TellsKeysAndIdsApartAcrossGrowthAndClear) {
  const RowLayout layout({Type::BigInt(), Type::String()});
  PartialTable table(layout);
  for (int round = 0; round < 3; ++round) {
    for (int pass = 0; pass < 2; ++pass) {
      for (int i = 0; i < 5000; ++i) {
        const std::string key = "key" + std::to_string(i % 2500);
        bool created = false;
        std::byte* row =
            table.FindOrCreate(key, static_cast<uint64_t>(i % 2500) << 7, i / 2500, created);
        EXPECT_EQ(created, pass == 0);
        if (created) {
          EXPECT_EQ(layout.Load<int64_t>(row, 0), 0);
          layout.Store<int64_t>(row, 0, i);
          table.SetString(row, 1, "a value longer than inline " + key);
        }
        EXPECT_EQ(layout.Load<int64_t>(row, 0), i);
      }
    }
    EXPECT_EQ(table.size(), 5000U);
    EXPECT_EQ(table.key(2501), "key1");
    EXPECT_EQ(table.id(2501), 1);
    EXPECT_EQ(layout.Load<StringRef>(table.rows()[2501], 1).view(),
              "a value longer than inline key1");
    table.Clear();
    EXPECT_EQ(table.size(), 0U);
  }
}

TEST(PartialTableTest, IntegerKeysAreFoundByValueAndDecodedByBytes) {
  const RowLayout layout({Type::BigInt()});
  PartialTable table(layout);
  const Batch batch = Parse("7, x / NULL, x / -1, x / 7, x / NULL, x");
  std::vector<uint64_t> hashes(batch.row_count);
  const std::vector<int> columns = {0};
  HashKeys(batch, columns, hashes.data());
  std::byte* rows[5];
  uint8_t created[5];
  for (const uint8_t fresh : {1, 0}) {
    table.FindOrCreate({&batch, columns, hashes.data()}, 3, rows, created);
    EXPECT_THAT(created, ElementsAre(fresh, fresh, fresh, 0, 0));
    EXPECT_EQ(rows[0], rows[3]);
    EXPECT_EQ(rows[1], rows[4]);
  }
  table.FindOrCreate({&batch, columns, hashes.data()}, 4, rows, created);
  EXPECT_EQ(created[0], 1) << "another slice";
  PoolVector<ColumnPtr> keys;
  const std::vector<Type> types = {Type::BigInt()};
  ASSERT_TRUE(table.AppendKeys(0, 3, types, keys).ok());
  Batch decoded;
  decoded.row_count = 3;
  decoded.columns = keys;
  EXPECT_EQ(FormatBatch(decoded), "+I[7]\n+I[NULL]\n+I[-1]\n");
}

TEST(WindowProgressTest, GroupsOfSeveralSubtasksKeepTheirOwn) {
  const auto at = [](KeyGroupRange range, int64_t watermark) {
    WindowProgress progress = std::move(WindowProgress::Restore({}, range, 128)).value();
    progress.Advance(watermark);
    return OperatorStateEntry{"progress", progress.Serialize()};
  };
  const std::vector<OperatorStateEntry> saved = {at({0, 64}, 90), at({64, 128}, 100)};
  WindowProgress progress = std::move(WindowProgress::Restore(saved, {32, 96}, 128)).value();
  EXPECT_TRUE(progress.uneven());
  EXPECT_EQ(progress.floor(), 90);
  EXPECT_EQ(progress.Of(40), 90);
  EXPECT_EQ(progress.Of(70), 100);
  progress.Advance(95);
  EXPECT_EQ(progress.Of(40), 95);
  EXPECT_EQ(progress.Of(70), 100);
  progress.Advance(100);
  EXPECT_FALSE(progress.uneven());
  EXPECT_EQ(
      WindowProgress::Restore(std::vector<OperatorStateEntry>{{"progress", "\x01xx"}}, {0, 4}, 128)
          .status()
          .code(),
      StatusCode::kCorruption);
}

TEST(WindowAssignTest, HopRowsAppearOnceAWindow) {
  graph::WindowAssignSpec spec{{.kind = window::WindowKind::kHop, .size = 10, .slide = 5}, 0};
  const Schema input{{{"ts", Type::Timestamp(3)}, {"v", Type::BigInt()}}};
  Schema output = input;
  for (const char* name : {"window_start", "window_end", "window_time"}) {
    output.fields.push_back({name, Type::Timestamp(3)});
  }
  OperatorHarness run(spec, input, output, {.batch_rows = 2});
  run.Feed("+I[1970-01-01 00:00:00.007, 1]\n-D[1970-01-01 00:00:00.011, 2]");
  EXPECT_EQ(run.out.violations(), 2) << "the harness saw rows go that it never saw come";
  EXPECT_THAT(
      run.out.lines(),
      ElementsAre(
          "+I[1970-01-01 00:00:00.007, 1, 1970-01-01 00:00:00.005, 1970-01-01 00:00:00.015, "
          "1970-01-01 00:00:00.014]",
          "+I[1970-01-01 00:00:00.007, 1, 1970-01-01 00:00:00.000, 1970-01-01 00:00:00.010, "
          "1970-01-01 00:00:00.009]",
          "-D[1970-01-01 00:00:00.011, 2, 1970-01-01 00:00:00.010, 1970-01-01 00:00:00.020, "
          "1970-01-01 00:00:00.019]",
          "-D[1970-01-01 00:00:00.011, 2, 1970-01-01 00:00:00.005, 1970-01-01 00:00:00.015, "
          "1970-01-01 00:00:00.014]"));
}

TEST(ValuesTest, MakesRowsInOrder) {
  const auto literal = [](int64_t value) {
    return expr::MakeLiteral(Value(Type::BigInt(), value));
  };
  graph::ValuesSpec spec;
  spec.rows = {{literal(1), expr::MakeLiteral(Value(Type::String(), std::string("x")))},
               {literal(2), expr::MakeLiteral(Value::Null(Type::String()))}};
  const auto batch = MakeValuesBatch(spec, kStatelessInput, {});
  ASSERT_TRUE(batch.ok());
  EXPECT_EQ(FormatBatch(*batch), "+I[1, x]\n+I[2, NULL]\n");
}

}  // namespace
}  // namespace weir::operators
