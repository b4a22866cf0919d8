// The statement that is being typed, as far as completion understands it.
#pragma once

#include <initializer_list>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "planner/parse/parse.h"

namespace weir::shell {

// Whether the word is in the list.
bool IsOneOf(std::string_view word, std::initializer_list<std::string_view> words);

// A table in a FROM, JOIN or INTO, or an argument of a window.
struct TableInText {
  std::string name;   // as the catalog has it, or a path in quotes
  std::string alias;  // what columns are called by; the last part of the name without one
};

// Made of what stands before the cursor and what stands behind it, which may be several statements:
// the one at the cursor counts. A value.
class TypedText {
 public:
  TypedText(std::string_view before, std::string_view behind);

  // The word at the cursor, with the quote that it began with; "" behind a blank or a sign.
  const std::string& typed() const { return typed_; }
  // The run of characters without a blank at the cursor, since names of jobs have signs in them.
  const std::string& run() const { return run_; }
  // The words before the one at the cursor: keywords in upper case, names and strings as they are.
  const std::vector<std::string>& words() const { return words_; }
  // The last of them, and those before it; "" where there is none.
  std::string_view last(size_t back = 0) const {
    return back < words_.size() ? std::string_view(words_[words_.size() - 1 - back]) : "";
  }
  // The words that stand before the parenthesis that is open at the cursor; nothing where none is.
  std::optional<std::vector<std::string>> before_parenthesis() const;
  // SELECT, FROM, WHERE, …: the word that began the part of the query at the cursor; "" for none.
  std::string_view clause() const;
  // The tables that the statement reads, before the cursor and behind it.
  const std::vector<TableInText>& tables() const { return tables_; }
  // The names of common table expressions.
  const std::vector<std::string>& ctes() const { return ctes_; }
  // Whether the statement uses a window, which adds columns to its table.
  bool has_windows() const { return has_windows_; }
  // Whether keywords are typed in lower case.
  bool is_lower() const { return is_lower_; }

 private:
  std::string typed_;
  std::string run_;
  std::vector<std::string> words_;
  std::vector<TableInText> tables_;
  std::vector<std::string> ctes_;
  bool has_windows_ = false;
  bool is_lower_ = false;
};

}  // namespace weir::shell
