/* A transport that answers from a list, in order, on a virtual clock; and keeps what was asked. */
#ifndef TESTS_UNIT_FAKE_TRANSPORT_H
#define TESTS_UNIT_FAKE_TRANSPORT_H

#include "base/arena.h"
#include "http/transport.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

struct fake_reply {
    const char *request;  /* "GET http://…" that it must be; NULL: any */
    enum error_code code; /* E_OK: an answer with the rest */
    int status;
    const char *body;
    int64_t after_ms;
    const struct http_header *headers;
    size_t header_count;
};

struct fake_asked {
    const char *line;   /* "GET http://…" */
    struct str headers; /* "Name: value\n" … */
    struct str body;
    bool is_signed;
    bool no_proxy;
    int64_t timeout_ms;
    struct str access_key_id; /* the signer's */
    struct str region;
    int64_t at_ms;
};

enum { FAKE_EVENTS = 256, FAKE_ASKED = 64 };

struct fake_event {
    int64_t due_ms;
    http_done *done;
    timer_done *timer;
    void *context;
    const struct fake_reply *reply;
};

struct fake_transport {
    struct transport base;
    const struct fake_reply *replies; /* ends with a row without code, status and request */
    size_t next;
    struct fake_event events[FAKE_EVENTS];
    size_t event_count;
    struct fake_asked asked[FAKE_ASKED];
    size_t asked_count;
    struct arena arena;
    int64_t now_ms;
    bool is_closed;
    int unexpected;
    bool is_quiet; /* about the unexpected ones */
};

static inline void fake_add(struct fake_transport *t, const struct fake_event *event)
{
    if (t->event_count == FAKE_EVENTS)
        abort();
    t->events[t->event_count++] = *event;
}

static inline void fake_send(struct transport *base, const struct http_request *request,
                             http_done *done, void *context)
{
    struct fake_transport *t = (struct fake_transport *)base;
    struct arena *arena = &t->arena;
    if (t->asked_count == FAKE_ASKED)
        abort();
    struct fake_asked *asked = &t->asked[t->asked_count++];
    *asked = (struct fake_asked){
        .line =
            arena_printf(arena, "%.*s %.*s", STR_ARG(request->method), STR_ARG(request->url)).ptr,
        .body = arena_str(arena, request->has_body ? request->body : STR_NONE),
        .is_signed = request->signing != NULL,
        .no_proxy = request->no_proxy,
        .timeout_ms = request->timeout_ms,
        .at_ms = t->now_ms,
    };
    if (request->signing != NULL) {
        asked->access_key_id = arena_str(arena, request->signing->access_key_id);
        asked->region = arena_str(arena, request->signing->region);
    }
    for (size_t i = 0; i < request->header_count; i++)
        asked->headers =
            arena_printf(arena, "%.*s%.*s: %.*s\n", STR_ARG(asked->headers),
                         STR_ARG(request->headers[i].name), STR_ARG(request->headers[i].value));
    static const struct fake_reply nothing = {.code = E_NETWORK};
    const struct fake_reply *reply = t->replies != NULL ? &t->replies[t->next] : &nothing;
    bool is_end = reply->code == E_OK && reply->status == 0 && reply->request == NULL;
    if (is_end || (reply->request != NULL && strcmp(reply->request, asked->line) != 0)) {
        if (!t->is_quiet)
            fprintf(stderr, "unexpected request: %s\n", asked->line);
        t->unexpected++;
        reply = &nothing;
    } else if (t->replies != NULL) {
        t->next++;
    }
    fake_add(t, &(struct fake_event){.due_ms = t->now_ms + reply->after_ms,
                                     .done = done,
                                     .context = context,
                                     .reply = reply});
}

static inline void fake_after(struct transport *base, int64_t delay_ms, timer_done *done,
                              void *context)
{
    struct fake_transport *t = (struct fake_transport *)base;
    fake_add(
        t, &(struct fake_event){.due_ms = t->now_ms + delay_ms, .timer = done, .context = context});
}

static inline void fake_deliver(struct fake_transport *t, const struct fake_event *event)
{
    if (event->timer != NULL) {
        event->timer(event->context);
        return;
    }
    struct http_response response = {.code = event->reply->code};
    if (t->is_closed)
        response.code = E_DEADLINE;
    if (response.code == E_OK) {
        response.status = event->reply->status;
        response.headers = event->reply->headers;
        response.header_count = event->reply->header_count;
        /* A copy of its own, so that reading behind its end is found. */
        size_t len = strlen(event->reply->body);
        char *body = malloc(len + 1);
        if (body == NULL)
            abort();
        memcpy(body, event->reply->body, len);
        response.body = (struct str){.ptr = body, .len = len};
        event->done(event->context, &response);
        memset(body, 'x', len); /* valid during the call only */
        free(body);
        return;
    }
    error_set(&response.err, response.code, "broken on purpose");
    event->done(event->context, &response);
}

static inline bool fake_step(struct transport *base, int64_t until_ms)
{
    struct fake_transport *t = (struct fake_transport *)base;
    if (t->event_count == 0)
        return false;
    size_t first = 0;
    for (size_t i = 1; i < t->event_count; i++) {
        if (t->events[i].due_ms < t->events[first].due_ms)
            first = i;
    }
    struct fake_event event = t->events[first];
    if (!t->is_closed) {
        if (event.due_ms > until_ms) {
            t->now_ms = until_ms;
            return true;
        }
        if (event.due_ms > t->now_ms)
            t->now_ms = event.due_ms;
    }
    t->event_count--;
    memmove(&t->events[first], &t->events[first + 1],
            (t->event_count - first) * sizeof(t->events[0]));
    fake_deliver(t, &event);
    return true;
}

static inline void fake_close(struct transport *base)
{
    ((struct fake_transport *)base)->is_closed = true;
}

static inline void fake_open(struct transport *base)
{
    ((struct fake_transport *)base)->is_closed = false;
}

static inline int64_t fake_now(struct transport *base)
{
    return ((struct fake_transport *)base)->now_ms;
}

static inline void fake_release(struct transport *base)
{
    arena_release(&((struct fake_transport *)base)->arena);
}

static inline void fake_init(struct fake_transport *t, const struct fake_reply *replies)
{
    static const struct transport_ops ops = {.send = fake_send,
                                             .after = fake_after,
                                             .step = fake_step,
                                             .close = fake_close,
                                             .open = fake_open,
                                             .now_ms = fake_now,
                                             .free = fake_release};
    memset(t, 0, sizeof(*t));
    t->base.ops = &ops;
    t->replies = replies;
    t->now_ms = 1000000;
}

#endif
