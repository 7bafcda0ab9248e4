#include "http/transfer.h"

#include "base/clock.h"
#include "base/limits.h"
#include "base/memory.h"
#include "http/signing.h"

#include <string.h>

#include "base/banned.h"

/* One header line of a request: a session token is the longest, up to about 12 KiB. */
enum { HEADER_LINE_MAX = 64 * 1024 };

static struct str copy_text(struct arena *arena, struct str s)
{
    return arena_str(arena, s);
}

struct transfer *transfer_new(const struct http_request *request, http_done *done, void *context)
{
    struct transfer *t = memory_new(1, sizeof(*t));
    t->arena = ARENA_INIT;
    t->answer_arena = ARENA_INIT;
    t->request = *request;
    t->request.method = copy_text(&t->arena, request->method);
    t->request.url = copy_text(&t->arena, request->url);
    t->request.body = copy_text(&t->arena, request->body);
    struct http_header *headers = ARENA_ARRAY(&t->arena, struct http_header, request->header_count);
    for (size_t i = 0; i < request->header_count; i++) {
        headers[i].name = copy_text(&t->arena, request->headers[i].name);
        headers[i].value = copy_text(&t->arena, request->headers[i].value);
    }
    t->request.headers = headers;
    if (t->request.connect_timeout_ms <= 0)
        t->request.connect_timeout_ms = LIMIT_CONNECT_TIMEOUT_MS;
    if (t->request.timeout_ms <= 0)
        t->request.timeout_ms = LIMIT_REQUEST_TIMEOUT_MS;
    if (t->request.max_body_bytes == 0)
        t->request.max_body_bytes = LIMIT_METRIC_BODY_BYTES;
    t->body = BUF_INIT(t->request.max_body_bytes);
    t->done = done;
    t->context = context;
    return t;
}

/* Header lines may hold secrets. */
static void release_handle(struct transfer *t)
{
    curl_easy_cleanup(t->easy);
    t->easy = NULL;
    for (struct curl_slist *line = t->header_lines; line != NULL; line = line->next)
        memory_wipe(line->data, strlen(line->data));
    curl_slist_free_all(t->header_lines);
    t->header_lines = NULL;
}

void transfer_free(struct transfer *t)
{
    release_handle(t);
    buf_release_secret(&t->body);
    arena_release(&t->answer_arena);
    arena_release(&t->arena);
    memory_free(t);
}

static void forget_answer(struct transfer *t)
{
    buf_clear(&t->body);
    arena_release(&t->answer_arena);
    t->headers.items = NULL;
    t->headers.count = 0;
    t->headers.room = 0;
    t->header_bytes = 0;
}

static size_t on_header(char *data, size_t size, size_t count, void *context)
{
    struct transfer *t = context;
    struct str line = {.ptr = data, .len = size * count};
    if (str_starts(line, STR("HTTP/")))
        forget_answer(t); /* what came before was an interim answer (100, 103) */
    t->header_bytes += line.len;
    if (t->header_bytes > LIMIT_HEADER_BYTES) {
        t->headers_over = true;
        return 0;
    }
    size_t colon = str_find(line, ':');
    if (colon == line.len || colon == 0)
        return size * count;
    struct http_header *header = VEC_ADD(&t->answer_arena, &t->headers);
    header->name = arena_str(&t->answer_arena, str_trim(str_slice(line, 0, colon)));
    header->value = arena_str(&t->answer_arena, str_trim(str_slice(line, colon + 1, line.len)));
    return size * count;
}

static size_t on_body(char *data, size_t size, size_t count, void *context)
{
    struct transfer *t = context;
    return buf_add(&t->body, (struct str){.ptr = data, .len = size * count}) ? size * count : 0;
}

static bool add_header(struct transfer *t, struct str name, struct str value)
{
    struct buf line CLEANUP(buf_release_secret) = BUF_INIT(HEADER_LINE_MAX);
    bool is_empty = value.len == 0;
    buf_addf(&line, "%.*s%s%.*s", STR_ARG(name), is_empty ? ";" : ": ", STR_ARG(value));
    for (size_t i = 0; i < line.len; i++) {
        if (line.ptr[i] == '\r' || line.ptr[i] == '\n' || line.ptr[i] == '\0')
            return false;
    }
    if (line.overflowed || name.len == 0)
        return false;
    struct curl_slist *longer = curl_slist_append(t->header_lines, buf_cstr(&line));
    if (longer == NULL)
        memory_out();
    t->header_lines = longer;
    return true;
}

