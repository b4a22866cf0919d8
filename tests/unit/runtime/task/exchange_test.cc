// Which rows an exchange sends where, what it leaves in the batches, and what it does when the
// receivers are gone.
#include "runtime/task/exchange.h"

#include <gmock/gmock.h>

#include <memory>
#include <set>
#include <thread>

#include "runtime/base/random.h"
#include "runtime/operators/emit.h"
#include "runtime/task/mailbox.h"
#include "runtime/types/key_encoding.h"
#include "runtime/types/value.h"
#include "tests/unit/runtime/task/numbers.h"

namespace weir::task {
namespace {

using graph::ExchangeKind;
using ::testing::ElementsAre;
using ::testing::IsEmpty;

std::vector<int64_t> RowsOf(const Batch& batch) {
  std::vector<int64_t> rows;
  ForEachRow(batch, [&](uint32_t row) { rows.push_back(batch.columns[0]->ValueAt<int64_t>(row)); });
  return rows;
}

class ExchangeTest : public ::testing::Test {
 protected:
  Exchange Make(ExchangeKind kind, size_t targets, uint32_t first_target = 0) {
    ExchangeSetup setup;
    setup.kind = kind;
    setup.keys = {0};
    for (size_t i = 0; i < targets; ++i) {
      channels_.push_back(std::make_unique<Channel>(64, arrival_));
      setup.targets.push_back(channels_.back().get());
    }
    setup.first_target = first_target;
    setup.clock = &Clock::System();
    setup.blocked_nanos = &blocked_;
    return Exchange(std::move(setup));
  }
  // Everything in the channel of a target, rows of all batches together.
  std::vector<int64_t> Received(size_t target) {
    std::vector<int64_t> rows;
    Element element;
    while (channels_[target]->TryPop(element)) {
      last_ = element;
      if (element.kind != ElementKind::kBatch) continue;
      EXPECT_FALSE(element.batch.empty());
      for (const int64_t row : RowsOf(element.batch)) rows.push_back(row);
    }
    return rows;
  }

