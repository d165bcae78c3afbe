# Writes OUTPUT with the version number and the commit of SOURCE (COMMIT, where that is given: for sources without their
# repository); leaves the file alone when nothing changed.
execute_process(COMMAND git -C ${SOURCE} rev-parse --short=12 HEAD OUTPUT_VARIABLE commit ERROR_QUIET
  OUTPUT_STRIP_TRAILING_WHITESPACE)
if(COMMIT)
  set(commit ${COMMIT})
elseif(NOT commit)
  set(commit unknown)
else()
  execute_process(COMMAND git -C ${SOURCE} diff --quiet HEAD RESULT_VARIABLE changed ERROR_QUIET)
  if(changed)
    string(APPEND commit "+")
  endif()
endif()
file(CONFIGURE OUTPUT ${OUTPUT} CONTENT
  "#define UTNT_VERSION_NUMBER \"${NUMBER}\"\n#define UTNT_VERSION_COMMIT \"${commit}\"\n")
