/* Invariants: an exchange is on the list from send until its `done`; two timers are set for it, in
 * this order: carry_out, deliver. The world's clock only moves when the transport's does. */
#include "cloud/sim/wire_transport.h"

#include "base/limits.h"
#include "base/memory.h"
#include "http/timers.h"

#include "base/banned.h"

struct wire_transport {
    struct transport base;
    struct wire_transport_options options;
    struct timers timers;
    struct exchange *newest;
    int64_t now_ms;
    double world_rest_ms; /* of the last step: what is less than a millisecond of the world's */
    uint64_t requests;
    bool is_closed;
};

struct exchange {
    struct wire_transport *transport;
    struct exchange *older;
    struct exchange *newer;
    struct arena arena;
    struct http_request request; /* a copy in `arena` */
    http_done *done;
    void *context;
    uint64_t number;
    bool was_sent; /* before the transport was closed */
    bool was_carried_out;
    struct wire_response answer; /* when it was */
};

static struct wire_transport *of(struct transport *transport)
{
    return (struct wire_transport *)transport;
}

static void set_clock(struct wire_transport *t, int64_t now_ms)
{
    if (now_ms <= t->now_ms)
        return;
    double speed = t->options.speed == 0 ? 1 : t->options.speed;
    double world_ms = (double)(now_ms - t->now_ms) * speed + t->world_rest_ms;
    t->now_ms = now_ms;
    if (speed < 0)
        return;
    int64_t whole_ms = (int64_t)world_ms;
    t->world_rest_ms = world_ms - (double)whole_ms;
    sim_world_advance(t->options.world, sim_world_now_ms(t->options.world) + whole_ms);
}

static void carry_out(void *context)
{
    struct exchange *exchange = context;
    struct wire_transport *t = exchange->transport;
    if (t->is_closed)
        return;
    const struct wire_request request = {
        .http = &exchange->request,
        .number = exchange->number,
        .shift_ms = t->options.shift_ms != NULL ? t->options.shift_ms(t->options.context) : 0,
    };
    wire_answer(t->options.world, &request, &exchange->answer);
    exchange->was_carried_out = true;
}

static void exchange_free(struct exchange *exchange)
{
    if (exchange->newer != NULL)
        exchange->newer->older = exchange->older;
    else
        exchange->transport->newest = exchange->older;
    if (exchange->older != NULL)
        exchange->older->newer = exchange->newer;
    if (exchange->was_carried_out)
        wire_response_release(&exchange->answer);
    arena_release(&exchange->arena);
    memory_free(exchange);
}

static void deliver(void *context)
{
    struct exchange *exchange = context;
    struct wire_transport *t = exchange->transport;
    const struct http_request *request = &exchange->request;
    struct http_response response = {.may_have_arrived = exchange->was_sent,
                                     .latency_us = t->options.latency_ms * 1000};
    if (t->is_closed) {
        response.code =
            error_set(&response.err, E_DEADLINE,
                      exchange->was_sent ? "the deadline passed before it answered"
                                         : "the deadline passed before the request was sent");
    } else if (t->options.latency_ms >= request->timeout_ms) {
        response.code = error_set(&response.err, E_TIMEOUT, "no answer within %lld ms",
                                  (long long)request->timeout_ms);
        response.latency_us = request->timeout_ms * 1000;
    } else if (exchange->answer.body.len > request->max_body_bytes) {
        response.code = error_set(&response.err, E_LIMIT, "the answer is over %zu bytes",
                                  request->max_body_bytes);
    } else {
        response.status = exchange->answer.status;
        response.body = buf_str(&exchange->answer.body);
        response.headers = exchange->answer.headers;
        response.header_count = exchange->answer.header_count;
    }
    exchange->done(exchange->context, &response);
    exchange_free(exchange);
}

