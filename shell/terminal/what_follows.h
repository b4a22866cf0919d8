// Which words can follow in a statement that is no query.
#pragma once

#include <string>
#include <string_view>
#include <vector>

namespace weir::shell {

// The kinds of words and names that may follow the words typed so far.
struct Following {
  std::vector<std::string_view> words;  // of the grammar
  bool relations = false;
  bool jobs = false;
  bool savepoints = false;
  bool databases = false;
  bool catalogs = false;
  bool functions = false;
  bool user_functions = false;  // without those of the language
  bool options = false;         // of SET
  bool topics = false;          // of HELP
  bool is_known = false;        // nothing else can follow
};

// `words`: those of the statement so far, keywords in upper case.
Following WhatFollows(const std::vector<std::string>& words);

}  // namespace weir::shell
