/* A transport that answers from a table or a file, on a virtual clock: waiting costs nothing, and
 * the same requests always give the same answers. It keeps what was asked, for tests.
 *
 * The file, a line a fact, the first character says which:
 *
 *     # a comment
 *     > POST ecs.eu-west-1.amazonaws.com DescribeServices     (method, part of the URL, operation;
 *                                                              * for any)
 *     ~ "services":["worker"]                                 (part of the body; more than one:
 * all) ^ X-Key: 7                                              (a header it has; value may be
 * empty) = 3                                                     (answers three times; or "always")
 *     < 200 25ms                                              (the answer: status, latency)
 *     : Content-Type: application/x-amz-json-1.1
 *     | {"services": []}                                      (a line of the body)
 *
 * or, in place of the answer, "! refused", "! reset" or "! timeout".
 * A request gets the first exchange that it matches and that is not used up. */
#ifndef HTTP_REPLAY_H
#define HTTP_REPLAY_H

#include "http/transport.h"

enum { REPLAY_ALWAYS = -1, REPLAY_BODY_PARTS = 8 };

/* Which request, and what it gets. Empty patterns match anything. */
struct replay_exchange {
    struct str method;
    struct str url;                     /* part of it */
    struct str operation;               /* of AWS: by X-Amz-Target, or Action in a form */
    struct str body[REPLAY_BODY_PARTS]; /* parts of it, all of them */
    struct http_header header;
    int times; /* 0 counts as 1 */

    enum error_code code; /* E_OK: the answer below; else E_NETWORK or E_TIMEOUT … */
    bool may_have_arrived;
    int status;
    const struct http_header *headers;
    size_t header_count;
    struct str answer;
    int64_t latency_ms; /* at or over the request's time-out: E_TIMEOUT after that */
};

/* As it was sent. */
struct replay_request {
    struct str method;
    struct str url;
    struct str operation; /* empty: none of AWS */
    struct str body;
    const struct http_header *headers;
    size_t header_count;
    struct str signed_with; /* access key id; empty: not signed */
    struct str signed_for;  /* "ecs/eu-west-1" */
    bool has_session_token;
    bool once;
    bool was_matched; /* false: no exchange was left for it; it got E_PROTOCOL, saying so */
    int64_t at_ms;    /* on the virtual clock, which starts at 0 */
};

/* Copies the table, which may be empty. */
struct transport *replay_new(const struct replay_exchange *exchanges, size_t count);

/* Adds behind what is there. */
void replay_add(struct transport *replay, const struct replay_exchange *exchange);
/* The same from a file's text; `file` is its name for errors. E_SYNTAX with file:line. */
NODISCARD enum error_code replay_read(struct transport *replay, struct str file, struct str text,
                                      struct error *err);

/* What was sent so far, in order; valid until the next one. A closed transport's are not among
 * them. */
size_t replay_count(const struct transport *replay);
const struct replay_request *replay_request_at(const struct transport *replay, size_t index);
/* The first request that no exchange was left for; NULL where all had one. */
const struct replay_request *replay_unmatched(const struct transport *replay);
/* Exchanges that were never used, once at least. */
size_t replay_unused(const struct transport *replay);

/* The operation of an AWS request: the end of X-Amz-Target, or the form's Action; or empty. */
struct str http_request_operation(const struct http_request *request);

#endif
