/* URLs. RFC 3986; what stands in the file decides the structure, never a variable's value, unless
 * the scheme itself comes out of one (url: %(QUEUE_URL)). */
#include "base/buf.h"
#include "base/limits.h"
#include "document/fill.h"
#include "document/values.h"

#include <string.h>

#include "base/banned.h"

/* Stands for a variable in the skeleton; a control character, so never text of the file. */
enum { HOLE = '\x01' };

/* Where the parts of a URL are. No '@': userinfo is empty, userinfo_to == authority_from. */
struct parts {
    bool has_scheme;
    size_t authority_from;
    size_t userinfo_to;
    size_t host_from;
    size_t authority_to;
    size_t path_to; /* the query or fragment begins here */
};

static size_t find_any(struct str text, size_t from, const char *set)
{
    for (size_t i = from; i < text.len; i++) {
        if (text.ptr[i] != '\0' && strchr(set, text.ptr[i]) != NULL)
            return i;
    }
    return text.len;
}

static struct parts take_apart(struct str url)
{
    struct parts parts = {0};
    size_t scheme = str_find_str(url, STR("://"));
    parts.has_scheme = scheme < url.len && find_any(url, 0, "/?#@") > scheme;
    if (parts.has_scheme)
        parts.authority_from = scheme + 3;
    parts.authority_to = find_any(url, parts.authority_from, "/?#");
    parts.path_to = find_any(url, parts.authority_to, "?#");
    struct str authority = str_slice(url, parts.authority_from, parts.authority_to);
    size_t at = str_find_last(authority, '@');
    parts.userinfo_to = parts.host_from = parts.authority_from;
    if (at < authority.len) {
        parts.userinfo_to = parts.authority_from + at;
        parts.host_from = parts.userinfo_to + 1;
    }
    return parts;
}

static bool is_hex(char c)
{
    return (c >= '0' && c <= '9') || (c >= 'A' && c <= 'F') || (c >= 'a' && c <= 'f');
}

/* Percent-encodes what is not a letter, a digit or in `allowed`; an escape that is there already
 * stays one. */
static void add_encoded(struct buf *out, struct str text, const char *allowed)
{
    for (size_t i = 0; i < text.len; i++) {
        char c = text.ptr[i];
        bool plain = (c >= 'A' && c <= 'Z') || (c >= 'a' && c <= 'z') || (c >= '0' && c <= '9') ||
                     (c != '\0' && strchr(allowed, c) != NULL);
        bool escape =
            c == '%' && i + 2 < text.len && is_hex(text.ptr[i + 1]) && is_hex(text.ptr[i + 2]);
        if (plain || escape)
            buf_add_char(out, c);
        else
            buf_addf(out, "%%%02X", (unsigned)(unsigned char)c);
    }
}

#define UNRESERVED "-._~"
#define SUB_DELIMS "!$&'()*+,;="

/* The URL with a HOLE for each variable; false where the file's text holds one itself. */
static bool make_skeleton(const struct filled *filled, struct buf *out)
{
    struct piece whole = {.value = filled->value};
    const struct piece *pieces = filled->piece_count > 0 ? filled->pieces : &whole;
    size_t count = filled->piece_count > 0 ? filled->piece_count : 1;
    for (size_t i = 0; i < count; i++) {
        if (pieces[i].reference != NULL)
            buf_add_char(out, HOLE);
        else if (str_find(pieces[i].value, HOLE) == pieces[i].value.len)
            buf_add(out, pieces[i].value);
        else
            return false;
    }
    return true;
}

/* The next variable at or after piece `*next`. */
static const struct piece *next_variable(const struct filled *filled, size_t *next)
{
    while (filled->pieces[*next].reference == NULL)
        (*next)++;
    return &filled->pieces[(*next)++];
}

/* Fills the holes: in the user-info encoded (a ':' too, where the file has one after it), as it
 * is elsewhere. */
static void fill_holes(const struct filled *filled, struct str skeleton, struct buf *out)
{
    struct parts parts = take_apart(skeleton);
    struct str userinfo = str_slice(skeleton, parts.authority_from, parts.userinfo_to);
    size_t colon = parts.authority_from + str_find(userinfo, ':');
    size_t next = 0;
    for (size_t i = 0; i < skeleton.len; i++) {
        if (skeleton.ptr[i] != HOLE) {
            buf_add_char(out, skeleton.ptr[i]);
            continue;
        }
        struct str value = next_variable(filled, &next)->value;
        bool in_userinfo = i >= parts.authority_from && i < parts.userinfo_to;
        if (!in_userinfo)
            buf_add(out, value);
        else if (i < colon && colon < parts.userinfo_to)
            add_encoded(out, value, UNRESERVED SUB_DELIMS);
        else
            add_encoded(out, value, UNRESERVED SUB_DELIMS ":");
    }
}

