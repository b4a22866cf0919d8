#include "shell/http/json_writer.h"

namespace weir::shell {

JsonWriter& JsonWriter::Key(std::string_view name) {
  Separate();
  AppendJsonString(out_, name);
  out_ += ':';
  return *this;
}

JsonWriter& JsonWriter::Null() {
  return Json("null");
}

JsonWriter& JsonWriter::Json(std::string_view text) {
  Separate();
  out_ += text;
  return *this;
}

JsonWriter& JsonWriter::Begin(char bracket) {
  Separate();
  out_ += bracket;
  return *this;
}

JsonWriter& JsonWriter::End(char bracket) {
  out_ += bracket;
  return *this;
}

void JsonWriter::Separate() {
  if (out_.empty()) return;
  const char last = out_.back();
  if (last != '{' && last != '[' && last != ':') out_ += ',';
}

}  // namespace weir::shell
