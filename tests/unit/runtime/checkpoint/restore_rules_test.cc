#include "runtime/checkpoint/restore_rules.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "runtime/checkpoint/fingerprint.h"
#include "runtime/graph/operator_spec.h"

namespace weir::checkpoint {
namespace {

// A new kind of operator must say what becomes of its state.
template <size_t... I>
void ExpectRules(std::index_sequence<I...>) {
  for (const graph::OperatorSpec& spec :
       {graph::OperatorSpec(std::variant_alternative_t<I, graph::OperatorSpec>())...}) {
    EXPECT_NE(RulesOf(graph::OperatorKindName(spec)), nullptr) << graph::OperatorKindName(spec);
  }
}

TEST(RestoreRules, EveryKindOfOperatorHasThem) {
  constexpr size_t kKinds = std::variant_size_v<graph::OperatorSpec>;
  ExpectRules(std::make_index_sequence<kKinds>());
  EXPECT_EQ(AllKindRules().size(), kKinds);
  EXPECT_EQ(RulesOf("Teleport"), nullptr);
}

// What another order of keys does is decided by the row alone.
TEST(RestoreRules, KeysAreReorderedPairByPair) {
  graph::JoinSpec join;
  join.shape.left.keys = {1, 2, 3};
  join.shape.right.keys = {4, 5, 6};
  join.shape.null_safe = {0, 1, 0};
  graph::OperatorSpec spec = join;
  RulesOf("Join")->reorder_keys(spec, {2, 0, 1});
  const graph::JoinShape& shape = std::get<graph::JoinSpec>(spec).shape;
  EXPECT_THAT(shape.left.keys, testing::ElementsAre(3, 1, 2));
  EXPECT_THAT(shape.right.keys, testing::ElementsAre(6, 4, 5));
  EXPECT_THAT(shape.null_safe, testing::ElementsAre(0, 0, 1));
}

TEST(RestoreRules, KeysOfOneInput) {
  graph::RankSpec rank;
  rank.partition = {7, 8};
  graph::OperatorSpec spec = rank;
  RulesOf("Rank")->reorder_keys(spec, {1, 0});
  EXPECT_THAT(std::get<graph::RankSpec>(spec).partition, testing::ElementsAre(8, 7));
  graph::DeduplicateSpec deduplicate;
  deduplicate.keys = {1, 2};
  spec = deduplicate;
  RulesOf("Deduplicate")->reorder_keys(spec, {1, 0});
  EXPECT_THAT(std::get<graph::DeduplicateSpec>(spec).keys, testing::ElementsAre(2, 1));
}

// Of a narrower interval what was put out stays; rows that a wider one needs were dropped already.
TEST(RestoreRules, AnIntervalChanges) {
  const PartRule& rule = RulesOf("IntervalJoin")->compared_parts.front();
  ASSERT_EQ(rule.part, "interval");
  EXPECT_EQ(rule.compare("-5000 to 10000 ms", "-5000 to 0 ms").verdict, Verdict::kSemantic);
  EXPECT_EQ(rule.compare("-5000 to 10000 ms", "-4000 to 10000 ms").verdict, Verdict::kSemantic);
  EXPECT_EQ(rule.compare("-5000 to 10000 ms", "-5001 to 0 ms").verdict, Verdict::kPartial);
  EXPECT_EQ(rule.compare("0 to 10 ms", "0 to 11 ms").verdict, Verdict::kPartial);
  EXPECT_EQ(rule.compare("0 to 10 ms", "").verdict, Verdict::kIncompatible);
  EXPECT_EQ(rule.compare("0 to 10 ms", "0 until 10").verdict, Verdict::kIncompatible);
}

TEST(RestoreRules, ATableMayBeWatchedFromNowOn) {
  const std::vector<PartRule>& rules = RulesOf("Scan")->compared_parts;
  const auto found = std::ranges::find(rules, "reads", &PartRule::part);
  ASSERT_NE(found, rules.end());
  const PartRule& rule = *found;
  EXPECT_EQ(rule.compare("", "files as they come").verdict, Verdict::kFull);
  EXPECT_EQ(rule.compare("files as they come", "lines as they come").verdict, Verdict::kFull);
  EXPECT_EQ(rule.compare("lines as they come", "files as they come").verdict, Verdict::kSemantic);
  EXPECT_EQ(rule.compare("files as they come", "").verdict, Verdict::kSemantic);
}

TEST(RestoreRules, ColumnsMayBeReadAsTypesThatHaveAllValues) {
  const std::vector<PartRule>& rules = RulesOf("Scan")->compared_parts;
  const auto found = std::ranges::find(rules, "types", &PartRule::part);
  ASSERT_NE(found, rules.end());
  const auto verdict = [&](const std::string& saved, const std::string& wanted) {
    return found->compare("a\t" + saved, "a\t" + wanted).verdict;
  };
  const std::pair<const char*, const char*> kWider[] = {{"TINYINT", "INT"},
                                                        {"INT", "BIGINT"},
                                                        {"VARCHAR(3)", "VARCHAR(5)"},
                                                        {"VARCHAR(3)", "STRING"},
                                                        {"DECIMAL(10, 2)", "DECIMAL(12, 2)"},
                                                        {"ROW<a INT>", "ROW<a INT, b INT>"}};
  for (const auto& [from, to] : kWider) {
    EXPECT_EQ(verdict(from, to), Verdict::kFull) << from << " as " << to;
    const bool nothing_is_said = std::string(from).starts_with("ROW");
    EXPECT_EQ(verdict(to, from), nothing_is_said ? Verdict::kFull : Verdict::kSemantic)
        << to << " as " << from;
  }
  for (const auto& [from, to] :
       {std::pair("INT", "STRING"), std::pair("INT", "DOUBLE"),
        std::pair("DECIMAL(10, 2)", "DECIMAL(12, 4)"),
        // 0.7 is another number, and .700 was cut.
        std::pair("FLOAT", "DOUBLE"), std::pair("ARRAY<FLOAT>", "ARRAY<DOUBLE>"),
        std::pair("TIMESTAMP(0)", "TIMESTAMP(3)"), std::pair("TIME(0)", "TIME(3)"),
        std::pair("TIMESTAMP_LTZ(0)", "TIMESTAMP_LTZ(3)"),
        std::pair("TIMESTAMP(3)", "TIMESTAMP_LTZ(3)")})
    EXPECT_EQ(verdict(from, to), Verdict::kSemantic) << from << " as " << to;
  EXPECT_EQ(found->compare("", "a\tINT").verdict, Verdict::kFull) << "version 4 does not say it";
}

TEST(RestoreRules, OtherRecordsAreBadWithOtherColumns) {
  const std::vector<PartRule>& rules = RulesOf("Scan")->compared_parts;
  const auto rule = std::ranges::find(rules, "bad records", &PartRule::part);
  ASSERT_NE(rule, rules.end());
  EXPECT_EQ(rule->compare("a INT", "a INT").verdict, Verdict::kFull);
  EXPECT_EQ(rule->compare("a INT", "a INT NOT NULL").verdict, Verdict::kSemantic);
  EXPECT_EQ(rule->compare("a INT", "a INT\nb INT").reason,
            "bad records are left out, and others are now: the columns were (a INT), are (a INT, b "
            "INT)");
  EXPECT_EQ(rule->compare("", "a INT").verdict, Verdict::kFull) << "the option says it";
  EXPECT_EQ(rule->compare("a INT", "").verdict, Verdict::kFull);
}

TEST(RestoreRules, OtherRecordsAreBadOfTablesThatAreLookedUp) {
  const std::vector<PartRule>& rules = RulesOf("Sink")->compared_parts;
  const auto rule = std::ranges::find(rules, "lookup bad records", &PartRule::part);
  ASSERT_NE(rule, rules.end());
  EXPECT_EQ(rule->compare("l\ta INT, b INT", "l\ta INT").reason,
            "bad records of l are left out, and others are now: the columns were (a INT, b INT), "
            "are (a INT)");
  EXPECT_EQ(rule->compare("l\ta INT", "l\ta INT\nm\tb INT").verdict, Verdict::kFull);
  EXPECT_EQ(rule->compare("", "l\ta INT").verdict, Verdict::kFull) << "the option says it";
}

TEST(RestoreRules, DefaultsOfCallsThatAreInBoth) {
  const std::vector<PartRule>& rules = RulesOf("OverAggregate")->compared_parts;
  const auto rule = std::ranges::find(rules, "defaults", &PartRule::part);
  ASSERT_NE(rule, rules.end());
  EXPECT_EQ(rule->compare("lag(v), 1 back\t0", "lag(v), 1 back\tNULL").reason,
            "lag(v), 1 back was 0 where there is no row, is NULL");
  EXPECT_EQ(rule->compare("lag(v), 1 back\t0", "lag(v), 1 back\t0\nlag(w), 1 back\tNULL").verdict,
            Verdict::kFull);
  EXPECT_EQ(rule->compare("lag(v), 1 back\t0", "").verdict, Verdict::kFull);
}

TEST(RestoreRules, NoPartIsJudgedTwice) {
  for (const KindRules& rules : AllKindRules()) {
    SCOPED_TRACE(rules.kind);
    std::vector<std::string_view> parts = rules.fixed_parts;
    parts.insert(parts.end(), rules.free_parts.begin(), rules.free_parts.end());
    for (const PartRule& rule : rules.compared_parts) {
      parts.push_back(rule.part);
      EXPECT_NE(rule.compare, nullptr);
    }
    std::sort(parts.begin(), parts.end());
    EXPECT_EQ(std::unique(parts.begin(), parts.end()), parts.end());
  }
}

TEST(Fingerprint, ReadsWhatWasWritten) {
  const std::vector<MeaningPart> parts =
      ParseMeaning("filter\t\ta\\tb\nkey\tk\\n\tx\\\\y\nbroken\n");
  ASSERT_EQ(parts.size(), 3U);
  EXPECT_EQ(parts[0], (MeaningPart{"clause", "", "broken"}));
  EXPECT_EQ(parts[1], (MeaningPart{"filter", "", "a\tb"}));
  EXPECT_EQ(parts[2], (MeaningPart{"key", "k\n", "x\\y"}));
}

// A UNION ALL of two tables that becomes one of them, and the other way round.
TEST(Fingerprint, OneTableIsComparedWithSeveral) {
  const auto both =
      ParseMeaning("input\t\ttable events where a AND b\ninput\t\ttable more\nkey\tk\tk\n");
  const auto more = ParseMeaning("from\t\ttable more\nkey\tk\tk\n");
  const auto events = ParseMeaning("filter\t\ta\nfilter\t\tb\nfrom\t\ttable events\n");
  EXPECT_EQ(DifferenceInWords(both, more, {}, {}), "the input table events where a AND b is gone");
  EXPECT_EQ(DifferenceInWords(more, both, {}, {}), "the input table events where a AND b is new");
  EXPECT_EQ(DifferenceInWords(both, events, {}, {}), "the input table more is gone");
  EXPECT_EQ(DifferenceInWords(more, events, {}, {}),
            "the input was table more, is table events, the filter a is new, the filter b is new");
}

TEST(Fingerprint, SaysDifferencesInWords) {
  const auto saved =
      ParseMeaning("filter\t\ta > 1\nfrom\t\ttable t\nkey\tk\tk\nwindow\t\tTUMBLE(1)\n");
  const auto wanted =
      ParseMeaning("filter\t\ta > 2\nfilter\t\tb\nfrom\t\ttable t\nwindow\t\tTUMBLE(2)\n");
  EXPECT_EQ(DifferenceInWords(saved, saved, {}, {}), "");
  EXPECT_EQ(DifferenceInWords(saved, wanted, {}, {"window"}),
            "the filter was a > 1, is a > 2, the filter b is new");
  EXPECT_EQ(DifferenceInWords(saved, wanted, {"window"}, {}),
            "the window was TUMBLE(1), is TUMBLE(2)");
  EXPECT_EQ(DifferenceInWords(wanted, saved, {"filter"}, {}),
            "the filter was a > 2, is a > 1, the filter b is gone");
}

}  // namespace
}  // namespace weir::checkpoint
