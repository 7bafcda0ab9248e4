# `make install`: the program, its man page and completions (all made from the table of commands).
include(GNUInstallDirs)
install(TARGETS ecs-autoscale RUNTIME DESTINATION ${CMAKE_INSTALL_BINDIR})
if(STATIC) # one file, to be copied
  return()
endif()

set(generated ${CMAKE_BINARY_DIR}/generated)
add_custom_command(TARGET ecs-autoscale POST_BUILD
  COMMAND ecs-autoscale manpage > ${generated}/ecs-autoscale.1
  COMMAND ecs-autoscale completions bash > ${generated}/ecs-autoscale.bash
  COMMAND ecs-autoscale completions zsh > ${generated}/_ecs-autoscale
  COMMAND ecs-autoscale completions fish > ${generated}/ecs-autoscale.fish
  VERBATIM)
install(FILES ${generated}/ecs-autoscale.1 DESTINATION ${CMAKE_INSTALL_MANDIR}/man1)
install(FILES ${generated}/ecs-autoscale.bash
  DESTINATION ${CMAKE_INSTALL_DATADIR}/bash-completion/completions RENAME ecs-autoscale)
install(FILES ${generated}/_ecs-autoscale DESTINATION ${CMAKE_INSTALL_DATADIR}/zsh/site-functions)
install(FILES ${generated}/ecs-autoscale.fish
  DESTINATION ${CMAKE_INSTALL_DATADIR}/fish/vendor_completions.d)
install(FILES LICENSE README.md CONTRIBUTING.md DESTINATION ${CMAKE_INSTALL_DOCDIR})
install(DIRECTORY docs DESTINATION ${CMAKE_INSTALL_DOCDIR} FILES_MATCHING PATTERN "*.md")
install(DIRECTORY contrib DESTINATION ${CMAKE_INSTALL_DOCDIR})
