/* HTTP metric sources. What fails is named by the shown URL and the step, never by a secret. A GET
 * is tried up to three times within the source's time-out; a POST once. */
#include "base/limits.h"
#include "base/memory.h"
#include "cloud/aws/account.h"

#include "base/banned.h"

enum { ATTEMPTS_MAX = 3, PAUSE_MS = 200 };

struct fetch {
    struct aws_cloud *cloud;
    struct arena arena;
    struct question question;
    const struct http_source_definition *source; /* of the first query: stays until delivered */
    int64_t start_ms;
    int attempts;
};

static const char *method_name(const struct fetch *fetch)
{
    return fetch->source->method == HTTP_POST ? "POST" : "GET";
}

static void log_call(struct fetch *fetch, const struct error *err, int status, int throttles)
{
    struct cloud *cloud = &fetch->cloud->cloud;
    struct call_log *log = cloud->log;
    if (log != NULL) {
        struct call_record *record = VEC_ADD(&log->arena, &log->calls);
        record->service = STR("http");
        record->operation = arena_str(&log->arena, fetch->source->url.shown);
        record->cluster = arena_str(&log->arena, question_cluster(&fetch->question));
        record->attempts = fetch->attempts;
        record->throttles = throttles;
        record->http_status = status;
        record->code = err->code;
        record->latency_us = (transport_now_ms(fetch->cloud->transport) - fetch->start_ms) * 1000;
        record->depth = fetch->question.depth + 1;
    }
    if (cloud->progress != NULL)
        cloud->progress(cloud->progress_context);
}

static void fetch_free(struct fetch *fetch)
{
    arena_release(&fetch->arena);
    memory_free(fetch);
}

/* The host of a URL, with its port. */
static struct str host_of(struct str url)
{
    size_t from = str_find_str(url, STR("://"));
    struct str rest = str_slice(url, from < url.len ? from + 3 : 0, url.len);
    size_t end = 0;
    while (end < rest.len && rest.ptr[end] != '/' && rest.ptr[end] != '?' && rest.ptr[end] != '#')
        end++;
    rest = str_slice(rest, 0, end);
    size_t at = str_find_last(rest, '@');
    return at < rest.len ? str_slice(rest, at + 1, rest.len) : rest;
}

/* What the transport says names the host as it is on the wire. */
static void fail(struct fetch *fetch, const struct error *err)
{
    struct error shown = *err;
    struct text host = {.value = host_of(fetch->source->url.value),
                        .shown = host_of(fetch->source->url.shown)};
    error_conceal(&shown, &host, 1);
    error_where(&shown, "%s %.*s", method_name(fetch), STR_ARG(fetch->source->url.shown));
    question_fail(fetch->cloud, &fetch->question, fetch->question.depth + 1, &shown);
    fetch_free(fetch);
}

static void fill(void *context, struct query *query)
{
    const struct str *body = context;
    query->body = arena_str(query->arena, *body);
    query->fact = FACT_OF_PRESENT;
}

static enum error_code code_of_status(int status)
{
    static const struct {
        int status;
        enum error_code code;
    } rows[] = {{401, E_DENIED}, {403, E_DENIED}, {407, E_DENIED}, {429, E_THROTTLED}};
    for (size_t i = 0; i < ARRAY_LEN(rows); i++) {
        if (rows[i].status == status)
            return rows[i].code;
    }
    return status >= 500 ? E_SERVER : status >= 400 ? E_CLIENT : E_PROTOCOL;
}

static void send_attempt(void *context);

static bool may_retry(const struct fetch *fetch, const struct http_response *response)
{
    bool is_transient =
        response->code == E_OK
            ? response->status == 502 || response->status == 503 || response->status == 504
            : response->code == E_NETWORK || response->code == E_TIMEOUT;
    int64_t spent = transport_now_ms(fetch->cloud->transport) - fetch->start_ms;
    return is_transient && fetch->source->method == HTTP_GET && !fetch->cloud->is_closed &&
           fetch->attempts < ATTEMPTS_MAX &&
           spent + 2 * (int64_t)PAUSE_MS * fetch->attempts < fetch->source->timeout_ms;
}

