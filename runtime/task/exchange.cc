#include "runtime/task/exchange.h"

#include <algorithm>
#include <utility>

#include "runtime/types/key_encoding.h"

namespace weir::task {

using graph::ExchangeKind;

Exchange::Exchange(ExchangeSetup setup) : setup_(std::move(setup)), rows_(setup_.targets.size()) {
  if (!setup_.targets.empty()) next_ = setup_.first_target % setup_.targets.size();
}

Status Exchange::Push(size_t target, Element element) {
  const bool barrier =
      element.kind == ElementKind::kBarrier || element.kind == ElementKind::kCancelBarrier;
  const Room room = barrier ? Room::kBarrier : setup_.overdraws ? Room::kOverdraft : Room::kUsual;
  if (setup_.targets[target]->Push(std::move(element), *setup_.clock, *setup_.blocked_nanos, room))
    return {};
  return Status::Cancelled("the job is stopping");
}

bool Exchange::HasRoom() const {
  return std::ranges::all_of(setup_.targets,
                             [](const Channel* target) { return target->HasRoom(); });
}

Status Exchange::SendToAll(const Element& element) {
  for (size_t i = 0; i < setup_.targets.size(); ++i) RETURN_IF_ERROR(Push(i, element));
  return {};
}

Status Exchange::Send(Batch batch) {
  if (setup_.targets.empty()) return {};
  if (setup_.kind == ExchangeKind::kHash) return SendByKey(std::move(batch));
  // A consumer must not take hashes of other keys for those of this exchange.
  batch.key_hashes = nullptr;
  switch (setup_.kind) {
    case ExchangeKind::kBroadcast:
      for (size_t i = 1; i < setup_.targets.size(); ++i)
        RETURN_IF_ERROR(Push(i, Element::Rows(batch)));
      return Push(0, Element::Rows(std::move(batch)));
    case ExchangeKind::kRebalance: {
      const size_t target = next_;
      next_ = next_ + 1 == setup_.targets.size() ? 0 : next_ + 1;
      return Push(target, Element::Rows(std::move(batch)));
    }
    case ExchangeKind::kForward:
    case ExchangeKind::kSingleton:
      return Push(0, Element::Rows(std::move(batch)));
    case ExchangeKind::kHash:
      break;
  }
  WEIR_UNREACHABLE();
}

void Exchange::Partition(const Batch& batch, const uint64_t* hashes) {
  for (auto& rows : rows_) rows.clear();
  const auto targets = static_cast<uint32_t>(setup_.targets.size());
  ForEachRow(batch, [&](uint32_t row) {
    const uint32_t group = KeyGroupOf(hashes[row], setup_.max_parallelism);
    rows_[SubtaskOfKeyGroup(group, targets, setup_.max_parallelism)].push_back(row);
  });
}

Status Exchange::SendByKey(Batch batch) {
  batch.key_hashes = MakeBuffer<uint64_t>(batch.row_count);
  auto* hashes = batch.key_hashes->as<uint64_t>();
  HashKeys(batch, setup_.keys, hashes);
  if (setup_.targets.size() == 1) return Push(0, Element::Rows(std::move(batch)));
  Partition(batch, hashes);
  for (size_t i = 0; i < rows_.size(); ++i) {
    if (rows_[i].empty()) continue;
    if (rows_[i].size() == batch.size()) return Push(i, Element::Rows(std::move(batch)));
    const auto count = static_cast<uint32_t>(rows_[i].size());
    RETURN_IF_ERROR(Push(i, Element::Rows(GatherBatch(batch, rows_[i].data(), count))));
  }
  return {};
}

}  // namespace weir::task
