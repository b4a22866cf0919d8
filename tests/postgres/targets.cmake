# A real server, where Debian's postgresql is.
if(TARGET weir)
  add_test(NAME postgres COMMAND /usr/bin/python3 tests/postgres/postgres_test.py --weir $<TARGET_FILE:weir>
           WORKING_DIRECTORY ${CMAKE_SOURCE_DIR})
  add_test(NAME postgres.change COMMAND /usr/bin/python3 tests/postgres/change_test.py --weir $<TARGET_FILE:weir>
           WORKING_DIRECTORY ${CMAKE_SOURCE_DIR})
  add_test(NAME postgres.cdc COMMAND /usr/bin/python3 tests/postgres/cdc_test.py --weir $<TARGET_FILE:weir>
           WORKING_DIRECTORY ${CMAKE_SOURCE_DIR})
  add_test(NAME postgres.storm COMMAND tests/postgres/storm.py --weir $<TARGET_FILE:weir> $<TARGET_FILE:weir_faulty>
           WORKING_DIRECTORY ${CMAKE_SOURCE_DIR})
  add_test(NAME postgres_options COMMAND tests/postgres/options_test.py --weir $<TARGET_FILE:weir>
           WORKING_DIRECTORY ${CMAKE_SOURCE_DIR})
  set_tests_properties(postgres postgres.change postgres.cdc postgres.storm PROPERTIES SKIP_RETURN_CODE 77)
endif()
