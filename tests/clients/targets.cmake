# Clients that others wrote. The first run installs them from the package index.
if(TARGET weir)
  add_test(NAME clients COMMAND Python3::Interpreter tests/clients/clients_test.py --weir $<TARGET_FILE:weir>
           WORKING_DIRECTORY ${CMAKE_SOURCE_DIR})
endif()
