// References to secrets within the values of options.
#include "runtime/graph/secret_reference.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace weir::graph {
namespace {

using ::testing::ElementsAre;

Result<std::string> Doubled(const std::string& name) {
  return name + name;
}

TEST(SecretReference, ValuesTakeTheirPlaces) {
  EXPECT_EQ(WithSecrets("plain $ {secret:a}", Doubled).value(), "plain $ {secret:a}");
  EXPECT_EQ(WithSecrets("${secret:a}", Doubled).value(), "aa");
  EXPECT_EQ(WithSecrets("x=${secret:a};y=${secret:b.c-d_1}}", Doubled).value(),
            "x=aa;y=b.c-d_1b.c-d_1}");
  EXPECT_THAT(SecretsIn("${secret:a}${secret:b}${secret:a}").value(), ElementsAre("a", "b", "a"));
  EXPECT_THAT(SecretsIn("none").value(), ElementsAre());
}

// A value that looks like a reference is a value.
TEST(SecretReference, WhatAValueSaysIsNotReadAgain) {
  const auto nested = [](const std::string&) -> Result<std::string> {
    return std::string("${secret:b}");
  };
  EXPECT_EQ(WithSecrets("<${secret:a}>", nested).value(), "<${secret:b}>");
}

TEST(SecretReference, WhatIsNoneIsRefused) {
  for (const char* value :
       {"${secret:", "${secret:}", "${secret:a", "${secret:../a}", "${secret:.a}", "${secret:a b}",
        "${secret:${secret:a}}", "${secret:a\n}"}) {
    EXPECT_TRUE(RefersToSecret(value)) << value;
    EXPECT_EQ(SecretsIn(value).status().code(), StatusCode::kInvalidArgument) << value;
  }
  EXPECT_FALSE(RefersToSecret("${Secret:a}"));
  EXPECT_TRUE(CheckSecretName(std::string(100, 'a')).ok());
  EXPECT_FALSE(CheckSecretName(std::string(101, 'a')).ok());
}

TEST(SecretReference, AnErrorOfTheValueIsPassedOn) {
  const auto none = [](const std::string&) -> Result<std::string> {
    return Status::NotFound("nothing");
  };
  EXPECT_EQ(WithSecrets("${secret:a}", none).status().message(), "nothing");
}

}  // namespace
}  // namespace weir::graph
