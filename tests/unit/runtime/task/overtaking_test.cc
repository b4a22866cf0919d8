// Barriers that overtake rows: when the gate hands them out, and what it says they have overtaken.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <map>
#include <set>

#include "runtime/base/random.h"
#include "runtime/task/input_gate.h"
#include "runtime/types/value.h"
#include "tests/seed.h"
#include "tests/unit/runtime/task/numbers.h"
#include "tests/unit/runtime/task/stepped_clock.h"

namespace weir::task {
namespace {

using checkpoint::Barrier;
using checkpoint::CheckpointMode;
using ::testing::ElementsAre;
using ::testing::IsEmpty;

std::vector<int64_t> NumbersOf(const std::vector<checkpoint::ChannelRows>& rows) {
  std::vector<int64_t> numbers;
  for (const auto& one : rows) numbers.push_back(NumberOf(one.batch));
  return numbers;
}

Barrier Overtaking(uint64_t id, int64_t at = 0) {
  return {.checkpoint_id = id, .overtakes = true, .overtakes_at = at};
}

class OvertakingTest : public ::testing::Test {
 protected:
  void Open(size_t channels, size_t capacity = 8) {
    for (size_t i = 0; i < channels; ++i) {
      channels_.push_back(std::make_unique<Channel>(capacity, arrival_));
      const auto name = std::make_shared<const checkpoint::ChannelName>(
          checkpoint::ChannelName{.from = std::to_string(i), .to = "t", .types = "BIGINT"});
      gate_.AddChannel(*channels_.back(), static_cast<int>(i), name);
    }
    gate_.LetBarriersOvertake();
    gate_.Open();
  }
  void Send(size_t channel, int64_t row) { Send(channel, Element::Rows(Number(row))); }
  void Send(size_t channel, const Barrier& barrier, bool cancels = false) {
    const auto kind = cancels ? ElementKind::kCancelBarrier : ElementKind::kBarrier;
    Send(channel, Element::OfBarrier(kind, barrier), Room::kBarrier);
  }
  void Send(size_t channel, Element element, Room room = Room::kUsual) {
    ASSERT_TRUE(channels_[channel]->Push(std::move(element), clock_, blocked_, room));
  }
  GateEvent Next() { return gate_.Next(std::chrono::nanoseconds(0), clock_, stop_, times_, true); }

