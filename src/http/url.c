#include "http/url.h"

#include "base/buf.h"

#include <curl/curl.h>
#include <string.h>

#include "base/banned.h"

/* A URL beyond this is a mistake or an attack; servers refuse it much earlier. */
enum { URL_MAX_BYTES = 64 * 1024 };

static void release_handle(CURLU **handle)
{
    curl_url_cleanup(*handle);
}

/* Where the host's part ends: up to there nothing is encoded (libcurl looks after IDN names). */
static size_t end_of_host(struct str text)
{
    size_t scheme = str_find_str(text, STR("://"));
    if (scheme == text.len)
        return str_starts(text, STR("//")) ? 2 : 0;
    size_t i = scheme + 3;
    while (i < text.len && text.ptr[i] != '/' && text.ptr[i] != '?' && text.ptr[i] != '#')
        i++;
    return i;
}

/* NUL-terminated and percent-encoded; false for control characters, for what is too long and for
 * an absolute URL without a host (where libcurl would take the path for one). */
static bool add_encoded(struct buf *out, struct str text)
{
    size_t plain = end_of_host(text);
    if (str_ends(str_slice(text, 0, plain), STR("://")))
        return false;
    for (size_t i = 0; i < text.len; i++) {
        unsigned char c = (unsigned char)text.ptr[i];
        if (c < 0x20 || c == 0x7F)
            return false;
        bool added = (c > 0x20 && c < 0x7F) || i < plain ? buf_add_char(out, text.ptr[i])
                                                         : buf_addf(out, "%%%02X", c);
        if (!added)
            return false;
    }
    return true;
}

static struct str take_part(struct arena *arena, CURLU *handle, CURLUPart part, unsigned flags)
{
    char *text = NULL;
    if (curl_url_get(handle, part, &text, flags) != CURLUE_OK)
        return STR_NONE;
    struct str copy = arena_str(arena, str_from(text));
    explicit_bzero(text, strlen(text));
    curl_free(text);
    return copy;
}

/* False where the handle holds no http(s) URL with a host. */
static bool read_parts(struct arena *arena, CURLU *handle, struct url *out)
{
    struct str scheme = take_part(arena, handle, CURLUPART_SCHEME, 0);
    struct url url = {.is_https = str_eq_nocase(scheme, STR("https"))};
    url.name = take_part(arena, handle, CURLUPART_HOST, 0);
    struct str port = take_part(arena, handle, CURLUPART_PORT, CURLU_DEFAULT_PORT);
    if ((!url.is_https && !str_eq_nocase(scheme, STR("http"))) || url.name.len == 0 ||
        !str_to_int64(port, &url.port))
        return false;
    url.user = take_part(arena, handle, CURLUPART_USER, 0);
    url.password = take_part(arena, handle, CURLUPART_PASSWORD, 0);
    url.text = take_part(arena, handle, CURLUPART_URL, 0);
    bool is_usual = url.port == (url.is_https ? 443 : 80);
    url.host = is_usual ? url.name : arena_printf(arena, "%s:%d", url.name.ptr, (int)url.port);
    *out = url;
    return url.text.len > 0;
}

enum error_code url_parse(struct arena *arena, struct str text, struct url *out, struct error *err)
{
    CURLU *handle CLEANUP(release_handle) = curl_url();
    struct buf encoded CLEANUP(buf_release_secret) = BUF_INIT(URL_MAX_BYTES);
    if (!add_encoded(&encoded, text))
        return error_set(err, E_SYNTAX,
                         "the URL has no host, holds control characters or is too long");
    CURLUcode code = curl_url_set(handle, CURLUPART_URL, buf_cstr(&encoded), 0);
    if (code != CURLUE_OK || !read_parts(arena, handle, out))
        return error_set(err, E_SYNTAX, "no http:// or https:// URL%s%s",
                         code != CURLUE_OK ? ": " : "",
                         code != CURLUE_OK ? curl_url_strerror(code) : "");
    return E_OK;
}

enum error_code url_redirect(struct arena *arena, const struct url *first, const struct url *from,
                             struct str location, struct url *out, struct error *err)
{
    CURLU *handle CLEANUP(release_handle) = curl_url();
    struct buf encoded CLEANUP(buf_release_secret) = BUF_INIT(URL_MAX_BYTES);
    struct url to = {.is_https = false};
    if (!add_encoded(&encoded, location) ||
        curl_url_set(handle, CURLUPART_URL, from->text.ptr, 0) != CURLUE_OK ||
        curl_url_set(handle, CURLUPART_URL, buf_cstr(&encoded), 0) != CURLUE_OK ||
        !read_parts(arena, handle, &to))
        return error_set(err, E_PROTOCOL, "'%s' redirects to something that is no http(s) URL",
                         from->host.ptr);
    if (from->is_https && !to.is_https)
        return error_set(err, E_PROTOCOL, "'%s' redirects from https to unprotected http",
                         from->host.ptr);
    bool is_same = url_is_same_host(first, &to);
    to.user = is_same ? first->user : STR_NONE;
    to.password = is_same ? first->password : STR_NONE;
    curl_url_set(handle, CURLUPART_USER, to.user.len > 0 ? to.user.ptr : NULL, 0);
    curl_url_set(handle, CURLUPART_PASSWORD, to.password.len > 0 ? to.password.ptr : NULL, 0);
    to.text = take_part(arena, handle, CURLUPART_URL, 0);
    *out = to;
    return E_OK;
}

bool url_is_same_host(const struct url *first, const struct url *to)
{
    if (!str_eq_nocase(first->name, to->name))
        return false;
    if (first->is_https == to->is_https)
        return first->port == to->port;
    return !first->is_https && first->port == 80 && to->port == 443;
}
