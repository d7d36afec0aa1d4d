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
