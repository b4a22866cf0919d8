// The loop of a recursion: when it counts as being at rest, what leaves it, and what of it belongs
// to a checkpoint.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <deque>
#include <map>
#include <set>

#include "runtime/base/random.h"
#include "runtime/task/input_gate.h"
#include "tests/seed.h"
#include "tests/unit/runtime/task/numbers.h"

namespace weir::task {
namespace {

using checkpoint::Barrier;
using checkpoint::CheckpointMode;
using ::testing::ElementsAre;

TEST(LoopProgress, AQuietRoundLetsTheLeastWatermarkOut) {
  LoopProgress progress(2);
  progress.Returned(0, {5});
  EXPECT_EQ(progress.round(), 0U) << "nothing has come back to the other subtask";
  progress.Returned(1, {3});
  EXPECT_EQ(progress.round(), 1U);
  progress.Vote(0, 1, true);
  EXPECT_EQ(progress.settled(), Timestamp::Min());
  progress.Vote(1, 1, true);
  EXPECT_EQ(progress.settled(), Timestamp{3});
  EXPECT_EQ(progress.round(), 1U) << "the least has not risen";
}

TEST(LoopProgress, ARoundWithRowsIsFollowedByAnother) {
  LoopProgress progress(2);
  progress.Returned(0, Timestamp::Max());
  progress.Returned(1, Timestamp::Max());
  progress.Vote(0, 1, true);
  progress.Vote(1, 1, false);
  EXPECT_EQ(progress.settled(), Timestamp::Min());
  EXPECT_EQ(progress.round(), 2U);
  progress.Vote(1, 2, true);
  progress.Vote(0, 2, true);
  EXPECT_EQ(progress.settled(), Timestamp::Max());
  EXPECT_EQ(progress.round(), 2U);
}

TEST(LoopProgress, WhatComesBackBehindAVoteWaitsForTheNextRound) {
  LoopProgress progress(2);
  progress.Returned(0, {1});
  progress.Returned(1, {1});
  progress.Vote(0, 1, true);
  progress.Returned(0, {9});
  progress.Returned(1, {9});
  progress.Vote(1, 1, true);
  EXPECT_EQ(progress.settled(), Timestamp{1});
  EXPECT_EQ(progress.round(), 2U);
}

TEST(LoopProgress, StoppedItEndsAtOnce) {
  LoopProgress progress(3);
  EventCount listener;
  progress.AddListener(listener);
  progress.Stop();
  EXPECT_TRUE(progress.stopped());
  EXPECT_EQ(progress.settled(), Timestamp::Max());
}

// One subtask of a recursion, with a channel that feeds it and one that leads back.
class LoopEndTest : public ::testing::Test {
 protected:
  LoopEndTest() {
    progress_.AddListener(arrival_);
    const auto add = [&](Channel& channel, int port, ChannelPart part) {
      gate_.AddChannel(channel, port,
                       std::make_shared<const checkpoint::ChannelName>(
                           checkpoint::ChannelName{.from = "f", .to = "r", .port = port}),
                       part);
    };
    add(start_, 0, ChannelPart::kUsual);
    add(back_, 1, ChannelPart::kReturned);
    gate_.EndLoop(progress_, 0);
    gate_.Open();
  }

  void Send(Channel& channel, Element element) {
    ASSERT_TRUE(channel.Push(std::move(element), Clock::System(), blocked_));
  }
  GateEvent Next() {
    return gate_.Next(std::chrono::nanoseconds(0), Clock::System(), stop_, times_, true);
  }
  // What went into the loop comes back.
  void Return(const GateEvent& event) {
    ASSERT_EQ(event.kind, GateEventKind::kIntoLoop);
    Send(back_, event.element);
  }

