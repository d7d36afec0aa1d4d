# `cpack` makes two Debian packages: adamsde (the program, its manual page, completions and problems) and
# libadamsde-dev (the libraries for find_package(adamsde)).
set(CPACK_GENERATOR DEB)
set(CPACK_PACKAGE_NAME adamsde)
set(CPACK_PACKAGE_CONTACT "The adamsde authors <adamsde@localhost>")
set(CPACK_PACKAGING_INSTALL_PREFIX /usr)
set(CPACK_COMPONENTS_ALL program development)
set(CPACK_STRIP_FILES ON)
set(CPACK_DEB_COMPONENT_INSTALL ON)
set(CPACK_DEBIAN_FILE_NAME DEB-DEFAULT)
set(CPACK_DEBIAN_PACKAGE_SECTION science)

set(CPACK_DEBIAN_PROGRAM_PACKAGE_NAME adamsde)
set(CPACK_COMPONENT_PROGRAM_DESCRIPTION "${PROJECT_DESCRIPTION}")
set(CPACK_DEBIAN_PROGRAM_PACKAGE_SHLIBDEPS ON)
# shlibdeps names any OpenBLAS; the serial one is not safe under threads.
set(CPACK_DEBIAN_PROGRAM_PACKAGE_DEPENDS libopenblas0-pthread)
# Loaded when a PNG is wanted.
set(CPACK_DEBIAN_PROGRAM_PACKAGE_RECOMMENDS librsvg2-2)

set(CPACK_DEBIAN_DEVELOPMENT_PACKAGE_NAME libadamsde-dev)
set(CPACK_COMPONENT_DEVELOPMENT_DESCRIPTION "Libraries and headers of adamsde for CMake")
set(CPACK_DEBIAN_DEVELOPMENT_PACKAGE_SECTION libdevel)
set(CPACK_DEBIAN_DEVELOPMENT_PACKAGE_DEPENDS
  "libeigen3-dev, libfmt-dev, libgsl-dev, liblapacke-dev, libopenblas-pthread-dev, pkg-config")
include(CPack)
