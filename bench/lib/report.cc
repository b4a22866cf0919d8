#include "bench/lib/report.h"

#include <algorithm>
#include <cstdio>

namespace weir::bench {

void Report::Print(const std::string& line) {
  text_ += line + "\n";
  std::printf("%s\n", line.c_str());
  std::fflush(stdout);
}

void Report::Title(const std::string& text) {
  Print("\n## " + text);
}

void Report::Note(const std::string& text) {
  Print("\n" + text);
}

std::string Report::Line(const std::vector<std::string>& cells) const {
  std::string line = "|";
  for (size_t i = 0; i < cells.size(); ++i) {
    line += " " + cells[i];
    line.append(widths_[i] - std::min(widths_[i], cells[i].size()), ' ');
    line += " |";
  }
  return line;
}

void Report::Table(std::vector<std::string> columns) {
  constexpr size_t kNarrowest = 8;
  constexpr size_t kFirst = 34;
  widths_.clear();
  for (const std::string& column : columns) {
    widths_.push_back(std::max(column.size(), widths_.empty() ? kFirst : kNarrowest));
  }
  Print("");
  Print(Line(columns));
  std::vector<std::string> rule;
  for (const size_t width : widths_) rule.emplace_back(width, '-');
  Print(Line(rule));
}

void Report::Row(const std::vector<std::string>& cells) {
  Print(Line(cells));
}

std::string Verdict(bool met) {
  return met ? "met" : "missed";
}

}  // namespace weir::bench
