// Any bytes: the parser answers with a tree or an error whose span lies inside the text, and never
// crashes; a tree prints to SQL that parses to an equal tree. Built with -fsanitize=fuzzer it is a
// fuzz target; without, with replay.cc, a program that replays the files it is given.
#include <cstdint>
#include <cstdio>
#include <cstdlib>
#include <string>
#include <string_view>

#include "planner/ast/to_sql.h"
#include "planner/parse/parse.h"

namespace {

[[noreturn]] void Fail(const char* what, const std::string& text) {
  std::fprintf(stderr, "parser_fuzz: %s\n%s\n", what, text.c_str());
  std::abort();
}

void CheckStatement(const weir::ast::Statement& statement) {
  const std::string printed = weir::ast::ToSql(statement);
  const auto again = weir::parse::ParseStatement(printed);
  if (!again.ok())
    Fail("what was printed does not parse", printed + "\n" + again.status().ToString());
  if (!(**again == statement)) Fail("the printed text means something else", printed);
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
  const std::string text(reinterpret_cast<const char*>(data), size);
  weir::parse::IsComplete(text);
  for (const weir::SourceSpan part : weir::parse::SplitScript(text)) {
    const auto statement = weir::parse::ParseStatementAt(text, part);
    if (statement.ok()) {
      CheckStatement(**statement);
      continue;
    }
    const auto span = statement.status().span();
    if (!span || span->end > text.size() || span->begin > span->end)
      Fail("an error is outside the text", text);
    if (statement.status().id().starts_with("E9")) Fail("an internal error", text);
  }
  return 0;
}
