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

TEST(Fingerprint, ReadsWhatWasWritten) {
  const std::vector<MeaningPart> parts =
      ParseFingerprint("filter\t\ta\\tb\nkey\tk\\n\tx\\\\y\nbroken\n");
  ASSERT_EQ(parts.size(), 3U);
  EXPECT_EQ(parts[0], (MeaningPart{"clause", "", "broken"}));
  EXPECT_EQ(parts[1], (MeaningPart{"filter", "", "a\tb"}));
  EXPECT_EQ(parts[2], (MeaningPart{"key", "k\n", "x\\y"}));
}

TEST(Fingerprint, SaysDifferencesInWords) {
  const auto saved =
      ParseFingerprint("filter\t\ta > 1\nfrom\t\ttable t\nkey\tk\tk\nwindow\t\tTUMBLE(1)\n");
  const auto wanted =
      ParseFingerprint("filter\t\ta > 2\nfilter\t\tb\nfrom\t\ttable t\nwindow\t\tTUMBLE(2)\n");
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
