#include "http/faults.h"

#include "base/buf.h"
#include "base/limits.h"
#include "base/memory.h"
#include "http/fault_body.h"
#include "http/replay.h"

#include "base/banned.h"

struct active_fault {
    struct fault is;
    int seen; /* requests that it matched */
    int acted;
};

struct faults {
    struct transport base;
    struct transport *inner;
    struct arena arena;
    struct active_fault *table;
    size_t count;
    struct broken *broken; /* newest first */
    bool is_closed;
};

/* A request on its way that a fault acts on. */
struct broken {
    struct faults *faults;
    struct broken *older;
    struct broken *newer;
    struct fault fault;
    http_done *done;
    void *context;
    int64_t timeout_ms;
    size_t max_bytes;
    bool is_json; /* by the request: how errors of AWS's look */
    bool is_aws;
    struct arena arena; /* of a kept answer */
    struct http_response response;
    struct buf body;
};

static struct faults *of(struct transport *transport)
{
    return (struct faults *)transport;
}

static bool holds(struct str text, struct str part)
{
    return part.len == 0 || str_find_str(text, part) < text.len;
}

static const struct fault *find(struct faults *f, const struct http_request *request)
{
    const struct fault *found = NULL;
    struct str operation = http_request_operation(request);
    for (size_t i = 0; i < f->count; i++) {
        struct active_fault *row = &f->table[i];
        const struct fault *fault = &row->is;
        if (!holds(request->url, fault->url) ||
            !holds(request->has_body ? request->body : STR_NONE, fault->body) ||
            (fault->operation.len > 0 && !str_eq(fault->operation, operation)))
            continue;
        int first = fault->nth > 0 ? fault->nth : 1;
        row->seen++;
        bool acts = row->seen >= first && (fault->count == 0 || row->seen < first + fault->count);
        if (!acts || found != NULL)
            continue;
        row->acted++;
        found = fault;
    }
    return found;
}

static struct broken *broken_new(struct faults *f, const struct fault *fault,
                                 const struct http_request *request)
{
    struct broken *b = memory_new(1, sizeof(*b));
    struct str target = STR_NONE;
    for (size_t i = 0; i < request->header_count; i++) {
        if (str_eq_nocase(request->headers[i].name, STR("x-amz-target")))
            target = request->headers[i].value;
    }
    b->faults = f;
    b->fault = *fault;
    b->timeout_ms = request->timeout_ms > 0 ? request->timeout_ms : LIMIT_REQUEST_TIMEOUT_MS;
    b->max_bytes = request->max_body_bytes > 0 ? request->max_body_bytes : LIMIT_METRIC_BODY_BYTES;
    b->is_json = target.len > 0;
    b->is_aws = http_request_operation(request).len > 0;
    b->body = BUF_INIT(b->max_bytes);
    b->older = f->broken;
    if (f->broken != NULL)
        f->broken->newer = b;
    f->broken = b;
    return b;
}

static void broken_free(struct broken *b)
{
    if (b->newer != NULL)
        b->newer->older = b->older;
    else
        b->faults->broken = b->older;
    if (b->older != NULL)
        b->older->newer = b->newer;
    buf_release_secret(&b->body);
    arena_release(&b->arena);
    memory_free(b);
}

static void deliver(void *context)
{
    struct broken *b = context;
    if (b->faults->is_closed && b->response.code != E_DEADLINE) {
        bool arrived = b->response.may_have_arrived;
        b->response = (struct http_response){.may_have_arrived = arrived};
        b->response.code =
            error_set(&b->response.err, E_DEADLINE, "the deadline passed before it answered");
    }
    b->done(b->context, &b->response);
    broken_free(b);
}

static void deliver_later(struct broken *b, int64_t delay_ms)
{
    b->response.latency_us += delay_ms * 1000;
    transport_after(b->faults->inner, delay_ms, deliver, b);
}

static void set_failure(struct broken *b, enum error_code code, const char *text, bool arrived)
{
    b->response =
        (struct http_response){.may_have_arrived = arrived, .latency_us = b->response.latency_us};
    b->response.code = error_set(&b->response.err, code, "%s", text);
}

static void time_out(struct broken *b)
{
    int64_t delay_ms = b->fault.delay_ms > 0 ? b->fault.delay_ms : b->timeout_ms;
    set_failure(b, E_TIMEOUT, "no answer within the time (fault)", true);
    deliver_later(b, delay_ms);
}

static void answer_status(struct broken *b, int status, const char *code, const char *message)
{
    static const struct http_header json[] = {
        {{"Content-Type", 12}, {"application/x-amz-json-1.1", 26}},
        {{"x-amzn-RequestId", 16}, {"00000000-fa17-0000-0000-000000000000", 36}}};
    static const struct http_header xml[] = {{{"Content-Type", 12}, {"text/xml", 8}}};
    static const struct http_header html[] = {{{"Content-Type", 12}, {"text/html", 9}}};
    b->response = (struct http_response){.may_have_arrived = true, .status = status};
    if (b->is_json) {
        buf_addf(&b->body, "{\"__type\":\"%s\",\"message\":\"%s\"}", code, message);
        b->response.headers = json;
        b->response.header_count = ARRAY_LEN(json);
    } else if (b->is_aws) {
        buf_addf(&b->body,
                 "<ErrorResponse><Error><Type>Sender</Type><Code>%s</Code><Message>%s</Message>"
                 "</Error><RequestId>00000000-fa17-0000-0000-000000000000</RequestId>"
                 "</ErrorResponse>",
                 code, message);
        b->response.headers = xml;
        b->response.header_count = ARRAY_LEN(xml);
    } else {
        buf_addf(&b->body, "<html><head><title>%d</title></head><body>%s</body></html>", status,
                 message);
        b->response.headers = html;
        b->response.header_count = ARRAY_LEN(html);
    }
    b->response.body = buf_str(&b->body);
    deliver_later(b, b->fault.delay_ms);
}

