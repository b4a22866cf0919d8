// Hashes of passwords: scrypt as RFC 7914 has it, and texts that are none.
#include "shell/login/password_hash.h"

#include <gmock/gmock.h>

#include "shell/login/base64_text.h"

namespace weir::shell {
namespace {

using testing::MatchesRegex;

// hashlib.scrypt(b"correct horse", salt=b"0123456789abcdef", n=2**10, r=8, p=1, dklen=32) of
// Python.
constexpr std::string_view kOfPython =
    "$scrypt$ln=10,r=8,p=1$MDEyMzQ1Njc4OWFiY2RlZg$6g3umF+uVrJsObaTZhIbbTlgrvOEFcCItdwSjtPF67M";

TEST(PasswordHashTest, OneThatSomebodyElseMadeIsUnderstood) {
  const Result<PasswordHash> hash = ParsePasswordHash(kOfPython);
  ASSERT_TRUE(hash.ok()) << hash.status().ToString();
  EXPECT_TRUE(IsPassword(*hash, "correct horse"));
  EXPECT_FALSE(IsPassword(*hash, "correct horsf"));
  EXPECT_FALSE(IsPassword(*hash, ""));
  EXPECT_FALSE(IsPassword(*hash, "correct horse "));
  EXPECT_EQ(PasswordHashText(*hash), kOfPython);
}

TEST(PasswordHashTest, EachHasItsOwnSalt) {
  const PasswordHash one = HashPassword("the same").value();
  const PasswordHash other = HashPassword("the same").value();
  EXPECT_NE(one.salt, other.salt);
  EXPECT_NE(one.key, other.key);
  EXPECT_TRUE(IsPassword(one, "the same"));
  EXPECT_TRUE(IsPassword(other, "the same"));
  EXPECT_THAT(PasswordHashText(one),
              MatchesRegex("\\$scrypt\\$ln=15,r=8,p=1\\$[A-Za-z0-9+/]{22}\\$[A-Za-z0-9+/]{43}"));
}

TEST(PasswordHashTest, WhatIsNoPassword) {
  for (const std::string& password :
       {std::string(), std::string("a\nb"), std::string("a\0b", 3), std::string(1025, 'x')})
    EXPECT_EQ(HashPassword(password).status().code(), StatusCode::kInvalidArgument);
  EXPECT_TRUE(HashPassword("Grüße, 密码").ok());
}

TEST(PasswordHashTest, WhatIsNoHash) {
  const std::string good(kOfPython);
  const auto with = [&](std::string_view from, std::string_view to) {
    std::string bad = good;
    return bad.replace(bad.find(from), from.size(), to);
  };
  for (const std::string& bad :
       {std::string(), std::string("x"), std::string("$scrypt$"), with("scrypt", "md5"),
        with("ln=10", "ln=0"), with("ln=10", "ln=21"), with("ln=10", "ln=-1"),
        with("ln=10", "ln=1x"), with("r=8", "r=33"), with("p=1", "p=99"), with("ln=10", "ln=20"),
        with("MDEy", "MD!y"), with("MDEyMzQ1Njc4OWFiY2RlZg", "MDEy"), good + "AAAA",
        good.substr(0, good.size() - 4), with("p=1$", "p=1")})
    EXPECT_FALSE(ParsePasswordHash(bad).ok()) << bad;
}

TEST(Base64Test, BothWays) {
  for (const auto& [bytes, text] : std::vector<std::pair<std::string, std::string>>{
           {"", ""}, {"f", "Zg"}, {"fo", "Zm8"}, {"foo", "Zm9v"}, {"\xff\xfe", "//4"}}) {
    EXPECT_EQ(ToBase64(bytes), text);
    EXPECT_EQ(FromBase64(text), bytes);
    EXPECT_EQ(FromBase64(text + std::string((4 - text.size() % 4) % 4, '=')), bytes);
  }
  for (const std::string text : {"Z", "Zg==Zg==", "Z g=", "Zm9v\n", "Zm9v=Zg", "=", "Zg-_"})
    EXPECT_EQ(FromBase64(text), std::nullopt) << text;
}

}  // namespace
}  // namespace weir::shell
