#include "runtime/connectors/kafka/open_epochs.h"

#include <fmt/format.h>

#include <algorithm>
#include <utility>

#include "runtime/fault_point.h"

namespace weir::connectors::kafka {

Result<SlotProducer> ProducerSlots::Start(uint32_t slot) const {
  std::vector<ClientSetting> settings = settings_;
  settings.push_back({"transactional.id", fmt::format("{}-{}", id_, slot)});
  std::shared_ptr<Producer> producer = TRY(Producer::Open(settings));
  producer->StartInitTransactions();
  return SlotProducer{slot, std::move(producer)};
}

Status ProducerSlots::FinishRenew(const SlotProducer& started) const {
  RETURN_IF_ERROR(started.producer->InitTransactions());
  // The library takes up to a second to find a topic that it first hears of by a message: of the
  // one with the markers, in the middle of a commit.
  for (const std::string& topic : topics_)
    RETURN_IF_ERROR(started.producer->PartitionCount(topic).status());
  return {};
}

Result<SlotProducer> ProducerSlots::Open(uint32_t slot) const {
  SlotProducer opened = TRY(Start(slot));
  RETURN_IF_ERROR(FinishRenew(opened));
  return opened;
}

Result<SlotProducer> ProducerSlots::Take() {
  uint32_t slot = 0;
  {
    const MutexLock lock(mutex_);
    for (auto& [number, idle] : slots_) {
      if (idle != nullptr) return SlotProducer{number, std::move(idle)};
    }
    while (slots_.contains(slot)) ++slot;
    slots_[slot] = nullptr;
  }
  Result<SlotProducer> opened = Open(slot);
  if (!opened.ok()) Forget(slot);
  return opened;
}

Result<SlotProducer> ProducerSlots::StartRenew(uint32_t slot) {
  {
    const MutexLock lock(mutex_);
    slots_[slot] = nullptr;
  }
  return Start(slot);
}

Result<SlotProducer> ProducerSlots::Renew(uint32_t slot) {
  SlotProducer renewed = TRY(StartRenew(slot));
  RETURN_IF_ERROR(FinishRenew(renewed));
  return renewed;
}

void ProducerSlots::GiveBack(SlotProducer idle) {
  const MutexLock lock(mutex_);
  slots_[idle.slot] = std::move(idle.producer);
}

bool ProducerSlots::Has(uint32_t slot) {
  const MutexLock lock(mutex_);
  return slots_.contains(slot);
}

void ProducerSlots::Forget(uint32_t slot) {
  const MutexLock lock(mutex_);
  slots_.erase(slot);
}

Status Epoch::Begin(SlotProducer producer) {
  producer_ = std::move(producer);
  sent_ = &producer_.producer->Begin();
  return producer_.producer->BeginTransaction();
}

Status Epoch::Judge(Status outcome) {
  if (outcome.ok() || !producer_.producer->transaction_lost()) return outcome;
  Lose();
  return {};
}

Status Epoch::Add(const OutgoingMessage& message) {
  RETURN_IF_ERROR(log_->Add({message.partition, message.key, message.value}));
  if (lost()) return {};
  return Judge(producer_.producer->Send(message, *sent_));
}

Status Epoch::WaitUntilSent() {
  if (lost()) return {};
  return Judge(producer_.producer->WaitFor(*sent_));
}

Status Epoch::Commit(const OutgoingMessage& marker) {
  if (!DefectPlanted("kafka-no-marker")) RETURN_IF_ERROR(producer_.producer->Send(marker, *sent_));
  WEIR_FAULT_POINT("kafka.after_marker");
  RETURN_IF_ERROR(producer_.producer->CommitTransaction());
  sent_->complete.store(true);
  return {};
}

void OpenEpochs::Add(std::shared_ptr<Epoch> epoch) {
  const MutexLock lock(mutex_);
  if (std::ranges::any_of(epochs_, [](const auto& before) { return before->lost(); }))
    epoch->Lose();
  epochs_.push_back(std::move(epoch));
}

void OpenEpochs::Seal(Epoch& epoch, int64_t checkpoint) {
  const MutexLock lock(mutex_);
  epoch.checkpoint_ = checkpoint;
}

std::shared_ptr<Epoch> OpenEpochs::BeforeNewest() const {
  const MutexLock lock(mutex_);
  return epochs_.size() < 2 ? nullptr : epochs_[epochs_.size() - 2];
}

std::shared_ptr<Epoch> OpenEpochs::Find(int64_t checkpoint) const {
  const MutexLock lock(mutex_);
  for (const std::shared_ptr<Epoch>& epoch : epochs_) {
    if (epoch->checkpoint_ == checkpoint) return epoch;
  }
  return nullptr;
}

void OpenEpochs::LoseBehind(int64_t checkpoint) {
  const MutexLock lock(mutex_);
  for (const std::shared_ptr<Epoch>& epoch : epochs_) {
    if (epoch->checkpoint_ == 0 || epoch->checkpoint_ > checkpoint) epoch->Lose();
  }
}

void OpenEpochs::Remove(const Epoch& committed) {
  const MutexLock lock(mutex_);
  std::erase_if(epochs_, [&](const auto& epoch) { return epoch.get() == &committed; });
}

}  // namespace weir::connectors::kafka