static void on_response(void *context, const struct http_response *response)
{
    struct fetch *fetch = context;
    struct error err = response->err;
    err.code = response->code;
    bool is_success = response->code == E_OK && response->status >= 200 && response->status <= 299;
    if (!is_success && may_retry(fetch, response)) {
        transport_after(fetch->cloud->transport, (int64_t)PAUSE_MS * fetch->attempts, send_attempt,
                        fetch);
        return;
    }
    if (response->code == E_OK && !is_success) {
        error_set(&err, code_of_status(response->status), "the answer's status is %d",
                  response->status);
        err.http_status = response->status;
    }
    if (!is_success && fetch->attempts > 1)
        error_prefix(&err, "after %d attempts: ", fetch->attempts);
    log_call(fetch, &err, response->status, response->status == 429 ? 1 : 0);
    if (!is_success) {
        fail(fetch, &err);
        return;
    }
    struct str body = response->body;
    question_answer(fetch->cloud, &fetch->question, fetch->question.depth + 1, fill, &body);
    fetch_free(fetch);
}

/* A line break would make a second header, or a second request, of it. */
static bool is_one_line(struct str text)
{
    for (size_t i = 0; i < text.len; i++) {
        unsigned char c = (unsigned char)text.ptr[i];
        if ((c < ' ' && c != '\t') || c == 127)
            return false;
    }
    return true;
}

static bool collect_headers(struct fetch *fetch, struct http_header *headers, size_t *count,
                            struct error *err)
{
    const struct http_source_definition *source = fetch->source;
    bool has_type = false;
    *count = 0;
    for (size_t i = 0; i < source->header_count; i++) {
        struct text name = source->headers[i].name;
        struct str value = source->headers[i].value.value;
        if (name.value.len == 0 || !is_one_line(name.value) || !is_one_line(value)) {
            error_set(err, E_DEFINITION, "header '%.*s' has no name or a control character in it",
                      STR_ARG(name.shown));
            return false;
        }
        has_type = has_type || str_eq_nocase(name.value, STR("Content-Type"));
        headers[(*count)++] = (struct http_header){.name = name.value, .value = value};
    }
    if (source->has_payload && !has_type)
        headers[(*count)++] =
            (struct http_header){.name = STR("Content-Type"), .value = STR("application/json")};
    return true;
}

static void send_attempt(void *context)
{
    struct fetch *fetch = context;
    const struct http_source_definition *source = fetch->source;
    struct error err = ERROR_INIT;
    struct http_header *headers =
        ARENA_ARRAY(&fetch->arena, struct http_header, source->header_count + 1);
    size_t header_count = 0;
    if (!collect_headers(fetch, headers, &header_count, &err)) {
        fail(fetch, &err);
        return;
    }
    int64_t spent = transport_now_ms(fetch->cloud->transport) - fetch->start_ms;
    int64_t left = source->timeout_ms - spent;
    struct http_request request = {
        .method = str_from(method_name(fetch)),
        .url = source->url.value,
        .headers = headers,
        .header_count = header_count,
        .has_body = source->has_payload || source->method == HTTP_POST,
        .body = source->has_payload ? source->payload.value : STR_NONE,
        .timeout_ms = left > 1 ? left : 1,
        .max_body_bytes = LIMIT_METRIC_BODY_BYTES,
        .redirects_max = LIMIT_REDIRECTS,
        .once = source->method == HTTP_POST,
    };
    fetch->attempts++;
    transport_send(fetch->cloud->transport, &request, on_response, fetch);
}

void http_sources_send(struct aws_cloud *cloud, const struct question *questions, size_t count)
{
    for (size_t i = 0; i < count; i++) {
        struct fetch *fetch = memory_new(1, sizeof(*fetch));
        fetch->cloud = cloud;
        fetch->question = question_copy(&fetch->arena, &questions[i]);
        fetch->source = questions[i].queries[0]->http;
        fetch->start_ms = transport_now_ms(cloud->transport);
        send_attempt(fetch);
    }
}
