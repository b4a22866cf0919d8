// The mapping between columns and Avro's schemas: that of Flink's AvroSchemaConverter, and beyond
// it types that Flink refuses although Avro has an equal.
#pragma once

#include <memory>
#include <string>

#include "runtime/connectors/formats/avro/avro_schema.h"
#include "runtime/types/schema.h"

namespace weir::connectors::avro {

// How TIMESTAMP is written: '<format>.timestamp_mapping.legacy'. TIMESTAMP_LTZ is always an
// instant: timestamp-millis or timestamp-micros.
enum class TimestampMapping : uint8_t {
  kLegacy,  // as TIMESTAMP_LTZ is, as Flink did before 1.19 and still does by default
  kLocal    // local-timestamp-millis or -micros
};

// The schema of a record with these columns, as Flink derives and registers it:
//
//   a INT, r ROW<b STRING NOT NULL>
//
//   {"type":"record","name":"record","namespace":"org.apache.flink.avro.generated","fields":[
//    {"name":"a","type":["null","int"],"default":null},
//    {"name":"r","type":["null",{"type":"record","name":"record_r","fields":[
//     {"name":"b","type":"string"}]}],"default":null}]}
//
// kInvalidSql E2008 for a type that Avro has not, or a column whose name is none there.
Result<std::shared_ptr<const AvroSchemaTree>> AvroSchemaOf(const Schema& columns,
                                                           TimestampMapping mapping);

// Whether columns have the fields of a schema that somebody wrote: the same names in the same
// order, each of a type that takes the field's values. kInvalidSql E2008 names what differs.
Status CheckAvroColumns(const AvroSchema& schema, const Schema& columns);
// Whether no time of a column loses digits when it is written: kInvalidSql E2008 where a column's
// type has more digits behind the second than the unit of its field. REQUIRES: CheckAvroColumns
// succeeded.
Status CheckAvroDigits(const AvroSchema& schema, const Schema& columns);

}  // namespace weir::connectors::avro
