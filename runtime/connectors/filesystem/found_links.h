// Symbolic links that are found in a table's directory, where nobody named them: whoever may write
// there, such as the program that brings a server its input, can make one.
#pragma once

#include <string>
#include <vector>

#include "runtime/base/status.h"

namespace weir::connectors {

struct LinkPlaces {
  std::string data_directory;  // the engine's; "" where there is none
  // 'server.allowed-paths'; empty: not said, and links may lead anywhere else
  std::vector<std::string> allowed;
};

// For the whole process, before its first job runs. Thread-safe.
void SetLinkPlaces(LinkPlaces places);

// E6004 where `path`, found below the directory `root`, is a link that leads out of `root` and into
// the data directory or, where allowed paths are said, to none of them. It is judged once: who may
// make links can put one in the place of a file that was listed.
Status CheckLink(const std::string& path, const std::string& root);

}  // namespace weir::connectors
