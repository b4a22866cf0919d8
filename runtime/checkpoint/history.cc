#include "runtime/checkpoint/history.h"

#include <array>

#include "runtime/base/bytes.h"
#include "runtime/base/sealed.h"

namespace weir::checkpoint {
namespace {

constexpr std::string_view kMagic = "WEIRHIS1";
constexpr uint64_t kMostCheckpoints = 1 << 16;
constexpr uint64_t kSavepoint = 1, kUnaligned = 2, kCompleted = 4, kFlags = 8;
// The number of a purpose in the file is its position here, so new ones go to the end.
constexpr std::array kPurposes = {Purpose::kPeriodic, Purpose::kManual, Purpose::kStop,
                                  Purpose::kFinal};

uint64_t NumberOf(Purpose purpose) {
  uint64_t number = 0;
  while (kPurposes[number] != purpose) ++number;
  return number;
}

void Append(const EndedCheckpoint& one, std::string& out) {
  AppendVarint(out, one.id);
  AppendVarint(out, NumberOf(one.purpose));
  AppendVarint(out, (one.savepoint ? kSavepoint : 0) + (one.unaligned ? kUnaligned : 0) +
                        (one.completed ? kCompleted : 0));
  for (const int64_t millis :
       {one.trigger_millis, one.duration_millis, one.start_delay_millis, one.alignment_millis})
    AppendVarint(out, static_cast<uint64_t>(millis));
  for (const uint64_t bytes : {one.bytes, one.new_bytes, one.in_flight_bytes})
    AppendVarint(out, bytes);
  AppendText(out, one.failure);
}

// False for numbers of purposes and flags that no version has written.
bool Take(ByteReader& in, EndedCheckpoint& one) {
  one.id = in.Varint();
  const uint64_t purpose = in.Varint();
  const uint64_t flags = in.Varint();
  if (purpose >= kPurposes.size() || flags >= kFlags) return false;
  one.purpose = kPurposes[purpose];
  one.savepoint = (flags & kSavepoint) != 0;
  one.unaligned = (flags & kUnaligned) != 0;
  one.completed = (flags & kCompleted) != 0;
  for (int64_t* millis :
       {&one.trigger_millis, &one.duration_millis, &one.start_delay_millis, &one.alignment_millis})
    *millis = static_cast<int64_t>(in.Varint());
  for (uint64_t* bytes : {&one.bytes, &one.new_bytes, &one.in_flight_bytes}) *bytes = in.Varint();
  one.failure = TakeText(in);
  return true;
}

}  // namespace

std::string_view KindName(const EndedCheckpoint& checkpoint) {
  if (checkpoint.savepoint) return "savepoint";
  switch (checkpoint.purpose) {
    case Purpose::kPeriodic:
      return "periodic";
    case Purpose::kManual:
      return "requested";
    case Purpose::kStop:
      return "stop";
    case Purpose::kFinal:
      return "end";
  }
  return "";
}

std::string EncodeHistory(const std::vector<EndedCheckpoint>& history) {
  std::string body;
  AppendVarint(body, history.size());
  for (const EndedCheckpoint& one : history) Append(one, body);
  return Sealed(kMagic, body);
}

Result<std::vector<EndedCheckpoint>> DecodeHistory(std::string_view bytes) {
  if (!bytes.starts_with(kMagic))
    return Status::Corruption("it is no history of checkpoints of this version");
  ByteReader in(TRY(Unsealed(kMagic, bytes)));
  const uint64_t count = in.Varint();
  if (count > kMostCheckpoints) return Status::Corruption("it has too many checkpoints");
  std::vector<EndedCheckpoint> history;
  for (uint64_t i = 0; i < count && !in.failed(); ++i) {
    if (!Take(in, history.emplace_back()))
      return Status::Corruption("it has numbers that mean nothing");
  }
  if (in.failed() || !in.at_end()) return Status::Corruption("its fields do not fit its length");
  return history;
}

}  // namespace weir::checkpoint