static void copy_request(struct arena *arena, const struct http_request *from,
                         struct http_request *to)
{
    struct http_header *headers = ARENA_ARRAY(arena, struct http_header, from->header_count);
    for (size_t i = 0; i < from->header_count; i++) {
        headers[i].name = arena_str(arena, from->headers[i].name);
        headers[i].value = arena_str(arena, from->headers[i].value);
    }
    *to = *from;
    to->method = arena_str(arena, from->method);
    to->url = arena_str(arena, from->url);
    to->headers = headers;
    to->body = from->has_body ? arena_str(arena, from->body) : STR_NONE;
    if (to->timeout_ms <= 0)
        to->timeout_ms = LIMIT_REQUEST_TIMEOUT_MS;
    if (to->max_body_bytes == 0)
        to->max_body_bytes = LIMIT_METRIC_BODY_BYTES;
}

static void wire_send(struct transport *transport, const struct http_request *request,
                      http_done *done, void *context)
{
    struct wire_transport *t = of(transport);
    struct exchange *exchange = memory_new(1, sizeof(*exchange));
    int64_t latency_ms = t->options.latency_ms;
    exchange->transport = t;
    exchange->done = done;
    exchange->context = context;
    exchange->number = ++t->requests;
    exchange->was_sent = !t->is_closed;
    copy_request(&exchange->arena, request, &exchange->request);
    exchange->older = t->newest;
    if (t->newest != NULL)
        t->newest->newer = exchange;
    t->newest = exchange;
    int64_t answered_ms =
        latency_ms < exchange->request.timeout_ms ? latency_ms : exchange->request.timeout_ms;
    int64_t arrived_ms = latency_ms / 2 < answered_ms ? latency_ms / 2 : answered_ms;
    timers_add(&t->timers, t->now_ms + arrived_ms, carry_out, exchange);
    timers_add(&t->timers, t->now_ms + answered_ms, deliver, exchange);
}

static void wire_after(struct transport *transport, int64_t delay_ms, timer_done *done,
                       void *context)
{
    struct wire_transport *t = of(transport);
    timers_add(&t->timers, t->now_ms + (delay_ms > 0 ? delay_ms : 0), done, context);
}

static bool wire_step(struct transport *transport, int64_t until_ms)
{
    struct wire_transport *t = of(transport);
    if (t->timers.count == 0)
        return false;
    if (t->is_closed) {
        timers_fire(&t->timers, INT64_MAX);
        return true;
    }
    int64_t next_ms = timers_next_ms(&t->timers);
    set_clock(t, next_ms < until_ms ? next_ms : until_ms);
    timers_fire(&t->timers, t->now_ms);
    return true;
}

void wire_transport_advance(struct transport *transport, int64_t to_ms)
{
    struct wire_transport *t = of(transport);
    for (int64_t next_ms = timers_next_ms(&t->timers); next_ms <= to_ms;
         next_ms = timers_next_ms(&t->timers)) {
        set_clock(t, next_ms);
        timers_fire(&t->timers, t->now_ms);
    }
    set_clock(t, to_ms);
}

int64_t wire_transport_next_ms(const struct transport *transport)
{
    return timers_next_ms(&((const struct wire_transport *)transport)->timers);
}

static void wire_close(struct transport *transport)
{
    of(transport)->is_closed = true;
}

static void wire_open(struct transport *transport)
{
    of(transport)->is_closed = false;
}

static int64_t wire_now_ms(struct transport *transport)
{
    return of(transport)->now_ms;
}

static int64_t wire_wall_ms(struct transport *transport)
{
    return sim_world_now_ms(of(transport)->options.world);
}

static void wire_free(struct transport *transport)
{
    struct wire_transport *t = of(transport);
    while (t->newest != NULL)
        exchange_free(t->newest);
    timers_release(&t->timers);
    memory_free(t);
}

static const struct transport_ops wire_ops = {
    .send = wire_send,
    .after = wire_after,
    .step = wire_step,
    .close = wire_close,
    .open = wire_open,
    .now_ms = wire_now_ms,
    .wall_ms = wire_wall_ms,
    .free = wire_free,
};

struct transport *wire_transport_new(const struct wire_transport_options *options)
{
    struct wire_transport *t = memory_new(1, sizeof(*t));
    t->base.ops = &wire_ops;
    t->options = *options;
    return &t->base;
}
