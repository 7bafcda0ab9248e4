#include "http/replay.h"

#include "base/arena.h"
#include "base/limits.h"
#include "base/memory.h"
#include "base/vec.h"
#include "http/timers.h"

#include "base/banned.h"

struct exchange {
    struct replay_exchange is;
    int used;
};

struct replay {
    struct transport base;
    struct arena arena; /* exchanges and requests */
    VEC(struct exchange) exchanges;
    VEC(struct replay_request) requests;
    struct timers timers;
    struct pending *pending; /* newest first */
    int64_t now_ms;
    bool is_closed;
};

/* An answer on its way. */
struct pending {
    struct replay *replay;
    struct pending *older;
    struct pending *newer;
    http_done *done;
    void *context;
    struct http_response response;
    bool was_sent; /* before the transport was closed */
};

static struct replay *of(struct transport *transport)
{
    return (struct replay *)transport;
}

static const struct replay *of_const(const struct transport *transport)
{
    return (const struct replay *)transport;
}

struct str http_request_operation(const struct http_request *request)
{
    for (size_t i = 0; i < request->header_count; i++) {
        struct str value = request->headers[i].value;
        size_t dot = str_find_last(value, '.');
        if (str_eq_nocase(request->headers[i].name, STR("x-amz-target")) && dot < value.len)
            return str_slice(value, dot + 1, value.len);
    }
    struct str action = STR("Action=");
    if (!request->has_body || !str_starts(request->body, action))
        return STR_NONE;
    struct str rest = str_slice(request->body, action.len, request->body.len);
    return str_slice(rest, 0, str_find(rest, '&'));
}

static struct str header_of(const struct http_header *headers, size_t count, struct str name)
{
    for (size_t i = 0; i < count; i++) {
        if (str_eq_nocase(headers[i].name, name))
            return headers[i].value;
    }
    return STR_NONE;
}

static bool holds(struct str text, struct str part)
{
    return part.len == 0 || str_find_str(text, part) < text.len;
}

static bool is_match(const struct replay_exchange *exchange, const struct replay_request *request)
{
    if (exchange->method.len > 0 && !str_eq(exchange->method, request->method))
        return false;
    if (exchange->operation.len > 0 && !str_eq(exchange->operation, request->operation))
        return false;
    for (size_t i = 0; i < REPLAY_BODY_PARTS; i++) {
        if (!holds(request->body, exchange->body[i]))
            return false;
    }
    if (exchange->header.name.len > 0 &&
        !str_eq(header_of(request->headers, request->header_count, exchange->header.name),
                exchange->header.value))
        return false;
    return holds(request->url, exchange->url);
}

static const struct replay_exchange *take_exchange(struct replay *r,
                                                   const struct replay_request *request)
{
    for (size_t i = 0; i < r->exchanges.count; i++) {
        struct exchange *exchange = &r->exchanges.items[i];
        int times = exchange->is.times == 0 ? 1 : exchange->is.times;
        if ((times != REPLAY_ALWAYS && exchange->used >= times) ||
            !is_match(&exchange->is, request))
            continue;
        exchange->used++;
        return &exchange->is;
    }
    return NULL;
}

static const struct http_header *copy_headers(struct arena *arena,
                                              const struct http_header *headers, size_t count)
{
    struct http_header *copies = ARENA_ARRAY(arena, struct http_header, count);
    for (size_t i = 0; i < count; i++) {
        copies[i].name = arena_str(arena, headers[i].name);
        copies[i].value = arena_str(arena, headers[i].value);
    }
    return copies;
}

static struct replay_request *keep_request(struct replay *r, const struct http_request *request)
{
    struct replay_request *kept = VEC_ADD(&r->arena, &r->requests);
    kept->method = arena_str(&r->arena, request->method);
    kept->url = arena_str(&r->arena, request->url);
    kept->operation = arena_str(&r->arena, http_request_operation(request));
    kept->body = request->has_body ? arena_str(&r->arena, request->body) : STR_NONE;
    kept->headers = copy_headers(&r->arena, request->headers, request->header_count);
    kept->header_count = request->header_count;
    const struct http_signing *signing = request->signing;
    if (signing != NULL) {
        kept->signed_with = arena_str(&r->arena, signing->access_key_id);
        kept->signed_for = arena_printf(&r->arena, "%.*s/%.*s", STR_ARG(signing->service),
                                        STR_ARG(signing->region));
        kept->has_session_token = signing->session_token.len > 0;
    }
    kept->once = request->once;
    kept->at_ms = r->now_ms;
    return kept;
}

static void set_failure(struct http_response *response, enum error_code code, const char *text)
{
    response->code = error_set(&response->err, code, "%s", text);
}

/* Fills pending->response; gives the time it takes. */
static int64_t answer(struct replay *r, struct pending *pending, const struct http_request *request)
{
    struct http_response *response = &pending->response;
    struct replay_request *kept = keep_request(r, request);
    const struct replay_exchange *exchange = take_exchange(r, kept);
    size_t max_bytes =
        request->max_body_bytes > 0 ? request->max_body_bytes : LIMIT_METRIC_BODY_BYTES;
    int64_t timeout_ms = request->timeout_ms > 0 ? request->timeout_ms : LIMIT_REQUEST_TIMEOUT_MS;
    kept->was_matched = exchange != NULL;
    if (exchange == NULL) {
        response->code =
            error_set(&response->err, E_PROTOCOL, "no recorded answer for %.*s %.*s %.*s",
                      STR_ARG(kept->method), STR_ARG(kept->url), STR_ARG(kept->operation));
        return 0;
    }
    response->may_have_arrived = exchange->code == E_OK || exchange->may_have_arrived;
    if (exchange->latency_ms >= timeout_ms || exchange->code == E_TIMEOUT) {
        set_failure(response, E_TIMEOUT, "no answer within the time (recorded)");
        response->may_have_arrived = true;
        return timeout_ms;
    }
    if (exchange->code != E_OK) {
        set_failure(response, exchange->code,
                    exchange->may_have_arrived ? "the connection broke (recorded)"
                                               : "connection refused (recorded)");
    } else if (exchange->answer.len > max_bytes) {
        set_failure(response, E_LIMIT, "the answer is over the limit (recorded)");
    } else {
        response->status = exchange->status;
        response->body = exchange->answer;
        response->headers = exchange->headers;
        response->header_count = exchange->header_count;
    }
    return exchange->latency_ms;
}

