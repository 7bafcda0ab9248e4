/* Sends the HTTP requests that standard input names through the real transport and prints what
 * came of each.
 *
 * In: one JSON document {"parallel": 4, "deadline_ms": 5000, "requests": [{"url": …, "method": …,
 * "headers": {…}, "body": …, "redirects": 10, "timeout_ms": …, "connect_timeout_ms": …,
 * "max_body": …, "no_proxy": true, "once": true, "after": true}]}; "after": only once those before
 * it are done. Out: a JSON line for each, in the order of the requests. */
#include "base/arena.h"
#include "base/buf.h"
#include "base/json.h"
#include "base/jsonw.h"
#include "http/curl.h"

#include <stdio.h>
#include <unistd.h>

#include "base/banned.h"

enum { INPUT_MAX = 8 * 1024 * 1024, OUTPUT_MAX = 256 * 1024 * 1024 };

struct result {
    struct arena arena;
    struct str line;
};

static void on_done(void *context, const struct http_response *response)
{
    struct result *result = context;
    struct buf text CLEANUP(buf_release) = BUF_INIT(OUTPUT_MAX);
    struct json_writer w = JSON_WRITER(&text, 0);
    jsonw_object_begin(&w);
    jsonw_key(&w, "code"), jsonw_cstr(&w, error_name(response->code));
    jsonw_key(&w, "message"), jsonw_cstr(&w, response->err.message);
    jsonw_key(&w, "may_have_arrived"), jsonw_bool(&w, response->may_have_arrived);
    jsonw_key(&w, "status"), jsonw_int(&w, response->status);
    jsonw_key(&w, "body_bytes"), jsonw_int(&w, (int64_t)response->body.len);
    jsonw_key(&w, "body"), jsonw_str(&w, str_slice(response->body, 0, 100000));
    jsonw_key(&w, "headers"), jsonw_object_begin(&w);
    for (size_t i = 0; i < response->header_count; i++) {
        jsonw_key_str(&w, response->headers[i].name);
        jsonw_str(&w, response->headers[i].value);
    }
    jsonw_object_end(&w);
    jsonw_object_end(&w);
    result->line = arena_str(&result->arena, buf_str(&text));
}

static void send_one(struct transport *transport, const json_t *row, struct result *result)
{
    struct arena arena CLEANUP(arena_release) = ARENA_INIT;
    struct http_request request = {.method = STR("GET")};
    int64_t number = 0;
    json_get_str(row, "url", &request.url);
    json_get_str(row, "method", &request.method);
    request.has_body = json_get_str(row, "body", &request.body);
    json_get_int(row, "timeout_ms", &request.timeout_ms);
    json_get_int(row, "connect_timeout_ms", &request.connect_timeout_ms);
    json_get_bool(row, "no_proxy", &request.no_proxy);
    json_get_bool(row, "once", &request.once);
    if (json_get_int(row, "redirects", &number))
        request.redirects_max = (int)number;
    if (json_get_int(row, "max_body", &number))
        request.max_body_bytes = (size_t)number;
    json_t *headers = json_get_object(row, "headers");
    struct http_header *copies = ARENA_ARRAY(&arena, struct http_header, json_object_size(headers));
    const char *key = NULL;
    json_t *value = NULL;
    json_object_foreach(headers, key, value)
    {
        struct http_header *header = &copies[request.header_count++];
        header->name = str_from(key);
        header->value = str_from(json_string_value(value));
    }
    request.headers = copies;
    transport_send(transport, &request, on_done, result);
}

static int fail(const struct error *err)
{
    fprintf(stderr, "%s\n", err->message);
    return 1;
}

int main(void)
{
    struct arena arena CLEANUP(arena_release) = ARENA_INIT;
    struct buf input CLEANUP(buf_release) = BUF_INIT(INPUT_MAX);
    char chunk[4096];
    ssize_t count = 0;
    while ((count = read(STDIN_FILENO, chunk, sizeof(chunk))) > 0)
        buf_add(&input, (struct str){.ptr = chunk, .len = (size_t)count});
    struct error err = ERROR_INIT;
    json_t *job CLEANUP(json_release) = NULL;
    if (json_parse(buf_str(&input), &job, &err) != E_OK)
        return fail(&err);
    int64_t parallel = 0;
    int64_t deadline_ms = 60000;
    json_get_int(job, "parallel", &parallel);
    json_get_int(job, "deadline_ms", &deadline_ms);
    struct curl_options options = {.parallel = (int)parallel, .user_agent = "ecs-autoscale-test"};
    struct transport *transport = NULL;
    if (transport_curl_new(&options, &transport, &err) != E_OK)
        return fail(&err);
    int64_t until_ms = transport_now_ms(transport) + deadline_ms;
    const json_t *requests = json_get_array(job, "requests");
    size_t size = json_array_size(requests);
    struct result *results = ARENA_ARRAY(&arena, struct result, size);
    for (size_t i = 0; i < size; i++) {
        const json_t *row = json_array_get(requests, i);
        bool after = false;
        json_get_bool(row, "after", &after);
        if (after)
            transport_run(transport, until_ms);
        send_one(transport, row, &results[i]);
    }
    transport_run(transport, until_ms);
    for (size_t i = 0; i < size; i++) {
        printf("%.*s\n", STR_ARG(results[i].line));
        arena_release(&results[i].arena);
    }
    transport_free(transport);
    return 0;
}
