#include "state/table/key_filter.h"

namespace weir::state {
namespace {

constexpr uint64_t kFirstCapacity = 1 << 10;
constexpr uint64_t kKeysPerBlock = 22;  // 256 bits a block: about 11.6 bits a key
constexpr uint32_t kSalts[8] = {0x47b6137bU, 0x44974d91U, 0x8824ad5bU, 0xa2b7289dU,
                                0x705495c7U, 0x2df1424bU, 0x9efc4947U, 0x5c6bfb31U};

uint64_t Mix(uint64_t hash) {
  return (hash ^ (hash >> 29)) * 0xBF58476D1CE4E5B9ULL;
}

uint64_t BlockOf(uint64_t mixed, uint64_t blocks) {
  return ((mixed >> 32) * blocks) >> 32;
}

}  // namespace

void KeyFilter::Add(uint64_t hash) {
  if (MayContain(hash)) return;  // a key that comes and goes is counted once
  if (layers_.empty() || layers_.back().count == layers_.back().capacity) {
    AddLayer(layers_.empty() ? kFirstCapacity : layers_.back().capacity * 2);
  }
  Layer& layer = layers_.back();
  const uint64_t mixed = Mix(hash);
  Block& block = layer.blocks[BlockOf(mixed, layer.blocks.size())];
  const auto low = static_cast<uint32_t>(mixed);
  for (int i = 0; i < 8; ++i) block.words[i] |= 1U << ((low * kSalts[i]) >> 27);
  ++layer.count;
}

void KeyFilter::AddLayer(uint64_t capacity) {
  layers_.push_back({std::vector<Block>(capacity / kKeysPerBlock + 1), capacity});
}

bool KeyFilter::MayContain(uint64_t hash) const {
  const uint64_t mixed = Mix(hash);
  const auto low = static_cast<uint32_t>(mixed);
  for (const Layer& layer : layers_) {
    const Block& block = layer.blocks[BlockOf(mixed, layer.blocks.size())];
    uint32_t missing = 0;
    for (int i = 0; i < 8; ++i) missing |= ~block.words[i] & (1U << ((low * kSalts[i]) >> 27));
    if (missing == 0) return true;
  }
  return false;
}

void KeyFilter::Clear() {
  layers_.clear();
}

uint64_t KeyFilter::memory_bytes() const {
  uint64_t bytes = 0;
  for (const Layer& layer : layers_) bytes += layer.blocks.size() * sizeof(Block);
  return bytes;
}

}  // namespace weir::state
