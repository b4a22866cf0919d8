// What `weir options` prints.
#pragma once

#include <string>

#include "shell/output/render.h"

namespace weir::shell {

// A row an option; in markdown the page docs/options.md.
std::string OptionsPage(const RenderOptions& render);

}  // namespace weir::shell
