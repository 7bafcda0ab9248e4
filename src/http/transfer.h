/* One request on its way through libcurl: its copy, its easy handle, what came back, redirects.
 * Private to src/http: curl.c owns the loop and the queue, this the single request. */
#ifndef HTTP_TRANSFER_H
#define HTTP_TRANSFER_H

#include "base/buf.h"
#include "base/vec.h"
#include "http/transport.h"
#include "http/url.h"

#include <curl/curl.h>

/* What all transfers of a transport share; lives as long as it. */
struct transfer_shared {
    CURLSH *share;         /* TLS sessions, so that a second connection starts faster */
    const char *ca_bundle; /* NULL: libcurl's own */
    const char *user_agent;
};

struct transfer {
    struct transfer *newer; /* in a list of curl.c */
    struct transfer *older;
    struct arena arena; /* the copy of the request; wiped */
    struct http_request request;
    http_done *done;
    void *context;

    struct url first; /* where it was sent */
    struct url url;   /* where it goes now */
    int redirects;
    bool lost_body; /* on the way: a redirect made a GET of it */

    CURL *easy; /* NULL: not started, or between redirects */
    struct curl_slist *header_lines;
    char detail[CURL_ERROR_SIZE];
    int64_t started_us; /* 0: waits in the queue */
    int64_t due_ms;     /* from then on it has timed out; only once started */

    struct arena answer_arena; /* headers of the answer that is coming in */
    VEC(struct http_header) headers;
    size_t header_bytes;
    bool headers_over;
    struct buf body;
    int status;
    bool may_have_arrived; /* of earlier hops; of this one: asked from libcurl */
};

/* Copies the request. */
struct transfer *transfer_new(const struct http_request *request, http_done *done, void *context);
void transfer_free(struct transfer *transfer);

/* Makes the easy handle, to be added to the multi handle. Not E_OK: the request cannot be sent. */
NODISCARD enum error_code transfer_start(struct transfer *transfer,
                                         const struct transfer_shared *shared, struct error *err);

/* libcurl is through with it (the handle is out of the multi handle). True: the transfer follows a
 * redirect and is to be started again. False: *out is the response. */
bool transfer_finish(struct transfer *transfer, CURLcode result, struct http_response *out);

/* It ends here: by the deadline, or because its time is up. Asks libcurl how far it got, so the
 * handle must be there still. */
void transfer_time_out(struct transfer *transfer, struct http_response *out);
void transfer_give_up(struct transfer *transfer, struct http_response *out);

/* Has anything of it been sent to where it goes now? Only while its handle is there. */
bool transfer_was_sent(const struct transfer *transfer);

/* What libcurl's code means, for a person; sets err and gives its code. In transfer_error.c. */
enum error_code transfer_error(const struct transfer *transfer, CURLcode result, struct error *err);
enum error_code transfer_timeout_error(const struct transfer *transfer, struct error *err);

#endif
