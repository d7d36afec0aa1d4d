# cmake -DPROGRAM=… -DWORK=fill|modal|dense|white -DVALGRIND=… -DRECORDED=FILE -P check_instruction_count.cmake
execute_process(
  COMMAND ${VALGRIND} --tool=callgrind --callgrind-out-file=/dev/null --toggle-collect=measured_*
          ${PROGRAM} ${WORK}
  ERROR_VARIABLE log RESULT_VARIABLE code)
if(NOT code EQUAL 0 OR NOT log MATCHES "Collected : ([0-9]+)")
  message(FATAL_ERROR "callgrind failed (${code}):\n${log}")
endif()
set(count ${CMAKE_MATCH_1})
file(STRINGS ${RECORDED} line REGEX "^${WORK} ")
string(REGEX MATCH "[0-9]+" recorded "${line}")
math(EXPR per_mille "(${count} - ${recorded}) * 1000 / ${recorded}")
message("${WORK}: ${count} instructions, recorded ${recorded} (${per_mille} per mille)")
if(per_mille GREATER 30 OR per_mille LESS -30)
  message(FATAL_ERROR "more than 3 % from the recorded count: find out why, or record the new one")
endif()
