// LookupJoin and Replicate: what they give for every kind of change, which the tests in SQL cannot
// see row by row.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "runtime/operators/operator_list.h"
#include "tests/unit/runtime/operators/operator_harness.h"

namespace weir::operators {
namespace {

using ::testing::HasSubstr;

const Schema kLeft{{{"id", Type::BigInt()}, {"k", Type::String()}}};
const Schema kRight{{{"k", Type::String()}, {"name", Type::String()}, {"least", Type::BigInt()}}};

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
        out = std::move(ParseBatch(text, kRight)).value();
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

class LookupJoinTest : public ::testing::Test {
 protected:
  LookupJoinTest() {
    spec_.scan.table = "side";
    spec_.shape.left = {kLeft, {1}, {}, false, 0};
    spec_.shape.right = {kRight, {0}, {}, false, 0};
    spec_.shape.null_safe = {0};
    for (size_t i = 0; i < kRight.size(); ++i) {
      spec_.projections.push_back(expr::MakeColumnRef(static_cast<int>(i), kRight.fields[i].type));
    }
    node_.output = kLeft;
    for (const Field& field : kRight.fields) node_.output.fields.push_back(field);
  }

  Status Open(std::vector<std::vector<std::string>> splits) {
    node_.spec = spec_;
    join_ =
        std::move(MakeLookupJoin(node_, std::make_unique<TextSource>(std::move(splits)))).value();
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
    return Put(std::move(ParseBatch(rows, kLeft)).value());
  }

  graph::LookupSpec spec_;
  graph::Node node_;
  expr::EvaluationContext evaluation_;
  OperatorContext context_;
  OperatorPtr join_;
};

TEST_F(LookupJoinTest, GivesTheKindsOfTheLeftSideInOrder) {
  ASSERT_TRUE(Open({{"a, one, 1 / b, two, 2"}, {"", "a, uno, 3"}}).ok());
  EXPECT_EQ(Put("+I[1, a]\n-U[2, b]\n+U[2, x]\n-D[1, a]\n+I[3, NULL]"),
            "+I[1, a, a, one, 1]\n+I[1, a, a, uno, 3]\n-U[2, b, b, two, 2]\n"
            "-D[1, a, a, one, 1]\n-D[1, a, a, uno, 3]\n");
}

TEST_F(LookupJoinTest, LeftKeepsRowsWithoutAMatchWhereTheyStand) {
  spec_.shape.type = graph::JoinType::kLeft;
  ASSERT_TRUE(Open({{"a, one, 1 / NULL, none, 2"}}).ok());
  EXPECT_EQ(Put("+I[1, x]\n+I[2, a]\n+I[3, NULL]\n-D[2, a]"),
            "+I[1, x, NULL, NULL, NULL]\n+I[2, a, a, one, 1]\n+I[3, NULL, NULL, NULL, NULL]\n"
            "-D[2, a, a, one, 1]\n");
}

TEST_F(LookupJoinTest, NullsMeetWhereTheyAreEqual) {
  spec_.shape.null_safe = {1};
  ASSERT_TRUE(Open({{"a, one, 1 / NULL, none, 2"}}).ok());
  EXPECT_EQ(Put("+I[3, NULL]"), "+I[3, NULL, NULL, none, 2]\n");
}

TEST_F(LookupJoinTest, DeselectedRowsAreNoRows) {
  ASSERT_TRUE(Open({{"a, one, 1 / b, two, 2"}}).ok());
  Batch batch = std::move(ParseBatch("1, a / 2, b / 3, a", kLeft)).value();
  const BufferPtr ids = MakeBuffer<uint32_t>(2);
  ids->as<uint32_t>()[0] = 1;
  ids->as<uint32_t>()[1] = 2;
  batch.selection = Selection(ids, 2);
  EXPECT_EQ(Put(std::move(batch)), "+I[2, b, b, two, 2]\n+I[3, a, a, one, 1]\n");
}

TEST_F(LookupJoinTest, ATableWithoutRowsAndATableThatCannotBeRead) {
  ASSERT_TRUE(Open({{}}).ok());
  EXPECT_EQ(Put("+I[1, a]"), "");
  spec_.shape.type = graph::JoinType::kLeft;
  ASSERT_TRUE(Open({{}}).ok());
  EXPECT_EQ(Put("+I[1, a]"), "+I[1, a, NULL, NULL, NULL]\n");
  const Status failed = Open({});
  EXPECT_THAT(failed.ToString(), HasSubstr("table side"));
  graph::Node node;
  node.spec = spec_;
  EXPECT_EQ(MakeLookupJoin(node, nullptr).status().code(), StatusCode::kInternal);
}

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

}  // namespace
}  // namespace weir::operators
