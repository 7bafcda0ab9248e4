/* One AWS call from the queue to its answer.
 *
 * A call owns itself: it is made by aws_call_send and freed by finish(), which runs exactly once.
 * Between the two exactly one thing is outstanding for it on the loop: credentials, a request or a
 * timer. */
#include "cloud/aws/call.h"

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
    if (call->operation->service->protocol == AWS_JSON) {
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
    struct aws_answer answer = {.code = E_OK, .err = ERROR_INIT};
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

static void send_attempt(struct call *call)
{
    const struct aws_service *service = call->operation->service;
    struct http_header headers[3];
    size_t count = 0;
    if (service->protocol == AWS_JSON) {
        headers[count++] = (struct http_header){
            STR("Content-Type"),
            arena_printf(&call->arena, "application/x-amz-json-%s", service->version)};
        headers[count++] = (struct http_header){
            STR("X-Amz-Target"),
            arena_printf(&call->arena, "%s%s", service->target, call->operation->name)};
    } else {
        headers[count++] = (struct http_header){
            STR("Content-Type"), STR("application/x-www-form-urlencoded; charset=utf-8")};
    }
    if (call->client->trace_id.len > 0)
        headers[count++] = (struct http_header){STR("X-Amzn-Trace-Id"), call->client->trace_id};
    struct http_request request = {
        .method = STR("POST"),
        .url = arena_printf(&call->arena, "%.*s/", STR_ARG(call->endpoint.url)),
        .headers = headers,
        .header_count = count,
        .has_body = true,
        .body = call->body,
        .signing = &call->signing,
        .max_body_bytes = LIMIT_AWS_BODY_BYTES,
        .once = !call->operation->repeatable,
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
    if (service->protocol == AWS_JSON)
        return body.len > 0 ? arena_str(&call->arena, body) : STR("{}");
    return arena_printf(&call->arena, "Action=%s&Version=%s%s%.*s", call->operation->name,
                        service->version, body.len > 0 ? "&" : "", STR_ARG(body));
}

static enum error_code prepare(struct call *call, struct str body)
{
    struct error *err = &call->err;
    if (call->region.len == 0)
        return error_set(err, E_REGION,
                         "no region: give --region, AWS_REGION, the profile's "
                         "region or 'region' in the definition");
    if (body.len > LIMIT_AWS_REQUEST_BYTES)
        return error_set(err, E_LIMIT, "the request is over %u bytes", LIMIT_AWS_REQUEST_BYTES);
    call->body = body_of(call, body);
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
    if (prepare(call, asked->body) == E_OK) {
        get_credentials(call);
        return;
    }
    error_where(&call->err, "%s %s", call->operation->service->name, call->operation->name);
    transport_after(client->transport, 0, on_early_failure, call);
}
