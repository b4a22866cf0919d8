// Statements as Hive's clients write them. Their drivers put parameters into the text by Hive's
// rules, where a backslash escapes: read by ours, 'it\'s' would end too early, and what a user of
// the program typed would become SQL.
#pragma once

#include <string>
#include <string_view>

namespace weir::shell {

// The same statement in our language. A literal in single or double quotes is read as Hive does
// ('it\'s', "it's", '\n', '\t', '\u00e4', '\\', octal '\012'; a quote that is doubled is one, as in
// SQL) and written by our rules. `default` before a dot is our default database. Comments, hints,
// names in back-ticks and U&'…' stay. A literal or comment without an end is left as it is.
std::string FromHiveText(std::string_view statement);

}  // namespace weir::shell
