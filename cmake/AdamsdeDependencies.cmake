# Shared by the build and by the installed package, so that both find the same things.
find_package(Eigen3 3.4 REQUIRED CONFIG)
find_package(OpenMP REQUIRED COMPONENTS CXX)
find_package(fmt REQUIRED CONFIG)
find_package(PkgConfig REQUIRED)
pkg_check_modules(openblas REQUIRED IMPORTED_TARGET GLOBAL openblas)
pkg_check_modules(lapacke REQUIRED IMPORTED_TARGET GLOBAL lapacke)

# GSL's own cblas is 15 times slower than OpenBLAS and would win by link order: let GSL use OpenBLAS.
if(NOT GSL_CBLAS_LIBRARY)
  find_library(GSL_CBLAS_LIBRARY openblas HINTS ${openblas_LIBRARY_DIRS} ${openblas_LIBDIR} REQUIRED)
endif()
find_package(GSL REQUIRED)
