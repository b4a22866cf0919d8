#include "runtime/base/sealed.h"

#include "runtime/base/bytes.h"
#include "runtime/base/hash.h"

namespace weir {

std::string Sealed(std::string_view magic, std::string_view body) {
  std::string bytes(magic);
  AppendLittle<uint32_t>(bytes, Crc32c(0, body.data(), body.size()));
  return bytes.append(body);
}

Result<std::string_view> Unsealed(std::string_view magic, std::string_view bytes) {
  ByteReader reader(bytes.substr(magic.size()));
  const auto checksum = reader.Little<uint32_t>();
  const std::string_view body = reader.rest();
  if (reader.failed() || Crc32c(0, body.data(), body.size()) != checksum)
    return Status::Corruption("its checksum does not match");
  return body;
}

}  // namespace weir
