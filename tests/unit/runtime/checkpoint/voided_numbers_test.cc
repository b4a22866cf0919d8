// Which checkpoints do not count, and which starts say so.
#include "runtime/checkpoint/voided_numbers.h"

#include <gmock/gmock.h>

#include "runtime/checkpoint/recovery.h"

namespace weir::checkpoint {
namespace {

using testing::ElementsAre;

RecoveryFacts Found(const std::vector<uint64_t>& completed, uint64_t next_id) {
  RecoveryFacts facts;
  facts.job = "j";
  CheckpointPlace& place = facts.places.emplace_back();
  place.path = "/a";
  place.exists = true;
  for (const uint64_t id : completed)
    place.completed.push_back({id, "/a/chk-" + std::to_string(id), ""});
  if (!completed.empty()) place.latest = {NumberFileState::kWhole, completed.back()};
  place.next_id = {NumberFileState::kWhole, next_id};
  facts.last_recorded = completed.empty() ? 0 : completed.back();
  facts.had_checkpoints = !completed.empty();
  return facts;
}

VoidedNumbers AfterStart(const RecoveryFacts& facts, VoidedNumbers voided = {}) {
  VoidUnseen(facts, DecideRecovery(facts), voided);
  return voided;
}

TEST(VoidedNumbers, AreThoseBetweenWhatAStartSawAndWhatItUses) {
  EXPECT_TRUE(AfterStart(Found({}, 1)).empty()) << "no number was given";
  EXPECT_THAT(AfterStart(Found({}, 2)), ElementsAre(NumberRange{1, 1}));
  EXPECT_TRUE(AfterStart(Found({3, 4}, 5)).empty()) << "it ended in order";
  EXPECT_THAT(AfterStart(Found({3, 4}, 9)), ElementsAre(NumberRange{5, 8}));
  // NEXT-ID is lost: all that may have been given.
  RecoveryFacts lost = Found({4}, 0);
  lost.places[0].next_id = {};
  lost.given = 36;
  EXPECT_THAT(AfterStart(lost), ElementsAre(NumberRange{5, 36}));
}

TEST(VoidedNumbers, OfOneStartAreRecordedOnce) {
  const VoidedNumbers once = AfterStart(Found({3, 4}, 9));
  EXPECT_EQ(AfterStart(Found({3, 4}, 9), once), once);
  EXPECT_THAT(AfterStart(Found({3, 4}, 12), once), ElementsAre(NumberRange{5, 11}));
  EXPECT_THAT(AfterStart(Found({4, 12}, 14), once),
              ElementsAre(NumberRange{5, 8}, NumberRange{13, 13}));
}

TEST(VoidedNumbers, AreForgottenBehindWhatIsKept) {
  const VoidedNumbers old = {{5, 8}, {13, 13}};
  EXPECT_EQ(AfterStart(Found({8, 20}, 21), old), old);
  EXPECT_THAT(AfterStart(Found({9, 20}, 21), old), ElementsAre(NumberRange{13, 13}));
  EXPECT_TRUE(AfterStart(Found({20}, 21), old).empty());
  EXPECT_EQ(AfterStart(Found({}, 14), old), old) << "no checkpoint is there to go back to";
}

// An older NEXT-ID was put back: what the job writes now must count.
TEST(VoidedNumbers, AreNotUsedAnew) {
  RecoveryFacts facts = Found({4}, 6);
  facts.last_voided = 8;
  EXPECT_EQ(DecideRecovery(facts).next_id, 9U);
}

TEST(VoidedNumbers, HoldBothEnds) {
  const VoidedNumbers voided = {{5, 8}, {13, 13}};
  for (const uint64_t number : {5, 8, 13}) EXPECT_TRUE(IsVoided(voided, number)) << number;
  for (const uint64_t number : {0, 4, 9, 12, 14}) EXPECT_FALSE(IsVoided(voided, number)) << number;
}

TEST(VoidedNumbers, WhatDoesNotCountIsSaid) {
  RecoveryFacts facts = Found({4}, 9);
  facts.places[0].voided = {5};
  facts.places[0].latest = {NumberFileState::kVoided, 5};
  const RecoveryDecision decision = DecideRecovery(facts);
  EXPECT_EQ(decision.kind, RecoveryKind::kContinue);
  EXPECT_EQ(decision.checkpoint, 4U);
  EXPECT_EQ(decision.next_id, 9U);
  EXPECT_THAT(decision.notes,
              ElementsAre("checkpoint 5 is in /a, but a start that had not found it went on "
                          "without it: it does not count",
                          "LATEST names 5, which does not count, in /a; its newest whole "
                          "checkpoint counts: 4"));
}

}  // namespace
}  // namespace weir::checkpoint