  LoopProgress progress_{1};
  EventCount arrival_;
  std::atomic<bool> stop_{false};
  TaskTimes times_;
  std::atomic<uint64_t> blocked_{0};
  Channel start_{8, arrival_};
  Channel back_{Channel::Unbounded{}, arrival_};
  InputGate gate_{arrival_, CheckpointMode::kExactlyOnce};
};

TEST_F(LoopEndTest, AWatermarkLeavesBehindARoundThatFindsNoRows) {
  Send(start_, Element::Watermark({7}));
  GateEvent event = Next();
  EXPECT_EQ(event.element.watermark, Timestamp{7});
  Return(event);  // the watermark is back: a round begins
  event = Next();
  ASSERT_EQ(event.element.kind, ElementKind::kRound);
  Send(back_, Element::Rows(Number(1)));
  Return(event);
  EXPECT_EQ(Next().kind, GateEventKind::kRows);
  event = Next();
  ASSERT_EQ(event.kind, GateEventKind::kIntoLoop) << "a row was on its way: another round";
  Return(event);
  event = Next();
  EXPECT_EQ(event.kind, GateEventKind::kWatermark);
  EXPECT_EQ(event.watermark, Timestamp{7});
}

TEST_F(LoopEndTest, TheEndOfItsInputIsTheEndOfTheLoopOnceItIsAtRest) {
  Send(start_, Element::Watermark(Timestamp::Max()));
  Send(start_, Element::Of(ElementKind::kEndOfInput));
  Return(Next());
  EXPECT_EQ(Next().element.kind, ElementKind::kRound);
  EXPECT_EQ(Next().kind, GateEventKind::kNothing);
  Send(back_, Element::Round(1));
  EXPECT_EQ(Next().watermark, Timestamp::Max());
  EXPECT_EQ(Next().kind, GateEventKind::kEndOfInput);
}

TEST_F(LoopEndTest, ABarrierTakesWhatIsOnItsWayBackWithIt) {
  Send(back_, Element::Rows(Number(1)));
  Send(start_, Element::OfBarrier(ElementKind::kBarrier, {4}));
  std::vector<GateEvent> events;
  for (int i = 0; i < 3; ++i) events.push_back(Next());
  std::ranges::stable_sort(events, {}, &GateEvent::kind);
  EXPECT_EQ(events.back().kind, GateEventKind::kBarrier);
  EXPECT_TRUE(events.back().recording);
  Send(back_, Element::Rows(Number(2)));
  Send(start_, Element::Rows(Number(3)));
  Send(back_, Element::OfBarrier(ElementKind::kBarrier, {4}));
  Send(back_, Element::Rows(Number(5)));
  std::set<int64_t> taken;
  std::vector<int64_t> recorded;
  for (GateEvent event = Next(); event.kind != GateEventKind::kNothing; event = Next()) {
    if (event.kind == GateEventKind::kRows) taken.insert(NumberOf(event.batch));
    if (event.kind != GateEventKind::kRecorded) continue;
    EXPECT_EQ(event.barrier.checkpoint_id, 4U);
    for (const auto& rows : event.in_flight) recorded.push_back(NumberOf(rows.batch));
  }
  EXPECT_EQ(taken, (std::set<int64_t>{2, 3, 5}));
  // The first was taken before or behind the barrier, as the channels' turn was.
  if (recorded.front() == 1) recorded.erase(recorded.begin());
  EXPECT_THAT(recorded, ElementsAre(2));
}

TEST_F(LoopEndTest, BehindTheLastBarrierWhatComesBackIsKept) {
  Send(start_, Element::OfBarrier(ElementKind::kBarrier, {4}));
  EXPECT_EQ(Next().kind, GateEventKind::kBarrier);
  gate_.KeepReturned(true);
  Send(back_, Element::Rows(Number(1)));
  Send(back_, Element::OfBarrier(ElementKind::kBarrier, {4}));
  const GateEvent recorded = Next();
  ASSERT_EQ(recorded.kind, GateEventKind::kRecorded);
  EXPECT_EQ(recorded.in_flight.size(), 1U);
  EXPECT_EQ(Next().kind, GateEventKind::kNothing);
  gate_.KeepReturned(false);  // the checkpoint was given up
  const GateEvent rows = Next();
  ASSERT_EQ(rows.kind, GateEventKind::kRows);
  EXPECT_EQ(rows.port, 1);
  EXPECT_EQ(NumberOf(rows.batch), 1);
}

TEST_F(LoopEndTest, WhatNobodyReadsIsDroppedAndEnds) {
  progress_.Stop();
  Send(back_, Element::Rows(Number(1)));
  EXPECT_EQ(Next().watermark, Timestamp::Max());
  EXPECT_EQ(Next().kind, GateEventKind::kEndOfInput);
  EXPECT_EQ(Next().kind, GateEventKind::kNothing);
}

// Two subtasks, whose rows wander between them: a row n comes back as rows below it, to any of the
// two. Whatever comes first, no watermark leaves before all rows that follow from those before it.
class WanderingTest : public ::testing::Test {
 protected:
  static constexpr size_t kSubtasks = 2;

  struct Subtask {
    std::unique_ptr<Channel> start;
    std::vector<std::unique_ptr<Channel>> back;  // from each subtask
    std::unique_ptr<InputGate> gate;
    TaskTimes times;
  };

