// What a start goes on from, as a table: what is found, what is decided, what is said.
#include "runtime/checkpoint/recovery.h"

#include <gmock/gmock.h>

namespace weir::checkpoint {
namespace {

using testing::HasSubstr;

NumberFileFacts Whole(uint64_t number) {
  return {NumberFileState::kWhole, number};
}

CheckpointPlace Place(const std::string& path, const std::vector<uint64_t>& completed) {
  CheckpointPlace place;
  place.path = path;
  place.exists = true;
  for (const uint64_t id : completed)
    place.completed.push_back({id, path + "/chk-" + std::to_string(id), ""});
  if (completed.empty()) return place;
  place.latest = Whole(completed.back());
  place.next_id = Whole(completed.back() + 1);
  place.greatest_directory = completed.back();
  return place;
}

CheckpointPlace NotThere(const std::string& path) {
  CheckpointPlace place;
  place.path = path;
  return place;
}

RecoveryFacts Facts(uint64_t recorded, std::vector<CheckpointPlace> places) {
  RecoveryFacts facts;
  facts.job = "j";
  facts.had_checkpoints = recorded > 0;
  facts.last_recorded = recorded;
  facts.given = recorded > 0 ? recorded + 20 : 0;
  facts.places = std::move(places);
  return facts;
}

TEST(Recovery, AJobThatNeverHadACheckpointBegins) {
  CheckpointPlace unfinished = Place("/a", {});
  unfinished.next_id = Whole(2);
  unfinished.greatest_directory = 1;
  for (const std::vector<CheckpointPlace>& places :
       {std::vector{NotThere("/a")}, std::vector{Place("/a", {})}, std::vector{unfinished}}) {
    const RecoveryDecision decision = DecideRecovery(Facts(0, places));
    EXPECT_EQ(decision.kind, RecoveryKind::kBegin);
    EXPECT_TRUE(decision.notes.empty());
    EXPECT_GE(decision.next_id, places[0].greatest_directory + 1);
  }
}

TEST(Recovery, WhatItWasRestoredFromCountsUntilItHasACheckpoint) {
  RecoveryFacts facts = Facts(0, {NotThere("/a")});
  facts.restored_from = "/s";
  EXPECT_EQ(DecideRecovery(facts).kind, RecoveryKind::kRestore);
  EXPECT_EQ(DecideRecovery(facts).path, "/s");
  facts.places = {Place("/a", {1})};
  EXPECT_EQ(DecideRecovery(facts).path, "/a/chk-1");
  facts.places = {NotThere("/a")};
  facts.last_recorded = 1;
  EXPECT_EQ(DecideRecovery(facts).kind, RecoveryKind::kRefuse);
}

TEST(Recovery, WhatWasInTheMemoryOfAProcessIsNoReasonToRefuse) {
  RecoveryFacts facts = Facts(12, {NotThere("memory://j")});
  facts.forgotten = true;
  RecoveryDecision decision = DecideRecovery(facts);
  EXPECT_EQ(decision.kind, RecoveryKind::kBegin);
  EXPECT_GT(decision.next_id, facts.given) << "numbers are never given twice";
  ASSERT_EQ(decision.notes.size(), 1U);
  EXPECT_THAT(decision.notes[0], HasSubstr("the last of them 12, were in the memory of a process "
                                           "that has ended"));
  EXPECT_THAT(decision.notes[0], HasSubstr("it begins anew"));
  // What it was restored from, and checkpoints of the time when they were in files, are there yet.
  facts.restored_from = "/s";
  decision = DecideRecovery(facts);
  EXPECT_EQ(decision.kind, RecoveryKind::kRestore);
  EXPECT_EQ(decision.path, "/s");
  facts.places.push_back(Place("/a", {6, 7}));
  decision = DecideRecovery(facts);
  EXPECT_EQ(decision.kind, RecoveryKind::kContinue);
  EXPECT_EQ(decision.path, "/a/chk-7");
  EXPECT_GT(decision.next_id, facts.given);
  EXPECT_THAT(decision.notes[0], HasSubstr("it goes on from /a/chk-7, which is older"));
  // A pointer to what is not there is a reason.
  facts.places[1].completed.clear();
  EXPECT_EQ(DecideRecovery(facts).kind, RecoveryKind::kRefuse);
}

TEST(Recovery, TheNewestOfAllPlacesIsContinued) {
  const RecoveryDecision decision =
      DecideRecovery(Facts(7, {Place("/new", {}), Place("/old", {6, 7}), NotThere("/none")}));
  EXPECT_EQ(decision.kind, RecoveryKind::kContinue);
  EXPECT_EQ(decision.checkpoint, 7U);
  EXPECT_EQ(decision.path, "/old/chk-7");
  EXPECT_EQ(decision.place, 1U);
  EXPECT_EQ(decision.next_id, 8U);
  EXPECT_TRUE(decision.notes.empty()) << decision.notes.front();
}

TEST(Recovery, OfTwoCopiesTheWholeOneIsContinued) {
  for (const size_t whole : {0, 1}) {
    RecoveryFacts facts = Facts(7, {Place("/a", {6, 7}), Place("/b", {7})});
    facts.places[1 - whole].completed.back().damage = "has a wrong checksum";
    const RecoveryDecision decision = DecideRecovery(facts);
    EXPECT_EQ(decision.kind, RecoveryKind::kContinue);
    EXPECT_EQ(decision.place, whole);
    EXPECT_TRUE(decision.passed_over.empty());
  }
}

TEST(Recovery, NoneFoundIsRefusedWithWhereItLooked) {
  CheckpointPlace unreadable = NotThere("/b");
  unreadable.unreadable = "permission denied";
  const RecoveryDecision decision =
      DecideRecovery(Facts(7, {NotThere("/a"), unreadable, Place("/c", {})}));
  EXPECT_EQ(decision.kind, RecoveryKind::kRefuse);
  EXPECT_EQ(decision.refusal.code(), StatusCode::kRestoreRefused);
  for (const char* part : {"the last was 7", "/a (it is not there)", "/b (", "permission denied",
                           "/c (no checkpoint is in it"}) {
    EXPECT_THAT(decision.refusal.message(), HasSubstr(part));
  }
  EXPECT_THAT(decision.refusal.hint(), HasSubstr("SET 'execution.checkpointing.dir'"));
  EXPECT_THAT(decision.refusal.hint(), HasSubstr("DROP JOB `j`"));
}

TEST(Recovery, APointerAloneSaysThatThereWereCheckpoints) {
  CheckpointPlace emptied = Place("/a", {});
  emptied.latest = Whole(3);
  EXPECT_EQ(DecideRecovery(Facts(0, {emptied})).kind, RecoveryKind::kRefuse);
}

TEST(Recovery, AnOlderCopyIsRefused) {
  const RecoveryDecision decision = DecideRecovery(Facts(40, {Place("/a", {4, 5})}));
  EXPECT_EQ(decision.kind, RecoveryKind::kRefuse);
  EXPECT_THAT(decision.refusal.message(), HasSubstr("completed checkpoint 40"));
  EXPECT_THAT(decision.refusal.hint(), HasSubstr("RESTORE JOB `j` FROM '/a/chk-5'"));
}

// The whole data directory is older than what the job has committed: only its output knows.
TEST(Recovery, OutputThatIsAheadOfEverythingIsRefused) {
  RecoveryFacts facts = Facts(5, {Place("/a", {4, 5})});
  facts.outputs = {{"/out", 5, false}};
  EXPECT_EQ(DecideRecovery(facts).kind, RecoveryKind::kContinue);
  facts.outputs = {{"/old", 2, false}, {"/out", 9, false}};
  RecoveryDecision decision = DecideRecovery(facts);
  EXPECT_EQ(decision.kind, RecoveryKind::kRefuse);
  EXPECT_EQ(decision.refusal.id(), "E7004");
  EXPECT_THAT(decision.refusal.message(), HasSubstr("completed checkpoint 9"));
  EXPECT_THAT(decision.refusal.message(), HasSubstr("the output of 9 was committed into /out"));
  EXPECT_THAT(decision.refusal.hint(), HasSubstr("RESTORE JOB `j` FROM '/a/chk-5'"));
  EXPECT_EQ(decision.next_id, facts.given + 1);
  // Before its first checkpoint.
  facts.places = {NotThere("/a")};
  facts.had_checkpoints = false;
  facts.last_recorded = 0;
  decision = DecideRecovery(facts);
  EXPECT_EQ(decision.kind, RecoveryKind::kRefuse);
  EXPECT_THAT(decision.refusal.message(), HasSubstr("/out"));
}

TEST(Recovery, WhatAnotherJobWentOnFromIsRefused) {
  RecoveryFacts facts = Facts(5, {Place("/a", {5})});
  facts.outputs = {{"/out", 0, true}};
  const RecoveryDecision decision = DecideRecovery(facts);
  EXPECT_EQ(decision.kind, RecoveryKind::kRefuse);
  EXPECT_THAT(decision.refusal.message(), HasSubstr("another job went on"));
  EXPECT_THAT(decision.refusal.hint(), HasSubstr("FROM '/a/chk-5'"));
}

TEST(Recovery, ADamagedNewestIsRefusedAndTheOneBeforeItNamed) {
  CheckpointPlace place = Place("/a", {4, 5});
  place.completed.back().damage = "has a wrong checksum";
  const RecoveryDecision decision = DecideRecovery(Facts(5, {place}));
  EXPECT_EQ(decision.kind, RecoveryKind::kRefuse);
  EXPECT_EQ(decision.refusal.id(), "E7001");
  EXPECT_THAT(decision.refusal.hint(), HasSubstr("FROM '/a/chk-4'"));
  place.completed.back().damage = "";
  place.completed.front().damage = "has a wrong checksum";
  EXPECT_EQ(DecideRecovery(Facts(5, {place})).kind, RecoveryKind::kContinue);
}

// Checkpoints 4 and 5 of which the newest is damaged, and what going back to 4 would repeat.
RecoveryFacts Damaged(RepeatedOutput repeated) {
  CheckpointPlace place = Place("/a", {4, 5});
  place.completed.back().damage = "has a wrong checksum";
  RecoveryFacts facts = Facts(5, {place});
  facts.repeated = std::move(repeated);
  return facts;
}

TEST(Recovery, ADamagedNewestIsPassedOverWhereNothingComesTwice) {
  RecoveryFacts facts = Damaged({});
  const RecoveryDecision decision = DecideRecovery(facts);
  EXPECT_EQ(decision.kind, RecoveryKind::kContinue);
  EXPECT_EQ(decision.checkpoint, 4U);
  EXPECT_EQ(decision.path, "/a/chk-4");
  EXPECT_EQ(decision.next_id, 6U);
  ASSERT_EQ(decision.passed_over.size(), 1U);
  EXPECT_EQ(decision.passed_over[0].id, 5U);
  EXPECT_THAT(decision.fallback, HasSubstr("/a/chk-5: has a wrong checksum"));
  EXPECT_THAT(decision.fallback, HasSubstr("the newest whole one is 4, 1 back"));
  EXPECT_THAT(decision.fallback, HasSubstr("none comes twice"));
  facts.fallback = Fallback::kRefuse;
  EXPECT_EQ(DecideRecovery(facts).kind, RecoveryKind::kRefuse);
}

TEST(Recovery, CommittedOutputComesTwiceOnlyWhereTheUserSaysSo) {
  for (const RepeatedOutput& repeated :
       {RepeatedOutput{12, {"/o/p-1", "/o/p-2"}, {}}, RepeatedOutput{0, {}, {"t is printed"}}}) {
    RecoveryFacts facts = Damaged(repeated);
    const RecoveryDecision refused = DecideRecovery(facts);
    EXPECT_EQ(refused.kind, RecoveryKind::kRefuse);
    EXPECT_EQ(refused.refusal.id(), "E7001");
    EXPECT_THAT(refused.refusal.hint(), HasSubstr("fallback' = 'always';\n  RESTORE JOB `j`"));
    facts.fallback = Fallback::kAlways;
    const RecoveryDecision decision = DecideRecovery(facts);
    EXPECT_EQ(decision.kind, RecoveryKind::kContinue);
    const bool counted = repeated.rows > 0;
    EXPECT_THAT(decision.fallback,
                HasSubstr(counted ? "12 committed rows in 2 files: /o/p-1, /o/p-2"
                                  : "nobody can say which: t is printed"));
  }
}

TEST(Recovery, TheChainOfDamagedOnesEndsAtTheFirstThatIsWhole) {
  CheckpointPlace place = Place("/a", {3, 4, 5, 6});
  for (const size_t at : {1U, 3U, 2U}) place.completed[at].damage = "is gone";
  RecoveryFacts facts = Facts(6, {place});
  facts.fallback = Fallback::kAlways;
  const RecoveryDecision decision = DecideRecovery(facts);
  EXPECT_EQ(decision.path, "/a/chk-3");
  ASSERT_EQ(decision.passed_over.size(), 3U);
  EXPECT_EQ(decision.passed_over[0].id, 6U);
  EXPECT_THAT(decision.fallback, HasSubstr("the newest whole one is 3, 3 back"));
  facts.places[0].completed[0].damage = "is gone";
  EXPECT_EQ(DecideRecovery(facts).kind, RecoveryKind::kRefuse);
}

// It was decided and said then, and nothing was committed since.
TEST(Recovery, WhatWasPassedOverBeforeIsNotAskedAboutAgain) {
  RecoveryFacts facts = Damaged({3, {"/o/p-1"}, {}});
  facts.places[0].completed.back().passed_over = true;
  facts.repeated.reset();
  facts.fallback = Fallback::kRefuse;
  const RecoveryDecision decision = DecideRecovery(facts);
  EXPECT_EQ(decision.path, "/a/chk-4");
  EXPECT_EQ(decision.fallback, "");
  ASSERT_EQ(decision.notes.size(), 1U);
  EXPECT_THAT(decision.notes[0], HasSubstr("/a/chk-5 was passed over before"));
}

// An older one that is whole is no substitute for one that is not there at all.
TEST(Recovery, NothingIsPassedOverForWhatIsMissing) {
  RecoveryFacts facts = Damaged({});
  facts.last_recorded = 6;
  facts.fallback = Fallback::kAlways;
  EXPECT_EQ(DecideRecovery(facts).kind, RecoveryKind::kRefuse);
}

TEST(Recovery, AnOlderPointerIsSaid) {
  CheckpointPlace place = Place("/a", {4, 5});
  place.outdated = 4;
  const RecoveryDecision decision = DecideRecovery(Facts(5, {place}));
  EXPECT_EQ(decision.kind, RecoveryKind::kContinue);
  EXPECT_EQ(decision.path, "/a/chk-5");
  ASSERT_EQ(decision.notes.size(), 1U);
  EXPECT_THAT(decision.notes[0], HasSubstr("LATEST says 4 in /a"));
  EXPECT_THAT(decision.notes[0], HasSubstr("checkpoint 5, which is there"));
  EXPECT_THAT(PlaceInWords(place), HasSubstr("the newest 5, LATEST 4"));
}

TEST(Recovery, ALostPointerIsSaidAndFoundAgain) {
  for (const NumberFileState state : {NumberFileState::kAbsent, NumberFileState::kBroken}) {
    CheckpointPlace place = Place("/a", {4, 5});
    place.latest = {state, 0};
    const RecoveryDecision decision = DecideRecovery(Facts(5, {place}));
    EXPECT_EQ(decision.kind, RecoveryKind::kContinue);
    EXPECT_EQ(decision.path, "/a/chk-5");
    ASSERT_EQ(decision.notes.size(), 1U);
    EXPECT_THAT(decision.notes[0], HasSubstr("LATEST"));
  }
}

TEST(Recovery, TheGreatestNumberHoldsAndIsSaid) {
  const RecoveryDecision ahead = DecideRecovery(Facts(5, {Place("/a", {8})}));
  EXPECT_EQ(ahead.kind, RecoveryKind::kContinue);
  ASSERT_EQ(ahead.notes.size(), 1U);
  EXPECT_THAT(ahead.notes[0], HasSubstr("names checkpoint 5"));

  struct Case {
    NumberFileFacts next_id;
    const char* said;
  };
  for (const Case& one : {Case{{NumberFileState::kAbsent, 0}, "NEXT-ID is missing"},
                          Case{{NumberFileState::kBroken, 0}, "NEXT-ID is broken"},
                          Case{Whole(3), "NEXT-ID says 3"}}) {
    CheckpointPlace place = Place("/a", {8});
    place.next_id = one.next_id;
    RecoveryFacts facts = Facts(8, {place});
    const RecoveryDecision decision = DecideRecovery(facts);
    EXPECT_EQ(decision.kind, RecoveryKind::kContinue);
    EXPECT_EQ(decision.next_id, facts.given + 1);
    ASSERT_EQ(decision.notes.size(), 1U);
    EXPECT_THAT(decision.notes[0], HasSubstr(one.said));
    // Directories of checkpoints that failed have numbers, too.
    facts.places[0].greatest_directory = 99;
    EXPECT_EQ(DecideRecovery(facts).next_id, 100U);
  }
}

}  // namespace
}  // namespace weir::checkpoint
