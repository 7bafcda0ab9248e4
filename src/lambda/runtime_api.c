#include "lambda/runtime_api.h"

#include "base/buf.h"
#include "base/jsonw.h"
#include "base/limits.h"

#include "base/banned.h"

enum { NEXT_TRIES = 3, ANSWER_BYTES = 64 * 1024 };

/* One request and what came of it. */
struct exchange {
    const char *what; /* "next invocation": for messages */
    int status;
    enum error_code code;
    struct error err;
    struct invocation *invocation; /* of `next`: filled from the answer */
};

static struct str text_of(struct arena *arena, const struct http_response *response,
                          const char *header)
{
    return arena_str(arena, http_response_header(response, str_from(header)));
}

/* The id becomes part of a path. */
static bool is_request_id(struct str id)
{
    for (size_t i = 0; i < id.len; i++) {
        char c = id.ptr[i];
        bool is_plain =
            (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') || c == '-';
        if (!is_plain)
            return false;
    }
    return id.len > 0 && id.len <= LIMIT_LAMBDA_REQUEST_ID_BYTES;
}

static enum error_code read_invocation(const struct http_response *response, struct invocation *out,
                                       struct error *err)
{
    struct arena *arena = &out->arena;
    out->id = text_of(arena, response, "Lambda-Runtime-Aws-Request-Id");
    if (!is_request_id(out->id))
        return error_set(err, E_PROTOCOL, "its answer has no request id");
    out->trace_id = text_of(arena, response, "Lambda-Runtime-Trace-Id");
    out->has_deadline =
        str_to_int64(http_response_header(response, STR("Lambda-Runtime-Deadline-Ms")),
                     &out->deadline_ms) &&
        out->deadline_ms > 0;
    out->event = arena_str(arena, response->body);
    return E_OK;
}

static void on_response(void *context, const struct http_response *response)
{
    struct exchange *exchange = context;
    exchange->code = response->code;
    exchange->err = response->err;
    exchange->status = response->status;
    if (response->code == E_OK && response->status / 100 != 2)
        exchange->code =
            error_set(&exchange->err, response->status / 100 == 4 ? E_CLIENT : E_SERVER,
                      "its answer's status is %d: %.*s", response->status,
                      STR_ARG(str_slice(response->body, 0, 200)));
    else if (response->code == E_OK && exchange->invocation != NULL)
        exchange->code = read_invocation(response, exchange->invocation, &exchange->err);
}

static enum error_code run(const struct runtime_api *api, const struct http_request *request,
                           struct exchange *exchange, struct error *err)
{
    transport_send(api->transport, request, on_response, exchange);
    transport_run(api->transport, INT64_MAX);
    if (exchange->code != E_OK) {
        *err = exchange->err;
        err->code = exchange->code;
        error_where(err, "Lambda's runtime API, %s", exchange->what);
    }
    return exchange->code;
}

static struct str url_of(struct arena *arena, const struct runtime_api *api, const char *path)
{
    return arena_printf(arena, "http://%.*s/2018-06-01/runtime/%s", STR_ARG(api->address), path);
}

enum error_code runtime_api_next(const struct runtime_api *api, struct invocation *out,
                                 struct error *err)
{
    struct invocation invocation = {.arena = ARENA_INIT};
    enum error_code code = E_NETWORK;
    for (int i = 0; i < NEXT_TRIES && code == E_NETWORK; i++) {
        struct exchange exchange = {.what = "next invocation", .invocation = &invocation};
        struct http_request request = {
            .method = STR("GET"),
            .url = url_of(&invocation.arena, api, "invocation/next"),
            .timeout_ms = HTTP_NO_TIMEOUT,
            .max_body_bytes = LIMIT_LAMBDA_EVENT_BYTES,
            .no_proxy = true,
        };
        code = run(api, &request, &exchange, err);
    }
    if (code == E_OK)
        *out = invocation;
    else
        invocation_release(&invocation);
    return code;
}

void invocation_release(struct invocation *invocation)
{
    arena_release(&invocation->arena);
    *invocation = (struct invocation){.arena = ARENA_INIT};
}

static enum error_code post(const struct runtime_api *api, const char *path, struct str body,
                            const char *error_type, struct error *err)
{
    struct arena arena CLEANUP(arena_release) = ARENA_INIT;
    const struct http_header headers[] = {
        {STR("Content-Type"), STR("application/json")},
        {STR("Lambda-Runtime-Function-Error-Type"), str_from(error_type)},
    };
    struct exchange exchange = {.what = error_type == NULL ? "response" : "error"};
    struct http_request request = {
        .method = STR("POST"),
        .url = url_of(&arena, api, path),
        .headers = headers,
        .header_count = error_type == NULL ? 1 : 2,
        .has_body = true,
        .body = body,
        .max_body_bytes = ANSWER_BYTES,
        .no_proxy = true,
    };
    return run(api, &request, &exchange, err);
}

enum error_code runtime_api_respond(const struct runtime_api *api, struct str id, struct str body,
                                    struct error *err)
{
    struct arena arena CLEANUP(arena_release) = ARENA_INIT;
    return post(api, arena_printf(&arena, "invocation/%.*s/response", STR_ARG(id)).ptr, body, NULL,
                err);
}

static enum error_code post_failure(const struct runtime_api *api, const char *path,
                                    const struct runtime_failure *failure, struct error *err)
{
    struct buf body CLEANUP(buf_release) = BUF_INIT(8 * LIMIT_LAMBDA_ERROR_BYTES);
    struct json_writer w = JSON_WRITER(&body, 0);
    jsonw_object_begin(&w);
    jsonw_key(&w, "errorMessage"), jsonw_str(&w, failure->message);
    jsonw_key(&w, "errorType"), jsonw_cstr(&w, failure->type);
    jsonw_key(&w, "stackTrace"), jsonw_array_begin(&w), jsonw_array_end(&w);
    jsonw_object_end(&w);
    return post(api, path, buf_str(&body), failure->type, err);
}

enum error_code runtime_api_fail(const struct runtime_api *api, struct str id,
                                 const struct runtime_failure *failure, struct error *err)
{
    struct arena arena CLEANUP(arena_release) = ARENA_INIT;
    return post_failure(api, arena_printf(&arena, "invocation/%.*s/error", STR_ARG(id)).ptr,
                        failure, err);
}

enum error_code runtime_api_fail_init(const struct runtime_api *api,
                                      const struct runtime_failure *failure, struct error *err)
{
    return post_failure(api, "init/error", failure, err);
}
