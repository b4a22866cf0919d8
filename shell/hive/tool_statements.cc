#include "shell/hive/tool_statements.h"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <vector>

#include "conf/options.h"
#include "planner/ast/to_sql.h"
#include "planner/catalog/catalog.h"
#include "runtime/base/names.h"

namespace weir::shell {
namespace {

constexpr std::array<std::string_view, 19> kForeign = {
    "hive.",  "hivevar:", "system:", "env:",    "metaconf:", "mapred.", "mapreduce.",
    "tez.",   "spark.",   "dfs.",    "yarn.",   "fs.",       "io.",     "datanucleus.",
    "javax.", "hadoop.",  "llap.",   "ranger.", "silent"};

constexpr std::string_view kHiveConf = "hiveconf:";

// The words of a statement, without comments, as views of its text. A name in back-ticks or a
// literal is one word; brackets and other punctuation belong to the word that they touch.
class Words {
 public:
  explicit Words(std::string_view text) : text_(text) {
    while (Skip()) Take();
  }
  // In capitals; "" beyond the end.
  std::string Upper(size_t i) const { return i < words_.size() ? ToUpper(words_[i]) : ""; }
  std::string_view Word(size_t i) const { return i < words_.size() ? words_[i] : ""; }
  size_t count() const { return words_.size(); }
  // The text from a word on; "" beyond the end.
  std::string_view From(size_t i) const {
    if (i >= words_.size()) return "";
    return text_.substr(static_cast<size_t>(words_[i].data() - text_.data()));
  }

 private:
  // Moves to the next word; false at the end.
  bool Skip() {
    while (at_ < text_.size()) {
      const std::string_view rest = text_.substr(at_);
      size_t end = 1;
      if (rest.starts_with("--")) {
        end = rest.find('\n');
      } else if (rest.starts_with("/*")) {
        const size_t close = rest.find("*/", 2);
        end = close == std::string_view::npos ? close : close + 2;
      } else if (std::string_view(" \t\r\n;").find(rest.front()) == std::string_view::npos) {
        return true;
      }
      if (end < 1 || end > rest.size()) return false;
      at_ += end;
    }
    return false;
  }
  void Take() {
    const size_t begin = at_;
    while (at_ < text_.size() &&
           std::string_view(" \t\r\n;").find(text_[at_]) == std::string_view::npos) {
      const char c = text_[at_];
      const bool quotes = c == '`' || c == '\'';
      const size_t close = quotes ? text_.find(c, at_ + 1) : at_;
      at_ = close == std::string_view::npos ? text_.size() : close + 1;
    }
    words_.push_back(text_.substr(begin, at_ - begin));
  }

