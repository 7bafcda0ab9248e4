/* The event loop over libcurl's multi interface.
 *
 * Invariants: a transfer is in exactly one list, `queue` (not started) or `active` (its handle is
 * in the multi handle); at most `parallel` are active; `done` is only called on one that is in
 * neither. Time-outs of whole requests are kept here and not by libcurl, so that they also hold for
 * a request that waits inside of libcurl for another's connection. libcurl and with it OpenSSL are
 * initialized (`multi` is not NULL) with the first request: a run that sends none pays for none. */
#include "http/curl.h"

#include "base/clock.h"
#include "base/limits.h"
#include "base/memory.h"
#include "http/ca_bundle.h"
#include "http/timers.h"
#include "http/transfer.h"

#include <poll.h>

#include "base/banned.h"

struct transfer_list {
    struct transfer *oldest;
    struct transfer *newest;
    int count;
};

struct curl_transport {
    struct transport base; /* first: a struct transport * is one of these */
    CURLM *multi;
    struct transfer_shared shared;
    struct arena arena; /* texts of the options */
    struct transfer_list queue;
    struct transfer_list active;
    int parallel;
    struct timers timers;
    int64_t (*wall_ms)(void);
    bool is_closed;
};

static struct curl_transport *of(struct transport *transport)
{
    return (struct curl_transport *)transport;
}

static void list_add(struct transfer_list *list, struct transfer *t)
{
    t->older = list->newest;
    t->newer = NULL;
    if (list->newest != NULL)
        list->newest->newer = t;
    else
        list->oldest = t;
    list->newest = t;
    list->count++;
}

static void list_remove(struct transfer_list *list, struct transfer *t)
{
    if (t->older != NULL)
        t->older->newer = t->newer;
    else
        list->oldest = t->newer;
    if (t->newer != NULL)
        t->newer->older = t->older;
    else
        list->newest = t->older;
    list->count--;
}

static void curl_send(struct transport *transport, const struct http_request *request,
                      http_done *done, void *context)
{
    list_add(&of(transport)->queue, transfer_new(request, done, context));
}

static int64_t curl_wall_ms(struct transport *transport)
{
    struct curl_transport *c = of(transport);
    return c->wall_ms != NULL ? c->wall_ms() : clock_wall_ms();
}

static int64_t curl_now_ms(struct transport *transport)
{
    (void)transport;
    return clock_steady_ms();
}

static void curl_after(struct transport *transport, int64_t delay_ms, timer_done *done,
                       void *context)
{
    int64_t due_ms = clock_steady_ms() + (delay_ms > 0 ? delay_ms : 0);
    timers_add(&of(transport)->timers, due_ms, done, context);
}

/* The transfer is in no list any more. */
static void deliver(struct transfer *t, const struct http_response *response)
{
    t->done(t->context, response);
    transfer_free(t);
}

static void take_active(struct curl_transport *c, struct transfer *t)
{
    list_remove(&c->active, t);
    curl_multi_remove_handle(c->multi, t->easy);
}

static const char *keep_text(struct arena *arena, const char *text)
{
    return text != NULL ? arena_str(arena, str_from(text)).ptr : NULL;
}

static enum error_code prepare(struct curl_transport *c, struct error *err)
{
    if (c->multi != NULL)
        return E_OK;
    if (curl_global_init(CURL_GLOBAL_DEFAULT) != CURLE_OK)
        return error_set(err, E_IO, "libcurl cannot start");
    c->multi = curl_multi_init();
    c->shared.share = curl_share_init();
    if (c->multi == NULL || c->shared.share == NULL)
        memory_out();
    curl_share_setopt(c->shared.share, CURLSHOPT_SHARE, CURL_LOCK_DATA_SSL_SESSION);
    if (c->shared.ca_bundle == NULL)
        c->shared.ca_bundle = ca_bundle_find(&c->arena, curl_version_info(CURLVERSION_NOW)->cainfo);
    /* Connections that are kept for the next pass: as many as can be in use. */
    curl_multi_setopt(c->multi, CURLMOPT_MAXCONNECTS, (long)c->parallel);
    return E_OK;
}

/* False: it could not start, and its `done` has been called. */
static bool start(struct curl_transport *c, struct transfer *t)
{
    struct http_response response = {.err = ERROR_INIT};
    response.code = prepare(c, &response.err);
    if (response.code == E_OK)
        response.code = transfer_start(t, &c->shared, &response.err);
    if (response.code == E_OK && curl_multi_add_handle(c->multi, t->easy) != CURLM_OK)
        response.code = error_set(&response.err, E_IO, "libcurl took no more requests");
    if (response.code == E_OK) {
        list_add(&c->active, t);
        return true;
    }
    response.may_have_arrived = t->may_have_arrived;
    deliver(t, &response);
    return false;
}

static bool start_queued(struct curl_transport *c)
{
    bool delivered = false;
    while (c->active.count < c->parallel && c->queue.oldest != NULL && !c->is_closed) {
        struct transfer *t = c->queue.oldest;
        list_remove(&c->queue, t);
        delivered = !start(c, t) || delivered;
    }
    return delivered;
}

/* A connection could not be made in time. Requests that waited inside of libcurl for that very
 * connection would now try one after the other; those whose own time for it is as good as up end,
 * too. */
static void end_waiting(struct curl_transport *c, const struct transfer *failed)
{
    int64_t now_ms = clock_steady_ms();
    for (struct transfer *t = c->active.oldest; t != NULL; t = t->newer) {
        int64_t waited_ms = now_ms - t->started_us / 1000;
        if (str_eq(t->url.host, failed->url.host) && !transfer_was_sent(t) &&
            waited_ms >= t->request.connect_timeout_ms * 9 / 10)
            t->due_ms = now_ms;
    }
}

