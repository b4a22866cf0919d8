// What is written of a checkpoint does not depend on the order in which its tasks acknowledged.
#include "runtime/checkpoint/pending.h"

#include <gmock/gmock.h>

#include <algorithm>

#include "runtime/base/random.h"
#include "tests/seed.h"

namespace weir::checkpoint {
namespace {

using ::testing::ElementsAre;
using ::testing::IsEmpty;

OperatorContribution Of(size_t node, uint32_t subtask) {
  OperatorContribution contribution;
  contribution.node = node;
  contribution.subtask = subtask;
  contribution.rows = 10 * node + subtask;
  contribution.bytes = 100;
  contribution.watermark_millis = 1000 - 10 * static_cast<int64_t>(subtask);
  contribution.operator_state = {{subtask, "progress", std::to_string(subtask)}};
  return contribution;
}

CheckpointMetadata Base(size_t operators) {
  CheckpointMetadata base;
  base.job_name = "sales";
  for (size_t i = 0; i < operators; ++i) {
    base.operators.emplace_back().uid = "op" + std::to_string(i);
  }
  return base;
}

std::vector<std::string> SplitIds(const OperatorCheckpoint& op) {
  std::vector<std::string> ids;
  for (const SplitCheckpoint& split : op.splits) ids.push_back(split.split.id);
  return ids;
}

// Rows, other state and positions of one subtask count together, those of others do not.
TEST(CheckStateBytes, NamesTheStateThatIsTooLarge) {
  Pending pending;
  pending.contributions = {Of(0, 0), Of(0, 1), Of(1, 0)};
  pending.contributions[2].splits = {{.split = {.id = "part", .position = "v1 offset=7"}}};
  const auto check = [&](uint64_t limit) {
    return CheckStateBytes({.max_state_bytes = limit}, Base(2), pending);
  };
  EXPECT_TRUE(check(116).ok());
  EXPECT_EQ(check(115).id(), "E7003");
  EXPECT_EQ(check(115).message(),
            "the state of op1 in subtask 0 has 116 bytes; checkpoints that are kept in memory hold "
            "at most 115 of each (state.backend.memory.max-state-size)");
  EXPECT_THAT(check(115).hint(),
              testing::HasSubstr("SET 'execution.checkpointing.storage' = 'filesystem'"));
  EXPECT_NE(check(100).message().find("op0 in subtask 0 has 101"), std::string::npos);
  // Those on disk have no limit, nor what nobody reads at the end of a job, nor savepoints.
  EXPECT_TRUE(CheckStateBytes({}, Base(2), pending).ok());
  for (const Purpose kept : {Purpose::kManual, Purpose::kStop}) {
    pending.purpose = kept;
    EXPECT_FALSE(check(100).ok());
    pending.any_size = true;
    EXPECT_TRUE(check(100).ok());
    pending.any_size = false;
  }
  pending.purpose = Purpose::kFinal;
  EXPECT_TRUE(check(100).ok());
}

TEST(CollectCommittables, PutsThemBehindEarlierOnesBySubtask) {
  std::vector<OperatorContribution> contributions = {Of(2, 1), Of(1, 0), Of(2, 0)};
  contributions[0].committables = {"n2 s1"};
  contributions[2].committables = {"n2 s0 a", "n2 s0 b"};
  Committables all = {{2, {"carried"}}};
  CollectCommittables(contributions, all);
  EXPECT_THAT(all.at(2), ElementsAre("carried", "n2 s0 a", "n2 s0 b", "n2 s1"));
  EXPECT_EQ(all.count(1), 0U) << "who has none has no entry";
  for (const OperatorContribution& contribution : contributions) {
    EXPECT_THAT(contribution.committables, IsEmpty()) << "they were moved";
  }
  CollectCommittables(contributions, all);
  EXPECT_EQ(all.at(2).size(), 4U);
}

TEST(MakeMetadata, AddsUpSubtasks) {
  Pending pending;
  pending.barrier.checkpoint_id = 17;
  pending.trigger_millis = 123;
  pending.contributions = {Of(1, 1), Of(1, 0)};
  const CheckpointMetadata metadata =
      MakeMetadata(Base(3), pending, {{2, {"carried"}}}, {{.path = "shared/1.sst"}});
  EXPECT_EQ(metadata.checkpoint_id, 17U);
  EXPECT_EQ(metadata.trigger_millis, 123);
  EXPECT_EQ(metadata.job_name, "sales");
  ASSERT_EQ(metadata.files.size(), 1U);
  const OperatorCheckpoint& op = metadata.operators[1];
  EXPECT_EQ(op.rows, 21U);
  EXPECT_EQ(op.bytes, 200U);
  EXPECT_EQ(op.watermark_millis, 990) << "the least of the subtasks'";
  ASSERT_EQ(op.operator_state.size(), 2U);
  EXPECT_EQ(op.operator_state[0].bytes, "0");
  EXPECT_EQ(metadata.operators[0].rows, 0U);
  EXPECT_THAT(metadata.operators[2].committables, ElementsAre("carried"));
}

TEST(MakeMetadata, AnAddedWatermarkIsNotTakenForAnUnknownOne) {
  // The base's own watermark (0) must not hold back what subtasks say.
  Pending pending;
  OperatorContribution ahead = Of(0, 0);
  ahead.watermark_millis = 5000;
  pending.contributions = {ahead};
  EXPECT_EQ(MakeMetadata(Base(1), pending, {}, {}).operators[0].watermark_millis, 5000);
  ahead.watermark_millis = -5000;
  pending.contributions = {ahead};
  EXPECT_EQ(MakeMetadata(Base(1), pending, {}, {}).operators[0].watermark_millis, -5000);
}

TEST(MakeMetadata, TheOrderOfAcknowledgementsDoesNotShow) {
  std::vector<OperatorContribution> contributions;
  for (size_t node = 0; node < 3; ++node) {
    for (uint32_t subtask = 0; subtask < 4; ++subtask) {
      OperatorContribution contribution = Of(node, subtask);
      contribution.splits = {
          {.split = {.id = "s" + std::to_string(9 - subtask)}, .watermark_millis = 0},
          {.split = {.id = "s" + std::to_string(subtask) + "b"}, .watermark_millis = 0}};
      contributions.push_back(std::move(contribution));
    }
  }
  Pending ordered;
  ordered.contributions = contributions;
  const CheckpointMetadata expected = MakeMetadata(Base(3), ordered, {}, {});
  EXPECT_THAT(SplitIds(expected.operators[0]),
              ElementsAre("s0b", "s1b", "s2b", "s3b", "s6", "s7", "s8", "s9"));
  Random random(SeedOf(3));
  for (int round = 0; round < 30; ++round) {
    for (size_t i = contributions.size() - 1; i > 0; --i) {
      std::swap(contributions[i], contributions[random.Below(i + 1)]);
    }
    Pending shuffled;
    shuffled.contributions = contributions;
    const CheckpointMetadata metadata = MakeMetadata(Base(3), shuffled, {}, {});
    for (size_t i = 0; i < 3; ++i) {
      const OperatorCheckpoint& a = metadata.operators[i];
      const OperatorCheckpoint& b = expected.operators[i];
      EXPECT_EQ(SplitIds(a), SplitIds(b));
      ASSERT_EQ(a.operator_state.size(), b.operator_state.size());
      for (size_t k = 0; k < a.operator_state.size(); ++k) {
        EXPECT_EQ(a.operator_state[k].subtask, b.operator_state[k].subtask);
        EXPECT_EQ(a.operator_state[k].bytes, b.operator_state[k].bytes);
      }
      EXPECT_EQ(a.watermark_millis, b.watermark_millis);
    }
  }
}

TEST(PendingTest, PausesForAStopAndForASavepointThatAsksForIt) {
  Pending pending;
  EXPECT_FALSE(pending.pauses());
  pending.purpose = Purpose::kStop;
  EXPECT_TRUE(pending.pauses());
  pending.purpose = Purpose::kManual;
  auto capture = std::make_shared<SavepointCapture>();
  pending.capture = capture;
  EXPECT_FALSE(pending.pauses());
  capture->pause = true;
  EXPECT_TRUE(pending.pauses());
}

TEST(PendingTest, FactsAreThoseOfTheCheckpoint) {
  Pending pending;
  pending.barrier.checkpoint_id = 4;
  pending.triggered_nanos = 55;
  pending.acked = {1, 0, 1};
  const PendingFacts facts = pending.facts();
  EXPECT_EQ(facts.id, 4U);
  EXPECT_EQ(facts.triggered, 55);
  EXPECT_EQ(facts.expected, 3U);
  EXPECT_THAT(facts.acked, ElementsAre(1, 0, 1));
}

}  // namespace
}  // namespace weir::checkpoint
