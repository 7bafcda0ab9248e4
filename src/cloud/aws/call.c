/* One AWS call from the queue to its answer.
 *
 * A call owns itself: it is made by aws_call_send and freed by finish(), which runs exactly once.
 * Between the two exactly one thing is outstanding for it on the loop: credentials, a request or a
 * timer. */
#include "cloud/aws/call.h"

#include "base/buf.h"
#include "base/clock.h"
#include "base/limits.h"
#include "base/memory.h"
#include "cloud/aws/client_state.h"
#include "cloud/aws/retry.h"

#include <string.h>

#include "base/banned.h"

struct call {
    struct aws_client *client;
    struct arena arena; /* all texts below, secrets among them; wiped */
    const struct aws_operation *operation;
    struct str region;
    struct str cluster;
    struct str body; /* as sent */
    struct str path; /* likewise */
    struct aws_endpoint endpoint;
    int depth;
    void (*done)(void *context, const struct aws_answer *answer);
    void *context;

    struct http_signing signing;
    unsigned renewals; /* the client's, when these credentials were got */
    struct aws_retry retry;
    int attempts;
    int throttles;
    int status;
    int64_t latency_us;
    bool may_have_arrived; /* some attempt so far */
    struct error err;      /* of the last attempt, or why there was none */
};

static void log_call(const struct call *call, enum error_code code)
{
    struct aws_client *client = call->client;
    struct call_log *log = client->log;
    if (log != NULL && call->attempts > 0) {
        *VEC_ADD(&log->arena, &log->calls) = (struct call_record){
            .service = str_from(call->operation->service->name),
            .operation = str_from(call->operation->name),
            .region = arena_str(&log->arena, call->region),
            .cluster = arena_str(&log->arena, call->cluster),
            .attempts = call->attempts,
            .throttles = call->throttles,
            .http_status = call->status,
            .code = code,
            .latency_us = call->latency_us,
            .depth = call->depth,
        };
    }
    if (client->progress != NULL)
        client->progress(client->progress_context);
}

/* `answer` holds the code and what goes with it. */
static void finish(struct call *call, struct aws_answer *answer)
{
    answer->depth = call->depth;
    log_call(call, answer->code);
    call->done(call->context, answer);
    arena_release(&call->arena);
    memory_free(call);
}

static void finish_failed(struct call *call)
{
    struct aws_answer answer = {
        .code = call->err.code, .err = call->err, .may_have_arrived = call->may_have_arrived};
    finish(call, &answer);
}

static void on_early_failure(void *context)
{
    finish_failed(context);
}

static struct aws_asked asked_of(const struct call *call)
{
    return (struct aws_asked){.service = call->operation->service->name,
                              .operation = call->operation->name,
                              .permission = call->operation->permission,
                              .wall_ms = clock_wall_ms()};
}

static void get_credentials(void *context);

/* After a failed attempt: another one, or the end. call->err is set. */
static void go_on(struct call *call, const struct aws_verdict *verdict, int64_t hint_ms)
{
    struct aws_client *client = call->client;
    if (verdict->retry == AWS_RETRY_THROTTLED)
        call->throttles++;
    call->may_have_arrived = call->may_have_arrived || verdict->may_have_arrived;
    if (verdict->retry == AWS_RETRY_CREDENTIALS && call->renewals == client->renewals) {
        client->renewals++;
        aws_credentials_reject(client->credentials);
    }
    struct aws_failure failure = {.verdict = *verdict,
                                  .repeatable = call->operation->repeatable,
                                  .hint_ms = hint_ms,
                                  .random = aws_client_random(client)};
    int64_t wait_ms = aws_retry_wait(&call->retry, &client->quota, &failure);
    if (wait_ms < 0) {
        finish_failed(call);
        return;
    }
    call->latency_us += wait_ms * 1000;
    transport_after(client->transport, wait_ms, get_credentials, call);
}

/* The pass ended while the call waited for its next attempt: what it waited for is the news. */
static void keep_earlier_reason(struct call *call, const struct error *earlier)
{
    if (call->err.code != E_DEADLINE || earlier->code == E_OK)
        return;
    struct error both = call->err;
    memcpy(both.aws_code, earlier->aws_code, sizeof(both.aws_code));
    memcpy(both.request_id, earlier->request_id, sizeof(both.request_id));
    both.http_status = earlier->http_status;
    error_prefix(&both, "%s; then ", earlier->message);
    call->err = both;
}

/* The operation's <…Result>: an answer has the shape <OpResponse><OpResult>…</></>. */
static const struct xml_node *unwrap(const struct xml_node *root, const char *operation)
{
    struct str name = root->name;
    struct str prefix = str_from(operation);
    if (!str_starts(name, prefix) ||
        !str_eq(str_slice(name, prefix.len, name.len), STR("Response")))
        return NULL;
    for (const struct xml_node *node = root->child; node != NULL; node = node->next) {
        if (str_starts(node->name, prefix) &&
            str_eq(str_slice(node->name, prefix.len, node->name.len), STR("Result")))
            return node;
    }
    return root;
}

