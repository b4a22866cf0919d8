#include "shell/restore_request.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "shell/job_record.h"

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

}  // namespace
}  // namespace weir::shell
