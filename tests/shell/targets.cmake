# Tests that drive the real program, as scripts and on a pseudo-terminal.
if(TARGET weir)
  foreach(part script verbs terminal evolve language secrets table_options enforcers batch catalog change copy state bad_records storage server materialized http rest sql login secret_references socket_group python native)
    add_test(NAME shell.${part}
             COMMAND Python3::Interpreter tests/shell/${part}_test.py --weir $<TARGET_FILE:weir>
             WORKING_DIRECTORY ${CMAKE_SOURCE_DIR})
  endforeach()
  add_test(NAME shell.attached COMMAND Python3::Interpreter tests/shell/run_attached.py --weir $<TARGET_FILE:weir>
           WORKING_DIRECTORY ${CMAKE_SOURCE_DIR})
endif()
