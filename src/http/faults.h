/* Wraps any transport and breaks what passes through it, by a table of faults. For tests and for a
 * simulated account: what the layers above make of a bad network is tried through the real seam.
 *
 * As text, a fault a line: its kind, then key=value, values with blanks in double quotes:
 *
 *     # kind     which requests                          which of them    how
 *     status     operation=DescribeServices              nth=2 count=1    status=503
 *     timeout    url=ecs.eu-west-1 body="\"worker\""      count=3          delay=2s
 *     types      operation=DescribeServices              depth=2
 *
 * A fault counts the requests it matches; it acts on `count` of them (0: all) from number `nth`
 * (default: 1) on. The first acting fault of the table wins. */
#ifndef HTTP_FAULTS_H
#define HTTP_FAULTS_H

#include "base/arena.h"
#include "http/transport.h"

enum fault_kind {
    FAULT_REFUSED,   /* no connection: surely nothing arrived */
    FAULT_RESET,     /* the connection broke before an answer; the server never saw the request */
    FAULT_TIMEOUT,   /* no answer within the request's time; the server never saw it either */
    FAULT_STATUS,    /* an HTTP status with an error of AWS's or, of other requests, a page */
    FAULT_THROTTLE,  /* HTTP 400 ThrottlingException / Throttling */
    FAULT_MALFORMED, /* the true answer's body, with a part of it overwritten */
    FAULT_TRUNCATED, /* its first half, as if that were all */
    FAULT_EMPTY,     /* none of it */
    FAULT_TYPES,     /* values at `depth` become ones of other types (JSON and XML) */
    FAULT_OVERSIZED, /* a body over the request's maximum */
    FAULT_SLOW,      /* the true answer, `delay_ms` later */
    FAULT_LOST,      /* delivered, done, and its answer lost: times out */
    FAULT_KIND_COUNT,
};

struct fault {
    enum fault_kind kind;
    struct str url;       /* part of the URL; all these: empty matches anything */
    struct str operation; /* of AWS: by X-Amz-Target, or Action in a form */
    struct str body;      /* part of the body */
    int nth;              /* from 1 on; 0 counts as 1 */
    int count;            /* 0: all from there on */
    int status;           /* STATUS; default 500 */
    int64_t delay_ms; /* before the failure; TIMEOUT and LOST: 0 is the request's own time-out */
    int depth;        /* TYPES: 1 (default) are the members of the outermost object */
};

/* `inner` is borrowed: free it after this. Copies the table. */
struct transport *faults_new(struct transport *inner, const struct fault *faults, size_t count);
/* How often that fault of the table has acted. */
int faults_acted(const struct transport *faults, size_t index);

/* The table out of its text; lives in `arena`. E_SYNTAX with file:line. */
NODISCARD enum error_code faults_read(struct arena *arena, struct str file, struct str text,
                                      struct fault **out, size_t *count, struct error *err);

const char *fault_kind_name(enum fault_kind kind); /* "timeout" */

#endif
