// What `weir options` prints.
#pragma once

#include <string>

#include "shell/output/render.h"

namespace weir::shell {

// One row for each option. Rendered as markdown it is the page docs/options.md.
std::string OptionsPage(const RenderOptions& render);

}  // namespace weir::shell
