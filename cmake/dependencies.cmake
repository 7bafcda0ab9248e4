# Libraries, all from the distribution. Carried by the target `dependencies`.
find_package(PkgConfig REQUIRED)
pkg_check_modules(LIBRARIES REQUIRED IMPORTED_TARGET libcurl libfyaml jansson expat)
add_library(dependencies INTERFACE)
target_link_libraries(dependencies INTERFACE PkgConfig::LIBRARIES m)