static void unlink_pending(struct pending *pending)
{
    if (pending->newer != NULL)
        pending->newer->older = pending->older;
    else
        pending->replay->pending = pending->older;
    if (pending->older != NULL)
        pending->older->newer = pending->newer;
}

static void on_due(void *context)
{
    struct pending *pending = context;
    struct replay *r = pending->replay;
    if (r->is_closed) {
        pending->response = (struct http_response){.may_have_arrived = pending->was_sent};
        set_failure(&pending->response, E_DEADLINE,
                    pending->was_sent ? "the deadline passed before it answered"
                                      : "the deadline passed before the request was sent");
    }
    unlink_pending(pending);
    pending->done(pending->context, &pending->response);
    memory_free(pending);
}

static void replay_send(struct transport *transport, const struct http_request *request,
                        http_done *done, void *context)
{
    struct replay *r = of(transport);
    struct pending *pending = memory_new(1, sizeof(*pending));
    pending->replay = r;
    pending->done = done;
    pending->context = context;
    pending->was_sent = !r->is_closed;
    int64_t latency_ms = r->is_closed ? 0 : answer(r, pending, request);
    pending->response.latency_us = latency_ms * 1000;
    pending->older = r->pending;
    if (r->pending != NULL)
        r->pending->newer = pending;
    r->pending = pending;
    timers_add(&r->timers, r->now_ms + latency_ms, on_due, pending);
}

static void replay_after(struct transport *transport, int64_t delay_ms, timer_done *done,
                         void *context)
{
    struct replay *r = of(transport);
    timers_add(&r->timers, r->now_ms + (delay_ms > 0 ? delay_ms : 0), done, context);
}

static bool replay_step(struct transport *transport, int64_t until_ms)
{
    struct replay *r = of(transport);
    if (r->timers.count == 0)
        return false;
    if (r->is_closed) {
        timers_fire(&r->timers, INT64_MAX);
        return true;
    }
    int64_t next_ms = timers_next_ms(&r->timers);
    int64_t to_ms = next_ms < until_ms ? next_ms : until_ms;
    if (to_ms > r->now_ms)
        r->now_ms = to_ms;
    timers_fire(&r->timers, r->now_ms);
    return true;
}

static void replay_close(struct transport *transport)
{
    of(transport)->is_closed = true;
}

static void replay_open(struct transport *transport)
{
    of(transport)->is_closed = false;
}

static int64_t replay_now_ms(struct transport *transport)
{
    return of(transport)->now_ms;
}

static void replay_free(struct transport *transport)
{
    struct replay *r = of(transport);
    while (r->pending != NULL) {
        struct pending *pending = r->pending;
        unlink_pending(pending);
        memory_free(pending);
    }
    timers_release(&r->timers);
    arena_release(&r->arena);
    memory_free(r);
}

static const struct transport_ops replay_ops = {
    .send = replay_send,
    .after = replay_after,
    .step = replay_step,
    .close = replay_close,
    .open = replay_open,
    .now_ms = replay_now_ms,
    .free = replay_free,
};

struct transport *replay_new(const struct replay_exchange *exchanges, size_t count)
{
    struct replay *r = memory_new(1, sizeof(*r));
    r->base.ops = &replay_ops;
    for (size_t i = 0; i < count; i++)
        replay_add(&r->base, &exchanges[i]);
    return &r->base;
}

void replay_add(struct transport *replay, const struct replay_exchange *exchange)
{
    struct replay *r = of(replay);
    struct arena *arena = &r->arena;
    struct replay_exchange *kept = &VEC_ADD(arena, &r->exchanges)->is;
    *kept = *exchange;
    kept->method = arena_str(arena, exchange->method);
    kept->url = arena_str(arena, exchange->url);
    kept->operation = arena_str(arena, exchange->operation);
    for (size_t i = 0; i < REPLAY_BODY_PARTS; i++)
        kept->body[i] = arena_str(arena, exchange->body[i]);
    kept->header.name = arena_str(arena, exchange->header.name);
    kept->header.value = arena_str(arena, exchange->header.value);
    kept->headers = copy_headers(arena, exchange->headers, exchange->header_count);
    kept->answer = arena_str(arena, exchange->answer);
}

size_t replay_count(const struct transport *replay)
{
    return of_const(replay)->requests.count;
}

const struct replay_request *replay_request_at(const struct transport *replay, size_t index)
{
    const struct replay *r = of_const(replay);
    return index < r->requests.count ? &r->requests.items[index] : NULL;
}

const struct replay_request *replay_unmatched(const struct transport *replay)
{
    const struct replay *r = of_const(replay);
    for (size_t i = 0; i < r->requests.count; i++) {
        if (!r->requests.items[i].was_matched)
            return &r->requests.items[i];
    }
    return NULL;
}

size_t replay_unused(const struct transport *replay)
{
    const struct replay *r = of_const(replay);
    size_t count = 0;
    for (size_t i = 0; i < r->exchanges.count; i++)
        count += r->exchanges.items[i].used == 0 ? 1 : 0;
    return count;
}
