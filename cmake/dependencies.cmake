# Libraries, all from the distribution. Carried by the target `dependencies`.
add_library(dependencies INTERFACE)
if(STATIC)
  # Out of the sysroot that tools/static.sh made, in the order in which they need one another.
  foreach(name IN ITEMS curl microhttpd nghttp2 cares ssl crypto z fyaml jansson expat)
    find_library(LIBRARY_${name} lib${name}.a REQUIRED)
    target_link_libraries(dependencies INTERFACE ${LIBRARY_${name}})
  endforeach()
  target_link_libraries(dependencies INTERFACE m)
  target_include_directories(dependencies SYSTEM INTERFACE ${CMAKE_SYSROOT}/usr/local/include)
  target_compile_definitions(dependencies INTERFACE CURL_STATICLIB)
else()
  find_package(PkgConfig REQUIRED)
  pkg_check_modules(LIBRARIES REQUIRED IMPORTED_TARGET libcurl libcrypto zlib libfyaml jansson expat
    libmicrohttpd)
  target_link_libraries(dependencies INTERFACE PkgConfig::LIBRARIES m)
endif()