  EventCount arrival_;
  std::atomic<uint64_t> blocked_{0};
  std::vector<std::unique_ptr<Channel>> channels_;
  Element last_;
};

TEST_F(ExchangeTest, ForwardAndSingletonSendToTheFirst) {
  for (const ExchangeKind kind : {ExchangeKind::kForward, ExchangeKind::kSingleton}) {
    channels_.clear();
    Exchange exchange = Make(kind, 2);
    ASSERT_TRUE(exchange.Send(Numbers(1, 3)).ok());
    EXPECT_THAT(Received(0), ElementsAre(1, 2, 3));
    EXPECT_THAT(Received(1), IsEmpty());
  }
}

TEST_F(ExchangeTest, RebalanceTakesTurnsFromWhereItIsTold) {
  Exchange exchange = Make(ExchangeKind::kRebalance, 3, 5);  // 5 modulo 3 is the third
  for (int64_t i = 0; i < 5; ++i) ASSERT_TRUE(exchange.Send(Numbers(i, 1)).ok());
  EXPECT_THAT(Received(2), ElementsAre(0, 3));
  EXPECT_THAT(Received(0), ElementsAre(1, 4));
  EXPECT_THAT(Received(1), ElementsAre(2));
}

TEST_F(ExchangeTest, BroadcastSendsEverythingToEverybody) {
  Exchange exchange = Make(ExchangeKind::kBroadcast, 3);
  ASSERT_TRUE(exchange.Send(Numbers(7, 2)).ok());
  for (size_t i = 0; i < 3; ++i) EXPECT_THAT(Received(i), ElementsAre(7, 8));
}

TEST_F(ExchangeTest, HashSendsEveryRowToTheOwnerOfItsKeyGroupWithItsHash) {
  for (const uint32_t targets : {1U, 2U, 3U, 7U}) {
    SCOPED_TRACE(targets);
    channels_.clear();
    Exchange exchange = Make(ExchangeKind::kHash, targets);
    ASSERT_TRUE(exchange.Send(Numbers(0, 500)).ok());
    size_t received = 0;
    for (uint32_t target = 0; target < targets; ++target) {
      Element element;
      int64_t before = -1;
      while (channels_[target]->TryPop(element)) {
        std::vector<uint64_t> hashes(element.batch.row_count);
        const std::vector<int> keys = {0};
        HashKeys(element.batch, keys, hashes.data());
        ASSERT_NE(element.batch.key_hashes, nullptr);
        ForEachRow(element.batch, [&](uint32_t row) {
          EXPECT_EQ(element.batch.key_hashes->as<uint64_t>()[row], hashes[row]);
          const uint32_t group = KeyGroupOf(hashes[row], kDefaultMaxParallelism);
          EXPECT_EQ(SubtaskOfKeyGroup(group, targets, kDefaultMaxParallelism), target);
          const auto value = element.batch.columns[0]->ValueAt<int64_t>(row);
          EXPECT_LT(before, value) << "rows of one target keep their order";
          before = value;
          ++received;
        });
      }
    }
    EXPECT_EQ(received, 500U);
  }
}

TEST_F(ExchangeTest, DeselectedRowsAreNotSent) {
  for (const ExchangeKind kind :
       {ExchangeKind::kForward, ExchangeKind::kHash, ExchangeKind::kBroadcast}) {
    channels_.clear();
    Exchange exchange = Make(kind, 2);
    const std::vector<uint32_t> rows = {1, 4};
    ASSERT_TRUE(exchange.Send(operators::Select(Numbers(0, 6), rows.data(), 2)).ok());
    std::multiset<int64_t> all;
    for (size_t i = 0; i < 2; ++i) {
      for (const int64_t row : Received(i)) all.insert(row);
    }
    const std::multiset<int64_t> once = {1, 4};
    const std::multiset<int64_t> twice = {1, 1, 4, 4};
    EXPECT_EQ(all, kind == ExchangeKind::kBroadcast ? twice : once);
  }
}

TEST_F(ExchangeTest, HashesOfOtherKeysDoNotTravel) {
  Exchange exchange = Make(ExchangeKind::kRebalance, 1);
  Batch batch = Numbers(1, 1);
  batch.key_hashes = MakeBuffer<uint64_t>(1);
  ASSERT_TRUE(exchange.Send(std::move(batch)).ok());
  EXPECT_THAT(Received(0), ElementsAre(1));
  EXPECT_EQ(last_.batch.key_hashes, nullptr);
}

TEST_F(ExchangeTest, ControlGoesToAllWhateverTheKind) {
  for (const ExchangeKind kind : {ExchangeKind::kForward, ExchangeKind::kHash,
                                  ExchangeKind::kRebalance, ExchangeKind::kBroadcast}) {
    channels_.clear();
    Exchange exchange = Make(kind, 3);
    ASSERT_TRUE(exchange.SendToAll(Element::Watermark({42})).ok());
    for (size_t i = 0; i < 3; ++i) {
      EXPECT_THAT(Received(i), IsEmpty());
      EXPECT_EQ(last_.kind, ElementKind::kWatermark);
      EXPECT_EQ(last_.watermark, Timestamp{42});
    }
  }
}

TEST_F(ExchangeTest, AClosedChannelCancels) {
  Exchange exchange = Make(ExchangeKind::kHash, 2);
  channels_[1]->Close();
  EXPECT_EQ(exchange.Send(Numbers(0, 200)).code(), StatusCode::kCancelled);
  EXPECT_EQ(exchange.SendToAll(Element::Of(ElementKind::kIdle)).code(), StatusCode::kCancelled);
}

TEST_F(ExchangeTest, WithoutTargetsRowsAreDropped) {
  Exchange exchange = Make(ExchangeKind::kForward, 0);
  EXPECT_TRUE(exchange.Send(Numbers(0, 3)).ok());
  EXPECT_TRUE(exchange.SendToAll(Element::Of(ElementKind::kEndOfInput)).ok());
}

TEST(MailboxTest, GivesEverythingInOrderOnce) {
  EventCount arrival;
  Mailbox mailbox(arrival);
  EXPECT_TRUE(mailbox.empty());
  for (uint64_t id = 1; id <= 3; ++id) {
    Letter letter{.kind = LetterKind::kBarrier};
    letter.barrier.checkpoint_id = id;
    mailbox.Post(std::move(letter));
  }
  EXPECT_FALSE(mailbox.empty());
  std::vector<Letter> letters(1);  // dropped
  mailbox.Take(letters);
  ASSERT_EQ(letters.size(), 3U);
  for (uint64_t i = 0; i < 3; ++i) EXPECT_EQ(letters[i].barrier.checkpoint_id, i + 1);
  EXPECT_TRUE(mailbox.empty());
  mailbox.Take(letters);
  EXPECT_THAT(letters, IsEmpty());
}

// Posters race with a taker that sleeps whenever there is nothing: no letter is lost, none comes
// twice, and each poster's letters come in its order.
TEST(MailboxTest, LosesNoLetterOfRacingPosters) {
  constexpr uint64_t kPosters = 3;
  constexpr uint64_t kLetters = 400;
  EventCount arrival;
  Mailbox mailbox(arrival);
  std::vector<std::thread> posters;
  for (uint64_t poster = 0; poster < kPosters; ++poster) {
    posters.emplace_back([&, poster] {
      for (uint64_t i = 0; i < kLetters; ++i) {
        Letter letter{.kind = LetterKind::kAbort};
        letter.barrier.checkpoint_id = poster * kLetters + i;
        mailbox.Post(std::move(letter));
      }
    });
  }
  std::vector<uint64_t> next(kPosters, 0);
  std::vector<Letter> letters;
  for (uint64_t taken = 0; taken < kPosters * kLetters;) {
    const uint64_t key = arrival.Prepare();
    if (!mailbox.empty()) {
      arrival.Cancel();
    } else {
      arrival.Wait(key, std::chrono::seconds(10));
    }
    mailbox.Take(letters);
    for (const Letter& letter : letters) {
      const uint64_t poster = letter.barrier.checkpoint_id / kLetters;
      ASSERT_LT(poster, kPosters);
      EXPECT_EQ(letter.barrier.checkpoint_id % kLetters, next[poster]++);
    }
    taken += letters.size();
  }
  for (std::thread& poster : posters) poster.join();
  EXPECT_TRUE(mailbox.empty());
}

}  // namespace
}  // namespace weir::task
