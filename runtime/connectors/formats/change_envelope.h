// How systems that follow the log of a database wrap its rows in JSON: which fields of an event
// hold the rows, and which says what was changed. Each of Flink's formats of changes is one such
// description (debezium_format.cc, canal_format.cc, maxwell_format.cc, ogg_format.cc).
#pragma once

#include <cstdint>
#include <span>
#include <string>
#include <string_view>

#include "runtime/graph/connector_descriptor.h"
#include "runtime/types/type.h"

namespace weir::connectors {

enum class ChangeMeaning : uint8_t { kInsert, kUpdate, kDelete, kNothing };

// A word for a kind of change.
struct ChangeWord {
  std::string_view word;
  ChangeMeaning meaning;
};

// What is wrong with an event whose field `op` is none of the words.
std::string UnknownWord(std::string_view op, std::span<const ChangeWord> words);

// Where an event has the value of a metadata column. A TIMESTAMP_LTZ is made from milliseconds
// since 1970 where `type` is BIGINT, from "yyyy-MM-dd HH:mm:ss" and a fraction, in UTC, where it is
// STRING; any other column has `type`.
struct MetadataPlace {
  std::string_view key;  // of the metadata column
  const char* field;
  Type type;
  std::string_view within = {};  // the key of an object `field` with texts; "": all of the field
  bool outside = false;          // the field is beside the payload, not in it
};

struct ChangeEnvelope {
  std::string_view format;
  const char* op;                     // the field that says what was changed
  std::span<const ChangeWord> words;  // of several with one meaning the first is written
  const char* before;                 // the field of the row before the change
  const char* after;                  // … and of the one after it
  bool lists = false;                 // both are lists of rows, all changed in one way
  // `before` has only the columns that an update changed, and the row of a delete is in `after`.
  bool changed_columns = false;
  std::string_view no_before = {};                  // the way out for who lacks rows before changes
  std::span<const graph::MetadataColumn> metadata;  // Flink's keys and types
  std::span<const MetadataPlace> places;            // in the same order
};

// Of a format whose records are such events, in and out. What is given lives forever.
graph::FormatDescriptor ChangesDescriptor(const ChangeEnvelope& envelope,
                                          std::span<const graph::OptionDescriptor> options,
                                          std::string_view doc);

}  // namespace weir::connectors
