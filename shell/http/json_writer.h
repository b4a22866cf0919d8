// Writes JSON text piece by piece.
#pragma once

#include <fmt/format.h>

#include <cmath>
#include <string>
#include <string_view>
#include <type_traits>

#include "shell/engine/text/json_text.h"

namespace weir::shell {

// Puts the commas. REQUIRES: what is begun is ended, and in objects every value has a key.
class JsonWriter {
 public:
  JsonWriter& BeginObject() { return Begin('{'); }
  JsonWriter& EndObject() { return End('}'); }
  JsonWriter& BeginArray() { return Begin('['); }
  JsonWriter& EndArray() { return End(']'); }
  JsonWriter& Key(std::string_view name);
  JsonWriter& Null();
  // Takes texts, booleans and numbers; a number that is none is the text "NaN", as with Flink.
  template <typename T>
  JsonWriter& Value(const T& value);
  template <typename T>
  JsonWriter& Member(std::string_view name, const T& value) {
    return Key(name).Value(value);
  }
  // Text that is JSON already.
  JsonWriter& Json(std::string_view text);

  std::string Take() { return std::move(out_); }

 private:
  JsonWriter& Begin(char bracket);
  JsonWriter& End(char bracket);
  void Separate();

  std::string out_;
};

template <typename T>
JsonWriter& JsonWriter::Value(const T& value) {
  Separate();
  if constexpr (std::is_same_v<T, bool>) {
    out_ += value ? "true" : "false";
  } else if constexpr (std::is_floating_point_v<T>) {
    out_ += std::isfinite(value) ? fmt::format("{}", value) : "\"NaN\"";
  } else if constexpr (std::is_arithmetic_v<T>) {
    fmt::format_to(std::back_inserter(out_), "{}", value);
  } else {
    AppendJsonString(out_, value);
  }
  return *this;
}

}  // namespace weir::shell
