// Statements as Hive's clients write them. Their drivers insert parameters into the text by Hive's
// rules, where a backslash escapes. Read by our rules, 'it\'s' would end too early, and the rest of
// a parameter would be executed as SQL.
#pragma once

#include <string>
#include <string_view>

namespace weir::shell {

// The same statement in our language. A literal in single or double quotes is read as Hive reads it
// ('it\'s', "it's", '\n', '\t', '\u00e4', '\\', octal '\012', and a doubled quote as in SQL) and
// written by our rules. `default` before a dot becomes our default database. Comments, hints, names
// in back-ticks and U&'…' stay. A literal or comment without an end is left as it is.
std::string FromHiveText(std::string_view statement);

}  // namespace weir::shell
