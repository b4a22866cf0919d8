# A real server, where Debian's mariadb-server is.
if(TARGET weir)
  add_test(NAME mysql COMMAND /usr/bin/python3 tests/mysql/mysql_test.py --weir $<TARGET_FILE:weir>
           WORKING_DIRECTORY ${CMAKE_SOURCE_DIR})
  add_test(NAME mysql.storm COMMAND tests/mysql/storm.py --weir $<TARGET_FILE:weir> $<TARGET_FILE:weir_faulty>
           WORKING_DIRECTORY ${CMAKE_SOURCE_DIR})
  add_test(NAME mysql_options COMMAND tests/mysql/options_test.py --weir $<TARGET_FILE:weir>
           WORKING_DIRECTORY ${CMAKE_SOURCE_DIR})
  set_tests_properties(mysql mysql.storm PROPERTIES SKIP_RETURN_CODE 77)
endif()
