// LookupJoin and Replicate: what they give for every kind of change, which the tests in SQL cannot
// see row by row.
#include <fmt/format.h>
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <atomic>
#include <filesystem>
#include <thread>

#include "runtime/base/fence.h"
#include "runtime/base/interruption.h"
#include "runtime/operators/join/lookup_table.h"
#include "runtime/operators/operator_list.h"
#include "tests/unit/runtime/operators/operator_harness.h"

namespace weir::operators {
namespace {

using ::testing::HasSubstr;

const Schema kLookupLeft{{{"id", Type::BigInt()}, {"k", Type::String()}}};
const Schema kLookupRight{
    {{"k", Type::String()}, {"name", Type::String()}, {"least", Type::BigInt()}}};

// A table in splits of text batches; empty batches stand for "no row right now".
class TextSource : public Source {
 public:
  explicit TextSource(std::vector<std::vector<std::string>> splits) : splits_(std::move(splits)) {}
  bool bounded() const override { return true; }
  Result<std::vector<Split>> Discover() override {
    if (splits_.empty()) return Status::NotFound("no file is found");
    std::vector<Split> splits;
    for (size_t i = 0; i < splits_.size(); ++i) splits.push_back({std::to_string(i), "", false});
    return splits;
  }
  Result<std::unique_ptr<SplitReader>> Open(const Split& split) override {
    class Reader : public SplitReader {
     public:
      explicit Reader(const std::vector<std::string>& batches) : batches_(batches) {}
      Result<ReadOutcome> Read(uint32_t, Batch& out) override {
        if (at_ == batches_.size()) return ReadOutcome::kEndOfSplit;
        const std::string& text = batches_[at_++];
        if (text.empty()) return ReadOutcome::kNothing;
        out = std::move(ParseBatch(text, kLookupRight)).value();
        return ReadOutcome::kRows;
      }
      std::string Position() const override { return "v1"; }

     private:
      const std::vector<std::string>& batches_;
      size_t at_ = 0;
    };
    return std::unique_ptr<SplitReader>(std::make_unique<Reader>(splits_[std::stoul(split.id)]));
  }

 private:
  std::vector<std::vector<std::string>> splits_;
};

std::string Joined(CapturedOutput& out) {
  std::string text;
  for (const std::string& line : out.TakeLines()) text += line + "\n";
  return text;
}

// With rows in memory, and with rows that do not fit there.
class LookupJoinTest : public ::testing::TestWithParam<bool> {
 protected:
  LookupJoinTest() : directory_(testing::TempDir() + "lookup_join_test") {
    spec_.scan.table = "side";
    spec_.shape.left = {kLookupLeft, {1}, {}, false, 0};
    spec_.shape.right = {kLookupRight, {0}, {}, false, 0};
    spec_.shape.null_safe = {0};
    for (size_t i = 0; i < kLookupRight.size(); ++i) {
      spec_.projections.push_back(
          expr::MakeColumnRef(static_cast<int>(i), kLookupRight.fields[i].type));
    }
    node_.output = kLookupLeft;
    for (const Field& field : kLookupRight.fields) node_.output.fields.push_back(field);
  }

  ~LookupJoinTest() override {
    join_.reset();
    current_.reset();
    table_.reset();
    backend_.reset();
    std::filesystem::remove_all(directory_);
  }

  Status Load(std::vector<std::vector<std::string>> splits) {
    auto source = std::make_unique<TextSource>(std::move(splits));
    state::BackendOptions options;
    options.files = &FileSystem::Local();
    options.working_directory = directory_;
    options.checkpointing = false;
    options.memory = budget_;
    options.least_spill_bytes = 1;
    table_.reset();
    backend_.reset();
    backend_ = TRY(state::MakeRocksDbBackend(std::move(options)));
    node_.spec = spec_;
    table_ = TRY(LoadLookupRows({.spec = &std::get<graph::LookupSpec>(node_.spec),
                                 .uid = "lookup:side",
                                 .source = std::move(source),
                                 .evaluation = &evaluation_,
                                 .batch_rows = 4,
                                 .state = TRY(backend_->OpenTask({0, kDefaultMaxParallelism})),
                                 .memory_bytes = GetParam() ? uint64_t{1} : uint64_t{0}}));
    return {};
  }
  Status Open(std::vector<std::vector<std::string>> splits) {
    join_.reset();
    current_.reset();
    RETURN_IF_ERROR(Load(std::move(splits)));
    current_ = std::make_shared<LookupTable>(table_);
    join_ = std::move(MakeLookupJoin(node_, current_)).value();
    context_.node = &node_;
    context_.evaluation = &evaluation_;
    context_.batch_rows = 4;
    return join_->Open(context_);
  }
  std::string Put(Batch batch) {
    CapturedOutput out;
    out.max_batch_rows = 4;
    EXPECT_TRUE(join_->OnBatch(0, std::move(batch), out).ok());
    return Joined(out);
  }
  std::string Put(const std::string& rows) {
    return Put(std::move(ParseBatch(rows, kLookupLeft)).value());
  }

