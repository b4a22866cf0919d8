// The values of news.thrift, and their bytes.
#pragma once

#include <string>
#include <string_view>

#include "shell/engine/session/engine_session.h"
#include "shell/rpc/news_types.h"

namespace weir::rpc {

// REQUIRES: not ok.
wire::Failure ToWire(const Status& failure);
// kCorruption for an unknown code.
Status FromWire(const wire::Failure& failure);
wire::Answer ToWire(const shell::Answer& answer);
// kCorruption when its table is malformed.
Result<shell::Answer> FromWire(const wire::Answer& answer);
// The part of a snapshot that news.thrift has.
wire::Job ToWire(const shell::JobNow& job);
// kCorruption for an unknown state.
Result<shell::JobNow> FromWire(const wire::Job& job);

// The value's bytes in Thrift's compact protocol.
std::string Encode(const wire::News& news);
std::string Encode(const wire::Failure& failure);
// kCorruption for bytes that Encode does not make, or that would take more memory than they have.
Result<wire::News> DecodeNews(std::string_view bytes);
Result<wire::Failure> DecodeFailure(std::string_view bytes);

}  // namespace weir::rpc
