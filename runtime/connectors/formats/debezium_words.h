// What Debezium's events say, whether they are JSON or Avro (debezium.io, "Change event values").
#pragma once

#include <array>
#include <string_view>

#include "runtime/connectors/formats/change_envelope.h"

namespace weir::connectors {

// Of the field "op"; r is a row of a snapshot.
inline constexpr std::array kDebeziumWords = {
    ChangeWord{"c", ChangeMeaning::kInsert}, ChangeWord{"r", ChangeMeaning::kInsert},
    ChangeWord{"u", ChangeMeaning::kUpdate}, ChangeWord{"d", ChangeMeaning::kDelete}};

// The way out for whoever lacks rows before changes.
inline constexpr std::string_view kNoDebeziumBefore =
    "; a table of Postgres needs REPLICA IDENTITY FULL";

}  // namespace weir::connectors
