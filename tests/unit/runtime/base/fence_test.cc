// Exceptions end where a thread, a statement or a job has its fence.
#include "runtime/base/fence.h"

#include <gmock/gmock.h>

#include <new>
#include <stdexcept>
#include <system_error>

#include "runtime/base/quoting.h"
#include "runtime/base/result.h"

namespace weir {
namespace {

using ::testing::HasSubstr;

template <typename Exception>
Status Thrown(const Exception& exception) {
  return Fenced([&]() -> Status { throw exception; });
}

TEST(FenceTest, WhatReturnsPasses) {
  EXPECT_TRUE(Fenced([]() -> Status { return {}; }).ok());
  EXPECT_EQ(*Fenced([]() -> Result<int> { return 7; }), 7);
  EXPECT_EQ(Fenced([]() -> Status { return Status::DataError("bad"); }).message(), "bad");
}

TEST(FenceTest, MemoryThatCannotBeHad) {
  EXPECT_EQ(Thrown(std::bad_alloc()).id(), "E4004");
  EXPECT_EQ(Thrown(std::length_error("long")).id(), "E4004");
  const Result<int> result = Fenced([]() -> Result<int> { throw std::bad_alloc(); });
  EXPECT_EQ(result.status().code(), StatusCode::kExternal);
}

TEST(FenceTest, AThreadThatCannotBeHad) {
  const std::error_code refused = std::make_error_code(std::errc::resource_unavailable_try_again);
  const Status status = Thrown(std::system_error(refused));
  EXPECT_EQ(status.id(), "E4006");
  EXPECT_THAT(status.hint(), HasSubstr("ulimit -u"));
}

TEST(FenceTest, AValueThatIsTooLarge) {
  const auto check = [](size_t bytes) {
    return Fenced([&]() -> Status {
      CheckValueBytes(bytes);
      return {};
    });
  };
  SetMaxValueBytes(10);
  EXPECT_TRUE(check(10).ok());
  const Status status = check(11);
  SetMaxValueBytes(0);
  EXPECT_EQ(status.id(), "E3007");
  EXPECT_EQ(status.code(), StatusCode::kDataError) << "a restart would meet it again";
  EXPECT_EQ(status.message(), "a value would be larger than 10 bytes");
  EXPECT_EQ(MaxValueBytes(), kDefaultMaxValueBytes);
}

TEST(FenceTest, WhateverElseIsOurs) {
  EXPECT_EQ(Thrown(std::logic_error("what")).code(), StatusCode::kInternal);
}

TEST(QuotableTest, CutsLongTextsBetweenCharacters) {
  EXPECT_EQ(Quotable(""), "");
  EXPECT_EQ(Quotable(std::string(200, 'a')), std::string(200, 'a'));
  EXPECT_EQ(Quotable(std::string(201, 'a')), std::string(200, 'a') + "…");
  std::string text;
  for (int i = 0; i < 300; ++i) text += "é";
  EXPECT_EQ(Quotable(text), text.substr(0, 400) + "…");
}

}  // namespace
}  // namespace weir