/* Takes out a header that libcurl would add by itself. */
static void remove_header(struct transfer *t, const char *line)
{
    struct curl_slist *longer = curl_slist_append(t->header_lines, line);
    if (longer == NULL)
        memory_out();
    t->header_lines = longer;
}

static bool may_leave_host(struct str name)
{
    return str_eq_nocase(name, STR("accept")) || str_eq_nocase(name, STR("content-type"));
}

static bool add_headers(struct transfer *t)
{
    const struct http_request *request = &t->request;
    bool is_same_host = url_is_same_host(&t->first, &t->url);
    bool has_type = false;
    for (size_t i = 0; i < request->header_count; i++) {
        const struct http_header *header = &request->headers[i];
        bool is_type = str_eq_nocase(header->name, STR("content-type"));
        if ((is_type && t->lost_body) || (!is_same_host && !may_leave_host(header->name)))
            continue;
        has_type = has_type || is_type;
        if (!add_header(t, header->name, header->value))
            return false;
    }
    const struct http_signing *signing = request->signing;
    if (signing != NULL)
        return signing->session_token.len == 0 ||
               add_header(t, signing_token_header, signing->session_token);
    if (!has_type)
        remove_header(t, "Content-Type:");
    remove_header(t, "Expect:");
    return true;
}

/* setopt fails only where it is out of memory or libcurl was built without the feature. */
#define SET(option, value) (ok = curl_easy_setopt(t->easy, (option), (value)) == CURLE_OK && ok)

static bool set_connection(struct transfer *t, const struct transfer_shared *shared)
{
    bool ok = true;
    SET(CURLOPT_URL, t->url.text.ptr);
    SET(CURLOPT_PROTOCOLS_STR, "http,https");
    SET(CURLOPT_NOSIGNAL, 1L);
    SET(CURLOPT_QUICK_EXIT, 1L); /* a resolver that hangs must not hold up a deadline */
    SET(CURLOPT_CONNECTTIMEOUT_MS, (long)t->request.connect_timeout_ms);
    SET(CURLOPT_SHARE, shared->share);
    SET(CURLOPT_HTTP_VERSION, (long)CURL_HTTP_VERSION_2TLS);
    /* Wait for a first connection to say whether it carries many requests at once, before opening
     * one for each. Without TLS it cannot, so there is nothing to wait for. */
    SET(CURLOPT_PIPEWAIT, t->url.is_https ? 1L : 0L);
    /* libcurl keeps parsed CA certificates between connections only where there is no CAPATH. */
    SET(CURLOPT_CAPATH, NULL);
    if (shared->ca_bundle != NULL)
        SET(CURLOPT_CAINFO, shared->ca_bundle);
    if (t->request.no_proxy)
        SET(CURLOPT_PROXY, "");
    SET(CURLOPT_SUPPRESS_CONNECT_HEADERS, 1L);
    if (t->request.once) {
        SET(CURLOPT_FRESH_CONNECT, 1L);
        SET(CURLOPT_PIPEWAIT, 0L);
    }
    return ok;
}

static bool set_request(struct transfer *t, const struct transfer_shared *shared)
{
    const struct http_request *request = &t->request;
    bool ok = true;
    if (shared->user_agent != NULL)
        SET(CURLOPT_USERAGENT, shared->user_agent);
    SET(CURLOPT_ACCEPT_ENCODING, "gzip");
    SET(CURLOPT_EXPECT_100_TIMEOUT_MS, 1L);
    if (request->has_body || !str_eq(request->method, STR("GET"))) {
        struct str body = request->has_body ? request->body : STR("");
        SET(CURLOPT_POSTFIELDS, body.ptr); /* not copied: the transfer's own, wiped in the end */
        SET(CURLOPT_POSTFIELDSIZE_LARGE, (curl_off_t)body.len);
        SET(CURLOPT_CUSTOMREQUEST, request->method.ptr);
    }
    SET(CURLOPT_HTTPHEADER, t->header_lines);
    if (request->signing != NULL)
        ok = signing_apply(t->easy, request->signing) && ok;
    return ok;
}

static bool set_callbacks(struct transfer *t)
{
    bool ok = true;
    SET(CURLOPT_PRIVATE, t);
    SET(CURLOPT_ERRORBUFFER, t->detail);
    SET(CURLOPT_HEADERFUNCTION, on_header);
    SET(CURLOPT_HEADERDATA, t);
    SET(CURLOPT_WRITEFUNCTION, on_body);
    SET(CURLOPT_WRITEDATA, t);
    SET(CURLOPT_MAXFILESIZE_LARGE, (curl_off_t)t->request.max_body_bytes);
    return ok;
}

