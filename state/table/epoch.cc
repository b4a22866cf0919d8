#include "state/table/epoch.h"

#include "runtime/base/bytes.h"

namespace weir::state {

std::string CounterKey(const std::string& family, std::string_view place) {
  std::string key = "C" + family;
  key.push_back('\0');
  key += place;
  return key;
}

std::string SchemaKey(const std::string& family) {
  return "S" + family;
}

bool IsBookkeepingKey(std::string_view key) {
  if (key.size() < 2) return false;
  if (key[0] == 'S') return true;
  const size_t end = key.find('\0');
  return key[0] == 'C' && end != std::string_view::npos && end > 1;
}

std::string EncodeCounter(const GroupCounter& counter) {
  std::string bytes;
  AppendVarint(bytes, 1);  // version
  AppendVarint(bytes, counter.rows);
  AppendVarint(bytes, counter.next_sequence);
  return bytes;
}

Result<GroupCounter> DecodeCounter(std::string_view bytes) {
  ByteReader in(bytes);
  const uint64_t version = in.Varint();
  GroupCounter counter;
  counter.rows = in.Varint();
  counter.next_sequence = in.Varint();
  if (in.failed() || version != 1)
    return Status::Corruption("a counter of state rows is malformed");
  return counter;
}

}  // namespace weir::state
