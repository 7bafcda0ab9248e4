/* The function's log: reading it out of CloudWatch Logs, and what its lines say. */
#ifndef LAMBDA_FUNCTION_LOG_H
#define LAMBDA_FUNCTION_LOG_H

#include "base/buf.h"
#include "cloud/aws/talk.h"

struct log_event {
    int64_t at_ms;
    struct str id;      /* unique; may be empty */
    struct str message; /* as written, without its line end */
};

struct log_query {
    struct str group;
    int64_t since_ms;
    struct str pattern; /* CloudWatch's filter pattern; empty: everything */
    /* In order of time as far as CloudWatch gives it; texts are valid during the call. False: that
     * is enough. */
    bool (*event)(void *context, const struct log_event *event);
    void *context;
};

/* All pages of it. E_MISSING: no such log group (the message says what to do). */
NODISCARD enum error_code function_log_read(const struct aws_talk *talk,
                                            const struct log_query *query, struct error *err);

enum log_kind {
    LOG_KIND_TEXT,     /* nothing known: `message` is the line */
    LOG_KIND_LINE,     /* the program's own */
    LOG_KIND_REPORT,   /* Lambda's, at the end of an invocation */
    LOG_KIND_PLATFORM, /* Lambda's others; metrics: nothing that a person wants to read */
};

/* Texts are the JSON's or the line's. */
struct log_line {
    enum log_kind kind;
    struct str level;
    struct str cluster;
    struct str message;
    struct str status; /* REPORT: "success", "error", "timeout", … */
    double duration_ms;
    double billed_ms;
    int64_t memory_used_mb;
    int64_t memory_mb;
};

/* `*json` (released by the caller) holds the texts. Pure. */
void function_log_parse(struct str message, json_t **json, struct log_line *out);

/* "2026-11-28T05:57:53Z warning my_cluster: message\n"; nothing for LOG_KIND_PLATFORM. at_ms
 * negative: no time. Control characters are made harmless by who prints it. */
void function_log_format(const struct log_line *line, int64_t at_ms, struct buf *out);

#endif
