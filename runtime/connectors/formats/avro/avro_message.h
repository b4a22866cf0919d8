// Messages that are records of Avro, however it is known which schema wrote them.
#pragma once

#include <functional>
#include <memory>
#include <string_view>

#include "runtime/connectors/formats/avro/avro_plan.h"
#include "runtime/connectors/formats/avro/avro_schema.h"
#include "runtime/connectors/formats/message_decoder.h"
#include "runtime/connectors/formats/message_encoder.h"

namespace weir::connectors::avro {

// Takes what precedes the record off a message and returns the plan of its writer, which lives as
// long as the function. kDataError E3005 where the message is bad; others where it is not known.
using PlanOf = std::function<Result<const AvroPlan*>(std::string_view& message)>;

// Appends what precedes every record.
using Prefix = std::function<Status(std::string& out)>;

// The decoder of a table whose columns `spec` describes. The plans that `plan_of` returns are made
// for the columns `wanted` (DecodedColumns).
std::unique_ptr<MessageDecoder> MakeAvroMessageDecoder(const FormatSpec& spec,
                                                       const std::vector<int>& wanted,
                                                       PlanOf plan_of);
std::unique_ptr<MessageEncoder> MakeAvroMessageEncoder(const FormatSpec& spec,
                                                       std::shared_ptr<const AvroSchemaTree> schema,
                                                       Prefix prefix);

}  // namespace weir::connectors::avro
