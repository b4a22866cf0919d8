#include "state/epoch.h"

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
