// Hot: bench/formats.cc.
#include "runtime/connectors/formats/avro/avro_walker.h"

#include <algorithm>

#include "runtime/base/check.h"

namespace weir::connectors::avro {
namespace {

// The most nulls and empty records that one record may have in collections, or where it is skipped.
// They take no bytes, so that a few bytes could claim any number of them.
constexpr uint64_t kMostEmpty = 1'000'000;

}  // namespace

bool AvroWalker::Refuse(std::string_view why) {
  if (failure_.empty()) failure_ = why;
  return false;
}

bool AvroWalker::Open(const AvroPlan& plan, std::string_view record, size_t& root) {
  plan_ = &plan;
  reader_ = AvroReader(record);
  empty_ = 0;
  failure_.clear();
  root = 0;
  if (!plan.in_union) return true;
  int64_t number = 0;
  if (!reader_.TakeLong(number) || number < 0 || number >= static_cast<int64_t>(plan.roots.size()))
    return Refuse("it is of no branch of the union that its schema is");
  root = static_cast<size_t>(number);
  return true;
}

bool AvroWalker::TakeCount(bool takes_bytes, int64_t& count, int64_t& bytes) {
  bytes = -1;
  if (!reader_.TakeLong(count)) return EndsEarly();
  if (count < 0) {
    if (__builtin_sub_overflow(int64_t{0}, count, &count) || !reader_.TakeLong(bytes) ||
        bytes < 0 || static_cast<uint64_t>(bytes) > reader_.left())
      return EndsEarly();
  }
  if (takes_bytes) return static_cast<uint64_t>(count) <= reader_.left() || EndsEarly();
  return CountEmpty(static_cast<uint64_t>(count));
}

bool AvroWalker::CountEmpty(uint64_t values) {
  empty_ += std::min(values, kMostEmpty + 1);
  return empty_ <= kMostEmpty || Refuse("it has more than 1,000,000 values without a byte");
}

bool AvroWalker::Skip(const AvroNode& node, int depth) {
  if (depth > kDeepest) return Refuse("it is deeper than 64");
  std::string_view bytes;
  int64_t number = 0;
  switch (node.step) {
    case AvroStep::kSkipFixed:
      return reader_.TakeFixed(node.size, bytes) || EndsEarly();
    case AvroStep::kSkipLong:
      return reader_.TakeLong(number) || EndsEarly();
    case AvroStep::kSkipBytes:
      return reader_.TakeBytes(bytes) || EndsEarly();
    case AvroStep::kSkipItems:
    case AvroStep::kSkipEntries:
      return SkipItems(node, depth);
    case AvroStep::kSkipRecord:
      for (const uint32_t part : node.parts) {
        const char* const begin = reader_.at();
        if (!Skip(plan_->nodes[part], depth + 1)) return false;
        if (reader_.at() == begin && !CountEmpty(1)) return false;
      }
      return true;
    case AvroStep::kSkipUnion: {
      size_t branch = 0;
      return TakeBranch(node, branch) && Skip(plan_->nodes[node.parts[branch]], depth + 1);
    }
    default:
      WEIR_UNREACHABLE();
  }
}

bool AvroWalker::SkipItems(const AvroNode& node, int depth) {
  const AvroNode& item = plan_->nodes[node.parts[0]];
  for (;;) {
    int64_t count = 0;
    int64_t bytes = 0;
    std::string_view skipped;
    if (!TakeCount(node.takes_bytes, count, bytes)) return false;
    if (count == 0) return true;
    if (bytes >= 0) {
      if (!reader_.TakeFixed(static_cast<uint64_t>(bytes), skipped)) return EndsEarly();
      continue;
    }
    for (; count > 0; --count) {
      if (node.step == AvroStep::kSkipEntries && !reader_.TakeBytes(skipped)) return EndsEarly();
      if (!Skip(item, depth + 1)) return false;
    }
  }
}

}  // namespace weir::connectors::avro
