# `cmake --install`: man pages, completions, documentation (the program itself: src/apps). And the Debian package.
include(GNUInstallDirs)
# Installing and packaging take what was built: the program and the man pages, not every test.
set(CMAKE_SKIP_INSTALL_ALL_DEPENDENCY ON)
install(FILES README.md CHANGELOG.md SECURITY.md CONTRIBUTING.md DESTINATION ${CMAKE_INSTALL_DOCDIR})
install(FILES LICENSE DESTINATION ${CMAKE_INSTALL_DOCDIR} RENAME copyright)
# As in the tree, so that the links of one page to another lead somewhere.
install(FILES docs/tour.md docs/architecture.md docs/security.md docs/fleet-tutorial.md docs/fleet-operations.md
  DESTINATION ${CMAKE_INSTALL_DOCDIR}/docs)
install(DIRECTORY docs/reference docs/adr docs/design DESTINATION ${CMAKE_INSTALL_DOCDIR}/docs FILES_MATCHING PATTERN "*.md")
install(FILES packaging/fleet/utnt-node.service packaging/fleet/authorized_keys.example examples/fleet/paper.events
  examples/fleet/paper-full.events DESTINATION ${CMAKE_INSTALL_DOCDIR}/examples)

file(GLOB pages CONFIGURE_DEPENDS ${CMAKE_SOURCE_DIR}/docs/man/*.1)
foreach(page ${pages})
  get_filename_component(name ${page} NAME)
  set(compressed ${CMAKE_BINARY_DIR}/man/${name}.gz)
  add_custom_command(OUTPUT ${compressed} DEPENDS ${page} VERBATIM
    COMMAND ${CMAKE_COMMAND} -E make_directory ${CMAKE_BINARY_DIR}/man COMMAND sh -c "gzip -9nc '${page}' > '${compressed}'")
  list(APPEND all_compressed ${compressed})
endforeach()
if(pages)
  add_custom_target(man_pages ALL DEPENDS ${all_compressed})
  install(FILES ${all_compressed} DESTINATION ${CMAKE_INSTALL_MANDIR}/man1)
endif()

foreach(completion "utnt.bash|bash-completion/completions|utnt" "_utnt|zsh/vendor-completions|_utnt"
        "utnt.fish|fish/vendor_completions.d|utnt.fish")
  string(REPLACE "|" ";" parts ${completion})
  list(GET parts 0 file)
  list(GET parts 1 folder)
  list(GET parts 2 name)
  if(EXISTS ${CMAKE_SOURCE_DIR}/packaging/completions/${file})
    install(FILES packaging/completions/${file} DESTINATION ${CMAKE_INSTALL_DATADIR}/${folder} RENAME ${name})
  endif()
endforeach()

set(CPACK_GENERATOR DEB)
set(CPACK_PACKAGE_NAME utnt)
set(CPACK_PACKAGE_CONTACT "The uTNT maintainers <maintainers@localhost>")
set(CPACK_PACKAGE_DESCRIPTION_SUMMARY "traceroute that reveals MPLS tunnels")
set(CPACK_PACKAGE_DESCRIPTION "Paris traceroute that also finds the MPLS tunnels on a path, reveals the routers that they
 hide, and tells how each of them was found. Comes with an emulated Internet to try it in, and with
 a fleet: measurements on demand on many nodes, whose results are never lost.")
set(CPACK_PACKAGE_INSTALL_DIRECTORY /usr)
set(CPACK_PACKAGING_INSTALL_PREFIX /usr)
set(CPACK_STRIP_FILES ON)
set(CPACK_DEBIAN_PACKAGE_SECTION net)
set(CPACK_DEBIAN_PACKAGE_PRIORITY optional)
set(CPACK_DEBIAN_FILE_NAME DEB-DEFAULT)
set(CPACK_DEBIAN_PACKAGE_SHLIBDEPS ON)
set(CPACK_DEBIAN_PACKAGE_DEPENDS "libcap2-bin")
# Images in a virtual machine, and networks made for them; a fleet's containers and its way to other nodes. The sandboxed
# process needs none of it.
set(CPACK_DEBIAN_PACKAGE_SUGGESTS "qemu-system-x86, nftables, podman, runc, openssh-client")
set(CPACK_DEBIAN_PACKAGE_CONTROL_EXTRA "${CMAKE_SOURCE_DIR}/packaging/deb/postinst")
set(CPACK_DEBIAN_PACKAGE_CONTROL_STRICT_PERMISSION ON)
include(CPack)
