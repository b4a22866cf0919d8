# The web page in headless Chromium. selenium is a module of Debian's Python, which need not be the first one there is.
if(TARGET weir)
  add_test(NAME page COMMAND /usr/bin/python3 tests/page/page_test.py --weir $<TARGET_FILE:weir>
           WORKING_DIRECTORY ${CMAKE_SOURCE_DIR})
endif()
