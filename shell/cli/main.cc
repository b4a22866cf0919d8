#include "shell/cli/cli.h"

int main(int argc, char** argv) {
  return weir::shell::Main(argc, argv);
}
