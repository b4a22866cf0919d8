// ToChangelog and FromChangelog: every kind of change, rows that are not selected, constants, and
// that one undoes the other.
#include <fmt/format.h>
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <random>

#include "tests/unit/runtime/operators/operator_harness.h"

namespace weir::operators {
namespace {

using ::testing::HasSubstr;

const Schema kPlainRows{{{"a", Type::BigInt()}, {"b", Type::String()}}};
const Schema kCodedRows{{{"a", Type::BigInt()}, {"op", Type::String()}, {"b", Type::String()}}};

Batch Plain(const std::string& text) {
  return std::move(ParseBatch(text, kPlainRows)).value();
}
Batch Coded(const std::string& text) {
  return std::move(ParseBatch(text, kCodedRows)).value();
}

std::string Text(const CapturedOutput& out) {
  std::string text;
  for (const std::string& line : out.lines()) text += line + "\n";
  return text;
}

const graph::ToChangelogSpec kNames{{"INSERT", "UPDATE_BEFORE", "UPDATE_AFTER", "DELETE"}};
const graph::FromChangelogSpec kLetters{1,
                                        {{"c", RowKind::kInsert},
                                         {"a long code: read", RowKind::kInsert},
                                         {"ub", RowKind::kUpdateBefore},
                                         {"ua", RowKind::kUpdateAfter},
                                         {"d", RowKind::kDelete}}};

// What an operator with this spec gives for the batch; or its failure.
std::string Gives(graph::OperatorSpec spec, Batch batch, const Schema& input = kPlainRows) {
  graph::Node node;
  node.spec = std::move(spec);
  auto op = std::move(MakeOperator(node, {})).value();
  OperatorContext context;
  context.inputs = {&input};
  EXPECT_TRUE(op->Open(context).ok());
  CapturedOutput out;
  const Status status = op->OnBatch(0, std::move(batch), out);
  return status.ok() ? Text(out) : fmt::format("{} {}", status.id(), status.message());
}

Batch Selected(Batch batch, std::vector<uint32_t> rows) {
  const auto count = static_cast<uint32_t>(rows.size());
  const BufferPtr ids = MakeBuffer<uint32_t>(count);
  std::ranges::copy(rows, ids->as<uint32_t>());
  batch.selection = Selection(ids, count);
  return batch;
}

TEST(ToChangelogTest, MakesAnInsertOfEveryChange) {
  EXPECT_EQ(Gives(kNames, Plain("+I[1, x]\n-U[1, x]\n+U[1, NULL]\n-D[2, y]")),
            "+I[INSERT, 1, x]\n+I[UPDATE_BEFORE, 1, x]\n+I[UPDATE_AFTER, 1, NULL]\n"
            "+I[DELETE, 2, y]\n");
  EXPECT_EQ(Gives(kNames, Plain("1, x / 2, y")), "+I[INSERT, 1, x]\n+I[INSERT, 2, y]\n");
}

TEST(ToChangelogTest, DropsKindsWithoutACode) {
  const graph::ToChangelogSpec codes{{"", std::nullopt, "a code that is longer", std::nullopt}};
  EXPECT_EQ(Gives(codes, Plain("+I[1, x]\n-U[1, x]\n+U[1, y]\n-D[2, y]")),
            "+I[, 1, x]\n+I[a code that is longer, 1, y]\n");
  EXPECT_EQ(Gives(codes, Plain("-U[1, x]\n-D[2, y]")), "");
  const graph::ToChangelogSpec deletes{{std::nullopt, std::nullopt, std::nullopt, "d"}};
  EXPECT_EQ(Gives(deletes, Plain("1, x / 2, y")), "");
  EXPECT_EQ(Gives(deletes, Plain("+I[1, x]\n-D[2, y]")), "+I[d, 2, y]\n");
}

TEST(ToChangelogTest, LeavesWhatIsNotSelected) {
  EXPECT_EQ(Gives(kNames, Selected(Plain("+I[1, x]\n-D[2, y]\n-D[3, z]\n+U[4, w]"), {1, 3})),
            "+I[DELETE, 2, y]\n+I[UPDATE_AFTER, 4, w]\n");
  const graph::ToChangelogSpec updates{{std::nullopt, std::nullopt, "U", std::nullopt}};
  EXPECT_EQ(Gives(updates, Selected(Plain("+U[1, x]\n-D[2, y]\n+U[3, z]"), {1, 2})),
            "+I[U, 3, z]\n");
}

TEST(FromChangelogTest, MakesTheChangeOfEveryRow) {
  EXPECT_EQ(
      Gives(kLetters, Coded("1, c, x / 2, a long code: read, y / 1, ub, x / 1, ua, NULL / 2, d, y"),
            kCodedRows),
      "+I[1, x]\n+I[2, y]\n-U[1, x]\n+U[1, NULL]\n-D[2, y]\n");
  EXPECT_EQ(Gives(kLetters, Coded("1, c, x / 2, c, y"), kCodedRows), "+I[1, x]\n+I[2, y]\n");
}

TEST(FromChangelogTest, ACodeThatIsNotKnownFails) {
  EXPECT_THAT(
      Gives(kLetters, Coded("1, c, x / 2, q, y / 3, NULL, z"), kCodedRows),
      HasSubstr("E3001 'q' in \"op\" is no change that FROM_CHANGELOG knows; there are 'c', "
                "'a long code: read', 'ub', 'ua', 'd'"));
  EXPECT_THAT(Gives(kLetters, Coded("1, c, x / 2, NULL, y / 3, q, z"), kCodedRows),
              HasSubstr("E3001 \"op\" is NULL in a row of FROM_CHANGELOG"));
  EXPECT_THAT(Gives(kLetters, Coded("1, , x"), kCodedRows), HasSubstr("E3001 '' in \"op\""));
}

TEST(FromChangelogTest, WhatIsNotSelectedIsNotRead) {
  EXPECT_EQ(Gives(kLetters, Selected(Coded("1, q, x / 2, d, y / 3, NULL, z / 4, ua, w"), {1, 3}),
                  kCodedRows),
            "-D[2, y]\n+U[4, w]\n");
}

TEST(FromChangelogTest, AConstantCodeIsThatOfAllRows) {
  const auto constant = [](const char* code) {
    Batch batch = Coded("1, c, x / 2, c, y");
    const MutableColumnPtr column = Column::Make(Type::String(), 2, true);
    column->SetString(0, code);
    batch.columns[1] = column;
    return batch;
  };
  EXPECT_EQ(Gives(kLetters, constant("d"), kCodedRows), "-D[1, x]\n-D[2, y]\n");
  EXPECT_EQ(Gives(kLetters, constant("a long code: read"), kCodedRows), "+I[1, x]\n+I[2, y]\n");
  EXPECT_THAT(Gives(kLetters, constant("q"), kCodedRows), HasSubstr("E3001 'q'"));
  Batch null = Coded("1, c, x");
  null.columns[1] = Column::MakeNull(Type::String(), 1);
  EXPECT_THAT(Gives(kLetters, std::move(null), kCodedRows), HasSubstr("\"op\" is NULL"));
}

TEST(FromChangelogTest, UndoesToChangelog) {
  std::mt19937 random(7);
  const graph::FromChangelogSpec back{0,
                                      {{"DELETE", RowKind::kDelete},
                                       {"UPDATE_AFTER", RowKind::kUpdateAfter},
                                       {"INSERT", RowKind::kInsert},
                                       {"UPDATE_BEFORE", RowKind::kUpdateBefore}}};
  const Schema between{{{"op", Type::String()}, {"a", Type::BigInt()}, {"b", Type::String()}}};
  for (int round = 0; round < 200; ++round) {
    std::string text;
    const auto rows = static_cast<int>(random() % 20) + 1;
    for (int row = 0; row < rows; ++row) {
      const auto kind = static_cast<RowKind>(random() % (round % 4 + 1));
      text += std::string(RowKindText(kind)) + "[" + std::to_string(random() % 5) + ", x]\n";
    }
    graph::Node to;
    to.spec = kNames;
    graph::Node from;
    from.spec = back;
    auto first = std::move(MakeOperator(to, {})).value();
    auto second = std::move(MakeOperator(from, {})).value();
    OperatorContext context;
    ASSERT_TRUE(first->Open(context).ok());
    context.inputs = {&between};
    ASSERT_TRUE(second->Open(context).ok());
    struct Through final : Output {
      Operator& next;
      CapturedOutput& out;
      Through(Operator& next_, CapturedOutput& out_) : next(next_), out(out_) {}
      Status Emit(Batch batch) override { return next.OnBatch(0, std::move(batch), out); }
      Status EmitWatermark(Timestamp watermark) override { return out.EmitWatermark(watermark); }
    };
    CapturedOutput out;
    Through through(*second, out);
    ASSERT_TRUE(first->OnBatch(0, Plain(text), through).ok());
    EXPECT_EQ(Text(out), text);
  }
}

}  // namespace
}  // namespace weir::operators
