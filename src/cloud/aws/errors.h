/* Answers that are no success, of all three protocols and of what stands between (proxies, load
 * balancers), made one error with a verdict: what it means, and whether trying again makes sense.
 * Source: AWS API references ("Common errors"), the SDKs' retry behaviour ("standard" mode). */
#ifndef CLOUD_AWS_ERRORS_H
#define CLOUD_AWS_ERRORS_H

#include "base/error.h"
#include "http/transport.h"

enum aws_retry_kind {
    AWS_RETRY_NEVER,
    AWS_RETRY_TRANSIENT,
    AWS_RETRY_THROTTLED,
    AWS_RETRY_MALFORMED,   /* a success whose body made no sense: once more */
    AWS_RETRY_CREDENTIALS, /* once more with fresh ones */
};

struct aws_verdict {
    enum error_code code; /* that of err */
    enum aws_retry_kind retry;
    bool may_have_arrived; /* could the request have taken effect? */
};

/* Who asked, for the message. */
struct aws_asked {
    const char *service;    /* "ecs" */
    const char *operation;  /* "DescribeServices" */
    const char *permission; /* "ecs:DescribeServices"; NULL: none to name */
    int64_t wall_ms;        /* this machine's clock, to explain a refused signature */
};

/* Of any response but a 2xx: fills *err (where, message, aws_code, request id, HTTP status).
 * Codes: E_THROTTLED, E_SERVER, E_DENIED, E_EXPIRED, E_CREDENTIALS, E_MISSING (a cluster, service
 * or the like that does not exist), E_CLIENT, E_PROTOCOL, or what the transport said. */
struct aws_verdict aws_error_judge(const struct http_response *response,
                                   const struct aws_asked *asked, struct error *err);

/* Of a 2xx whose body is none of the operation's; `problem` says why ("malformed JSON at line 1,
 * column 3"). Where the body is an error after all, the verdict is that one. */
struct aws_verdict aws_error_malformed(const struct http_response *response,
                                       const struct aws_asked *asked, const struct error *problem,
                                       struct error *err);

/* "Tue, 24 Nov 2026 04:00:00 GMT", as in the headers Date and Retry-After. */
NODISCARD bool aws_http_date(struct str text, int64_t *wall_ms);

#endif
