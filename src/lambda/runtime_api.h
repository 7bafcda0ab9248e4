/* The client of Lambda's runtime API: plain HTTP on loopback, one request after the other.
 * Source: AWS Lambda Developer Guide, "Using the Lambda runtime API for custom runtimes"
 * (version 2018-06-01). */
#ifndef LAMBDA_RUNTIME_API_H
#define LAMBDA_RUNTIME_API_H

#include "base/arena.h"
#include "base/error.h"
#include "http/transport.h"

struct runtime_api {
    struct transport *transport; /* borrowed; nothing else is outstanding on it */
    struct str address;          /* AWS_LAMBDA_RUNTIME_API: host and port; borrowed */
};

struct invocation {
    struct arena arena;  /* of all the rest */
    struct str id;       /* letters, digits and '-' */
    struct str trace_id; /* X-Ray's; may be empty */
    bool has_deadline;
    int64_t deadline_ms; /* wall clock */
    struct str event;    /* JSON, as it came */
};

/* A failure as Lambda shows it: a type ("Function.UnknownEvent") and words for a person. */
struct runtime_failure {
    const char *type;
    struct str message;
};

/* Waits for the next invocation, as long as it takes; the process may be frozen meanwhile. Only a
 * connection that breaks is tried again. *out is to be given back by invocation_release. */
NODISCARD enum error_code runtime_api_next(const struct runtime_api *api, struct invocation *out,
                                           struct error *err);
void invocation_release(struct invocation *invocation);

/* E_OK: Lambda took it. E_CLIENT: it did not (too late, too large), and another answer can be
 * tried. Anything else: there is no going on. */
NODISCARD enum error_code runtime_api_respond(const struct runtime_api *api, struct str id,
                                              struct str body, struct error *err);
NODISCARD enum error_code runtime_api_fail(const struct runtime_api *api, struct str id,
                                           const struct runtime_failure *failure,
                                           struct error *err);
/* The function cannot start. The process is to end afterwards. */
NODISCARD enum error_code runtime_api_fail_init(const struct runtime_api *api,
                                                const struct runtime_failure *failure,
                                                struct error *err);

#endif
