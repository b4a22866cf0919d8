#include "shell/http/java_throwable.h"

#include <absl/strings/escaping.h>
#include <gmock/gmock.h>

namespace weir::shell {
namespace {

using testing::HasSubstr;
using testing::Not;

std::string Serialized(const std::string& text) {
  std::string bytes;
  EXPECT_TRUE(absl::Base64Unescape(SerializedThrowable(text), &bytes));
  return bytes;
}

// Java's readUTF refuses half a character.
TEST(JavaThrowableTest, ALongTextEndsWithAWholeCharacter) {
  const std::string character = "\u65e5";
  for (size_t before = 0; before < character.size(); ++before) {
    std::string text(before, 'a');
    for (size_t i = 0; i < 100'000; ++i) text += character;
    const std::string bytes = Serialized(text);
    const size_t last = bytes.rfind(character[0]);
    ASSERT_NE(last, std::string::npos);
    EXPECT_EQ(bytes.substr(last, character.size()), character);
  }
}

TEST(JavaThrowableTest, WhatModifiedUtf8EncodesOtherwiseIsReplaced) {
  const std::string bytes = Serialized(std::string("a\0b \U0001F600 c", 11));
  EXPECT_THAT(bytes, HasSubstr("a?b ? c"));
}

}  // namespace
}  // namespace weir::shell