  const std::string directory_;
  std::shared_ptr<state::MemoryBudget> budget_ = std::make_shared<state::MemoryBudget>(1);
  std::unique_ptr<StateBackend> backend_;
  graph::LookupSpec spec_;
  graph::Node node_;
  expr::EvaluationContext evaluation_;
  std::shared_ptr<const LookupRows> table_;
  std::shared_ptr<LookupTable> current_;
  OperatorContext context_;
  OperatorPtr join_;
};

TEST_P(LookupJoinTest, GivesTheKindsOfTheLeftSideInOrder) {
  ASSERT_TRUE(Open({{"a, one, 1 / b, two, 2"}, {"", "a, uno, 3"}}).ok());
  EXPECT_EQ(Put("+I[1, a]\n-U[2, b]\n+U[2, x]\n-D[1, a]\n+I[3, NULL]"),
            "+I[1, a, a, one, 1]\n+I[1, a, a, uno, 3]\n-U[2, b, b, two, 2]\n"
            "-D[1, a, a, one, 1]\n-D[1, a, a, uno, 3]\n");
}

TEST_P(LookupJoinTest, LeftKeepsRowsWithoutAMatchWhereTheyStand) {
  spec_.shape.type = graph::JoinType::kLeft;
  ASSERT_TRUE(Open({{"a, one, 1 / NULL, none, 2"}}).ok());
  EXPECT_EQ(Put("+I[1, x]\n+I[2, a]\n+I[3, NULL]\n-D[2, a]"),
            "+I[1, x, NULL, NULL, NULL]\n+I[2, a, a, one, 1]\n+I[3, NULL, NULL, NULL, NULL]\n"
            "-D[2, a, a, one, 1]\n");
}

// What takes a row back ends its key, whatever the table has; the new row of an update may find
// nothing.
TEST_P(LookupJoinTest, OfATableThatIsReadAgainKeysEndWithoutLookingUp) {
  spec_.scan.options = {{"lookup.full-cache.periodic-reload.interval", "1 s"}};
  ASSERT_TRUE(Open({{"a, one, 1 / b, two, 2"}}).ok());
  EXPECT_EQ(
      Put("+I[1, a]\n-U[2, b]\n+U[2, x]\n-U[3, x]\n+U[3, b]\n-D[1, x]\n+I[4, x]\n-D[5, NULL]"),
      "+I[1, a, a, one, 1]\n-D[2, b, NULL, NULL, NULL]\n-D[3, x, NULL, NULL, NULL]\n"
      "+U[3, b, b, two, 2]\n-D[1, x, NULL, NULL, NULL]\n-D[5, NULL, NULL, NULL, NULL]\n");
  spec_.shape.type = graph::JoinType::kLeft;
  ASSERT_TRUE(Open({{"a, one, 1"}}).ok());
  EXPECT_EQ(Put("+I[1, x]\n-U[2, a]\n+U[2, a]\n-D[1, a]"),
            "+I[1, x, NULL, NULL, NULL]\n-D[2, a, NULL, NULL, NULL]\n+U[2, a, a, one, 1]\n"
            "-D[1, a, NULL, NULL, NULL]\n");
}

TEST_P(LookupJoinTest, NullsMeetWhereTheyAreEqual) {
  spec_.shape.null_safe = {1};
  ASSERT_TRUE(Open({{"a, one, 1 / NULL, none, 2"}}).ok());
  EXPECT_EQ(Put("+I[3, NULL]"), "+I[3, NULL, NULL, none, 2]\n");
}

TEST_P(LookupJoinTest, DeselectedRowsAreNoRows) {
  ASSERT_TRUE(Open({{"a, one, 1 / b, two, 2"}}).ok());
  Batch batch = std::move(ParseBatch("1, a / 2, b / 3, a", kLookupLeft)).value();
  const BufferPtr ids = MakeBuffer<uint32_t>(2);
  ids->as<uint32_t>()[0] = 1;
  ids->as<uint32_t>()[1] = 2;
  batch.selection = Selection(ids, 2);
  EXPECT_EQ(Put(std::move(batch)), "+I[2, b, b, two, 2]\n+I[3, a, a, one, 1]\n");
}

TEST_P(LookupJoinTest, ATableWithoutRowsAndATableThatCannotBeRead) {
  ASSERT_TRUE(Open({{}}).ok());
  EXPECT_EQ(Put("+I[1, a]"), "");
  spec_.shape.type = graph::JoinType::kLeft;
  ASSERT_TRUE(Open({{}}).ok());
  EXPECT_EQ(Put("+I[1, a]"), "+I[1, a, NULL, NULL, NULL]\n");
  EXPECT_EQ(Load({}).code(), StatusCode::kNotFound);
  graph::Node node;
  node.spec = spec_;
  EXPECT_EQ(MakeLookupJoin(node, nullptr).status().code(), StatusCode::kInternal);
}

// Twice as many rows as one probe hands out at once, all of one key.
TEST_P(LookupJoinTest, RowsOfAKeyComeInTheOrderOfTheTable) {
  std::vector<std::string> batches;
  std::string expected;
  for (int i = 0; i < 9000; i += 3) {
    batches.push_back(fmt::format("a, n, {} / b, n, {} / a, n, {}", i, i + 1, i + 2));
    expected += fmt::format("+I[1, a, a, n, {}]\n+I[1, a, a, n, {}]\n", i, i + 2);
  }
  ASSERT_TRUE(Open({batches}).ok());
  EXPECT_EQ(Put("+I[1, a]"), expected);
}

// Each subtask has its own join over the one table.
TEST_P(LookupJoinTest, ManyThreadsLookRowsUp) {
  std::vector<std::string> batches;
  for (int i = 0; i < 1000; ++i) batches.push_back(fmt::format("k{}, n{}, {}", i % 500, i, i));
  ASSERT_TRUE(Load({batches}).ok());
  std::vector<std::thread> threads;
  for (int thread = 0; thread < 4; ++thread) {
    threads.emplace_back([this, thread] {
      LookupMatches found;
      JoinBatch probed;
      for (int i = thread; i < 500; i += 2) {
        const Batch batch = std::move(ParseBatch(fmt::format("1, k{}", i), kLookupLeft)).value();
        probed.Take(batch, {1}, {0});
        ASSERT_TRUE(table_->Find(probed, {1}, found).ok());
        ASSERT_EQ(found.own.size(), 2U);
        const Column& least = *found.rows.columns[2];
        EXPECT_EQ(GetValue(least, found.other[0]).get<int64_t>(), i);
        EXPECT_EQ(GetValue(least, found.other[1]).get<int64_t>(), i + 500);
      }
    });
  }
  for (std::thread& thread : threads) thread.join();
}

// From the next batch on; nothing of the table before is kept.
TEST_P(LookupJoinTest, ATableThatIsReplacedIsLetGoOf) {
  ASSERT_TRUE(Open({{"a, one, 1"}}).ok());
  EXPECT_EQ(table_->row_count(), 1U);
  EXPECT_EQ(Put("+I[1, a]"), "+I[1, a, a, one, 1]\n");
  const std::weak_ptr<const LookupRows> before = table_;
  table_ = nullptr;
  class Empty final : public LookupRows {
   public:
    Status Find(const JoinBatch&, const std::vector<int>&, LookupMatches& matches) const override {
      matches.own.clear();
      matches.other.clear();
      for (const Field& field : kLookupRight.fields)
        matches.rows.columns.push_back(Column::Make(field.type, 0));
      return {};
    }
    uint64_t row_count() const override { return 0; }
  };
  EXPECT_NE(current_->Replace(std::make_shared<Empty>()), nullptr);
  EXPECT_TRUE(before.expired());
  EXPECT_EQ(Put("+I[1, a]"), "");
}

TEST_P(LookupJoinTest, LoadingCanBeInterrupted) {
  const std::atomic<bool> stop{true};
  const InterruptedBy interrupted(stop);
  EXPECT_EQ(Fenced([&] { return Load({{"a, one, 1"}}); }).code(), StatusCode::kCancelled);
}

INSTANTIATE_TEST_SUITE_P(InMemoryAndOnDisk, LookupJoinTest, ::testing::Bool());

// ---- Replicate ----

const Schema kCounted{{{"a", Type::String()}, {"n", Type::BigInt()}}};

TEST(ReplicateTest, GivesEveryChangeAsOftenAsItsNumberSays) {
  graph::Node node;
  node.spec = graph::ReplicateSpec{};
  auto replicate = std::move(MakeReplicate(node)).value();
  OperatorContext context;
  context.batch_rows = 3;
  ASSERT_TRUE(replicate->Open(context).ok());
  CapturedOutput out;
  out.max_batch_rows = 3;
  ASSERT_TRUE(
      replicate
          ->OnBatch(0,
                    std::move(ParseBatch("+I[x, 2]\n-U[x, 2]\n+U[x, 3]\n+I[y, 0]\n-D[z, 1]\n"
                                         "+I[w, NULL]\n+I[v, -1]",
                                         kCounted))
                        .value(),
                    out)
          .ok());
  EXPECT_EQ(Joined(out), "+I[x]\n+I[x]\n-U[x]\n-U[x]\n+U[x]\n+U[x]\n+U[x]\n-D[z]\n");
}

// What a Replicate gives for `text`, whose last column is a collection, in batches of three rows.
std::string ValuesOf(const Type& collection, const char* text, bool keeps_empty) {
  const Type& value = collection.fields()[0].type;
  graph::Node node;
  node.spec = graph::ReplicateSpec{};
  node.output = {
      {{"a", Type::String()}, {"value", value}, {"number", Type::Int().WithNullable(keeps_empty)}}};
  auto replicate = std::move(MakeReplicate(node)).value();
  OperatorContext context;
  context.batch_rows = 3;
  EXPECT_TRUE(replicate->Open(context).ok());
  CapturedOutput out;
  out.max_batch_rows = 3;
  const Schema input{{{"a", Type::String()}, {"c", collection}}};
  EXPECT_TRUE(replicate->OnBatch(0, std::move(ParseBatch(text, input)).value(), out).ok());
  return Joined(out);
}

TEST(ReplicateTest, GivesEveryChangeOnceForEachValueOfAnArray) {
  const Type array = Type::Array(Type::Int());
  EXPECT_EQ(
      ValuesOf(array, "+I[x, [7, NULL]]\n-U[x, []]\n+U[y, [1, 2, 3, 4, 5]]\n-D[z, NULL]", false),
      "+I[x, 7, 1]\n+I[x, NULL, 2]\n+U[y, 1, 1]\n+U[y, 2, 2]\n+U[y, 3, 3]\n+U[y, 4, 4]\n"
      "+U[y, 5, 5]\n");
  EXPECT_EQ(ValuesOf(array, "+I[x, [7]]\n-U[x, []]\n+U[y, [1, 2]]\n-D[z, NULL]", true),
            "+I[x, 7, 1]\n-U[x, NULL, NULL]\n+U[y, 1, 1]\n+U[y, 2, 2]\n-D[z, NULL, NULL]\n");
  EXPECT_EQ(ValuesOf(array, "-D[z, NULL]", false), "");
}

TEST(ReplicateTest, GivesValuesOfAMultisetAsOftenAsTheyAreInItAndNoRowThatIsNull) {
  EXPECT_EQ(ValuesOf(Type::Multiset(Type::Int()), "+I[x, {5=2, 6=3}]\n-D[y, {}]", true),
            "+I[x, 5, 1]\n+I[x, 5, 2]\n+I[x, 6, 3]\n+I[x, 6, 4]\n+I[x, 6, 5]\n-D[y, NULL, NULL]\n");
  const Type rows = Type::Array(Type::Row({{"f", Type::Int()}}));
  EXPECT_EQ(ValuesOf(rows, "+I[x, [NULL, (1)]]\n+I[y, [NULL]]", false), "+I[x, (1), 2]\n");
}

}  // namespace
}  // namespace weir::operators
