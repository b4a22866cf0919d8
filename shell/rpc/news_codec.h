// The values of news.thrift, and their bytes.
#pragma once

#include <string>
#include <string_view>

#include "shell/engine/session/engine_session.h"
#include "shell/rpc/news_types.h"

namespace weir::rpc {

// REQUIRES: not ok.
wire::Failure ToWire(const Status& failure);
// kCorruption for a code that there is not.
Status FromWire(const wire::Failure& failure);
// All of it.
wire::Answer ToWire(const shell::Answer& answer);
// kCorruption when its table is malformed.
Result<shell::Answer> FromWire(const wire::Answer& answer);
// Of a snapshot, what news.thrift names.
wire::Job ToWire(const shell::JobNow& job);
// kCorruption for a state that there is not.
Result<shell::JobNow> FromWire(const wire::Job& job);

// Thrift's compact protocol.
std::string Encode(const wire::News& news);
std::string Encode(const wire::Failure& failure);
// kCorruption for what is no such bytes, or would take more memory than they have.
Result<wire::News> DecodeNews(std::string_view bytes);
Result<wire::Failure> DecodeFailure(std::string_view bytes);

}  // namespace weir::rpc
