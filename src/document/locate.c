/* Between a scalar's text and its place in the file. */
#include "base/buf.h"
#include "base/limits.h"
#include "document/yaml.h"

#include "base/banned.h"

static bool is_blank(char c)
{
    return c == ' ' || c == '\t' || c == '\n' || c == '\r';
}

/* Length of the escape sequence of a double-quoted scalar at `at`, which is a backslash. */
static size_t escape_len(struct str text, size_t at)
{
    char c = at + 1 < text.len ? text.ptr[at + 1] : '\0';
    return c == 'x' ? 4 : c == 'u' ? 6 : c == 'U' ? 10 : 2;
}

static size_t skip_blanks(struct str text, size_t at, size_t end)
{
    while (at < end && is_blank(text.ptr[at]))
        at++;
    return at;
}

/* Walks text and file side by side. Between the two, white space may differ in any way (folding,
 * indentation), quotes are doubled, and characters may be escaped; all others are the same. */
size_t yaml_locate(const struct source *source, const struct yaml_node *scalar, size_t offset)
{
    struct str text = source->masked;
    struct str want = scalar->masked;
    size_t end = scalar->span.to < text.len ? scalar->span.to : text.len;
    size_t at = scalar->span.from;
    if (offset > want.len)
        offset = want.len;
    for (size_t i = 0; i < offset && at < end; i++) {
        bool in_step = at < end && text.ptr[at] == want.ptr[i];
        if (in_step && scalar->style == YAML_SINGLE_QUOTED && want.ptr[i] == '\'') {
            at += 2;
        } else if (in_step && !(scalar->style == YAML_DOUBLE_QUOTED && want.ptr[i] == '\\')) {
            at++;
            /* What is folded into one space or line break may be more in the file. */
            bool line_end = is_blank(want.ptr[i]) &&
                            (want.ptr[i] == '\n' || at >= end || is_blank(text.ptr[at]));
            bool blank_next = i + 1 < want.len && is_blank(want.ptr[i + 1]);
            if (line_end && !blank_next)
                at = skip_blanks(text, at, end);
        } else if (scalar->style == YAML_DOUBLE_QUOTED && text.ptr[at] == '\\') {
            at += escape_len(text, at);
            while (i + 1 < offset && ((unsigned char)want.ptr[i + 1] & 0xC0) == 0x80)
                i++; /* the rest of an escaped character */
        } else if (is_blank(text.ptr[at])) {
            bool taken = is_blank(want.ptr[i]);
            at = skip_blanks(text, at, end);
            if (!taken)
                i--; /* this character is still to be found */
        } else {
            at++;
        }
    }
    if (scalar->style != YAML_PLAIN || offset < want.len)
        at = offset < want.len && !is_blank(want.ptr[offset]) ? skip_blanks(text, at, end) : at;
    return at < end || offset == want.len ? at : end;
}

/* Skips a folded line end, with the white space around it and the empty lines after it; what it
 * stands for goes to `out`. */
static size_t fold(struct str text, size_t at, struct buf *out)
{
    size_t breaks = 0;
    while (at < text.len && is_blank(text.ptr[at])) {
        bool crlf = text.ptr[at] == '\r' && at + 1 < text.len && text.ptr[at + 1] == '\n';
        breaks += text.ptr[at] == '\n' || (text.ptr[at] == '\r' && !crlf);
        at++;
    }
    if (breaks == 1)
        buf_add_char(out, ' ');
    for (size_t i = 1; i < breaks; i++)
        buf_add_char(out, '\n');
    return at;
}

struct str yaml_unquote(const struct source *source, struct span span)
{
    struct str text = str_slice(source->masked, span.from, span.to);
    struct buf out CLEANUP(buf_release) = BUF_INIT(LIMIT_DEFINITION_BYTES);
    size_t at = 0;
    while (at < text.len) {
        size_t end = at;
        while (end < text.len && (text.ptr[end] == ' ' || text.ptr[end] == '\t'))
            end++;
        if (end < text.len && (text.ptr[end] == '\n' || text.ptr[end] == '\r')) {
            at = fold(text, at, &out);
            continue;
        }
        if (end == at) {
            end++;
            buf_add_char(&out, text.ptr[at]);
            if (text.ptr[at] == '\'' && end < text.len && text.ptr[end] == '\'')
                end++;
        } else {
            buf_add(&out, str_slice(text, at, end));
        }
        at = end;
    }
    return arena_str(source->arena, buf_str(&out));
}
