/* The wire front of a simulated account: one HTTP request in, one HTTP response out, as AWS gives
 * it. Pure: the world and the request decide, nothing else; no socket, no clock.
 *
 * It speaks ECS (JSON 1.1), Auto Scaling (Query), CloudWatch (Smithy RPC v2 CBOR, JSON 1.0, Query)
 * and STS's GetCallerIdentity, as far as this program uses them and as one needs to look at an
 * account (one row an operation in wire_services.c), and answers GETs with the world's HTTP metric
 * documents. Requests have to be signed: the region comes out of the signature's scope. The
 * signature itself is not checked, there is no secret to check it with.
 * Every byte of a request is hostile: bodies meet LIMIT_AWS_REQUEST_BYTES, the rest its own limits.
 * Sources: botocore's service models; docs/simulated-account.md. */
#ifndef CLOUD_SIM_WIRE_H
#define CLOUD_SIM_WIRE_H

#include "base/buf.h"
#include "cloud/sim/world.h"
#include "http/transport.h"

struct wire_request {
    const struct http_request *http; /* `signing` names region and service; where it is NULL, an
                                        Authorization header does */
    uint64_t number;                 /* of this request: its id is made of it */
    int64_t shift_ms; /* what is added to the world's times on their way out, taken off times on
                         their way in; a whole number of minutes. 0: the caller's clock is the
                         world's */
};

enum { WIRE_HEADERS_MAX = 4, WIRE_ID_SIZE = 40 };

struct wire_response {
    int status;
    struct http_header headers[WIRE_HEADERS_MAX]; /* texts live in `arena` */
    size_t header_count;
    struct buf body;
    struct arena arena;
};

/* Fills *response, whatever the request is; give it back with wire_response_release. */
void wire_answer(struct sim_world *world, const struct wire_request *request,
                 struct wire_response *response);
void wire_response_release(struct wire_response *response);

#endif
