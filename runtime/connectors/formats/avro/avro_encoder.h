// Encodes rows as records of Avro.
#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "runtime/connectors/formats/avro/avro_schema.h"
#include "runtime/types/batch.h"
#include "runtime/types/schema.h"

namespace weir::connectors::avro {

// Used by one thread.
class AvroEncoder {
 public:
  // Borrows the schema. REQUIRES: the columns fit it (CheckAvroColumns), or it was derived from
  // them.
  AvroEncoder(const AvroSchema& schema, const Schema& columns);

  // Appends the record of a row. kDataError E3001 for a value that the schema has no place for: a
  // NULL where it has no null, a text that is no symbol, bytes that are not as many as a fixed has.
  Status Append(const Batch& batch, uint32_t row, std::string& out) const;

 private:
  // How a column, or a part of one, is written.
  struct Node {
    const AvroSchema* schema = nullptr;  // no union
    Type type;
    int branch = -1;       // of the value in its union; -1: it is in none
    int null_branch = -1;  // -1: there is none
    std::vector<Node> parts;
  };

  static Node MakeNode(const AvroSchema& schema, const Type& type);
  static Status Write(const Node& node, const Column& column, uint32_t row, std::string& out);
  static Status WriteValue(const Node& node, const Column& column, uint32_t row, std::string& out);
  static Status WriteItems(const Node& node, const Column& column, uint32_t row, std::string& out);
  static Status WriteBytes(const Node& node, std::string_view bytes, std::string& out);
  static Status WriteDecimal(const Node& node, const Column& column, uint32_t row,
                             std::string& out);

  int branch_ = -1;  // of the record
  std::vector<Node> fields_;
  std::vector<std::string> names_;
};

}  // namespace weir::connectors::avro