static void make_shown(const struct filled *filled, struct str skeleton, struct buf *out)
{
    struct parts parts = take_apart(skeleton);
    size_t next = 0;
    for (size_t i = 0; i < parts.path_to; i++) {
        bool hole = skeleton.ptr[i] == HOLE;
        const struct piece *piece = hole ? next_variable(filled, &next) : NULL;
        if (i >= parts.authority_from && i < parts.host_from)
            continue;
        if (hole)
            buf_add(out, piece->shown);
        else
            buf_add_char(out, skeleton.ptr[i]);
    }
}

static bool is_host(struct str host)
{
    if (host.len > 1 && host.ptr[0] == '[')
        return host.ptr[host.len - 1] == ']' &&
               find_any(str_slice(host, 1, host.len - 1), 0, "[]@/%\\\" ") == host.len - 2;
    for (size_t i = 0; i < host.len; i++) {
        char c = host.ptr[i];
        bool fine = (c >= 'A' && c <= 'Z') || (c >= 'a' && c <= 'z') || (c >= '0' && c <= '9') ||
                    (c != '\0' && strchr(UNRESERVED "%", c) != NULL) || (unsigned char)c >= 0x80;
        if (!fine)
            return false;
    }
    return host.len > 0 && host.len <= 253;
}

static bool is_authority(struct str authority)
{
    size_t colon = str_find_last(authority, ':');
    size_t bracket = str_find_last(authority, ']');
    if (colon == authority.len || (bracket < authority.len && bracket > colon))
        return is_host(authority);
    int64_t port = 0;
    struct str digits = str_slice(authority, colon + 1, authority.len);
    return is_host(str_slice(authority, 0, colon)) && digits.len <= 5 &&
           str_to_int64(digits, &port) && port > 0 && port <= 65535;
}

/* What is wrong with it; NULL: nothing. */
static const char *find_fault(struct str url)
{
    struct parts parts = take_apart(url);
    struct str scheme = str_slice(url, 0, parts.has_scheme ? parts.authority_from - 3 : 0);
    if (!str_eq_nocase(scheme, STR("http")) && !str_eq_nocase(scheme, STR("https")))
        return "must begin with http:// or https://";
    if (!is_authority(str_slice(url, parts.host_from, parts.authority_to)))
        return "has no valid host (and port) after http:// or https://";
    for (size_t i = parts.host_from; i < url.len; i++) {
        if ((unsigned char)url.ptr[i] < 0x20 || url.ptr[i] == 0x7F)
            return "holds a control character";
    }
    if (url.len > LIMIT_URL_BYTES)
        return "is too long";
    return NULL;
}

bool url_read(struct source *source, struct yaml_node *node, struct text *out)
{
    const struct filled *filled = fill(source, node);
    if (filled == NULL)
        return false;
    struct buf skeleton CLEANUP(buf_release) = BUF_INIT(LIMIT_DEFINITION_BYTES);
    struct buf raw CLEANUP(buf_release_secret) = BUF_INIT(4 * LIMIT_DEFINITION_BYTES);
    struct buf clean CLEANUP(buf_release_secret) = BUF_INIT(4 * LIMIT_DEFINITION_BYTES);
    struct buf shown CLEANUP(buf_release) = BUF_INIT(LIMIT_DEFINITION_BYTES);
    bool clear = make_skeleton(filled, &skeleton);
    if (clear)
        fill_holes(filled, buf_str(&skeleton), &raw);
    struct str url = buf_str(&raw);
    const char *fault = !clear           ? "holds a control character"
                        : raw.overflowed ? "is too long"
                                         : find_fault(url);
    if (fault != NULL) {
        source_report(source, SEVERITY_ERROR, node->span,
                      STR("scheme://[user:password@]host[:port]/path"), "'url' %s%s", fault,
                      filled->from_environment ? " once its variables are filled in" : "");
        node->bad = true;
        return false;
    }
    struct parts parts = take_apart(url);
    buf_add(&clean, str_slice(url, 0, parts.authority_from));
    add_encoded(&clean, str_slice(url, parts.authority_from, parts.userinfo_to),
                UNRESERVED SUB_DELIMS ":");
    buf_add(&clean, str_slice(url, parts.userinfo_to, parts.authority_to));
    add_encoded(&clean, str_slice(url, parts.authority_to, url.len),
                UNRESERVED SUB_DELIMS ":@/?#[]");
    make_shown(filled, buf_str(&skeleton), &shown);
    *out = (struct text){.value = arena_str(source->arena, buf_str(&clean)),
                         .shown = arena_str(source->arena, buf_str(&shown))};
    return true;
}
