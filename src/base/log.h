/* Log lines on stderr, one call a line, as text or as one JSON object. Only commands, the pass and
 * the Lambda loop log; every other room returns errors. Never a secret, never an environment value.
 * Set up once, before the first line; not thread safe. */
#ifndef BASE_LOG_H
#define BASE_LOG_H

#include "base/attributes.h"
#include "base/error.h"
#include "base/str.h"

#include <stdbool.h>
#include <stdint.h>

enum log_level { LOG_DEBUG, LOG_INFO, LOG_WARNING, LOG_ERROR };
enum log_format { LOG_FORMAT_TEXT, LOG_FORMAT_JSON };

struct log_options {
    enum log_level level; /* lines below it are dropped */
    enum log_format format;
    bool colour;             /* text only */
    int fd;                  /* STDERR_FILENO */
    int64_t (*now_ms)(void); /* wall clock for the time stamps; NULL: the system's */
};

void log_setup(const struct log_options *options);
bool log_enabled(enum log_level level);

/* `cluster` may be empty. Text: "12:00:01 warning my_cluster: message". JSON: level, timestamp
 * (RFC 3339, UTC), message, cluster, requestId. Control characters are escaped. */
void log_line(enum log_level level, struct str cluster, const char *format, ...) PRINTF_LIKE(3, 4);
/* An error with everything known about it: where, AWS code, request id. */
void log_error(enum log_level level, struct str cluster, const struct error *err);

/* From now on JSON lines carry it as "requestId"; empty: none. The text stays the caller's and must
 * stay until the next call. */
void log_request(struct str id);

/* Called before and after a line is written, to take a progress line off a terminal and put it
 * back; NULL switches that off. */
void log_on_line(void (*before)(void *context), void (*after)(void *context), void *context);

NODISCARD bool log_level_from_name(struct str name, enum log_level *level);
NODISCARD bool log_format_from_name(struct str name, enum log_format *format);

#endif
