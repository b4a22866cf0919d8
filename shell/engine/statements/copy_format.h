// The format of the file that COPY writes, as its name and the statement's options say.
#pragma once

#include <string>

#include "planner/ast/change.h"
#include "runtime/connectors/formats/format.h"
#include "runtime/graph/connector_descriptor.h"
#include "runtime/types/schema.h"

namespace weir::shell {

struct CopyFormat {
  const connectors::Format* format = nullptr;
  graph::TableOptions options;  // of a table of the filesystem connector that reads the file
  bool compressed = false;
};

// Decided by the file's ending unless an option says otherwise. csv has a header unless an option
// says that it has none. Errors have the span of the option, or of the file:
//   E2015  the name is empty
//   E1002  neither the name nor an option says the format
//   E2008  an option that does not exist, is given twice or has a wrong value
//   E2004  two columns have the same name, and the format writes names
Result<CopyFormat> FormatOfCopy(const ast::Copy& copy, const graph::ConnectorCatalog& connectors,
                                const Schema& columns);

}  // namespace weir::shell