static enum error_code read_body(struct call *call, struct str body, struct aws_answer *answer,
                                 struct error *err)
{
    const char *operation = call->operation->name;
    enum error_code code = E_OK;
    if (call->operation->answers_freely)
        return E_OK;
    if (call->operation->service->protocol != AWS_QUERY) {
        code = json_parse(body, &answer->json, err);
        if (code == E_OK && !json_is_object(answer->json))
            code = error_set(err, E_TYPE, "JSON, but no object");
        return code;
    }
    struct xml_node *root = NULL;
    code = xml_parse(&call->arena, body, &root, err);
    if (code != E_OK)
        return code;
    answer->xml = unwrap(root, operation);
    return answer->xml != NULL ? E_OK : error_set(err, E_TYPE, "XML, but no %sResponse", operation);
}

static void on_success(struct call *call, const struct http_response *response)
{
    struct aws_answer answer = {.code = E_OK, .err = ERROR_INIT, .response = response};
    struct error problem = ERROR_INIT;
    if (read_body(call, response->body, &answer, &problem) == E_OK) {
        aws_retry_refund(&call->retry, &call->client->quota);
        json_t *json = answer.json;
        finish(call, &answer);
        json_decref(json);
        return;
    }
    json_decref(answer.json);
    struct aws_asked asked = asked_of(call);
    struct aws_verdict verdict = aws_error_malformed(response, &asked, &problem, &call->err);
    go_on(call, &verdict, 0);
}

static void on_response(void *context, const struct http_response *response)
{
    struct call *call = context;
    bool was_tried = response->code != E_DEADLINE || response->may_have_arrived;
    call->attempts += was_tried ? 1 : 0;
    call->latency_us += response->latency_us;
    call->status = response->status;
    if (response->code == E_OK && response->status >= 200 && response->status < 300) {
        on_success(call, response);
        return;
    }
    struct error earlier = call->err;
    struct aws_asked asked = asked_of(call);
    struct aws_verdict verdict = aws_error_judge(response, &asked, &call->err);
    keep_earlier_reason(call, &earlier);
    go_on(call, &verdict, aws_retry_hint(response, asked.wall_ms));
}

/* Content-Type and what else a protocol asks for; at most PROTOCOL_HEADERS. */
enum { PROTOCOL_HEADERS = 8 };

static size_t write_headers(struct call *call, struct http_header headers[PROTOCOL_HEADERS])
{
    const struct aws_operation *operation = call->operation;
    const struct aws_service *service = operation->service;
    size_t count = 0;
    struct http_header *type = &headers[count++];
    type->name = STR("Content-Type");
    switch (service->protocol) {
    case AWS_JSON:
        type->value = arena_printf(&call->arena, "application/x-amz-json-%s", service->version);
        headers[count++] = (struct http_header){
            STR("X-Amz-Target"),
            arena_printf(&call->arena, "%s%s", service->target, operation->name)};
        break;
    case AWS_QUERY:
        type->value = STR("application/x-www-form-urlencoded; charset=utf-8");
        break;
    case AWS_REST_JSON:
        type->value = STR("application/json");
        for (size_t i = 0; i < operation->header_count && count + 1 < PROTOCOL_HEADERS; i++)
            headers[count++] = operation->headers[i];
        break;
    }
    if (call->client->trace_id.len > 0)
        headers[count++] = (struct http_header){STR("X-Amzn-Trace-Id"), call->client->trace_id};
    return count;
}

static void send_attempt(struct call *call)
{
    const struct aws_operation *operation = call->operation;
    struct http_header headers[PROTOCOL_HEADERS];
    bool is_rest = operation->service->protocol == AWS_REST_JSON;
    struct http_request request = {
        .method = is_rest ? str_from(operation->method) : STR("POST"),
        .url = arena_printf(&call->arena, "%.*s%.*s", STR_ARG(call->endpoint.url),
                            STR_ARG(call->path)),
        .headers = headers,
        .header_count = write_headers(call, headers),
        .has_body = !is_rest || call->body.len > 0,
        .body = call->body,
        .signing = &call->signing,
        .timeout_ms = operation->timeout_ms,
        .max_body_bytes = LIMIT_AWS_BODY_BYTES,
        .once = !operation->repeatable,
    };
    transport_send(call->client->transport, &request, on_response, call);
}