  EventCount arrival_;
  SteppedClock clock_;
  std::atomic<bool> stop_{false};
  TaskTimes times_;
  std::atomic<uint64_t> blocked_{0};
  std::vector<std::unique_ptr<Channel>> channels_;
  InputGate gate_{arrival_, CheckpointMode::kExactlyOnce};
};

TEST_F(OvertakingTest, ABarrierComesBeforeTheRowsThatItHasOvertaken) {
  Open(1);
  Send(0, 1);
  Send(0, 2);
  Send(0, Overtaking(7));
  Send(0, 3);
  const GateEvent barrier = Next();
  EXPECT_EQ(barrier.kind, GateEventKind::kBarrier);
  EXPECT_TRUE(barrier.recording);
  const GateEvent recorded = Next();
  EXPECT_EQ(recorded.kind, GateEventKind::kRecorded);
  EXPECT_EQ(recorded.barrier.checkpoint_id, 7U);
  EXPECT_THAT(NumbersOf(recorded.in_flight), ElementsAre(1, 2));
  for (const int64_t row : {1, 2, 3}) EXPECT_EQ(NumberOf(Next().batch), row);
  EXPECT_EQ(Next().kind, GateEventKind::kNothing);
}

// What is taken of the other channel before its barrier comes belongs to the checkpoint.
TEST_F(OvertakingTest, RowsOfAChannelWithoutItsBarrierAreRecorded) {
  Open(2);
  Send(1, 1);
  Send(0, Overtaking(7));
  EXPECT_EQ(Next().kind, GateEventKind::kBarrier);
  EXPECT_EQ(NumberOf(Next().batch), 1);
  Send(0, 10);
  Send(1, 2);
  EXPECT_EQ(NumberOf(Next().batch), 10) << "behind its barrier";
  Send(1, 3);
  Send(1, Overtaking(7));
  const GateEvent recorded = Next();
  EXPECT_EQ(recorded.kind, GateEventKind::kRecorded) << "before the rows";
  EXPECT_THAT(NumbersOf(recorded.in_flight), ElementsAre(1, 2, 3));
  for (const auto& rows : recorded.in_flight) EXPECT_EQ(rows.channel->from, "1");
  EXPECT_EQ(NumberOf(Next().batch), 2);
}

TEST_F(OvertakingTest, OvertakesOnceItMay) {
  Open(2);
  const int64_t later = 1000;
  Send(0, 1);
  Send(0, Overtaking(7, later));
  Send(0, 2);
  Send(1, 3);
  std::vector<int64_t> rows;
  for (GateEvent event = Next(); event.kind == GateEventKind::kRows; event = Next())
    rows.push_back(NumberOf(event.batch));
  EXPECT_THAT(rows, ::testing::UnorderedElementsAre(1, 3)) << "the first channel is aligned";
  clock_.nanos = 1000;
  const GateEvent barrier = Next();
  EXPECT_EQ(barrier.kind, GateEventKind::kBarrier);
  EXPECT_TRUE(barrier.recording);
  EXPECT_EQ(NumberOf(Next().batch), 2) << "no longer blocked";
  Send(1, 4);
  Send(1, Overtaking(7, later));
  EXPECT_THAT(NumbersOf(Next().in_flight), ElementsAre(4));
}

TEST_F(OvertakingTest, IsAlignedWhereNothingIsInTheWay) {
  Open(2);
  const int64_t later = 1000;
  for (const size_t channel : {0, 1}) {
    Send(channel, static_cast<int64_t>(channel));
    Send(channel, Overtaking(7, later));
  }
  for (const int64_t row : {0, 1}) EXPECT_EQ(NumberOf(Next().batch), row);
  const GateEvent barrier = Next();
  EXPECT_EQ(barrier.kind, GateEventKind::kBarrier);
  EXPECT_FALSE(barrier.recording);
  clock_.nanos = 2000;
  EXPECT_EQ(Next().kind, GateEventKind::kNothing) << "once";
}

TEST_F(OvertakingTest, WhatIsCancelledEndsTheRecording) {
  Open(2);
  Send(0, Overtaking(7));
  EXPECT_EQ(Next().kind, GateEventKind::kBarrier);
  Send(1, 1);
  Send(1, Overtaking(7), /*cancels=*/true);
  const GateEvent cancelled = Next();
  EXPECT_EQ(cancelled.kind, GateEventKind::kCancelBarrier);
  EXPECT_EQ(cancelled.barrier.checkpoint_id, 7U);
  EXPECT_EQ(NumberOf(Next().batch), 1);
  EXPECT_EQ(Next().kind, GateEventKind::kNothing) << "said once";
}

// What aligns, a savepoint, waits for all that is recorded of the one before.
TEST_F(OvertakingTest, OneThatIsAlignedFollows) {
  Open(2);
  Send(0, Overtaking(7));
  EXPECT_EQ(Next().kind, GateEventKind::kBarrier);
  Send(1, 1);
  Send(1, Overtaking(7));
  for (const size_t channel : {0, 1}) Send(channel, Barrier{.checkpoint_id = 8});
  EXPECT_THAT(NumbersOf(Next().in_flight), ElementsAre(1));
  EXPECT_EQ(NumberOf(Next().batch), 1);
  const GateEvent barrier = Next();
  EXPECT_EQ(barrier.barrier.checkpoint_id, 8U);
  EXPECT_FALSE(barrier.recording);
}

// A random run: channels with rows 0, 1, …, barriers between them, some aligned, some overtaking at
// some time, some of them cancelled on one channel. As the coordinator has it, a barrier is sent
// once the checkpoint before is settled.
class RandomRun {
 public:
  explicit RandomRun(uint64_t seed) : random_(SeedOf(seed)) {
    channels_.resize(1 + random_.Below(4));
    for (size_t i = 0; i < channels_.size(); ++i) {
      channels_[i].queue = std::make_unique<Channel>(1 + random_.Below(6), arrival_);
      gate_.AddChannel(*channels_[i].queue, static_cast<int>(i),
                       std::make_shared<const checkpoint::ChannelName>(
                           checkpoint::ChannelName{.from = std::to_string(i)}));
    }
    gate_.LetBarriersOvertake();
    gate_.Open();
    taken_.resize(channels_.size());
    for (uint64_t id = 1; id <= kCheckpoints; ++id) {
      const bool aligned = random_.Below(4) == 0;
      const auto at = static_cast<int64_t>(random_.Below(2000));
      barriers_.push_back(aligned ? Barrier{.checkpoint_id = id} : Overtaking(id, at));
      cancelled_on_.push_back(random_.Below(5) == 0 ? random_.Below(channels_.size()) : SIZE_MAX);
    }
  }

  void Run() {
    for (int steps = 0; steps < 5000 && settled_ < kCheckpoints; ++steps) {
      clock_.nanos += static_cast<int64_t>(random_.Below(8));
      if (random_.Below(2) == 0) {
        Take();
      } else {
        SendTo(random_.Below(channels_.size()));
      }
    }
    while (Take()) {
    }
  }

