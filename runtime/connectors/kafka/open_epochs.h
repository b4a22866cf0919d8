// The epochs of a subtask that are not committed: what was written between two barriers, in a
// transaction and in a log.
#pragma once

#include <atomic>
#include <cstdint>
#include <deque>
#include <map>
#include <memory>
#include <string>
#include <utility>
#include <vector>

#include "runtime/base/result.h"
#include "runtime/connectors/epochs/epoch_log.h"
#include "runtime/connectors/kafka/kafka_settings.h"
#include "runtime/connectors/kafka/producer.h"
#include "runtime/mutex.h"

namespace weir::connectors::kafka {

// A producer of a subtask and the number in its transactional id. Several transactions are open at
// once, as the next epoch begins before the one before it is committed.
struct SlotProducer {
  uint32_t slot = 0;
  std::shared_ptr<Producer> producer;
};

// The producers of a subtask that have no transaction. Thread-safe.
class ProducerSlots {
 public:
  // The transactional ids are `id` and the slots' numbers; messages go to `topics`.
  ProducerSlots(std::vector<ClientSetting> settings, std::string id,
                std::vector<std::string> topics)
      : settings_(std::move(settings)), id_(std::move(id)), topics_(std::move(topics)) {}
  // An idle producer, or a new one in the first free slot where none is idle.
  Result<SlotProducer> Take();
  // A new producer in this slot. From then on no older producer with the slot's transactional id,
  // in whatever process, can commit anything.
  Result<SlotProducer> Renew(uint32_t slot);
  // Renew in two steps, so that several producers can be started before any is waited for:
  // StartRenew only sends the request, and FinishRenew waits until the brokers have done it.
  Result<SlotProducer> StartRenew(uint32_t slot);
  Status FinishRenew(const SlotProducer& started) const;
  void GiveBack(SlotProducer idle);
  bool Has(uint32_t slot);
  void Forget(uint32_t slot);  // its producer is no use any more

 private:
  Result<SlotProducer> Start(uint32_t slot) const;
  Result<SlotProducer> Open(uint32_t slot) const;

  const std::vector<ClientSetting> settings_;
  const std::string id_;
  const std::vector<std::string> topics_;
  Mutex mutex_;
  std::map<uint32_t, std::shared_ptr<Producer>> slots_ WEIR_GUARDED_BY(mutex_);  // null: in use
};

// Written by the writer's thread, synced by another, committed by the coordinator's.
class Epoch {
 public:
  explicit Epoch(std::unique_ptr<epochs::EpochLogWriter> log) : log_(std::move(log)) {}

  // Begins its transaction. Without one the epoch is in its log alone, as a lost one.
  Status Begin(SlotProducer producer);
  Status Add(const OutgoingMessage& message);
  // Waits for the brokers, unless the transaction is lost. Fails for a message that cannot be
  // delivered.
  Status WaitUntilSent();
  // Marks the epoch's transaction as one that must not be committed: its messages are sent again
  // from the log.
  void Lose() { lost_.store(true); }
  bool lost() const { return lost_.load(); }

  epochs::EpochLogWriter& log() { return *log_; }
  uint32_t slot() const { return producer_.slot; }
  // Adds the marker to the transaction and commits both. After a failure nobody knows; after a
  // success the producer is idle.
  Status Commit(const OutgoingMessage& marker);
  const SlotProducer& producer() const { return producer_; }

 private:
  friend class OpenEpochs;
  // Turns the failure of a transaction into success, and marks the epoch as lost: its log still has
  // the messages. Other failures are returned.
  Status Judge(Status outcome);

  const std::unique_ptr<epochs::EpochLogWriter> log_;
  SlotProducer producer_;
  SentMessages* sent_ = nullptr;
  std::atomic<bool> lost_{false};
  int64_t checkpoint_ = 0;  // OpenEpochs' lock guards it; 0: it goes on
};

// The epochs in the order in which they were written. Thread-safe.
class OpenEpochs {
 public:
  // Adds an epoch, and marks it as lost if one before it is: the messages of that one will be sent
  // again, and those of this one must not be read before them, or the changes of a key would be in
  // the wrong order.
  void Add(std::shared_ptr<Epoch> epoch);
  // Notes which checkpoint's barrier has ended the epoch.
  void Seal(Epoch& epoch, int64_t checkpoint);
  // The epoch before the newest one; null if there is none.
  std::shared_ptr<Epoch> BeforeNewest() const;
  // The epoch that the checkpoint's barrier ended; null for none.
  std::shared_ptr<Epoch> Find(int64_t checkpoint) const;
  // Marks all epochs that began behind that checkpoint's barrier as lost.
  void LoseBehind(int64_t checkpoint);
  void Remove(const Epoch& committed);

 private:
  mutable Mutex mutex_;
  std::deque<std::shared_ptr<Epoch>> epochs_ WEIR_GUARDED_BY(mutex_);
};

}  // namespace weir::connectors::kafka