static enum error_code check_request(struct transfer *t, struct error *err)
{
    enum error_code code = url_parse(&t->arena, t->request.url, &t->first, err);
    if (code != E_OK)
        return code;
    t->url = t->first;
    return t->request.signing != NULL ? signing_check(&t->request, err) : E_OK;
}

enum error_code transfer_start(struct transfer *t, const struct transfer_shared *shared,
                               struct error *err)
{
    if (t->started_us == 0) {
        t->started_us = clock_steady_us();
        t->due_ms = t->started_us / 1000 + t->request.timeout_ms;
        enum error_code code = check_request(t, err);
        if (code != E_OK)
            return code;
    }
    t->easy = curl_easy_init();
    if (t->easy == NULL)
        memory_out();
    if (!add_headers(t))
        return error_set(err, E_SYNTAX,
                         "a header of the request to '%s' holds a line break or is "
                         "too long",
                         t->url.host.ptr);
    if (!set_connection(t, shared) || !set_request(t, shared) || !set_callbacks(t))
        return error_set(err, E_IO,
                         "this libcurl lacks something that requests need; 7.88 or "
                         "later, built with TLS, is needed");
    return E_OK;
}

/* libcurl sets the time just before it begins to send. */
bool transfer_was_sent(const struct transfer *t)
{
    curl_off_t pretransfer_us = 0;
    if (t->easy == NULL)
        return false;
    curl_easy_getinfo(t->easy, CURLINFO_PRETRANSFER_TIME_T, &pretransfer_us);
    return pretransfer_us > 0;
}

/* `err` is set. */
static void fail(struct transfer *t, enum error_code code, struct http_response *out)
{
    out->code = code;
    out->may_have_arrived = t->may_have_arrived || transfer_was_sent(t);
    out->latency_us = t->started_us > 0 ? clock_steady_us() - t->started_us : 0;
}

static bool is_redirect(int status)
{
    return status == 301 || status == 302 || status == 303 || status == 307 || status == 308;
}

/* What browsers and libcurl do: 303 always, 301 and 302 after a POST become a GET without body. */
static void change_method(struct transfer *t)
{
    bool is_post = str_eq(t->request.method, STR("POST"));
    if (t->status != 303 && !((t->status == 301 || t->status == 302) && is_post))
        return;
    t->request.method = STR("GET");
    t->request.has_body = false;
    t->lost_body = true;
}

/* The way to the next hop is set up, or *out says why there is none. */
static bool follow(struct transfer *t, struct str location, struct http_response *out)
{
    enum error_code code = E_OK;
    if (t->redirects >= t->request.redirects_max)
        code = error_set(&out->err, E_LIMIT, "'%s' redirects more than %d times", t->first.host.ptr,
                         t->request.redirects_max);
    else
        code = url_redirect(&t->arena, &t->first, &t->url, location, &t->url, &out->err);
    if (code != E_OK) {
        fail(t, code, out);
        return false;
    }
    t->redirects++;
    t->may_have_arrived = true;
    change_method(t);
    release_handle(t);
    forget_answer(t);
    return true;
}

bool transfer_finish(struct transfer *t, CURLcode result, struct http_response *out)
{
    *out = (struct http_response){.code = E_OK, .err = ERROR_INIT, .may_have_arrived = true};
    if (result != CURLE_OK) {
        fail(t, transfer_error(t, result, &out->err), out);
        return false;
    }
    long status = 0;
    curl_easy_getinfo(t->easy, CURLINFO_RESPONSE_CODE, &status);
    t->status = (int)status;
    out->status = t->status;
    out->headers = t->headers.items;
    out->header_count = t->headers.count;
    struct str location = http_response_header(out, STR("location"));
    if (t->request.redirects_max > 0 && is_redirect(t->status) && location.len > 0)
        return follow(t, location, out);
    out->body = buf_str(&t->body);
    out->latency_us = clock_steady_us() - t->started_us;
    return false;
}

void transfer_time_out(struct transfer *t, struct http_response *out)
{
    *out = (struct http_response){.err = ERROR_INIT};
    fail(t, transfer_timeout_error(t, &out->err), out);
}

void transfer_give_up(struct transfer *t, struct http_response *out)
{
    *out = (struct http_response){.err = ERROR_INIT};
    const char *state = t->started_us == 0 ? "before the request was sent" : "before it answered";
    struct url url = t->url;
    bool has_host = url.host.len > 0;
    fail(t,
         error_set(&out->err, E_DEADLINE, "%s%s%sthe deadline passed %s", has_host ? "'" : "",
                   has_host ? url.host.ptr : "", has_host ? "': " : "", state),
         out);
}
