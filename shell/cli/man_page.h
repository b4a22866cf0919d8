// The manual page weir(1), in roff, made from the table of verbs.
#pragma once

#include <string>
#include <string_view>

namespace weir::shell {

std::string ManPage(std::string_view version);

}  // namespace weir::shell
