# What `cmake --install` puts down, and the .deb that CPack makes of it (`./weirw package`).
include_guard()

# What the options are by default is in the program; the file shows it, to be copied and changed.
install(TARGETS weir)
install(FILES conf/weir.yaml DESTINATION ${CMAKE_INSTALL_DATADIR}/weir)
install(FILES packaging/weir.service DESTINATION lib/systemd/system)
# What libraries with functions of users are built with.
install(FILES runtime/abi/weir/arrow.h runtime/abi/weir/function.h DESTINATION include/weir)
install(FILES README.md LICENSE DESTINATION ${CMAKE_INSTALL_DOCDIR})
install(DIRECTORY docs examples DESTINATION ${CMAKE_INSTALL_DOCDIR})

# The manual page and the shells' completion files are what the program prints.
if(NOT CMAKE_CROSSCOMPILING)
  set(PAGES ${CMAKE_BINARY_DIR}/packaging)
  file(MAKE_DIRECTORY ${PAGES})
  add_custom_command(TARGET weir POST_BUILD
    COMMAND $<TARGET_FILE:weir> man > ${PAGES}/weir.1
    COMMAND gzip -9nf ${PAGES}/weir.1
    COMMAND $<TARGET_FILE:weir> completion bash > ${PAGES}/weir
    COMMAND $<TARGET_FILE:weir> completion zsh > ${PAGES}/_weir
    COMMAND $<TARGET_FILE:weir> completion fish > ${PAGES}/weir.fish
    COMMENT "Manual page and completion files")
  install(FILES ${PAGES}/weir.1.gz DESTINATION ${CMAKE_INSTALL_MANDIR}/man1)
  install(FILES ${PAGES}/weir DESTINATION ${CMAKE_INSTALL_DATADIR}/bash-completion/completions)
  install(FILES ${PAGES}/_weir DESTINATION ${CMAKE_INSTALL_DATADIR}/zsh/vendor-completions)
  install(FILES ${PAGES}/weir.fish DESTINATION ${CMAKE_INSTALL_DATADIR}/fish/vendor_completions.d)
endif()

# --- the Debian package --------------------------------------------------------------------------
# These are for a package, whose prefix is /usr: `cmake --install` leaves them out.
file(MAKE_DIRECTORY ${CMAKE_BINARY_DIR}/packaging)  # where a cross build has made no pages
file(ARCHIVE_CREATE OUTPUT ${CMAKE_BINARY_DIR}/packaging/changelog.gz PATHS ${CMAKE_SOURCE_DIR}/packaging/debian/changelog
     FORMAT raw COMPRESSION GZip COMPRESSION_LEVEL 9)
install(FILES conf/weir.yaml DESTINATION ../etc/weir COMPONENT system EXCLUDE_FROM_ALL)
install(FILES packaging/debian/copyright ${CMAKE_BINARY_DIR}/packaging/changelog.gz DESTINATION share/doc/weir
        COMPONENT system EXCLUDE_FROM_ALL)

set(CPACK_GENERATOR DEB)
set(CPACK_PACKAGE_NAME weir)
set(CPACK_PACKAGE_VENDOR "The Weir authors")
set(CPACK_PACKAGE_CONTACT "The Weir authors <maintainers@weir.invalid>")
set(CPACK_PACKAGE_DESCRIPTION_SUMMARY "streaming SQL with state that survives edits")
set(CPACK_DEBIAN_PACKAGE_DESCRIPTION
    "Weir runs queries over streams and files around the clock, in a superset of\n\
Apache Flink's SQL: windows, joins, Top-N and aggregates whose state is kept\n\
in incremental checkpoints, exactly once through any crash.\n\
.\n\
A running query can be changed: it is stopped with a savepoint, EXPLAIN\n\
RESTORE says what happens to the state of each operator, and RESTORE goes on.\n\
.\n\
The package has the program, a service of systemd and the documents.")
set(CPACK_PACKAGING_INSTALL_PREFIX /usr)
set(CPACK_STRIP_FILES ON)
set(CPACK_COMPONENTS_ALL Unspecified system)
set(CPACK_COMPONENTS_GROUPING ALL_COMPONENTS_IN_ONE)
set(CPACK_DEB_COMPONENT_INSTALL ON)
set(CPACK_DEBIAN_FILE_NAME DEB-DEFAULT)
set(CPACK_DEBIAN_PACKAGE_SECTION database)
set(CPACK_DEBIAN_PACKAGE_SHLIBDEPS ON)
set(CPACK_DEBIAN_PACKAGE_DEPENDS "adduser, tzdata")
set(CPACK_DEBIAN_PACKAGE_RECOMMENDS "python3-numpy")  # of functions in Python
set(CPACK_DEBIAN_PACKAGE_CONTROL_STRICT_PERMISSION ON)
set(CPACK_DEBIAN_PACKAGE_CONTROL_EXTRA ${CMAKE_SOURCE_DIR}/packaging/debian/conffiles ${CMAKE_SOURCE_DIR}/packaging/debian/postinst
    ${CMAKE_SOURCE_DIR}/packaging/debian/prerm ${CMAKE_SOURCE_DIR}/packaging/debian/postrm)
include(CPack)
