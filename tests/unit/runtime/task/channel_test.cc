#include "runtime/task/channel.h"

#include <gtest/gtest.h>

#include <thread>

#include "runtime/base/random.h"
#include "runtime/task/input_gate.h"
#include "tests/seed.h"
#include "tests/unit/runtime/task/numbers.h"

namespace weir::task {
namespace {

using checkpoint::CheckpointMode;
using std::chrono::milliseconds;
using std::chrono::seconds;

class ChannelTest : public ::testing::Test {
 protected:
  GateEvent Next(InputGate& gate) {
    return gate.Next(seconds(5), Clock::System(), stop_, times_, true);
  }

  EventCount arrival_;
  std::atomic<bool> stop_{false};
  TaskTimes times_;
  std::atomic<uint64_t> blocked_{0};
};

TEST_F(ChannelTest, KeepsOneOrderOfRowsAndControl) {
  Channel channel(4, arrival_);
  Clock& clock = Clock::System();
  channel.Push(Element::Rows(Number(7)), clock, blocked_);
  channel.Push(Element::Watermark({3}), clock, blocked_);
  channel.Push(Element::OfBarrier(ElementKind::kBarrier, {9}), clock, blocked_);
  ASSERT_NE(channel.PeekAt(2), nullptr);
  EXPECT_EQ(channel.PeekAt(2)->barrier.checkpoint_id, 9U);
  EXPECT_EQ(channel.PeekAt(3), nullptr);
  Element element;
  ASSERT_TRUE(channel.TryPop(element));
  EXPECT_EQ(NumberOf(element.batch), 7);
  ASSERT_TRUE(channel.TryPop(element));
  EXPECT_EQ(element.watermark, Timestamp{3});
  ASSERT_TRUE(channel.TryPop(element));
  EXPECT_EQ(element.kind, ElementKind::kBarrier);
  EXPECT_FALSE(channel.TryPop(element));
}

TEST_F(ChannelTest, AQueueWithoutBoundNeverBlocksAndKeepsTheOrder) {
  constexpr uint32_t kBatchRows = 8;
  Channel channel(Channel::Unbounded{kBatchRows}, arrival_);
  constexpr int64_t kRows = 100'000;
  std::thread producer([&] {
    for (int64_t i = 0; i < kRows; ++i)
      ASSERT_TRUE(channel.Push(Element::Rows(Number(i)), Clock::System(), blocked_));
  });
  Element element;
  for (int64_t next = 0; next < kRows;) {
    if (!channel.TryPop(element)) continue;
    ASSERT_LE(element.batch.size(), kBatchRows) << "what follows comes in one, up to there";
    for (uint32_t row = 0; row < element.batch.size(); ++row)
      ASSERT_EQ(element.batch.columns[0]->ValueAt<int64_t>(row), next++);
  }
  producer.join();
  EXPECT_EQ(blocked_, 0U);
  EXPECT_TRUE(channel.empty());
  channel.Push(Element::Rows(Number(1)), Clock::System(), blocked_);
  channel.Push(Element::Rows(Number(2)), Clock::System(), blocked_);
  EXPECT_EQ(NumberOf(channel.PeekAt(1)->batch), 2);
  EXPECT_EQ(channel.PeekAt(2), nullptr);
  channel.Close();
  EXPECT_FALSE(channel.Push(Element::Rows(Number(3)), Clock::System(), blocked_));
}

TEST_F(ChannelTest, AFullQueueBlocksTheProducerAndCountsIt) {
  Channel channel(1, arrival_);
  std::thread producer([&] {
    for (uint64_t i = 0; i < 100; ++i)
      channel.Push(Element::Rows(Number(i)), Clock::System(), blocked_);
  });
  Clock::System().Sleep(milliseconds(5));
  Element element;
  for (int64_t expected = 0; expected < 100;) {
    if (!channel.TryPop(element)) {
      std::this_thread::yield();
      continue;
    }
    EXPECT_EQ(NumberOf(element.batch), expected++);
  }
  producer.join();
  EXPECT_GT(blocked_.load(), 0U);
}

// Who waits for room sleeps on its own EventCount, so that it can wait for other things as well.
TEST_F(ChannelTest, SaysWhenThereIsRoomAgain) {
  Channel channel(1, arrival_, 2);
  EventCount producer;
  channel.NotifyOfRoom(producer);
  Clock& clock = Clock::System();
  EXPECT_TRUE(channel.HasRoom());
  for (uint64_t i = 0; i < 3; ++i)
    channel.Push(Element::Rows(Number(i)), clock, blocked_, Room::kOverdraft);
  EXPECT_FALSE(channel.HasRoom());
  std::thread consumer([&] {
    Element element;
    for (int i = 0; i < 3; ++i) channel.TryPop(element);
  });
  while (!channel.HasRoom()) {
    const uint64_t key = producer.Prepare();
    if (channel.HasRoom()) {
      producer.Cancel();
    } else {
      producer.Wait(key, std::chrono::hours(1));
    }
  }
  consumer.join();
  EXPECT_EQ(blocked_.load(), 0U);
}

// A barrier finds room in a channel that is full of rows, and so does what is sent before it.
TEST_F(ChannelTest, KeepsRoomForBarriersThatOvertake) {
  Channel channel(2, arrival_, 4);
  Clock& clock = Clock::System();
  std::atomic<uint64_t> barriers{0};
  channel.CountBarriers(barriers);
  for (uint64_t i = 0; i < 2; ++i) channel.Push(Element::Rows(Number(i)), clock, blocked_);
  for (uint64_t i = 2; i < 6; ++i)
    channel.Push(Element::Rows(Number(i)), clock, blocked_, Room::kOverdraft);
  for (uint64_t id = 1; id <= 2; ++id) {
    channel.Push(Element::OfBarrier(ElementKind::kBarrier, {id}), clock, blocked_, Room::kBarrier);
    channel.Push(Element::OfBarrier(ElementKind::kCancelBarrier, {id}), clock, blocked_,
                 Room::kBarrier);
  }
  EXPECT_EQ(blocked_.load(), 0U);
  EXPECT_EQ(barriers.load(), 4U);
  Element element;
  for (int64_t i = 0; i < 6; ++i) {
    ASSERT_TRUE(channel.TryPop(element));
    EXPECT_EQ(NumberOf(element.batch), i);
  }
  for (const ElementKind kind : {ElementKind::kBarrier, ElementKind::kCancelBarrier}) {
    ASSERT_TRUE(channel.TryPop(element));
    EXPECT_EQ(element.kind, kind);
  }
}

TEST_F(ChannelTest, CloseEndsABlockedPush) {
  Channel channel(1, arrival_);
  ASSERT_TRUE(channel.Push(Element::Rows(Number(0)), Clock::System(), blocked_));
  std::atomic<bool> pushed{true};
  std::thread producer(
      [&] { pushed = channel.Push(Element::Rows(Number(1)), Clock::System(), blocked_); });
  channel.Close();
  producer.join();
  EXPECT_FALSE(pushed);
}

// Producers of different speeds send numbered rows with barriers at random places; no row of
// checkpoint n+1 comes before the barrier n is complete, none is lost, and each producer's order
// holds.
TEST_F(ChannelTest, AlignsBarriersOfRacingProducers) {
  for (uint64_t seed = 1; seed <= 10; ++seed) {
    SCOPED_TRACE(seed);
    constexpr size_t kProducers = 3;
    constexpr uint64_t kBarriers = 30;
    std::vector<std::unique_ptr<Channel>> channels;
    InputGate gate(arrival_, CheckpointMode::kExactlyOnce);
    for (size_t i = 0; i < kProducers; ++i) {
      channels.push_back(std::make_unique<Channel>(1 + i, arrival_));
      gate.AddChannel(*channels[i], static_cast<int>(i));
    }
    gate.Open();
    std::vector<std::thread> producers;
    std::atomic<uint64_t> sent{0};
    for (size_t i = 0; i < kProducers; ++i) {
      producers.emplace_back([&, i] {
        Random random(SeedOf(seed * 100 + i));
        for (uint64_t id = 1; id <= kBarriers; ++id) {
          for (uint64_t rows = random.Below(6); rows > 0; --rows) {
            channels[i]->Push(Element::Rows(Number(id)), Clock::System(), blocked_);
            ++sent;
          }
          channels[i]->Push(Element::OfBarrier(ElementKind::kBarrier, {id}), Clock::System(),
                            blocked_);
        }
        channels[i]->Push(Element::Of(ElementKind::kEndOfInput), Clock::System(), blocked_);
      });
    }
    uint64_t current = 1;
    uint64_t received = 0;
    bool ended = false;
    while (!ended) {
      const GateEvent event = Next(gate);
      switch (event.kind) {
        case GateEventKind::kRows:
          ++received;
          EXPECT_EQ(NumberOf(event.batch), static_cast<int64_t>(current));
          break;
        case GateEventKind::kBarrier:
          EXPECT_EQ(event.barrier.checkpoint_id, current++);
          break;
        case GateEventKind::kEndOfInput:
          ended = true;
          break;
        case GateEventKind::kNothing:
          break;  // woken by a channel that is blocked
        default:
          EXPECT_EQ(event.kind, GateEventKind::kWatermark);
      }
    }
    for (auto& producer : producers) producer.join();
    EXPECT_EQ(current, kBarriers + 1);
    EXPECT_EQ(received, sent.load());
  }
}

TEST_F(ChannelTest, ControlWaitsBehindABlockedChannelAndBarriersFollowTheEnd) {
  Clock& clock = Clock::System();
  Channel first(8, arrival_);
  Channel second(8, arrival_);
  InputGate gate(arrival_, CheckpointMode::kExactlyOnce);
  gate.AddChannel(first, 0);
  gate.AddChannel(second, 1);
  gate.Open();
  first.Push(Element::OfBarrier(ElementKind::kBarrier, {1}), clock, blocked_);
  first.Push(Element::Watermark({50}), clock, blocked_);
  second.Push(Element::Watermark({10}), clock, blocked_);
  second.Push(Element::OfBarrier(ElementKind::kBarrier, {1}), clock, blocked_);
  EXPECT_EQ(Next(gate).kind, GateEventKind::kBarrier)
      << "the watermark of the first channel is behind it";
  const GateEvent watermark = Next(gate);
  EXPECT_EQ(watermark.watermark, Timestamp{10});
  second.Push(Element::Of(ElementKind::kEndOfInput), clock, blocked_);
  EXPECT_EQ(Next(gate).watermark, Timestamp{50});
  first.Push(Element::Of(ElementKind::kEndOfInput), clock, blocked_);
  EXPECT_EQ(Next(gate).watermark, Timestamp::Max());
  EXPECT_EQ(Next(gate).kind, GateEventKind::kEndOfInput);
  first.Push(Element::OfBarrier(ElementKind::kBarrier, {2, false}), clock, blocked_);
  second.Push(Element::OfBarrier(ElementKind::kBarrier, {2, false}), clock, blocked_);
  const GateEvent last = Next(gate);
  EXPECT_EQ(last.kind, GateEventKind::kBarrier);
  EXPECT_FALSE(last.barrier.durable);
}

TEST_F(ChannelTest, AllIdleShowsOnce) {
  Clock& clock = Clock::System();
  Channel first(8, arrival_);
  Channel second(8, arrival_);
  InputGate gate(arrival_, CheckpointMode::kAtLeastOnce);
  gate.AddChannel(first, 0);
  gate.AddChannel(second, 0);
  gate.Open();
  first.Push(Element::Watermark({5}), clock, blocked_);
  first.Push(Element::Of(ElementKind::kIdle), clock, blocked_);
  second.Push(Element::Of(ElementKind::kIdle), clock, blocked_);
  EXPECT_EQ(Next(gate).watermark, Timestamp{5});
  EXPECT_EQ(Next(gate).kind, GateEventKind::kIdle);
  second.Push(Element::Of(ElementKind::kActive), clock, blocked_);
  EXPECT_EQ(Next(gate).kind, GateEventKind::kActive);
}

}  // namespace
}  // namespace weir::task
