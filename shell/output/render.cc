#include "shell/output/render.h"

#include <fmt/format.h>

#include <algorithm>
#include <map>

#include "runtime/base/names.h"
#include "shell/engine/text/json_text.h"
#include "shell/engine/text/quantity.h"

namespace weir::shell {
namespace {

using Cells = std::vector<std::vector<std::string>>;

constexpr int kLeastReadable = 12;  // columns that a cut cell must have left

std::string CellText(const Value& value) {
  std::string text = value.ToString();
  for (char& c : text) {
    if (c == '\n' || c == '\r' || c == '\t') c = ' ';
  }
  return text;
}

Cells CellTexts(const ResultTable& table) {
  Cells cells;
  cells.reserve(table.rows.size());
  for (const std::vector<Value>& row : table.rows) {
    std::vector<std::string>& texts = cells.emplace_back();
    for (const Value& value : row) texts.push_back(CellText(value));
  }
  return cells;
}

std::string Repeat(std::string_view text, int times) {
  std::string out;
  for (int i = 0; i < times; ++i) out += text;
  return out;
}

std::string Pad(const std::string& text, int width, bool right) {
  const std::string blanks(static_cast<size_t>(std::max(0, width - DisplayWidth(text))), ' ');
  return right ? blanks + text : text + blanks;
}

std::vector<int> ColumnWidths(const ResultTable& table, const Cells& cells) {
  std::vector<int> widths;
  for (size_t c = 0; c < table.columns.size(); ++c) {
    int width = DisplayWidth(table.columns[c].name);
    for (const auto& row : cells) width = std::max(width, DisplayWidth(row[c]));
    widths.push_back(width);
  }
  return widths;
}

int BoxWidth(const std::vector<int>& widths) {
  int total = 1;
  for (const int width : widths) total += width + 3;
  return total;
}

// Takes columns from the widest until the box fits.
void Shrink(std::vector<int>& widths, int limit) {
  while (BoxWidth(widths) > limit) {
    auto widest = std::max_element(widths.begin(), widths.end());
    if (widest == widths.end() || *widest <= 4) return;
    --*widest;
  }
}

std::string Rule(const std::vector<int>& widths, std::string_view left, std::string_view middle,
                 std::string_view right) {
  std::string line(left);
  for (size_t c = 0; c < widths.size(); ++c) {
    line += Repeat("─", widths[c] + 2);
    line += c + 1 < widths.size() ? middle : right;
  }
  return line + "\n";
}

std::string NamesRow(const ResultTable& table, const std::vector<int>& widths) {
  std::string line = "│";
  for (size_t c = 0; c < widths.size(); ++c) {
    line += " " +
            Pad(CutToWidth(table.columns[c].name, widths[c]), widths[c],
                table.columns[c].type.is_numeric()) +
            " │";
  }
  return line + "\n";
}

std::string ValuesRow(const std::vector<Value>& row, const std::vector<std::string>& cells,
                      const std::vector<int>& widths, bool color) {
  std::string line = "│";
  for (size_t c = 0; c < widths.size(); ++c) {
    const bool dim = color && row[c].is_null();
    const std::string cell =
        Pad(CutToWidth(cells[c], widths[c]), widths[c], row[c].type().is_numeric());
    line += dim ? " \033[2m" + cell + "\033[0m │" : " " + cell + " │";
  }
  return line + "\n";
}

// Whether rows are missing in front of this one.
bool IsGap(const RenderOptions& options, size_t row) {
  return options.gap_rows > 0 && row == options.gap_at;
}

// A row of a point in the middle of each column.
std::string GapRow(const std::vector<int>& widths) {
  std::string line = "│";
  for (const int width : widths) {
    const int left = (width - 1) / 2;
    line += " " + Repeat(" ", left) + "·" + Repeat(" ", width - 1 - left) + " │";
  }
  return line + "\n";
}

std::string RenderVertical(const ResultTable& table, const Cells& cells,
                           const RenderOptions& options) {
  int name_width = 0;
  for (const ResultColumn& column : table.columns) {
    name_width = std::max(name_width, DisplayWidth(column.name));
  }
  std::string out;
  for (size_t r = 0; r < cells.size(); ++r) {
    if (IsGap(options, r)) out += "·\n";
    const size_t skipped = r < options.gap_at ? 0 : options.gap_rows;
    out += fmt::format("─[ record {} ]{}\n", r + skipped + 1, Repeat("─", 20));
    for (size_t c = 0; c < table.columns.size(); ++c) {
      out += Pad(table.columns[c].name, name_width, false) + " │ " + cells[r][c] + "\n";
    }
  }
  return out;
}

// What SHOW JOBS and DESCRIBE JOB say beyond what is looked at most, from the first that a narrow
// terminal goes without.
constexpr std::string_view kSpareColumns[] = {"job id",   "start time", "skipped", "disk reads",
                                              "late",     "state rows", "blocked", "held back by",
                                              "operator", "tasks"};

// What a terminal goes without when notes have been cut and it is still too narrow.
constexpr std::string_view kLastSpareColumns[] = {"checkpoints", "rows in", "rows out", "uptime"};

// The figures of jobs that have a unit, and how people read them.
struct Figure {
  std::string_view column;
  std::string (*text)(double);
};
constexpr Figure kFigures[] = {
    {"uptime", DurationText},
    {"lag", DurationText},
    {"rows/s", RateText},
    {"state", [](double bytes) { return BytesText(static_cast<uint64_t>(bytes)); }},
    {"busy", [](double share) { return fmt::format("{:.0f} %", share * 100); }},
    {"blocked", [](double share) { return fmt::format("{:.0f} %", share * 100); }}};

std::optional<double> NumberOf(const Value& value) {
  if (value.is_null()) return std::nullopt;
  if (value.type().kind() == TypeKind::kDouble) return value.get<double>();
  if (value.type().kind() == TypeKind::kBigInt) return static_cast<double>(value.get<int64_t>());
  return std::nullopt;
}

// Figures as texts with their units; nothing for those that there are not.
ResultTable WithUnits(ResultTable table) {
  for (std::vector<Value>& row : table.rows) {
    for (Value& value : row) {
      if (value.is_null()) value = TextCell("");
    }
  }
  for (size_t c = 0; c < table.columns.size(); ++c) {
    const auto figure = std::ranges::find(kFigures, table.columns[c].name, &Figure::column);
    if (figure == std::end(kFigures) || !table.columns[c].type.is_numeric()) continue;
    table.columns[c].type = Type::String();
    for (std::vector<Value>& row : table.rows) {
      const std::optional<double> number = NumberOf(row[c]);
      row[c] = TextCell(number ? figure->text(*number) : "");
    }
  }
  return table;
}

void RemoveColumn(ResultTable& table, std::vector<int>& widths, std::string_view name) {
  const auto found = std::ranges::find(table.columns, name, &ResultColumn::name);
  if (found == table.columns.end()) return;
  const auto at = found - table.columns.begin();
  table.columns.erase(found);
  widths.erase(widths.begin() + at);
  for (std::vector<Value>& row : table.rows) row.erase(row.begin() + at);
}

std::vector<std::string> EmptyColumns(const ResultTable& table, const Cells& cells) {
  std::vector<std::string> names;
  for (size_t c = 0; c < table.columns.size(); ++c) {
    if (std::ranges::all_of(cells, [c](const auto& row) { return row[c].empty(); }))
      names.push_back(table.columns[c].name);
  }
  return names;
}

// The table without columns for which `limit` has no room: first those that are empty, then those
// that say least.
ResultTable WithoutSpare(ResultTable table, int limit) {
  const Cells cells = CellTexts(table);
  std::vector<int> widths = ColumnWidths(table, cells);
  for (const std::string& name : EmptyColumns(table, cells)) {
    if (BoxWidth(widths) > limit) RemoveColumn(table, widths, name);
  }
  for (const std::string_view name : kSpareColumns) {
    if (BoxWidth(widths) > limit) RemoveColumn(table, widths, name);
  }
  return table;
}

// As WithoutSpare, for the columns that are dropped last: when the notes have been cut already.
ResultTable WithoutLastSpare(ResultTable table, int limit, std::vector<int>& widths) {
  for (const std::string_view name : kLastSpareColumns) {
    if (BoxWidth(widths) > limit) RemoveColumn(table, widths, name);
  }
  return table;
}

// The width of the column of notes; null where there is none.
int* WidthOfNotes(const ResultTable& table, std::vector<int>& widths) {
  const auto note = std::ranges::find(table.columns, "note", &ResultColumn::name);
  return note == table.columns.end() ? nullptr
                                     : &widths[static_cast<size_t>(note - table.columns.begin())];
}

// The columns of a table about jobs for which the terminal has room; `widths` becomes theirs.
ResultTable Narrowed(const ResultTable& whole, int limit, std::vector<int>& widths) {
  ResultTable table = WithoutSpare(whole, limit);
  widths = ColumnWidths(table, CellTexts(table));
  if (BoxWidth(widths) <= limit) return table;
  // Notes give way before figures do, since DESCRIBE JOB says them in full, and get what is left.
  int wanted = 0;
  if (int* const note = WidthOfNotes(table, widths)) {
    wanted = *note;
    *note = std::min(wanted, kLeastReadable / 2);
  }
  table = WithoutLastSpare(std::move(table), limit, widths);
  if (int* const note = WidthOfNotes(table, widths))
    *note = std::min(wanted, *note + std::max(0, limit - BoxWidth(widths)));
  return table;
}

// Whether cells of a column that differ still do when they are cut to its width.
bool TellsApart(const Cells& cells, const std::vector<int>& widths) {
  for (size_t c = 0; c < widths.size(); ++c) {
    std::map<std::string, const std::string*> whole;
    for (const std::vector<std::string>& row : cells) {
      const auto [at, first] = whole.emplace(CutToWidth(row[c], widths[c]), &row[c]);
      if (!first && *at->second != row[c]) return false;
    }
  }
  return true;
}

// Makes the box fit the width. Whether it is still to be read.
bool ShrinkToRead(const Cells& cells, std::vector<int>& widths, int limit, int least) {
  constexpr size_t kFewRows = 20;  // of more, each by itself is not what is looked for
  Shrink(widths, limit);
  return *std::max_element(widths.begin(), widths.end()) >= least &&
         (cells.size() > kFewRows || TellsApart(cells, widths));
}

std::string RenderBox(const ResultTable& whole, const RenderOptions& options) {
  const bool narrow = options.about_jobs && options.width > 0;
  std::vector<int> widths;
  const ResultTable narrowed = narrow ? Narrowed(whole, options.width, widths) : ResultTable();
  const ResultTable& table = narrow ? narrowed : whole;
  const Cells cells = CellTexts(table);
  if (!narrow) widths = ColumnWidths(table, cells);
  if (options.width > 0 && BoxWidth(widths) > options.width) {
    const int least = narrow ? kLeastReadable / 2 : kLeastReadable;
    const bool readable = ShrinkToRead(cells, widths, options.width, least);
    if (!readable && options.auto_vertical && !cells.empty())
      return RenderVertical(table, cells, options);
  }
  std::string out = BoxTop(table, widths);
  for (size_t r = 0; r < cells.size(); ++r) {
    if (IsGap(options, r)) out += GapRow(widths);
    out += ValuesRow(table.rows[r], cells[r], widths, options.color);
  }
  return out + BoxBottom(widths);
}

std::string CsvField(const std::string& text, bool is_null, bool is_text) {
  if (is_null) return "";
  const bool quote =
      text.find_first_of(",\"\r\n") != std::string::npos || (text.empty() && is_text);
  if (!quote) return text;
  std::string out = "\"";
  for (const char c : text) {
    if (c == '"') out += '"';
    out += c;
  }
  return out + "\"";
}

std::string TsvField(const Value& value) {
  if (value.is_null()) return "\\N";
  std::string out;
  for (const char c : value.ToString()) {
    if (c == '\t')
      out += "\\t";
    else if (c == '\n')
      out += "\\n";
    else if (c == '\r')
      out += "\\r";
    else if (c == '\\')
      out += "\\\\";
    else
      out += c;
  }
  return out;
}

std::string MarkdownRow(const std::vector<std::string>& cells) {
  std::string line = "|";
  for (std::string cell : cells) {
    for (size_t at = 0; (at = cell.find('|', at)) != std::string::npos; at += 2)
      cell.insert(at, "\\");
    line += " " + cell + " |";
  }
  return line + "\n";
}

std::string RenderMarkdown(const ResultTable& table, const RenderOptions& options) {
  std::vector<std::string> names;
  std::vector<std::string> rules;
  for (const ResultColumn& column : table.columns) {
    names.push_back(column.name);
    rules.emplace_back(column.type.is_numeric() ? "---:" : "---");
  }
  std::string out = MarkdownRow(names) + MarkdownRow(rules);
  const Cells cells = CellTexts(table);
  for (size_t r = 0; r < cells.size(); ++r) {
    if (IsGap(options, r)) out += MarkdownRow(std::vector<std::string>(names.size(), "…"));
    out += MarkdownRow(cells[r]);
  }
  return out;
}

std::string HeaderLine(const ResultTable& table, OutputFormat format) {
  std::string line;
  for (size_t c = 0; c < table.columns.size(); ++c) {
    if (c > 0) line += format == OutputFormat::kCsv ? "," : "\t";
    line += format == OutputFormat::kCsv ? CsvField(table.columns[c].name, false, true)
                                         : table.columns[c].name;
  }
  return line + "\n";
}

// What values of a type usually take.
int TypicalWidth(const Type& type) {
  switch (type.kind()) {
    case TypeKind::kBoolean:
      return 5;
    case TypeKind::kTinyInt:
      return 4;
    case TypeKind::kSmallInt:
      return 6;
    case TypeKind::kInt:
      return 11;
    case TypeKind::kBigInt:
      return 20;
    case TypeKind::kDate:
      return 10;
    case TypeKind::kTime:
      return 12;
    case TypeKind::kTimestamp:
    case TypeKind::kTimestampLtz:
      return 23;
    case TypeKind::kFloat:
    case TypeKind::kDouble:
    case TypeKind::kDecimal:
      return 22;
    default:
      return 30;
  }
}

}  // namespace

std::vector<int> TypicalWidths(const ResultTable& header, int limit) {
  std::vector<int> widths;
  for (const ResultColumn& column : header.columns) {
    const bool op = widths.empty() && column.name == "op";
    widths.push_back(std::max(DisplayWidth(column.name), op ? 2 : TypicalWidth(column.type)));
  }
  if (limit > 0) Shrink(widths, limit);
  return widths;
}

std::string BoxTop(const ResultTable& header, const std::vector<int>& widths) {
  return Rule(widths, "┌", "┬", "┐") + NamesRow(header, widths) + Rule(widths, "├", "┼", "┤");
}

std::string BoxLine(const std::vector<Value>& row, const std::vector<int>& widths) {
  std::vector<std::string> cells;
  for (const Value& value : row) cells.push_back(CellText(value));
  return ValuesRow(row, cells, widths, false);
}

std::string BoxBottom(const std::vector<int>& widths) {
  return Rule(widths, "└", "┴", "┘");
}

bool IsForPeople(OutputFormat format) {
  return format == OutputFormat::kBox || format == OutputFormat::kVertical ||
         format == OutputFormat::kMarkdown;
}

std::optional<OutputFormat> ParseOutputFormat(std::string_view name) {
  struct Named {
    std::string_view name;
    OutputFormat format;
  };
  constexpr Named kFormats[] = {{"box", OutputFormat::kBox},
                                {"csv", OutputFormat::kCsv},
                                {"tsv", OutputFormat::kTsv},
                                {"json", OutputFormat::kJson},
                                {"markdown", OutputFormat::kMarkdown},
                                {"vertical", OutputFormat::kVertical},
                                {"changelog", OutputFormat::kChangelog}};
  for (const Named& row : kFormats) {
    if (EqualsIgnoreCase(row.name, name)) return row.format;
  }
  return std::nullopt;
}

std::string RenderRow(const ResultTable& header, const std::vector<Value>& row,
                      OutputFormat format) {
  std::string line;
  if (format == OutputFormat::kChangelog) line += "+I[";
  if (format == OutputFormat::kJson) line += '{';
  for (size_t c = 0; c < row.size(); ++c) {
    if (format == OutputFormat::kChangelog) {
      line += (c > 0 ? ", " : "") + row[c].ToString();
    } else if (format == OutputFormat::kJson) {
      if (c > 0) line += ',';
      AppendJsonString(line, header.columns[c].name);
      line += ':';
      AppendJsonValue(line, row[c]);
    } else if (format == OutputFormat::kTsv) {
      line += (c > 0 ? "\t" : "") + TsvField(row[c]);
    } else {
      const bool text = row[c].type().is_character() || row[c].type().is_binary();
      line += (c > 0 ? "," : "") + CsvField(row[c].ToString(), row[c].is_null(), text);
    }
  }
  if (format == OutputFormat::kJson) line += '}';
  if (format == OutputFormat::kChangelog) line += ']';
  return line + "\n";
}

std::string Render(const ResultTable& whole, const RenderOptions& options) {
  const bool units = options.about_jobs && IsForPeople(options.format);
  const ResultTable with_units = units ? WithUnits(whole) : ResultTable();
  const ResultTable& table = units ? with_units : whole;
  switch (options.format) {
    case OutputFormat::kBox:
      return RenderBox(table, options);
    case OutputFormat::kVertical:
      return RenderVertical(table, CellTexts(table), options);
    case OutputFormat::kMarkdown:
      return RenderMarkdown(table, options);
    case OutputFormat::kCsv:
    case OutputFormat::kTsv:
    case OutputFormat::kJson:
    case OutputFormat::kChangelog:
      break;
  }
  std::string out;
  const bool named = options.format == OutputFormat::kCsv || options.format == OutputFormat::kTsv;
  if (options.header && named) out += HeaderLine(table, options.format);
  for (const auto& row : table.rows) out += RenderRow(table, row, options.format);
  return out;
}

bool CutsCells(const ResultTable& table, const RenderOptions& options) {
  if (options.format != OutputFormat::kBox || options.width <= 0 || options.about_jobs)
    return false;
  const Cells cells = CellTexts(table);
  std::vector<int> widths = ColumnWidths(table, cells);
  if (BoxWidth(widths) <= options.width) return false;
  return ShrinkToRead(cells, widths, options.width, kLeastReadable) || !options.auto_vertical;
}

ResultTable CutInTheMiddle(const ResultTable& table, size_t most, RenderOptions& options) {
  if (table.rows.size() <= most) return table;
  ResultTable cut;
  cut.columns = table.columns;
  options.gap_at = (most + 1) / 2;
  options.gap_rows = table.rows.size() - most;
  const auto first = table.rows.begin();
  cut.rows.assign(first, first + static_cast<ptrdiff_t>(options.gap_at));
  cut.rows.insert(cut.rows.end(), table.rows.end() - static_cast<ptrdiff_t>(most - options.gap_at),
                  table.rows.end());
  return cut;
}

int ScreenLines(std::string_view text, int width) {
  int lines = 0;
  while (!text.empty()) {
    const size_t end = text.find('\n');
    const int columns = DisplayWidth(text.substr(0, end));
    lines += width > 0 && columns > width ? (columns + width - 1) / width : 1;
    text.remove_prefix(end == std::string_view::npos ? text.size() : end + 1);
  }
  return lines;
}

}  // namespace weir::shell
