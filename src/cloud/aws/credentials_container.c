/* The container's own credentials: ECS task roles (relative URI on the agent's link-local address),
 * EKS Pod Identity and others (full URI). */
#include "cloud/aws/credentials_source.h"

#include "base/buf.h"
#include "base/file.h"
#include "base/limits.h"

#include <arpa/inet.h>
#include <string.h>

#include "base/banned.h"

enum { ATTEMPTS = 3, TIMEOUT_MS = 2000 };

static const struct str ecs_agent = {"http://169.254.170.2", 20};

/* Loopback (whatever of 127/8), the ECS and EKS agents; a name would have to be looked up, and DNS
 * is not to be trusted with where a token goes, but for "localhost". */
static bool is_local_host(struct arena *arena, struct str host)
{
    static const char *const names[] = {"localhost", "169.254.170.2", "169.254.170.23"};
    static const char *const v6_names[] = {"::1", "fd00:ec2::23"};
    for (size_t i = 0; i < ARRAY_LEN(names); i++) {
        if (str_eq_nocase(host, str_from(names[i])))
            return true;
    }
    const char *text = arena_str(arena, host).ptr;
    struct in_addr v4;
    if (inet_pton(AF_INET, text, &v4) == 1)
        return ntohl(v4.s_addr) >> 24 == 127;
    struct in6_addr v6;
    struct in6_addr allowed;
    if (inet_pton(AF_INET6, text, &v6) != 1)
        return false;
    for (size_t i = 0; i < ARRAY_LEN(v6_names); i++) {
        if (inet_pton(AF_INET6, v6_names[i], &allowed) == 1 &&
            memcmp(&v6, &allowed, sizeof(v6)) == 0)
            return true;
    }
    return false;
}

/* Nothing a URL parser could read in two ways: no user-info, white space, back-slash, fragment. */
static bool is_plain_url(struct str url)
{
    for (size_t i = 0; i < url.len; i++) {
        char c = url.ptr[i];
        if (c <= ' ' || c >= 0x7F || c == '@' || c == '\\' || c == '#')
            return false;
    }
    return true;
}

static bool is_allowed(struct arena *arena, struct str url)
{
    if (!is_plain_url(url))
        return false;
    if (str_starts(url, STR("https://")))
        return url.len > 8;
    if (!str_starts(url, STR("http://")))
        return false;
    struct str rest = str_slice(url, 7, url.len);
    size_t end = 0;
    while (end < rest.len && rest.ptr[end] != '/' && rest.ptr[end] != '?')
        end++;
    struct str authority = str_slice(rest, 0, end);
    struct str host = str_slice(authority, 0, str_find(authority, ':'));
    struct str port = str_slice(authority, host.len, authority.len);
    if (authority.len > 0 && authority.ptr[0] == '[') {
        size_t closing = str_find(authority, ']');
        host = str_slice(authority, 1, closing);
        port = str_slice(authority, closing + 1, authority.len);
    }
    int64_t number = 0;
    return is_local_host(arena, host) &&
           (port.len == 0 || (port.ptr[0] == ':' &&
                              str_to_int64(str_slice(port, 1, port.len), &number) && number > 0));
}

/* False where it has answered already; *token may be empty. */
static bool read_token(const struct source_query *query, struct str *token)
{
    struct str file = aws_environment("AWS_CONTAINER_AUTHORIZATION_TOKEN_FILE");
    *token = aws_environment("AWS_CONTAINER_AUTHORIZATION_TOKEN");
    if (file.len > 0) {
        struct buf text CLEANUP(buf_release_secret) = BUF_INIT(LIMIT_TOKEN_FILE_BYTES);
        struct error err = ERROR_INIT;
        if (file_read(aws_config_path(query->arena, file).ptr, &text, &err) != E_OK) {
            error_prefix(&err, "container credentials: ");
            source_fail_with(query, &err);
            return false;
        }
        *token = arena_str(query->arena, buf_str(&text));
    }
    for (size_t i = 0; i < token->len; i++) {
        unsigned char c = (unsigned char)token->ptr[i];
        if (c >= ' ' && c < 0x7F)
            continue;
        source_fail(query,
                    "container credentials: the authorization token %s a line break or "
                    "another character that no header may have",
                    file.len > 0 ? "file holds" : "has");
        return false;
    }
    return true;
}

static void on_response(void *context, const struct http_response *response)
{
    const struct source_query *query = context;
    struct error err = ERROR_INIT;
    if (response->code != E_OK || response->status != 200) {
        source_http_error(response, "container credentials", &err);
        source_fail_with(query, &err);
        return;
    }
    json_t *json CLEANUP(json_release) = NULL;
    struct aws_credentials found;
    if (json_parse(response->body, &json, &err) != E_OK ||
        !source_from_json(query, json, "Token", &found)) {
        source_fail(query, "container credentials: the answer holds none");
        return;
    }
    found.source = "container";
    source_found(query, &found);
}

static void ask(const struct source_query *query, struct str url, struct str token)
{
    struct http_header *header = ARENA_NEW(query->arena, struct http_header);
    *header = (struct http_header){STR("Authorization"), token};
    struct source_http exchange = {
        .request = {.method = STR("GET"),
                    .url = url,
                    .headers = header,
                    .header_count = token.len > 0 ? 1 : 0,
                    .connect_timeout_ms = TIMEOUT_MS,
                    .timeout_ms = TIMEOUT_MS,
                    .max_body_bytes = LIMIT_CREDENTIALS_ANSWER_BYTES,
                    .no_proxy = str_starts(url, STR("http://"))},
        .attempts = ATTEMPTS,
        .done = on_response,
        .context = (void *)(uintptr_t)query,
    };
    source_http_send(query, &exchange);
}

void credentials_container_fetch(const struct source_query *query)
{
    struct str relative = aws_environment("AWS_CONTAINER_CREDENTIALS_RELATIVE_URI");
    struct str full = aws_environment("AWS_CONTAINER_CREDENTIALS_FULL_URI");
    if (relative.len == 0 && full.len == 0) {
        source_absent(query, "container: neither AWS_CONTAINER_CREDENTIALS_RELATIVE_URI nor "
                             "…_FULL_URI is set");
        return;
    }
    struct str url = full;
    if (relative.len > 0) {
        url = arena_printf(query->arena, "%.*s%.*s", STR_ARG(ecs_agent), STR_ARG(relative));
        if (relative.ptr[0] != '/' || !is_plain_url(relative)) {
            source_fail(query, "AWS_CONTAINER_CREDENTIALS_RELATIVE_URI is no path");
            return;
        }
    } else if (!is_allowed(query->arena, full)) {
        source_fail(query, "AWS_CONTAINER_CREDENTIALS_FULL_URI must be https, or http to this "
                           "machine's loopback or to the ECS or EKS agent's address");
        return;
    }
    struct str token;
    if (read_token(query, &token))
        ask(query, url, token);
}