  void Check() const {
    EXPECT_EQ(settled_, kCheckpoints);
    for (const auto& [id, taken] : taken_before_) {
      if (cancelled_.contains(id)) continue;
      std::vector<int64_t> rows = taken;
      const auto recorded = recorded_.find(id);
      if (recorded != recorded_.end()) AddRecorded(recorded->second, rows);
      for (size_t i = 0; i < channels_.size(); ++i)
        EXPECT_EQ(rows[i], channels_[i].rows_before[id - 1]) << "of checkpoint " << id;
    }
    for (uint64_t id = 1; id <= kCheckpoints; ++id)
      EXPECT_TRUE(taken_before_.contains(id) || cancelled_.contains(id)) << id;
    EXPECT_THAT(recording_, IsEmpty());
  }
  size_t in_flight() const { return in_flight_; }

 private:
  static constexpr uint64_t kCheckpoints = 12;
  static constexpr size_t kWaiting = 5;  // in a channel, for which there is always room

  struct Sender {
    std::unique_ptr<Channel> queue;
    int64_t rows = 0;                  // sent so far
    std::vector<int64_t> rows_before;  // each barrier
  };

  void SendTo(size_t channel) {
    Sender& sender = channels_[channel];
    if (sender.queue->PeekAt(kWaiting - 1) != nullptr) return;
    const size_t next = sender.rows_before.size();
    if (next < kCheckpoints && next <= settled_ && random_.Below(3) == 0) {
      sender.rows_before.push_back(sender.rows);
      const bool cancels = cancelled_on_[next] == channel;
      Send(sender, Element::OfBarrier(cancels ? ElementKind::kCancelBarrier : ElementKind::kBarrier,
                                      barriers_[next]));
    } else {
      Send(sender, Element::Rows(Number(sender.rows++)));
    }
  }

  void Send(Sender& sender, Element element) {
    ASSERT_TRUE(sender.queue->Push(std::move(element), clock_, blocked_, Room::kBarrier));
  }

  // Whether there was an event.
  bool Take() {
    const GateEvent event = gate_.Next(std::chrono::nanoseconds(0), clock_, stop_, times_, true);
    const uint64_t id = event.barrier.checkpoint_id;
    switch (event.kind) {
      case GateEventKind::kRows:
        EXPECT_EQ(NumberOf(event.batch), taken_[static_cast<size_t>(event.port)]++);
        break;
      case GateEventKind::kBarrier:
        EXPECT_TRUE(taken_before_.emplace(id, taken_).second) << "twice: " << id;
        if (event.recording) {
          recording_.insert(id);
        } else {
          settled_ = id;
        }
        break;
      case GateEventKind::kRecorded:
        EXPECT_EQ(recording_.erase(id), 1U);
        in_flight_ += event.in_flight.size();
        recorded_[id] = event.in_flight;
        settled_ = id;
        break;
      case GateEventKind::kCancelBarrier:
        EXPECT_TRUE(cancelled_.insert(id).second) << "twice: " << id;
        recording_.erase(id);
        settled_ = id;
        break;
      default:
        break;
    }
    return event.kind != GateEventKind::kNothing;
  }

  // Rows that follow those that were taken.
  static void AddRecorded(const std::vector<checkpoint::ChannelRows>& recorded,
                          std::vector<int64_t>& rows) {
    for (const auto& one : recorded)
      EXPECT_EQ(NumberOf(one.batch), rows[std::stoul(one.channel->from)]++);
  }

  Random random_;
  EventCount arrival_;
  SteppedClock clock_;
  std::atomic<bool> stop_{false};
  TaskTimes times_;
  std::atomic<uint64_t> blocked_{0};
  std::vector<Sender> channels_;
  InputGate gate_{arrival_, CheckpointMode::kExactlyOnce};
  std::vector<Barrier> barriers_;
  std::vector<size_t> cancelled_on_;
  std::vector<int64_t> taken_;  // rows of each channel
  std::map<uint64_t, std::vector<int64_t>> taken_before_;
  std::map<uint64_t, std::vector<checkpoint::ChannelRows>> recorded_;
  std::set<uint64_t> recording_;
  std::set<uint64_t> cancelled_;
  uint64_t settled_ = 0;
  size_t in_flight_ = 0;
};

// Whatever is sent and taken when: what the task has taken of a channel before a barrier, with what
// is recorded of it, are the rows before that barrier, each once and in their order.
TEST(Overtaking, RowsBeforeABarrierAreTakenOrRecorded) {
  size_t in_flight = 0;
  for (uint64_t seed = 1; seed <= 500; ++seed) {
    SCOPED_TRACE(seed);
    RandomRun run(seed);
    run.Run();
    run.Check();
    in_flight += run.in_flight();
  }
  EXPECT_GT(in_flight, 1000U);
}

}  // namespace
}  // namespace weir::task
