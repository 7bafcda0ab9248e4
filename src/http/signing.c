#include "http/signing.h"

#include "base/buf.h"

#include <string.h>

#include "base/banned.h"

/* libcurl's own bound for region and service. */
enum { SCOPE_PART_MAX = 63, SCOPE_MAX = 256, SECRET_MAX = 64 * 1024 };

const struct str signing_token_header = {.ptr = "X-Amz-Security-Token", .len = 20};

static bool holds_only(struct str s, const char *more)
{
    for (size_t i = 0; i < s.len; i++) {
        char c = s.ptr[i];
        bool is_plain = (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9');
        if (!is_plain && (c == '\0' || strchr(more, c) == NULL))
            return false;
    }
    return true;
}

static bool is_signable_query(struct str query)
{
    struct str before = STR_NONE;
    struct str rest = query;
    struct str part;
    while (str_split(&rest, '&', &part)) {
        struct str key = str_slice(part, 0, str_find(part, '='));
        if (key.len == part.len || str_compare(before, key) > 0)
            return false;
        before = key;
        for (size_t i = 0; i < part.len; i++) {
            bool is_lower = part.ptr[i] == '%' && i + 2 < part.len &&
                            ((part.ptr[i + 1] >= 'a' && part.ptr[i + 1] <= 'f') ||
                             (part.ptr[i + 2] >= 'a' && part.ptr[i + 2] <= 'f'));
            if (is_lower)
                return false;
        }
    }
    return holds_only(query, "-_.~%=&");
}

static bool is_signable_header(const struct http_request *request, size_t index)
{
    static const char *const refused[] = {"expect", "accept", "x-amz-date", "host",
                                          "authorization"};
    struct str name = request->headers[index].name;
    for (size_t i = 0; i < ARRAY_LEN(refused); i++) {
        if (str_eq_nocase(name, str_from(refused[i])))
            return false;
    }
    for (size_t i = 0; i < request->header_count; i++) {
        struct str other = request->headers[i].name;
        if (i != index && other.len >= name.len &&
            str_eq_nocase(str_slice(other, 0, name.len), name))
            return false;
    }
    return name.len > 0 && request->headers[index].value.len > 0;
}

enum error_code signing_check(const struct http_request *request, struct error *err)
{
    struct str url = request->url;
    size_t scheme = str_find_str(url, STR("://"));
    struct str rest = str_slice(url, scheme + 3, url.len);
    struct str path = str_slice(rest, str_find(rest, '/'), rest.len);
    struct str query = str_slice(path, str_find(path, '?') + 1, path.len);
    path = str_slice(path, 0, str_find(path, '?'));
    if (!holds_only(path, "-_.~/"))
        return error_set(err, E_PROTOCOL,
                         "cannot sign a request to an endpoint whose path holds "
                         "anything but letters, digits, - _ . ~ and /");
    if (query.len > 0 && !is_signable_query(query))
        return error_set(err, E_PROTOCOL,
                         "cannot sign a request to an endpoint with this query: "
                         "its parts must be sorted and percent-encoded");
    if (str_find(str_slice(rest, 0, str_find(rest, '/')), '@') != str_find(rest, '/'))
        return error_set(err, E_PROTOCOL, "an endpoint's URL must not hold a user or password");
    const struct http_signing *signing = request->signing;
    if (signing->region.len == 0 || signing->region.len > SCOPE_PART_MAX ||
        !holds_only(signing->region, "-_") || signing->service.len == 0 ||
        signing->service.len > SCOPE_PART_MAX || !holds_only(signing->service, "-_"))
        return error_set(err, E_PROTOCOL, "cannot sign for the region '%.*s'",
                         STR_ARG(str_slice(signing->region, 0, 100)));
    for (size_t i = 0; i < request->header_count; i++) {
        if (!is_signable_header(request, i))
            return error_set(err, E_PROTOCOL, "cannot sign the header '%.*s'",
                             STR_ARG(str_slice(request->headers[i].name, 0, 100)));
    }
    return E_OK;
}

/* libcurl keeps a copy of its own and frees it with the handle. */
static bool give_secret(CURL *easy, CURLoption option, struct str secret)
{
    struct buf text CLEANUP(buf_release_secret) = BUF_INIT(SECRET_MAX);
    return buf_add(&text, secret) && curl_easy_setopt(easy, option, buf_cstr(&text)) == CURLE_OK;
}

bool signing_apply(CURL *easy, const struct http_signing *signing)
{
    struct buf scope CLEANUP(buf_release) = BUF_INIT(SCOPE_MAX);
    buf_addf(&scope, "aws:amz:%.*s:%.*s", STR_ARG(signing->region), STR_ARG(signing->service));
    return !scope.overflowed &&
           curl_easy_setopt(easy, CURLOPT_AWS_SIGV4, buf_cstr(&scope)) == CURLE_OK &&
           give_secret(easy, CURLOPT_USERNAME, signing->access_key_id) &&
           give_secret(easy, CURLOPT_PASSWORD, signing->secret_access_key);
}
