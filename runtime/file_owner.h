// Whose a file becomes that root makes in somebody else's directory.
#pragma once

#include <string>

namespace weir {

// Gives an open file to the owner of `directory` where this process is root's: a server that runs
// as that owner must be able to read what `sudo` has made for it. Nothing happens for anybody else,
// or where it fails.
void GiveToOwnerOf(const std::string& directory, int file);

}  // namespace weir
