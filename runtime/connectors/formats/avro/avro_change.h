// Finds the rows of a change in its record: Debezium's fields before, after and op, wherever they
// are among others.
#pragma once

#include <array>
#include <string_view>
#include <vector>

#include "runtime/connectors/formats/avro/avro_walker.h"

namespace weir::connectors::avro {

// One of the rows of a change, as a writer has it.
struct AvroSide {
  AvroPlan rows;
  bool lacking = true;   // it is always null, or no field of the record
  int null_branch = -1;  // of the union that it is; -1: it is none, or has no null
};

// How the changes of a writer are read.
struct AvroChangePlan {
  AvroPlan change;  // MakeChangePlan
  // By the roots of `change`; kBeforeField and kAfterField of each.
  std::vector<std::array<AvroSide, 2>> sides;
};

// `reader` is the record of a change (ChangeSchemaOf), `columns` and `wanted` as in MakeAvroPlan,
// of its rows.
AvroChangePlan MakeAvroChangePlan(const AvroSchema& writer, const AvroSchema& reader,
                                  const Schema& columns, std::span<const int> wanted);

// A row of a change; its bytes may go on behind it.
struct AvroFoundRow {
  const AvroPlan* plan = nullptr;  // null: the change has no such row
  std::string_view bytes;
};

// Used by one thread.
class AvroChangeFinder : private AvroWalker {
 public:
  // Finds the fields of the change that a record is, whose bytes 16 readable ones follow. False
  // where it is bad; failure() says why. Points into the plan and the record.
  bool Find(const AvroChangePlan& plan, std::string_view record);
  const AvroFoundRow& before() const { return rows_[kBeforeField]; }
  const AvroFoundRow& after() const { return rows_[kAfterField]; }
  // "": the change has none.
  std::string_view op() const { return op_; }
  using AvroWalker::failure;

 private:
  bool FindRow(const AvroSide& side, AvroFoundRow& row);
  bool TakeText(const AvroNode& node);

  std::array<AvroFoundRow, 2> rows_;
  std::string_view op_;
};

}  // namespace weir::connectors::avro
