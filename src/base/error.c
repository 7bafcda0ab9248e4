#include "base/error.h"

#include <stdarg.h>
#include <stdio.h>
#include <string.h>

#include "base/banned.h"

static const struct {
    const char *name;
    const char *text;
    int exit_status;
    bool retryable;
} codes[] = {
#define ERROR_ROW(name, text, exit_status, retryable) {#name, text, exit_status, retryable},
    ERROR_CODES(ERROR_ROW)
#undef ERROR_ROW
};

enum error_code error_set(struct error *err, enum error_code code, const char *format, ...)
{
    if (err == NULL)
        return code;
    struct error fresh = {.code = code};
    va_list args;
    va_start(args, format);
    vsnprintf(fresh.message, sizeof(fresh.message), format, args);
    va_end(args);
    *err = fresh;
    return code;
}

void error_where(struct error *err, const char *format, ...)
{
    if (err == NULL)
        return;
    va_list args;
    va_start(args, format);
    vsnprintf(err->where, sizeof(err->where), format, args);
    va_end(args);
}

void error_prefix(struct error *err, const char *format, ...)
{
    if (err == NULL)
        return;
    char text[2 * sizeof(err->message)];
    va_list args;
    va_start(args, format);
    int len = vsnprintf(text, sizeof(err->message), format, args);
    va_end(args);
    size_t used = len < 0                              ? 0
                  : (size_t)len < sizeof(err->message) ? (size_t)len
                                                       : sizeof(err->message) - 1;
    snprintf(text + used, sizeof(text) - used, "%s", err->message);
    memcpy(err->message, text, sizeof(err->message) - 1);
    err->message[sizeof(err->message) - 1] = '\0';
}

const char *error_name(enum error_code code)
{
    return codes[code].name;
}

const char *error_text(enum error_code code)
{
    return codes[code].text;
}

int error_exit_status(enum error_code code)
{
    return codes[code].exit_status;
}

bool error_is_retryable(enum error_code code)
{
    return codes[code].retryable;
}

bool error_code_from_name(struct str name, enum error_code *code)
{
    for (size_t i = 0; i < ARRAY_LEN(codes); i++) {
        if (str_eq(name, str_from(codes[i].name))) {
            *code = (enum error_code)i;
            return true;
        }
    }
    return false;
}
