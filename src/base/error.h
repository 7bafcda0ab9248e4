/* One failure: what, where, and what to do. A function that can fail returns its code (0 = fine)
 * and fills `*err`, its last parameter; out parameters are untouched then. The struct owns nothing
 * (fixed fields, long texts are cut), so it is copied freely. Messages: lower case, what failed
 * first, subject in single quotes, what to do where that is known; never a secret. */
#ifndef BASE_ERROR_H
#define BASE_ERROR_H

#include "base/attributes.h"
#include "base/str.h"

#include <stdbool.h>

/* name, text, exit status, can the same request be tried again with hope */
#define ERROR_CODES(X)                                                                             \
    X(E_OK, "ok", 0, false)                                                                        \
    X(E_USAGE, "wrong usage", 2, false)                                                            \
    X(E_DEFINITION, "definition error", 1, false)                                                  \
    X(E_EXPRESSION, "expression error", 1, false)                                                  \
    X(E_SYNTAX, "malformed input", 1, false)                                                       \
    X(E_TYPE, "wrong type", 1, false)                                                              \
    X(E_RANGE, "out of range", 1, false)                                                           \
    X(E_LIMIT, "over a limit", 1, false)                                                           \
    X(E_MISSING, "not found", 1, false)                                                            \
    X(E_IO, "input/output error", 1, false)                                                        \
    X(E_LOCKED, "locked", 1, false)                                                                \
    X(E_CREDENTIALS, "no usable credentials", 1, false)                                            \
    X(E_REGION, "no region", 1, false)                                                             \
    X(E_DENIED, "access denied", 1, false)                                                         \
    X(E_EXPIRED, "credentials expired", 1, false)                                                  \
    X(E_NETWORK, "network error", 1, true)                                                         \
    X(E_TIMEOUT, "timed out", 1, true)                                                             \
    X(E_THROTTLED, "throttled", 1, true)                                                           \
    X(E_SERVER, "server error", 1, true)                                                           \
    X(E_CLIENT, "request refused", 1, false)                                                       \
    X(E_PROTOCOL, "unexpected answer", 1, false)                                                   \
    X(E_DEADLINE, "deadline passed", 1, false)                                                     \
    X(E_CANCELLED, "cancelled", 1, false)

enum error_code {
#define ERROR_ENUM(name, text, exit_status, retryable) name,
    ERROR_CODES(ERROR_ENUM)
#undef ERROR_ENUM
};

struct error {
    enum error_code code;
    int http_status;   /* 0: no HTTP answer */
    char message[600]; /* see above; NUL-terminated, as all fields here */
    char where[200];   /* "file:line:column" or "ecs DescribeServices"; may be empty */
    char aws_code[80]; /* as the service named it: "AccessDeniedException" */
    char request_id[80];
};

#define ERROR_INIT ((struct error){.code = E_OK})

/* Fills `*err` (may be NULL) and gives `code` back: `return error_set(err, E_IO, "…")`. */
enum error_code error_set(struct error *err, enum error_code code, const char *format, ...)
    PRINTF_LIKE(3, 4);
/* Sets where it happened. */
void error_where(struct error *err, const char *format, ...) PRINTF_LIKE(2, 3);
/* Puts text before the message: what was being done when it failed. */
void error_prefix(struct error *err, const char *format, ...) PRINTF_LIKE(2, 3);

const char *error_name(enum error_code code); /* "E_IO" */
const char *error_text(enum error_code code); /* "input/output error" */
int error_exit_status(enum error_code code);  /* 0, 1 or 2 */
bool error_is_retryable(enum error_code code);
/* The code of that name; false where there is none. */
NODISCARD bool error_code_from_name(struct str name, enum error_code *code);

#endif
