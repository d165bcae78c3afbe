# Tests of the freestanding presets: which symbols the libraries need, and whether each header compiles alone there.
foreach(folder base abi wire core report)
  get_target_property(type utnt_${folder} TYPE)
  if(type STREQUAL "STATIC_LIBRARY")
    # A folder may use what the folders below it define, so those are given too.
    list(APPEND archives $<TARGET_FILE:utnt_${folder}>)
    add_test(NAME freestanding_symbols/${folder} COMMAND ${CMAKE_SOURCE_DIR}/tools/check_symbols ${archives})
  endif()
  file(GLOB_RECURSE headers ${CMAKE_SOURCE_DIR}/src/${folder}/*.hpp)
  if(headers)
    add_test(NAME freestanding_headers/${folder}
      COMMAND ${CMAKE_SOURCE_DIR}/tools/check_headers ${CMAKE_CXX_COMPILER} src/${folder}
              -ffreestanding -fno-exceptions -fno-rtti)
  endif()
endforeach()