static bool finish_done(struct curl_transport *c)
{
    bool delivered = false;
    int left = 0;
    const CURLMsg *message = NULL;
    while ((message = curl_multi_info_read(c->multi, &left)) != NULL) {
        if (message->msg != CURLMSG_DONE)
            continue;
        char *private = NULL;
        CURLcode result = message->data.result; /* gone with the handle's removal */
        curl_easy_getinfo(message->easy_handle, CURLINFO_PRIVATE, &private);
        struct transfer *t = (struct transfer *)(void *)private;
        take_active(c, t);
        struct http_response response;
        if (transfer_finish(t, result, &response)) {
            delivered = !start(c, t) || delivered;
            continue;
        }
        if (response.code == E_TIMEOUT && !transfer_was_sent(t))
            end_waiting(c, t);
        deliver(t, &response);
        delivered = true;
    }
    return delivered;
}

static bool time_out_late(struct curl_transport *c)
{
    bool delivered = false;
    int64_t now_ms = clock_steady_ms();
    struct transfer *next = NULL;
    for (struct transfer *t = c->active.oldest; t != NULL; t = next) {
        next = t->newer;
        if (t->due_ms > now_ms)
            continue;
        struct http_response response;
        transfer_time_out(t, &response);
        take_active(c, t);
        deliver(t, &response);
        delivered = true;
    }
    return delivered;
}

/* Ends what is outstanding now; what the `done`s add is ended by the next step. */
static void give_up_all(struct curl_transport *c)
{
    int queued = c->queue.count;
    for (int active = c->active.count; active > 0; active--) {
        struct transfer *t = c->active.oldest;
        struct http_response response;
        transfer_give_up(t, &response);
        take_active(c, t);
        deliver(t, &response);
    }
    for (; queued > 0; queued--) {
        struct transfer *t = c->queue.oldest;
        struct http_response response;
        list_remove(&c->queue, t);
        transfer_give_up(t, &response);
        deliver(t, &response);
    }
}

static bool work(struct curl_transport *c)
{
    if (c->active.count == 0)
        return false;
    int running = 0;
    curl_multi_perform(c->multi, &running);
    bool delivered = finish_done(c);
    return time_out_late(c) || delivered;
}

/* When something is due that no socket announces. */
static int64_t next_due_ms(const struct curl_transport *c)
{
    int64_t next = timers_next_ms(&c->timers);
    for (const struct transfer *t = c->active.oldest; t != NULL; t = t->newer) {
        if (t->due_ms < next)
            next = t->due_ms;
    }
    return next;
}

static void wait_until(struct curl_transport *c, int64_t until_ms)
{
    enum { LONGEST_MS = 60000 }; /* any number that fits an int; the caller steps again */
    int64_t due_ms = next_due_ms(c);
    int64_t wait_ms = (due_ms < until_ms ? due_ms : until_ms) - clock_steady_ms();
    if (wait_ms > LONGEST_MS)
        wait_ms = LONGEST_MS;
    if (wait_ms > 0 && c->multi != NULL)
        curl_multi_poll(c->multi, NULL, 0, (int)wait_ms, NULL);
    else if (wait_ms > 0)
        poll(NULL, 0, (int)wait_ms); /* timers alone */
}

static bool curl_step(struct transport *transport, int64_t until_ms)
{
    struct curl_transport *c = of(transport);
    if (c->active.count == 0 && c->queue.count == 0 && c->timers.count == 0)
        return false;
    if (c->is_closed) {
        give_up_all(c);
        timers_fire(&c->timers, INT64_MAX);
        return true;
    }
    bool delivered = timers_fire(&c->timers, clock_steady_ms());
    delivered = start_queued(c) || delivered;
    delivered = work(c) || delivered;
    if (delivered || c->is_closed)
        return true;
    wait_until(c, until_ms);
    timers_fire(&c->timers, clock_steady_ms());
    work(c);
    return true;
}

static void curl_close(struct transport *transport)
{
    of(transport)->is_closed = true;
}

static void curl_open(struct transport *transport)
{
    of(transport)->is_closed = false;
}

static void curl_free_transport(struct transport *transport)
{
    struct curl_transport *c = of(transport);
    while (c->active.oldest != NULL) {
        struct transfer *t = c->active.oldest;
        take_active(c, t);
        transfer_free(t);
    }
    while (c->queue.oldest != NULL) {
        struct transfer *t = c->queue.oldest;
        list_remove(&c->queue, t);
        transfer_free(t);
    }
    if (c->multi != NULL) {
        curl_multi_cleanup(c->multi);
        curl_share_cleanup(c->shared.share);
        curl_global_cleanup();
    }
    timers_release(&c->timers);
    arena_release(&c->arena);
    memory_free(c);
}

static const struct transport_ops curl_ops = {
    .send = curl_send,
    .after = curl_after,
    .step = curl_step,
    .close = curl_close,
    .open = curl_open,
    .now_ms = curl_now_ms,
    .wall_ms = curl_wall_ms,
    .free = curl_free_transport,
};

enum error_code transport_curl_new(const struct curl_options *options, struct transport **out,
                                   struct error *err)
{
    (void)err;
    struct curl_transport *c = memory_new(1, sizeof(*c));
    c->base.ops = &curl_ops;
    c->shared.ca_bundle = keep_text(&c->arena, options->ca_bundle);
    c->shared.user_agent = keep_text(&c->arena, options->user_agent);
    c->wall_ms = options->wall_ms;
    c->parallel = options->parallel > 0 ? options->parallel : LIMIT_PARALLEL_DEFAULT;
    *out = &c->base;
    return E_OK;
}
