#include "shell/engine/statements/restore_text.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "shell/engine/jobs/job_record.h"
#include "shell/engine/jobs/restore_clauses.h"

namespace weir::shell {
namespace {

using checkpoint::RestoreClauses;
using checkpoint::RestorePlan;
using checkpoint::Verdict;

TEST(RestoreClausesText, ComeBackAsTheyWere) {
  const RestoreClauses clauses{.allow_non_restored = true,
                               .allow_drop = {"sink:a/agg", "b"},
                               .allow_partial = true,
                               .accept_changes = {"sink:c/sink.w"},
                               .mappings = {{"x/*", "y/*"}, {"drop me", "accept me"}},
                               .match_unique = false};
  const RestoreClauses read = DecodeClauses(EncodeClauses(clauses));
  EXPECT_EQ(read.allow_non_restored, clauses.allow_non_restored);
  EXPECT_EQ(read.allow_drop, clauses.allow_drop);
  EXPECT_EQ(read.allow_partial, clauses.allow_partial);
  EXPECT_EQ(read.accept_changes, clauses.accept_changes);
  EXPECT_EQ(read.mappings, clauses.mappings);
  EXPECT_EQ(read.match_unique, clauses.match_unique);
  EXPECT_TRUE(EncodeClauses(RestoreClauses()).empty());
  EXPECT_TRUE(DecodeClauses({"nonsense", "map without an end"}).mappings.empty());
}

TEST(RestoredJobRecord, RemembersWhatItStartedFrom) {
  JobRecord record;
  record.id = "0123";
  record.restored_from = "/savepoints/savepoint-0123-7";
  record.restore_clauses = EncodeClauses({.allow_partial = true, .mappings = {{"a", "b"}}});
  const Result<JobRecord> read = DecodeJobRecord(EncodeJobRecord(record));
  ASSERT_TRUE(read.ok()) << read.status().ToString();
  EXPECT_EQ(read->restored_from, record.restored_from);
  EXPECT_EQ(read->restore_clauses, record.restore_clauses);
  EXPECT_TRUE(DecodeJobRecord(EncodeJobRecord(JobRecord()))->restored_from.empty());
}

TEST(RestoreText, AlignsRowsAndSaysWhatToAdd) {
  RestorePlan plan;
  plan.allowed = false;
  plan.missing_clauses = {"ALLOW PARTIAL"};
  plan.rows.resize(2);
  plan.rows[0] = {.uid = "src:t", .saved_uid = "src:t", .kind = "Scan", .node = 0};
  plan.rows[1] = {.uid = "sink:s/agg",
                  .saved_uid = "sink:s/agg",
                  .kind = "GroupAggregate",
                  .verdict = Verdict::kPartial,
                  .reason = "sum(x) starts",
                  .to_type = "ALLOW PARTIAL",
                  .span = {12, 15},
                  .rows = 1200,
                  .saved_schema = "groups(a)",
                  .schema = "groups(b)",
                  .node = 1};
  CheckpointMetadata from;
  from.kind = CheckpointKind::kSavepoint;
  from.checkpoint_id = 7;
  from.job_name = "sales";
  EXPECT_EQ(RestoreText(plan, from, "SET 1;\nINSERT\nSELECT", 7),
            "From savepoint 7 of job sales, completed 1970-01-01 00:00:00.000\n"
            "verdict  uid         operator        line  rows   bytes  why\n"
            "FULL     src:t       Scan                  0      0\n"
            "PARTIAL  sink:s/agg  GroupAggregate  1     1,200  0      sum(x) starts\n"
            "    saved  groups(a)\n"
            "    now    groups(b)\n"
            "    needs  ALLOW PARTIAL\n"
            "The restore is refused. To go on all the same, add\n"
            "  ALLOW PARTIAL\n");
}

RestorePlan PlanOfMixedValues() {
  RestorePlan plan;
  plan.rows.resize(2);
  plan.rows[0] = {.uid = "a/agg", .saved_uid = "a/agg", .kind = "GroupAggregate"};
  plan.rows[0].mixed = {.rows_in_words = "existing groups", .rows = 1234};
  plan.rows[1] = {.uid = "a/wagg", .saved_uid = "a/wagg", .kind = "WindowAggregate"};
  plan.rows[1].watermark_millis = 13'000;
  plan.rows[1].mixed = {.windows = {{{10'000, 20'000}, 2}, {{20'000, 30'000}, 1}},
                        .more_windows = 3,
                        .last_end = 60'000,
                        .rows_in_words = "open windows",
                        .rows = 6};
  return plan;
}

TEST(RestoreText, NamesWhatIsMixedAndFromWhen) {
  CheckpointMetadata from;
  from.kind = CheckpointKind::kSavepoint;
  from.checkpoint_id = 7;
  from.complete_millis = 60'000;
  const std::string text = RestoreText(PlanOfMixedValues(), from, "", 0);
  using testing::HasSubstr;
  EXPECT_THAT(text, HasSubstr("    mixed  1,234 existing groups, from savepoint 7 of 1970-01-01 "
                              "00:01:00.000 on\n"));
  EXPECT_THAT(text,
              HasSubstr("    mixed  window 1970-01-01 00:00:10.000 to 1970-01-01 00:00:20.000, "
                        "2 rows of state, from the watermark 1970-01-01 00:00:13.000 on\n"));
  EXPECT_THAT(text, HasSubstr("00:00:30.000, 1 row of state, "));
  EXPECT_THAT(text,
              HasSubstr("    mixed  3 more windows, the last to 1970-01-01 00:01:00.000, from "));
}

TEST(RestoreText, AnObstacleIsTheOutcomeWhateverTheVerdicts) {
  RestorePlan plan;
  plan.obstacle = Status::RestoreRefused("job \"a\" has claimed it");
  const std::string text = RestoreText(plan, CheckpointMetadata(), "", 0);
  EXPECT_EQ(text.substr(text.find('\n') + 1),
            "verdict  uid  operator  line  rows  bytes  why\n"
            "The restore is refused: job \"a\" has claimed it.\n");
  EXPECT_FALSE(Refusal(plan).ok());
}

}  // namespace
}  // namespace weir::shell
