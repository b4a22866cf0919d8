// Encodes rows as messages.
#pragma once

#include <cstdint>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include "runtime/connectors/formats/protobuf/message_fields.h"
#include "runtime/connectors/formats/protobuf/message_type.h"
#include "runtime/types/batch.h"

namespace weir::connectors::protobuf {

// Used by one thread. Fields are written in the order of their numbers, as the library would: it
// would only have to be given every value through its descriptor first, which takes many times as
// long (bench/formats.cc).
class MessageWriter {
 public:
  // REQUIRES: `fields` are of the type, one for each column of the batches (FieldsOfColumns).
  // `null_text` is written for a NULL text within an array or map.
  MessageWriter(std::shared_ptr<const MessageType> type, std::vector<MessageField> fields,
                std::string null_text);

  // Appends the message of a row. The fields of columns that are NULL are not set; within arrays
  // and maps, which cannot say NULL, the default stands for it, as in Flink. Of a oneof the last
  // column that is not NULL is written. kDataError E3001 for a name or number that an enum lacks,
  // for a field that is required and NULL, and for more than 2 GiB.
  Status Append(const Batch& batch, uint32_t row, std::string& out);

 private:
  // A field, or one of an entry of a map, that a column is written to.
  struct Part {
    const MessageField* field = nullptr;
    size_t column = 0;       // its number in the row
    uint32_t wire = 0;       // the type of its values on the wire
    bool packed = false;     // items are written as one value
    bool says_zero = false;  // its default is written, too
    bool required = false;
    int oneof = -1;    // that it is a member of
    size_t level = 0;  // of a message, or an entry: in levels_
  };
  // The fields of a message that is a row, or an entry of a map.
  struct Level {
    std::vector<Part> parts;          // in the order of their numbers
    std::vector<size_t> oneofs = {};  // the column of each that is written, of the row in hand
    std::string lacks = {};           // a required field that is no column
  };

  size_t AddLevel(const google::protobuf::Descriptor& type, const std::vector<MessageField>& fields,
                  bool of_entries);
  template <typename ColumnOf>
  Status WriteLevel(size_t number, uint32_t row, const ColumnOf& column_of, std::string& out);
  Status WritePart(const Part& part, const Column& column, uint32_t row, std::string& out);
  Status WriteItems(const Part& part, const Column& column, uint32_t row, std::string& out);
  Status WriteEntries(const Part& map, const Column& column, uint32_t row, std::string& out);
  Status WriteValue(const Part& part, const Column& column, uint32_t row, std::string& out);
  Status WriteRow(const Part& part, const Column& column, uint32_t row, std::string& out);

  const std::shared_ptr<const MessageType> type_;
  const std::vector<MessageField> fields_;
  const std::string null_text_;
  std::vector<Level> levels_;
};

}  // namespace weir::connectors::protobuf
