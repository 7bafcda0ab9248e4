/* HTTP exchanges of the credential sources: a few attempts, and errors made readable. */
#include "cloud/aws/credentials_source.h"

#include "base/json.h"

#include "base/banned.h"

enum { BACKOFF_MS = 100, BACKOFF_THROTTLED_MS = 1000 };

struct exchange {
    struct source_http call;
    struct transport *transport;
    int tried;
};

static bool may_pass(const struct exchange *exchange, const struct http_response *response)
{
    if (response->code != E_OK)
        return error_is_retryable(response->code);
    if (response->status == 429 || response->status >= 500)
        return true;
    return exchange->call.is_transient != NULL && exchange->call.is_transient(response);
}

static void on_response(void *context, const struct http_response *response);

static void send_again(void *context)
{
    struct exchange *exchange = context;
    exchange->tried++;
    transport_send(exchange->transport, &exchange->call.request, on_response, exchange);
}

static void on_response(void *context, const struct http_response *response)
{
    struct exchange *exchange = context;
    if (exchange->tried >= exchange->call.attempts || !may_pass(exchange, response)) {
        exchange->call.done(exchange->call.context, response);
        return;
    }
    int64_t base = response->status == 429 ? BACKOFF_THROTTLED_MS : BACKOFF_MS;
    transport_after(exchange->transport, base << (exchange->tried - 1), send_again, exchange);
}

void source_http_send(const struct source_query *query, const struct source_http *call)
{
    struct exchange *exchange = ARENA_NEW(query->arena, struct exchange);
    exchange->call = *call;
    exchange->transport = query->transport;
    send_again(exchange);
}

void source_http_error(const struct http_response *response, const char *what, struct error *err)
{
    if (response->code != E_OK) {
        *err = response->err;
        err->code = response->code;
        error_prefix(err, "%s: ", what);
        return;
    }
    json_t *json CLEANUP(json_release) = NULL;
    struct str message = STR_NONE;
    struct error ignored = ERROR_INIT;
    if (json_parse(response->body, &json, &ignored) == E_OK &&
        !json_get_str(json, "message", &message) && !json_get_str(json, "Message", &message))
        message = STR_NONE;
    error_set(err, E_CREDENTIALS, "%s: HTTP status %d%s%.*s", what, response->status,
              message.len > 0 ? ": " : "", (int)(message.len < 200 ? message.len : 200),
              message.len > 0 ? message.ptr : "");
    err->http_status = response->status;
}
