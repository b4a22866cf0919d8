// How COPY writes a file: what its name and the options of the statement say.
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

// By the ending of the file, where no option says otherwise; csv has a header unless one says that
// it has none. Errors have the place of the option, or of the file:
//   E2015  the name is empty
//   E1002  neither the name nor an option says the format
//   E2008  an option that there is not, is said twice or has a wrong value
//   E2004  two columns have one name, where names are written
Result<CopyFormat> FormatOfCopy(const ast::Copy& copy, const graph::ConnectorCatalog& connectors,
                                const Schema& columns);

}  // namespace weir::shell
