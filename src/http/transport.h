/* The lower seam: HTTP requests, concurrently, and timers, on one event loop in one thread.
 * Implementations: curl.h (libcurl's multi interface), replay.h (recorded answers, virtual clock),
 * faults.h (wraps another and breaks what passes through it).
 *
 * Requests feed a queue and answers may add to it: transport_run() goes on until nothing is
 * outstanding. Every `done` is called exactly once, from within transport_step or transport_run
 * (never from within transport_send); it may send, set timers, close and open, but not step or
 * free. What is still outstanding when a transport is freed is dropped. */
#ifndef HTTP_TRANSPORT_H
#define HTTP_TRANSPORT_H

#include "base/clock.h"
#include "base/error.h"
#include "base/str.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/* As timeout_ms: waits as long as it takes (Lambda's next invocation: the process may be frozen
 * meanwhile). A number that no sum of times overflows with. */
#define HTTP_NO_TIMEOUT (INT64_C(1) << 52)

struct http_header {
    struct str name;
    struct str value;
};

/* SigV4, done by libcurl (CURLOPT_AWS_SIGV4). The texts are the caller's until `done`. */
struct http_signing {
    struct str access_key_id;
    struct str secret_access_key;
    struct str session_token; /* may be empty */
    struct str region;
    struct str service; /* SigV4 name: "ecs" */
};

struct http_request {
    struct str method; /* "GET", "POST", "PUT" */
    struct str url;    /* http(s); may hold user-info, which is sent as Basic authorization to
                          that host only, never after a redirect to another one */
    const struct http_header *headers;
    size_t header_count;
    bool has_body;
    struct str body;
    const struct http_signing *signing; /* NULL: not signed */
    int64_t connect_timeout_ms;         /* 0: LIMIT_CONNECT_TIMEOUT_MS */
    int64_t timeout_ms;                 /* the whole request; 0: LIMIT_REQUEST_TIMEOUT_MS;
                                           or HTTP_NO_TIMEOUT */
    size_t max_body_bytes;              /* of the answer, unpacked; more is E_LIMIT.
                                           0: LIMIT_METRIC_BODY_BYTES */
    int redirects_max;                  /* 0: redirects are answers. Never with signing. Followed
                                           to http(s) only, never from https to http; headers other
                                           than Accept and Content-Type stay with the first host */
    bool no_proxy;                      /* link-local and loopback endpoints */
    bool once;                          /* must not be sent twice, not even where a kept connection
                                           dies under it: goes over a connection of its own */
};

struct http_response {
    enum error_code code; /* E_OK: an answer came, whatever its status. Else E_NETWORK, E_TIMEOUT,
                             E_LIMIT, E_PROTOCOL, E_DEADLINE, E_SYNTAX (no URL), E_IO (libcurl
                             itself, an unreadable CA bundle), with err saying more */
    struct error err;
    bool may_have_arrived; /* false: surely nothing reached the server (no connection, refused
                              by the deadline): safe to send again whatever it was */
    int status;
    struct str body;
    const struct http_header *headers; /* of the last answer, after redirects */
    size_t header_count;
    int64_t latency_us;
};

/* The response and all in it are valid during the call only. */
typedef void http_done(void *context, const struct http_response *response);
typedef void timer_done(void *context);

struct transport;

struct transport_ops {
    /* Copies what it needs of *request except `signing`'s texts. */
    void (*send)(struct transport *transport, const struct http_request *request, http_done *done,
                 void *context);
    void (*after)(struct transport *transport, int64_t delay_ms, timer_done *done, void *context);
    /* Waits for something to happen, at most until `until_ms`, and delivers what did. False when
     * nothing is outstanding. */
    bool (*step)(struct transport *transport, int64_t until_ms);
    /* From now on: everything outstanding and everything sent is answered with E_DEADLINE, timers
     * fire at once. Until the next transport_open. */
    void (*close)(struct transport *transport);
    void (*open)(struct transport *transport);
    /* The loop's clock: steady, in milliseconds; virtual in replay. */
    int64_t (*now_ms)(struct transport *transport);
    /* What time it is, for whoever asks about windows of time; NULL: the system's clock. */
    int64_t (*wall_ms)(struct transport *transport);
    void (*free)(struct transport *transport);
};

struct transport {
    const struct transport_ops *ops;
};

static inline void transport_send(struct transport *t, const struct http_request *request,
                                  http_done *done, void *context)
{
    t->ops->send(t, request, done, context);
}

static inline void transport_after(struct transport *t, int64_t delay_ms, timer_done *done,
                                   void *context)
{
    t->ops->after(t, delay_ms, done, context);
}

static inline int64_t transport_now_ms(struct transport *t)
{
    return t->ops->now_ms(t);
}

/* Wall clock: since 1970. */
static inline int64_t transport_wall_ms(struct transport *t)
{
    return t->ops->wall_ms != NULL ? t->ops->wall_ms(t) : clock_wall_ms();
}

/* Waits once, at most until `until_ms` on the loop's clock; false when nothing is outstanding. */
static inline bool transport_step(struct transport *t, int64_t until_ms)
{
    return t->ops->step(t, until_ms);
}

static inline void transport_close(struct transport *t)
{
    t->ops->close(t);
}

static inline void transport_open(struct transport *t)
{
    t->ops->open(t);
}

static inline void transport_free(struct transport *t)
{
    if (t != NULL)
        t->ops->free(t);
}

/* Steps until nothing is outstanding. From `deadline_ms` on (on the loop's clock) the transport is
 * closed, so that what is left ends with E_DEADLINE; it is open again on return. */
void transport_run(struct transport *t, int64_t deadline_ms);

/* Value of the header of that name (any case), or the empty string. */
struct str http_response_header(const struct http_response *response, struct str name);

#endif
