// Has the user edit a text in the editor of their choice.
#pragma once

#include <optional>
#include <string>

#include "runtime/base/result.h"

namespace weir::shell {

// Opens $VISUAL, else $EDITOR, else vi with a copy of `text` and returns what was saved; nothing
// when the file was not saved, or the editor ended with a failure, as :cq of vi does. The copy lies
// below $TMPDIR, else /tmp, is for its owner alone, and is removed. E4005 when it cannot be made,
// E4001 or E4002 when it cannot be read back.
Result<std::optional<std::string>> EditText(const std::string& text);

}  // namespace weir::shell
