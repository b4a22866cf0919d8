// Meanings of former versions beside today's.
#include "runtime/checkpoint/meaning_versions.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "runtime/checkpoint/fingerprint.h"

namespace weir::checkpoint {
namespace {

// A meaning of version 9 beside one of 8, which could not say these.
TEST(MeaningVersions, WhatVersion8LacksIsNotCompared) {
  const std::vector<MeaningPart> kept = {{"option", "csv.empty-string-as-null", "true"},
                                         {"option", "path", "in"},
                                         {"types", "", "a\tINT"}};
  std::vector<MeaningPart> all = kept;
  all.push_back({"bad records", "", "a INT"});
  all.push_back({"option", "properties.isolation.level", "read_uncommitted"});
  all.push_back({"option", "key.csv.empty-string-as-null", "false"});
  EXPECT_EQ(WithoutNew(all, 8), kept);
  EXPECT_EQ(WithoutNew(all, 9), all);
  std::vector<MeaningPart> found = kept;
  found.push_back({"lookup", "t", "on k, csv.empty-string-as-null = false, format = csv"});
  found.push_back({"lookup bad records", "", "t\ta INT"});
  EXPECT_EQ(WithoutNew(found, 10), found);
  EXPECT_EQ(WithoutNew(found, 9).back().part, "lookup");
  EXPECT_EQ(WithoutNew(found, 8).back().text, "on k, format = csv");
}

TEST(MeaningVersions, WhatVersion10LacksIsNotCompared) {
  const std::vector<MeaningPart> kept = {{"from", "", "table t"}, {"write", "", "INTO"}};
  std::vector<MeaningPart> all = kept;
  all.push_back({"copies", "", "2 times by ts, of table t"});
  all.push_back({"defaults", "", "lag(v), 1 back\t0"});
  all.push_back({"enforcer", "", "lengths TRIM_PAD, within values IGNORE"});
  all.push_back({"drops NULL of", "", "a, b"});
  EXPECT_EQ(WithoutNew(all, 10), kept);
  EXPECT_EQ(WithoutNew(all, 11), all);
}

// As texts 10 would be less than 9.
TEST(MeaningVersions, AreNumbers) {
  EXPECT_EQ(VersionOf({{"version", "", "10"}}), 10);
  EXPECT_EQ(VersionOf({}), 1);
}

}  // namespace
}  // namespace weir::checkpoint