  void SetUp() override {
    for (size_t i = 0; i < kSubtasks; ++i) {
      Subtask& subtask = subtasks_[i];
      progress_.AddListener(arrival_);
      subtask.start = std::make_unique<Channel>(64, arrival_);
      subtask.gate = std::make_unique<InputGate>(arrival_, CheckpointMode::kExactlyOnce);
      subtask.gate->AddChannel(*subtask.start, 0);
      for (size_t from = 0; from < kSubtasks; ++from) {
        subtask.back.push_back(std::make_unique<Channel>(Channel::Unbounded{1}, arrival_));
        subtask.gate->AddChannel(*subtask.back.back(), 1, nullptr, ChannelPart::kReturned);
      }
      subtask.gate->EndLoop(progress_, i);
      subtask.gate->Open();
    }
  }
  void Push(Channel& channel, Element element) {
    ASSERT_TRUE(channel.Push(std::move(element), Clock::System(), blocked_));
  }
  // The body of the loop, of each subtask its own: it holds elements back for a while.
  void RunBody(size_t subtask) {
    if (held_[subtask].empty()) return;
    const Element element = std::move(held_[subtask].front());
    held_[subtask].pop_front();
    if (element.kind != ElementKind::kBatch) {
      for (Subtask& to : subtasks_) Push(*to.back[subtask], element);
      return;
    }
    for (int64_t row = NumberOf(element.batch) - 1; row >= 0; row -= 2) {
      Subtask& to = subtasks_[static_cast<size_t>(random_.Below(kSubtasks))];
      Push(*to.back[subtask], Element::Rows(Number(row)));
      ++on_the_way_;
    }
  }
  // Whether the gate had an event.
  bool RunGate(size_t i) {
    GateEvent event = subtasks_[i].gate->Next(std::chrono::nanoseconds(0), Clock::System(), stop_,
                                              subtasks_[i].times, true);
    switch (event.kind) {
      case GateEventKind::kRows:
        if (event.port == 1) --on_the_way_;
        if (event.port == 0) --starts_;
        held_[i].push_back(Element::Rows(std::move(event.batch)));
        break;
      case GateEventKind::kIntoLoop:
        held_[i].push_back(std::move(event.element));
        break;
      case GateEventKind::kWatermark:
        EXPECT_TRUE(AtRest()) << "left early: " << event.watermark.millis;
        out_[i] = event.watermark;
        break;
      case GateEventKind::kEndOfInput:
        ++ended_;
        break;
      default:
        return false;
    }
    return true;
  }
  bool AtRest() const {
    bool rows = false;
    for (const auto& held : held_) {
      for (const Element& element : held) rows = rows || element.kind == ElementKind::kBatch;
    }
    return !rows && on_the_way_ == 0 && starts_ == 0;
  }

  Random random_{SeedOf(31)};
  LoopProgress progress_{kSubtasks};
  EventCount arrival_;
  std::atomic<bool> stop_{false};
  std::atomic<uint64_t> blocked_{0};
  Subtask subtasks_[kSubtasks];
  std::deque<Element> held_[kSubtasks];
  Timestamp out_[kSubtasks] = {Timestamp::Min(), Timestamp::Min()};
  int on_the_way_ = 0;
  int starts_ = 0;
  size_t ended_ = 0;
};

TEST_F(WanderingTest, NoWatermarkLeavesBeforeWhatFollowsFromRowsBeforeIt) {
  for (int64_t time = 1; time <= 60; ++time) {
    for (Subtask& subtask : subtasks_) {
      for (int rows = static_cast<int>(random_.Below(3)); rows > 0; --rows) {
        Push(*subtask.start, Element::Rows(Number(static_cast<int64_t>(random_.Below(7)))));
        ++starts_;
      }
      Push(*subtask.start, Element::Watermark({time}));
    }
    // All that is there comes to rest, in any order, and lets the watermark out.
    int idle = 0;
    while (idle < 50) {
      const auto at = static_cast<size_t>(random_.Below(kSubtasks));
      const bool body = random_.Below(2) == 0;
      const bool moved = body ? !held_[at].empty() : RunGate(at);
      if (body) RunBody(at);
      idle = moved ? 0 : idle + 1;
    }
    for (const Timestamp out : out_) EXPECT_EQ(out, Timestamp{time});
  }
  for (Subtask& subtask : subtasks_) {
    Push(*subtask.start, Element::Watermark(Timestamp::Max()));
    Push(*subtask.start, Element::Of(ElementKind::kEndOfInput));
  }
  for (int i = 0; i < 1000 && ended_ < kSubtasks; ++i) {
    const auto at = static_cast<size_t>(random_.Below(kSubtasks));
    RunGate(at);
    RunBody(at);
  }
  EXPECT_EQ(ended_, kSubtasks);
}

}  // namespace
}  // namespace weir::task
