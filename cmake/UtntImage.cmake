# Images of the library OS: one program, built for each target from the same objects.
#   utnt_image(NAME SOURCES file... [INCLUDES folder...])   -> build/image/NAME.elf (virtual machines), NAME-process
set(utnt_image_dir ${CMAKE_BINARY_DIR}/image)
# The unikernel specification, section 10.1.
set(utnt_image_options -std=c++20 -Os -ffreestanding -fno-exceptions -fno-rtti -fno-pic -fno-pie -mcmodel=small -mno-red-zone
  -fcf-protection=none -fno-stack-protector -fno-asynchronous-unwind-tables -fno-threadsafe-statics -fno-use-cxa-atexit
  -ffunction-sections -fdata-sections -fno-plt -fvisibility=hidden -U_FORTIFY_SOURCE -U_GLIBCXX_ASSERTIONS
  -Wall -Wextra -Wpedantic -Wconversion -Wshadow -Werror ${utnt_path_options})
set(utnt_image_link_options -static -nostdlib -no-pie -Wl,--gc-sections,--build-id=none,-z,max-page-size=4096,-z,noexecstack
  -Wl,--no-warn-rwx-segments)

# utnt_image_objects(NAME file... ): an object library with the options above and nothing else.
function(utnt_image_objects name)
  add_library(${name} OBJECT EXCLUDE_FROM_ALL ${ARGN})
  set_target_properties(${name} PROPERTIES CXX_STANDARD 20 CXX_EXTENSIONS OFF POSITION_INDEPENDENT_CODE OFF)
  target_include_directories(${name} PRIVATE ${CMAKE_SOURCE_DIR}/src)
  target_compile_options(${name} PRIVATE $<$<COMPILE_LANGUAGE:CXX>:${utnt_image_options}>)
endfunction()

# The sources of a folder without its tests.
function(utnt_image_sources variable)
  set(all)
  foreach(folder ${ARGN})
    file(GLOB_RECURSE found CONFIGURE_DEPENDS ${CMAKE_SOURCE_DIR}/src/${folder}/*.cpp ${CMAKE_SOURCE_DIR}/src/${folder}/*.S)
    list(APPEND all ${found})
  endforeach()
  list(FILTER all EXCLUDE REGEX "_test(_support)?\\.cpp$")
  set(${variable} ${all} PARENT_SCOPE)
endfunction()

utnt_image_sources(pure base abi wire core report)
utnt_image_sources(common unikernel/net unikernel/runtime)
utnt_image_sources(process unikernel/process)
utnt_image_sources(machine unikernel/arch unikernel/vm unikernel/virtio)
utnt_image_objects(image_pure ${pure})
utnt_image_objects(image_common ${common})
utnt_image_objects(image_process ${process})
if(machine)
  utnt_image_objects(image_machine ${machine})
endif()
set_source_files_properties(${CMAKE_SOURCE_DIR}/src/unikernel/runtime/memory.cpp PROPERTIES COMPILE_OPTIONS "-fno-builtin;-O2")

# utnt_link_image(NAME FILE SCRIPT object-library...)
function(utnt_link_image name file script)
  list(TRANSFORM ARGN REPLACE "(.+)" "$<TARGET_OBJECTS:\\1>" OUTPUT_VARIABLE objects)
  add_executable(${name} EXCLUDE_FROM_ALL ${objects})
  set_target_properties(${name} PROPERTIES OUTPUT_NAME ${file} RUNTIME_OUTPUT_DIRECTORY ${utnt_image_dir}
    LINK_DEPENDS ${script} LINKER_LANGUAGE CXX)
  target_link_options(${name} PRIVATE ${utnt_image_link_options} -T ${script}
    -Wl,-Map=${utnt_image_dir}/${file}.map)
  target_link_libraries(${name} PRIVATE gcc)
  add_custom_command(TARGET ${name} POST_BUILD COMMAND ${CMAKE_STRIP} -s $<TARGET_FILE:${name}> VERBATIM)
  add_dependencies(images ${name})
endfunction()
if(UTNT_BENCH)
  add_custom_target(images ALL)  # they are measured too
else()
  add_custom_target(images)
endif()

function(utnt_image name)
  cmake_parse_arguments(arg "" "" "SOURCES" ${ARGN})
  utnt_image_objects(image_${name} ${arg_SOURCES})
  utnt_link_image(${name}_process ${name}-process ${CMAKE_SOURCE_DIR}/src/unikernel/process/image.lds
    image_pure image_common image_process image_${name})
  if(TARGET image_machine)
    utnt_link_image(${name}_elf ${name}.elf ${CMAKE_SOURCE_DIR}/src/unikernel/arch/x86_64/image.lds
      image_pure image_common image_machine image_${name})
    # Monitors copy segments wherever they stand in the file; only the process tender maps pages.
    target_link_options(${name}_elf PRIVATE -Wl,-z,max-page-size=64)
  endif()
endfunction()

# What the test of the virtual-machine target boots.
if(UTNT_TESTS)
  utnt_image(machine_test SOURCES ${CMAKE_SOURCE_DIR}/tests/machine/image.cpp)
  # Starts an image in the states of Firecracker's two entries.
  utnt_image_objects(image_fcshim ${CMAKE_SOURCE_DIR}/tests/machine/fcshim.cpp
    ${CMAKE_SOURCE_DIR}/tests/machine/fcshim_enter.S ${CMAKE_SOURCE_DIR}/src/unikernel/arch/x86_64/entry.S)
  utnt_link_image(fcshim_elf fcshim.elf ${CMAKE_SOURCE_DIR}/tests/machine/fcshim.lds image_fcshim)
endif()

# What of the library OS knows neither machine nor process runs on the host too, for its unit tests.
file(GLOB_RECURSE host_sources CONFIGURE_DEPENDS ${CMAKE_SOURCE_DIR}/src/unikernel/net/*.cpp
  ${CMAKE_SOURCE_DIR}/src/unikernel/virtio/*.cpp ${CMAKE_SOURCE_DIR}/src/unikernel/process/packet_ring.cpp)
list(FILTER host_sources EXCLUDE REGEX "_test\\.cpp$")
add_library(utnt_unikernel STATIC ${host_sources})
target_link_libraries(utnt_unikernel PUBLIC utnt_flags utnt_base utnt_abi utnt_wire)
if(UTNT_TESTS)
  file(GLOB_RECURSE host_tests CONFIGURE_DEPENDS ${CMAKE_SOURCE_DIR}/src/unikernel/*_test.cpp)
  utnt_test(unikernel_test SOURCES ${host_tests} LIBRARIES utnt_unikernel)
endif()
