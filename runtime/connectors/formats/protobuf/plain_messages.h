// Decodes messages as writers usually write them, straight into columns. The library parses a
// message into fields first, and sets and reads each by its descriptor, which takes many times as
// long (bench/formats.cc); it decides on everything that is unusual.
#pragma once

#include <cstdint>
#include <string_view>
#include <utility>
#include <vector>

#include "runtime/connectors/formats/protobuf/message_fields.h"
#include "runtime/types/column_builder.h"

namespace google::protobuf {
class Descriptor;
}

namespace weir::connectors::protobuf {

class WireBytes;

// Used by one thread. A message is plain where no field of a single value has two, nor a oneof or a
// key of a map; where there are neither groups nor extensions, nor numbers that an enum lacks; and
// where nothing is bad. So what is read here the library would read, too, as the same row.
class PlainMessages {
 public:
  // REQUIRES: the type has no required fields, and what is absent is read as NULL (Absent::kNull).
  PlainMessages(const google::protobuf::Descriptor& type, const std::vector<MessageField>& fields);

  // Appends the row of a message, of at most `most_values` values, to the columns. False where the
  // message is not plain: then what was appended for it is to be cut off.
  bool Append(std::string_view bytes, std::vector<ColumnBuilder>& columns, uint64_t most_values);
  uint64_t values() const { return values_; }  // of the last message

 private:
  // A field that is read.
  struct Part {
    const MessageField* field = nullptr;
    uint32_t number = 0;
    uint32_t wire = 0;      // the type of its values on the wire
    bool packable = false;  // items may come packed
    bool of_entry = false;  // the key or the value of a map
    size_t level = 0;       // of a message, or an entry: in levels_
    // Of the message in hand: values so far, and the keys of a map.
    uint32_t seen = 0;
    std::vector<std::pair<uint64_t, std::string_view>> keys = {};
    std::pair<uint64_t, std::string_view> value = {};  // of_entry: a number or a text
  };
  // The fields that are read of a message that is a row, or an entry of a map.
  struct Level {
    const google::protobuf::Descriptor* type = nullptr;
    std::vector<Part> parts;          // in the order of the columns
    std::vector<uint32_t> by_number;  // parts by the numbers of their fields, if those are small
    std::vector<bool> oneofs = {};    // those that have a value in the message in hand
  };

  size_t AddLevel(const google::protobuf::Descriptor& type, const std::vector<MessageField>& fields,
                  bool of_entries);
  static Part* FindPart(Level& level, uint32_t number);
  static bool IsFirstOfOneof(Level& level, uint32_t number);
  template <typename ColumnOf>
  bool ReadLevel(size_t number, WireBytes bytes, int depth, const ColumnOf& column_of);
  bool ReadPart(Part& part, uint32_t wire, WireBytes& bytes, int depth, ColumnBuilder& out);
  bool ReadPacked(Part& part, WireBytes items, ColumnBuilder& out);
  bool ReadEntry(Part& map, WireBytes entry, int depth, ColumnBuilder& out);
  bool ReadValue(Part& part, WireBytes& bytes, int depth, ColumnBuilder& out);
  bool ReadNumber(Part& part, WireBytes& bytes, ColumnBuilder& out);
  bool Close(Part& part, ColumnBuilder& out);

  std::vector<Level> levels_;
  uint64_t values_ = 0;
  uint64_t most_values_ = 0;
};

}  // namespace weir::connectors::protobuf