  const std::string_view text_;
  size_t at_ = 0;
  std::vector<std::string_view> words_;
};

std::string_view WithoutTicks(std::string_view name) {
  const bool has = name.size() > 2 && name.front() == '`' && name.back() == '`';
  return has ? name.substr(1, name.size() - 2) : name;
}

std::string DatabaseName(std::string_view name) {
  if (!EqualsIgnoreCase(WithoutTicks(name), "default")) return std::string(name);
  return fmt::format("{}.{}", catalog::QuoteName(catalog::kDefaultCatalog),
                     catalog::QuoteName(catalog::kDefaultDatabase));
}

ToolStatement Nothing() {
  return {.answered = true};
}

ToolStatement Empty(const std::vector<std::string>& columns) {
  ToolStatement answer{.answered = true};
  answer.table = TextTable(columns);
  return answer;
}

ToolStatement Sql(std::string sql) {
  ToolStatement answer;
  answer.sql = std::move(sql);
  return answer;
}

std::string_view Trimmed(std::string_view text) {
  const size_t begin = text.find_first_not_of(" \t\r\n;'`");
  if (begin == std::string_view::npos) return "";
  return text.substr(begin, text.find_last_not_of(" \t\r\n;'`") - begin + 1);
}

ToolStatement ReadSet(const Words& words, std::string_view sql) {
  if (words.count() == 1 || words.Word(1) == "-v") return Sql("SET");
  const std::string_view rest = words.From(1);
  const size_t equals = rest.find('=');
  std::string_view key = Trimmed(rest.substr(0, equals));
  const bool of_conf = key.starts_with(kHiveConf);
  if (of_conf) key.remove_prefix(kHiveConf.size());
  if (!IsForeignSetting(key) && !of_conf) return Sql(std::string(sql));
  if (of_conf && conf::KnowsOption(key) && equals != std::string_view::npos) {
    return Sql(fmt::format("SET {} = {}", ast::QuoteString(std::string(key)),
                           ast::QuoteString(std::string(Trimmed(rest.substr(equals + 1))))));
  }
  if (equals != std::string_view::npos) return Nothing();
  ToolStatement answer = Empty({"set"});
  answer.table->AddTextRow({fmt::format("{} is undefined", key)});
  return answer;
}

// The rest from word `i` on, as our LIKE: Hive writes '*' for '%', and may leave LIKE out.
std::string LikeOf(const Words& words, size_t i) {
  if (i >= words.count()) return "";
  std::string pattern(words.Upper(i) == "LIKE" ? words.From(i + 1) : words.From(i));
  if (pattern.empty() || pattern.front() != '\'') return " " + std::string(words.From(i));
  std::ranges::replace(pattern, '*', '%');
  return " LIKE " + pattern;
}

ToolStatement ReadShow(const Words& words, std::string_view sql) {
  const std::string what = words.Upper(1);
  if (what == "SCHEMAS" || what == "DATABASES") return Sql("SHOW DATABASES" + LikeOf(words, 2));
  if (what == "TBLPROPERTIES") return Empty({"prpt_name", "prpt_value"});
  if (what == "PARTITIONS") return Empty({"partition"});
  if (what == "LOCKS" || what == "ROLES" || what == "GRANT" || what == "INDEX" ||
      what == "INDEXES" || what == "TRANSACTIONS" || what == "COMPACTIONS")
    return Empty({"name"});
  if (what != "TABLES" && what != "VIEWS") return Sql(std::string(sql));
  const bool placed = words.Upper(2) == "IN" || words.Upper(2) == "FROM";
  const std::string place = placed ? " FROM " + DatabaseName(words.Word(3)) : "";
  return Sql(fmt::format("SHOW {}{}{}", what, place, LikeOf(words, placed ? 4 : 2)));
}

ToolStatement ReadDescribe(const Words& words, std::string_view sql) {
  constexpr std::array<std::string_view, 8> kOthers = {
      "JOB", "SAVEPOINT", "RECOVERY", "CATALOG", "DATABASE", "FUNCTION", "MODEL", "CONNECTION"};
  const std::string what = words.Upper(1);
  if (std::ranges::find(kOthers, what) != kOthers.end()) return Sql(std::string(sql));
  if (what == "SCHEMA") return Sql("DESCRIBE DATABASE " + DatabaseName(words.Word(2)));
  const bool detailed = what == "FORMATTED" || what == "EXTENDED";
  size_t name = detailed ? 2 : 1;
  if (words.Upper(name) == "TABLE" && words.count() > name + 1) ++name;
  ToolStatement statement = Sql("DESCRIBE " + std::string(words.From(name)));
  statement.describes = true;
  return statement;
}

}  // namespace

bool IsForeignSetting(std::string_view key) {
  if (conf::KnowsOption(key)) return false;
  const std::string lower = ToLower(key);
  return std::ranges::any_of(kForeign,
                             [&](std::string_view prefix) { return lower.starts_with(prefix); });
}

ToolStatement ReadToolStatement(std::string_view sql) {
  const Words words(sql);
  const std::string verb = words.Upper(0);
  if (verb == "SET") return ReadSet(words, sql);
  if (verb == "SHOW") return ReadShow(words, sql);
  if (verb == "DESCRIBE" || verb == "DESC") return ReadDescribe(words, sql);
  if (verb == "USE" && words.count() == 2) return Sql("USE " + DatabaseName(words.Word(1)));
  if ((verb == "CREATE" || verb == "DROP") && words.Upper(1) == "SCHEMA")
    return Sql(fmt::format("{} DATABASE {}", verb, words.From(2)));
  const bool into_table = verb == "INSERT" && words.Upper(1) == "INTO" && words.Upper(2) == "TABLE";
  if (into_table) return Sql(fmt::format("INSERT INTO {}", words.From(3)));
  return Sql(std::string(sql));
}

bool AsksForRows(std::string_view sql) {
  constexpr std::array<std::string_view, 7> kVerbs = {"SELECT",   "WITH", "VALUES", "SHOW",
                                                      "DESCRIBE", "DESC", "EXPLAIN"};
  const std::string verb = Words(sql).Upper(0);
  return verb.starts_with('(') || std::ranges::find(kVerbs, verb) != kVerbs.end();
}

namespace {

// "DECIMAL(10, 2)", "TIMESTAMP(3) *ROWTIME*" in Hive's words.
std::string HiveTypeText(std::string_view text) {
  const std::string_view type = text.substr(0, text.find(" *"));
  const std::string_view head = type.substr(0, type.find_first_of("(<"));
  if (head == "TIMESTAMP_LTZ" || head == "TIME" || head == "MULTISET") return "string";
  if (head == "BYTES" || head == "VARBINARY" || head == "BINARY") return "binary";
  if (head == "TIMESTAMP") return "timestamp";
  std::string lower = ToLower(head == "ROW" ? fmt::format("STRUCT{}", type.substr(3)) : type);
  if (head == "DECIMAL") std::erase(lower, ' ');
  return lower;
}

}  // namespace

ResultTable HiveDescription(const ResultTable& described) {
  ResultTable table = TextTable({"col_name", "data_type", "comment"});
  for (const std::vector<Value>& row : described.rows)
    table.AddTextRow({row[0].ToString(), HiveTypeText(row[1].ToString()), ""});
  return table;
}

}  // namespace weir::shell