static void on_credentials(void *context, enum error_code code,
                           const struct aws_credentials *credentials, const struct error *err)
{
    struct call *call = context;
    if (code != E_OK) {
        struct error earlier = call->err;
        call->err = *err;
        call->err.code = code;
        error_where(&call->err, "%s %s", call->operation->service->name, call->operation->name);
        keep_earlier_reason(call, &earlier);
        if (code == E_CREDENTIALS && call->client->log != NULL)
            call->client->log->credentials = call->err;
        finish_failed(call);
        return;
    }
    call->renewals = call->client->renewals;
    call->signing = (struct http_signing){
        .access_key_id = arena_str(&call->arena, credentials->access_key_id),
        .secret_access_key = arena_str(&call->arena, credentials->secret_access_key),
        .session_token = arena_str(&call->arena, credentials->session_token),
        .region = call->endpoint.signing_region,
        .service = str_from(call->operation->service->name),
    };
    send_attempt(call);
}

static void get_credentials(void *context)
{
    struct call *call = context;
    aws_credentials_get(call->client->credentials, on_credentials, call);
}

static struct str body_of(struct call *call, struct str body)
{
    const struct aws_service *service = call->operation->service;
    if (service->protocol == AWS_REST_JSON)
        return arena_str(&call->arena, body);
    if (service->protocol == AWS_JSON)
        return body.len > 0 ? arena_str(&call->arena, body) : STR("{}");
    return arena_printf(&call->arena, "Action=%s&Version=%s%s%.*s", call->operation->name,
                        service->version, body.len > 0 ? "&" : "", STR_ARG(body));
}

/* libcurl signs a path as it stands: only what is never escaped is signed rightly. */
static bool is_path_part(struct str part)
{
    for (size_t i = 0; i < part.len; i++) {
        char c = part.ptr[i];
        bool is_plain = (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9');
        if (!is_plain && c != '-' && c != '_' && c != '.' && c != '~')
            return false;
    }
    return part.len > 0 && !str_eq(part, STR(".")) && !str_eq(part, STR(".."));
}

static enum error_code path_of(struct call *call, const struct str *parts, struct error *err)
{
    struct buf path CLEANUP(buf_release) = BUF_INIT(LIMIT_URL_BYTES);
    struct str rest = STR("/");
    size_t used = 0;
    if (call->operation->service->protocol == AWS_REST_JSON)
        rest = str_from(call->operation->path);
    for (;;) {
        size_t hole = str_find_str(rest, STR("{}"));
        buf_add(&path, str_slice(rest, 0, hole));
        if (hole == rest.len)
            break;
        if (used == AWS_PATH_PARTS || !is_path_part(parts[used]))
            return error_set(err, E_SYNTAX, "'%.*s' cannot be part of a request's path",
                             used == AWS_PATH_PARTS ? 0 : (int)(parts[used].len & 0xFF),
                             used == AWS_PATH_PARTS ? "" : parts[used].ptr);
        buf_add(&path, parts[used++]);
        rest = str_slice(rest, hole + 2, rest.len);
    }
    if (path.overflowed)
        return error_set(err, E_LIMIT, "the request's path is over %d bytes", LIMIT_URL_BYTES);
    call->path = arena_str(&call->arena, buf_str(&path));
    return E_OK;
}

static enum error_code prepare(struct call *call, const struct aws_call *asked)
{
    struct error *err = &call->err;
    size_t most_bytes = call->operation->service->protocol == AWS_REST_JSON
                            ? LIMIT_LAMBDA_REQUEST_BYTES
                            : LIMIT_AWS_REQUEST_BYTES;
    if (call->region.len == 0)
        return error_set(err, E_REGION,
                         "no region: give --region, AWS_REGION, the profile's "
                         "region or 'region' in the definition");
    if (asked->body.len > most_bytes)
        return error_set(err, E_LIMIT, "the request is over %zu bytes", most_bytes);
    enum error_code code = path_of(call, asked->path, err);
    if (code != E_OK)
        return code;
    call->body = body_of(call, asked->body);
    return aws_config_endpoint(&call->client->config, &call->arena, call->operation->service,
                               call->region, &call->endpoint, err);
}

void aws_call_send(struct aws_client *client, const struct aws_call *asked)
{
    struct call *call = memory_new(1, sizeof(*call));
    struct str region = asked->region.len > 0 ? asked->region : client->region;
    call->client = client;
    call->operation = asked->operation;
    call->region = arena_str(&call->arena, region);
    call->cluster = arena_str(&call->arena, asked->cluster);
    call->depth = asked->depth + 1;
    call->done = asked->done;
    call->context = asked->context;
    call->err = ERROR_INIT;
    if (prepare(call, asked) == E_OK) {
        get_credentials(call);
        return;
    }
    error_where(&call->err, "%s %s", call->operation->service->name, call->operation->name);
    transport_after(client->transport, 0, on_early_failure, call);
}
