install(TARGETS adamsde_cli_main RUNTIME COMPONENT program)
install(DIRECTORY ${PROJECT_SOURCE_DIR}/data/ DESTINATION ${CMAKE_INSTALL_DATADIR}/adamsde
        COMPONENT program)

install(TARGETS adamsde_sde adamsde_analysis EXPORT adamsdeTargets ARCHIVE COMPONENT development)
foreach(room sde analysis)
  install(DIRECTORY ${PROJECT_SOURCE_DIR}/${room} DESTINATION ${CMAKE_INSTALL_INCLUDEDIR}/adamsde
          COMPONENT development FILES_MATCHING PATTERN "*.h")
endforeach()
set(adamsde_package_dir ${CMAKE_INSTALL_LIBDIR}/cmake/adamsde)
install(EXPORT adamsdeTargets NAMESPACE adamsde:: DESTINATION ${adamsde_package_dir}
        COMPONENT development)
configure_package_config_file(${PROJECT_SOURCE_DIR}/cmake/adamsdeConfig.cmake.in
  ${PROJECT_BINARY_DIR}/adamsdeConfig.cmake INSTALL_DESTINATION ${adamsde_package_dir})
write_basic_package_version_file(${PROJECT_BINARY_DIR}/adamsdeConfigVersion.cmake
  COMPATIBILITY SameMinorVersion)
install(FILES
  ${PROJECT_BINARY_DIR}/adamsdeConfig.cmake
  ${PROJECT_BINARY_DIR}/adamsdeConfigVersion.cmake
  ${PROJECT_SOURCE_DIR}/cmake/AdamsdeDependencies.cmake
  DESTINATION ${adamsde_package_dir} COMPONENT development)
