// Regular expressions of Java (java.util.regex.Pattern), which Flink's functions take, in the
// language of RE2. What RE2 cannot do in linear time is an error that says so.
#pragma once

#include <functional>
#include <memory>
#include <string>
#include <string_view>

#include "runtime/base/result.h"

namespace re2 {
class RE2;
}

namespace weir::expr {

// `pattern` for RE2. Classes that differ are spelt out: \s has the vertical tab, \h and \v are sets
// of white space, \p{Alpha} and its like are ASCII, a dot leaves out every line terminator of
// Unicode. kUnsupported names the construct: look-around, back references, possessive quantifiers,
// atomic groups, intersections and unions of classes, \G, \N, \R, \X, \Z, properties that are
// neither a category nor a script (\p{IsAlphabetic}, \p{javaLowerCase}), the flags d, u, U and x.
// Known difference: without (?m), $ matches at the very end only, in Java also before a last
// newline.
Result<std::string> TranslateJavaRegex(std::string_view pattern);

// `pattern` compiled. kDataError E3001 when it is malformed, kUnsupported as above.
Result<std::unique_ptr<re2::RE2>> CompileJavaRegex(std::string_view pattern);

// Whether a text matches as a whole, as Matcher.matches(). Thread-safe; errors as above.
using WholeMatch = std::function<bool(std::string_view)>;
Result<WholeMatch> CompileWholeMatch(std::string_view pattern);

}  // namespace weir::expr
