# utnt-tender: the program that becomes an image. Static, without a C library, at 8 GiB, above every image; the linker
# cannot reach that far with absolute addresses, so its code is position independent although its place is fixed.
set(root ${CMAKE_SOURCE_DIR}/src)
file(GLOB sources CONFIGURE_DEPENDS ${root}/tender/process/program/*.cpp)
add_executable(utnt_tender_program ${sources} ${root}/tender/process/arguments.cpp ${root}/tender/process/call_filter.cpp
  ${root}/tender/process/elf_image.cpp ${root}/abi/command_line.cpp ${root}/unikernel/runtime/memory.cpp)
set(options ${utnt_image_options})
list(REMOVE_ITEM options -fno-pic -fno-pie -mcmodel=small -fno-plt)
target_compile_options(utnt_tender_program PRIVATE $<$<COMPILE_LANGUAGE:CXX>:${options} -fpie>)
target_include_directories(utnt_tender_program PRIVATE ${root})
set_target_properties(utnt_tender_program PROPERTIES OUTPUT_NAME utnt-tender CXX_EXTENSIONS OFF)
target_link_options(utnt_tender_program PRIVATE ${utnt_image_link_options} -Wl,-Ttext-segment=0x200000000,-z,norelro)
target_link_libraries(utnt_tender_program PRIVATE gcc)
add_custom_command(TARGET utnt_tender_program POST_BUILD COMMAND ${CMAKE_STRIP} -s $<TARGET_FILE:utnt_tender_program> VERBATIM)
add_dependencies(end_to_end utnt_tender_program)
include(GNUInstallDirs)
install(TARGETS utnt_tender_program RUNTIME DESTINATION ${CMAKE_INSTALL_LIBEXECDIR}/utnt)
unset(root)
unset(sources)
unset(options)

# What the tests of the tenders run: an image that does what its command line says.
if(TARGET tender_test)
  utnt_image_objects(image_tender_test ${CMAKE_SOURCE_DIR}/tests/tender/image.cpp)
  utnt_link_image(tender_test_process tender_test-process ${CMAKE_SOURCE_DIR}/src/unikernel/process/image.lds
    image_pure image_common image_process image_tender_test)
  add_dependencies(tender_test tender_test_process utnt_tender_program)
  target_compile_definitions(tender_test PRIVATE UTNT_TEST_IMAGE="${utnt_image_dir}/tender_test-process"
    UTNT_TENDER_PROGRAM="$<TARGET_FILE:utnt_tender_program>")
endif()