/* Keeps the true answer, which is only lent, until it is delivered. */
static void keep(struct broken *b, const struct http_response *response)
{
    struct http_header *headers =
        ARENA_ARRAY(&b->arena, struct http_header, response->header_count);
    for (size_t i = 0; i < response->header_count; i++) {
        headers[i].name = arena_str(&b->arena, response->headers[i].name);
        headers[i].value = arena_str(&b->arena, response->headers[i].value);
    }
    b->response = *response;
    b->response.headers = headers;
    fault_body_change(b->fault.kind, b->fault.depth, response->body, &b->body);
    b->response.body = buf_str(&b->body);
}

static void on_true_answer(void *context, const struct http_response *response)
{
    struct broken *b = context;
    if (response->code == E_DEADLINE) {
        b->response = *response;
        deliver(b);
        return;
    }
    int64_t spent_ms = response->latency_us / 1000;
    b->response.latency_us = response->latency_us;
    switch (b->fault.kind) {
    case FAULT_LOST: {
        int64_t wanted_ms = b->fault.delay_ms > 0 ? b->fault.delay_ms : b->timeout_ms;
        set_failure(b, E_TIMEOUT, "no answer within the time (fault: it was lost)", true);
        deliver_later(b, wanted_ms > spent_ms ? wanted_ms - spent_ms : 0);
        return;
    }
    case FAULT_OVERSIZED:
        set_failure(b, E_LIMIT, "the answer is over the limit (fault)", true);
        deliver_later(b, 0);
        return;
    case FAULT_SLOW:
        if (spent_ms + b->fault.delay_ms >= b->timeout_ms) {
            set_failure(b, E_TIMEOUT, "no answer within the time (fault: slow)", true);
            deliver_later(b, b->timeout_ms > spent_ms ? b->timeout_ms - spent_ms : 0);
            return;
        }
        keep(b, response);
        deliver_later(b, b->fault.delay_ms);
        return;
    default:
        keep(b, response);
        deliver_later(b, b->fault.delay_ms);
        return;
    }
}

static void faults_send(struct transport *transport, const struct http_request *request,
                        http_done *done, void *context)
{
    struct faults *f = of(transport);
    const struct fault *fault = f->is_closed ? NULL : find(f, request);
    if (fault == NULL) {
        transport_send(f->inner, request, done, context);
        return;
    }
    struct broken *b = broken_new(f, fault, request);
    b->done = done;
    b->context = context;
    switch (fault->kind) {
    case FAULT_REFUSED:
        set_failure(b, E_NETWORK, "connection refused (fault)", false);
        deliver_later(b, fault->delay_ms);
        return;
    case FAULT_RESET:
        set_failure(b, E_NETWORK, "connection reset by peer (fault)", true);
        deliver_later(b, fault->delay_ms);
        return;
    case FAULT_TIMEOUT:
        time_out(b);
        return;
    case FAULT_STATUS:
        answer_status(b, fault->status > 0 ? fault->status : 500,
                      b->is_json ? "ServerException" : "InternalFailure",
                      "Service Unavailable. Please try again later.");
        return;
    case FAULT_THROTTLE:
        answer_status(b, b->is_aws ? 400 : 429, b->is_json ? "ThrottlingException" : "Throttling",
                      "Rate exceeded");
        return;
    default:
        transport_send(f->inner, request, on_true_answer, b);
        return;
    }
}

static void faults_after(struct transport *transport, int64_t delay_ms, timer_done *done,
                         void *context)
{
    transport_after(of(transport)->inner, delay_ms, done, context);
}

static bool faults_step(struct transport *transport, int64_t until_ms)
{
    return transport_step(of(transport)->inner, until_ms);
}

static void faults_close(struct transport *transport)
{
    of(transport)->is_closed = true;
    transport_close(of(transport)->inner);
}

static void faults_open(struct transport *transport)
{
    of(transport)->is_closed = false;
    transport_open(of(transport)->inner);
}

static int64_t faults_now_ms(struct transport *transport)
{
    return transport_now_ms(of(transport)->inner);
}

static int64_t faults_wall_ms(struct transport *transport)
{
    return transport_wall_ms(of(transport)->inner);
}

static void faults_free(struct transport *transport)
{
    struct faults *f = of(transport);
    while (f->broken != NULL)
        broken_free(f->broken);
    arena_release(&f->arena);
    memory_free(f);
}

static const struct transport_ops faults_ops = {
    .send = faults_send,
    .after = faults_after,
    .step = faults_step,
    .close = faults_close,
    .open = faults_open,
    .now_ms = faults_now_ms,
    .wall_ms = faults_wall_ms,
    .free = faults_free,
};

struct transport *faults_new(struct transport *inner, const struct fault *faults, size_t count)
{
    struct faults *f = memory_new(1, sizeof(*f));
    f->base.ops = &faults_ops;
    f->inner = inner;
    f->table = ARENA_ARRAY(&f->arena, struct active_fault, count);
    f->count = count;
    for (size_t i = 0; i < count; i++) {
        struct fault *copy = &f->table[i].is;
        *copy = faults[i];
        copy->url = arena_str(&f->arena, faults[i].url);
        copy->operation = arena_str(&f->arena, faults[i].operation);
        copy->body = arena_str(&f->arena, faults[i].body);
    }
    return &f->base;
}

int faults_acted(const struct transport *faults, size_t index)
{
    const struct faults *f = (const struct faults *)faults;
    return index < f->count ? f->table[index].acted : 0;
}
