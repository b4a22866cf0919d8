// Completion of the word at the cursor, by its place.
#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "shell/engine/engine.h"

namespace weir::shell {

struct Completions {
  // Sorted, without duplicates. One that ends with '/' is a directory and wants more.
  std::vector<std::string> candidates;
  size_t replaced = 0;  // the bytes in front of the cursor that a candidate stands for
};

// What the word at the end of `text` may become; `behind` is what follows the cursor. Empty when
// nothing fits.
//
//   the first word                      statements
//   behind SHOW, DESCRIBE, DROP, …      what can follow there
//   FROM, JOIN, INTO, TABLE             tables and views, and names of WITH; in quotes files
//   SELECT, WHERE, ON, … and `alias.`   columns of the tables that the statement names, wherever it
//                                       does; of all tables while it names none; functions
//   JOB, SAVEPOINT, USE                 jobs, savepoints, databases
//   SET ', WITH (' and behind their =   options and values
//   SOURCE ', \i, \o                    files
//
// Keywords follow the case of the word; names are quoted where they must be.
Completions Complete(EngineSession& engine, std::string_view text, std::string_view behind = "");

}  // namespace weir::shell
