// The texts of scripts, from files, pipes and standard input.
#pragma once

#include <string>
#include <string_view>

#include "runtime/base/result.h"
#include "runtime/file_system.h"
#include "shell/output/script_variables.h"

namespace weir::shell {

// The text of a script, which may come through a pipe (/dev/stdin, <(…), mkfifo). Its writer may be
// slow or never come: kCancelled when a signal comes first, which the caller takes (signals.h).
// An object in a store is read by `files`.
Result<std::string> ReadScript(const std::string& path, FileSystem& files);
// The same of standard input.
Result<std::string> ReadStandardInput();
// A script as it is to be executed, and what errors call its file.
struct NamedScript {
  std::string text;
  std::string file;
};
// The script that an argument names, "-" for standard input, with its variables put in.
Result<NamedScript> ReadNamedScript(const std::string& argument, const ScriptVariables& variables,
                                    FileSystem& files);
// `text` without a byte order mark (Unicode, 23.8), which some editors put in front of a file.
std::string_view WithoutMark(std::string_view text);

}  // namespace weir::shell
