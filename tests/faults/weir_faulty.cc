// `weir` as tests want it: the same program, with what the environment asks planted in it.
#include "shell/cli/cli.h"
#include "tests/faults/fault_hooks.h"

int main(int argc, char** argv) {
  return weir::shell::Main(argc, argv, weir::faults::InstallFaultHooks());
}
