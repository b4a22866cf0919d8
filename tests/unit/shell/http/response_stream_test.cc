// A response that is made while it is sent.
#include "shell/http/response_stream.h"

#include <gmock/gmock.h>

#include <atomic>

#include "runtime/thread.h"

namespace weir::shell {
namespace {

using testing::Optional;

TEST(ResponseStreamTest, HandsOverInOrder) {
  ResponseStream stream;
  EXPECT_THAT(stream.Take(), Optional(std::string()));
  EXPECT_TRUE(stream.Append("a"));
  EXPECT_TRUE(stream.Append("b"));
  EXPECT_THAT(stream.Take(), Optional(std::string("ab")));
  EXPECT_TRUE(stream.Append("c"));
  stream.End();
  EXPECT_THAT(stream.Take(), Optional(std::string("c")));
  EXPECT_EQ(stream.Take(), std::nullopt);
}

TEST(ResponseStreamTest, WhoMakesWaitsForWhoSends) {
  ResponseStream stream;
  const std::string piece(400'000, 'x');
  constexpr size_t kPieces = 20;
  Thread maker = Thread::Start("maker", [&] {
                   for (size_t i = 0; i < kPieces; ++i) EXPECT_TRUE(stream.Append(piece));
                   stream.End();
                 }).value();
  size_t taken = 0;
  size_t longest = 0;
  while (const std::optional<std::string> text = stream.Take()) {
    taken += text->size();
    longest = std::max(longest, text->size());
  }
  maker.Join();
  EXPECT_EQ(taken, kPieces * piece.size());
  EXPECT_LE(longest, (1 << 20) + piece.size());
}

TEST(ResponseStreamTest, WhoLeavesLetsTheMakerGo) {
  ResponseStream stream;
  std::atomic<int> left = 0;
  stream.OnLeave([&] { ++left; });
  std::atomic<bool> refused = false;
  Thread maker = Thread::Start("maker", [&] {
                   while (stream.Append(std::string(100'000, 'x'))) {
                   }
                   refused = true;
                 }).value();
  stream.Leave();
  stream.Leave();
  maker.Join();
  EXPECT_TRUE(refused.load());
  EXPECT_EQ(left.load(), 1);
  stream.OnLeave([&] { ++left; });
  EXPECT_EQ(left.load(), 2) << "somebody who asks too late is told at once";
}

TEST(ResponseStreamTest, TellsOfChanges) {
  ResponseStream stream;
  int changes = 0;
  stream.OnChange([&] { ++changes; });
  EXPECT_TRUE(stream.Append("a"));
  stream.End();
  EXPECT_EQ(changes, 2);
}

}  // namespace
}  // namespace weir::shell
