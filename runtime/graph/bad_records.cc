#include "runtime/graph/bad_records.h"

namespace weir::graph {

Schema BadRecordColumns() {
  return {{{"raw", Type::Bytes()},
           {"place", Type::String()},
           {"column", Type::String()},
           {"message", Type::String()}}};
}

}  // namespace weir::graph
