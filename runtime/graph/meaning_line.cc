#include "runtime/graph/meaning_line.h"

#include <fmt/format.h>

namespace weir::graph {
namespace {

std::string Escaped(std::string_view text) {
  std::string out;
  for (const char c : text) {
    if (c == '\\' || c == '\t' || c == '\n') out += '\\';
    out += c == '\t' ? 't' : c == '\n' ? 'n' : c;
  }
  return out;
}

}  // namespace

std::string MeaningLine(std::string_view part, std::string_view name, std::string_view text) {
  return fmt::format("{}\t{}\t{}\n", part, Escaped(name), Escaped(text));
}

}  // namespace weir::graph
