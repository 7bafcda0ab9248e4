# How everything is compiled: warnings, hardening, sanitizers. Carried by the target project_flags.
set(CMAKE_C_STANDARD 17)
set(CMAKE_C_STANDARD_REQUIRED ON)
set(CMAKE_C_EXTENSIONS ON) # the cleanup attribute, typeof
set(CMAKE_EXPORT_COMPILE_COMMANDS ON)
set(CMAKE_POSITION_INDEPENDENT_CODE ON)
if(NOT CMAKE_BUILD_TYPE)
  set(CMAKE_BUILD_TYPE Release)
endif()

add_library(project_flags INTERFACE)
target_compile_definitions(project_flags INTERFACE _GNU_SOURCE)
target_compile_options(project_flags INTERFACE
  -Wall -Wextra -Wpedantic -Wshadow -Wconversion -Wstrict-prototypes -Wmissing-prototypes
  -Wwrite-strings -Wvla -Wformat=2 -Wundef -Wno-missing-field-initializers)
if(WERROR)
  target_compile_options(project_flags INTERFACE -Werror)
endif()

if(SANITIZE OR FUZZ)
  set(sanitizers -fsanitize=address,undefined -fno-sanitize-recover=all -fno-omit-frame-pointer)
  if(FUZZ)
    list(APPEND sanitizers -fsanitize=fuzzer-no-link)
  endif()
  target_compile_options(project_flags INTERFACE ${sanitizers} -O1 -g)
  target_link_options(project_flags INTERFACE ${sanitizers})
elseif(CMAKE_BUILD_TYPE STREQUAL "Release")
  # NDEBUG is not set: assertions are for programmers' mistakes and stay on.
  if(STATIC) # what goes into the package and starts cold: small before fast
    set(CMAKE_C_FLAGS_RELEASE "-Os")
  else()
    set(CMAKE_C_FLAGS_RELEASE "-O2")
  endif()
  target_compile_options(project_flags INTERFACE -U_FORTIFY_SOURCE -D_FORTIFY_SOURCE=2
    -fstack-protector-strong -fPIE -ffunction-sections -fdata-sections)
  if(CMAKE_C_COMPILER_ID STREQUAL "GNU")
    target_compile_options(project_flags INTERFACE -fstack-clash-protection)
  endif()
  target_link_options(project_flags INTERFACE -Wl,-z,relro,-z,now -Wl,-z,noexecstack
    -Wl,--gc-sections -Wl,--as-needed)
  if(STATIC)
    # The same inputs give the same bytes: no paths, no build identifiers, no random names.
    target_compile_options(project_flags INTERFACE -flto -frandom-seed=ecs-autoscale
      -ffile-prefix-map=${CMAKE_SOURCE_DIR}/=)
    target_link_options(project_flags INTERFACE -static-pie -flto -Os -s -Wl,--build-id=none)
    if(CMAKE_SYSTEM_PROCESSOR STREQUAL "x86_64") # where Debian 12's linker knows of it
      target_link_options(project_flags INTERFACE -Wl,-z,pack-relative-relocs)
    endif()
  else()
    target_link_options(project_flags INTERFACE -pie)
  endif()
endif()
