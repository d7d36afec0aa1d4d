# Warnings and sanitizers live on one INTERFACE target that every target of ours links privately.
add_library(adamsde_build_flags INTERFACE)
target_compile_options(adamsde_build_flags INTERFACE
  -Wall -Wextra -Wpedantic -Wconversion -Wshadow -Wnon-virtual-dtor -Werror
  # The same expression must round the same way in every file: fma only where written.
  -ffp-contract=off
  # GCC's ivdep, which clang does not know.
  $<$<CXX_COMPILER_ID:Clang>:-Wno-unknown-pragmas>)
if(ADAMSDE_SANITIZE)
  target_compile_options(adamsde_build_flags INTERFACE
    -fsanitize=${ADAMSDE_SANITIZE} -fno-sanitize-recover=all -fno-omit-frame-pointer)
  target_link_options(adamsde_build_flags INTERFACE -fsanitize=${ADAMSDE_SANITIZE})
endif()

# adamsde_library(NAME SOURCES ... LINK ...): a static library adamsde::NAME rooted at the source tree.
function(adamsde_library name)
  cmake_parse_arguments(arg "" "" "SOURCES;LINK" ${ARGN})
  add_library(adamsde_${name} STATIC ${arg_SOURCES})
  add_library(adamsde::${name} ALIAS adamsde_${name})
  set_target_properties(adamsde_${name} PROPERTIES EXPORT_NAME ${name} POSITION_INDEPENDENT_CODE ON)
  target_compile_features(adamsde_${name} PUBLIC cxx_std_20)
  target_include_directories(adamsde_${name} PUBLIC
    $<BUILD_INTERFACE:${PROJECT_SOURCE_DIR}>
    $<INSTALL_INTERFACE:${CMAKE_INSTALL_INCLUDEDIR}/adamsde>)
  target_link_libraries(adamsde_${name}
    PUBLIC ${arg_LINK}
    PRIVATE $<BUILD_INTERFACE:adamsde_build_flags>)
endfunction()

# adamsde_descriptions(PROGRAM WRITER COMPONENT): manual page and completions of a program, as the target WRITER writes
# them, and where they are installed.
function(adamsde_descriptions program writer component)
  set(folder ${CMAKE_CURRENT_BINARY_DIR}/described)
  set(files ${program}.1 ${program}.bash _${program} ${program}.fish)
  list(TRANSFORM files PREPEND ${folder}/)
  file(MAKE_DIRECTORY ${folder})
  add_custom_command(OUTPUT ${files}
    COMMAND ${writer} ${folder}
    DEPENDS ${writer}
    COMMENT "Manual page and completions of ${program}" VERBATIM)
  add_custom_target(${program}_descriptions ALL DEPENDS ${files})
  install(FILES ${folder}/${program}.1 DESTINATION ${CMAKE_INSTALL_MANDIR}/man1 COMPONENT ${component})
  install(FILES ${folder}/${program}.bash RENAME ${program} COMPONENT ${component}
          DESTINATION ${CMAKE_INSTALL_DATADIR}/bash-completion/completions)
  install(FILES ${folder}/_${program} COMPONENT ${component}
          DESTINATION ${CMAKE_INSTALL_DATADIR}/zsh/vendor-completions)
  install(FILES ${folder}/${program}.fish COMPONENT ${component}
          DESTINATION ${CMAKE_INSTALL_DATADIR}/fish/vendor_completions.d)
endfunction()
