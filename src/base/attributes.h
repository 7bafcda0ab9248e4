/* Compiler attributes under one set of names, for gcc and clang. */
#ifndef BASE_ATTRIBUTES_H
#define BASE_ATTRIBUTES_H

/* The result says whether the call worked: ignoring it is a compile error in CI. */
#define NODISCARD __attribute__((warn_unused_result))
#define NORETURN  __attribute__((noreturn))

/* The compiler checks the arguments from `first` on against the format string, argument `at`. */
#define PRINTF_LIKE(at, first) __attribute__((format(printf, at, first)))

/* Runs `function(&variable)` when the variable leaves its scope. */
#define CLEANUP(function) __attribute__((cleanup(function)))

/* In a switch: falling into the next case is meant. */
#define FALLTHROUGH __attribute__((fallthrough))

#define UNUSED __attribute__((unused))

#define ARRAY_LEN(array) (sizeof(array) / sizeof((array)[0]))

#endif
