// Leaves events out by what they say of themselves, before their rows are decoded: a topic may have
// the changes of many tables, whose columns need not fit the one that is read.
#pragma once

#include <memory>
#include <string>
#include <vector>

#include "runtime/connectors/formats/format.h"
#include "runtime/expr/functions/java_regex.h"

namespace weir::connectors {

// Chooses events whose field `field` has a text that matches.
struct EventCondition {
  std::string field;
  std::string option;  // that said so, for messages
  expr::WholeMatch matches;
};

// Hands the lines to `events` that hold objects for which all conditions are true. An event without
// the field is a bad record: it may belong to the table. `spec` is the one that `events` was made
// for.
std::unique_ptr<Decoder> MakeEventFilter(const FormatSpec& spec,
                                         std::vector<EventCondition> conditions,
                                         std::unique_ptr<Decoder> events);

}  // namespace weir::connectors
