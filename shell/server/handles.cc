#include "shell/server/handles.h"

#include <charconv>
#include <string_view>

#include "shell/engine/jobs/job_record.h"

namespace weir::shell {

rpc::hive::THandleIdentifier NewIdentifier() {
  constexpr size_t kBytes = 16;
  rpc::hive::THandleIdentifier id;
  id.guid = NewJobId().substr(0, kBytes);
  id.secret = NewJobId().substr(0, kBytes);
  return id;
}

std::string KeyOf(const rpc::hive::THandleIdentifier& id) {
  return id.guid + id.secret;
}

Status UnknownHandle() {
  return Status::InvalidArgument("there is no such session or statement");
}

int32_t ErrorNumber(const Status& status) {
  int32_t number = 0;
  const std::string_view id = status.id();
  if (!id.empty()) std::from_chars(id.data() + 1, id.data() + id.size(), number);
  return number;
}

}  // namespace weir::shell
