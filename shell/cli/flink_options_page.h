// What docs/options.md says of Flink's options that are none of ours.
#pragma once

#include <string>

#include "shell/output/render.h"

namespace weir::shell {

// A section with two tables, made from flink_options.def.
std::string FlinkOptionsPage(const RenderOptions& render);

}  // namespace weir::shell
