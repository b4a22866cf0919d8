// A table of results: to standard output as it grows, and to a file when asked.
#pragma once

#include <string>
#include <vector>

namespace weir::bench {

class Report {
 public:
  void Title(const std::string& text);
  // Starts a table; cells of a row beyond its columns are not allowed.
  void Table(std::vector<std::string> columns);
  void Row(const std::vector<std::string>& cells);
  void Note(const std::string& text);
  // The whole report as Markdown.
  const std::string& text() const { return text_; }

 private:
  void Print(const std::string& line);
  std::string Line(const std::vector<std::string>& cells) const;

  std::vector<size_t> widths_;
  std::string text_;
};

// "met" or "missed".
std::string Verdict(bool met);

}  // namespace weir::bench
