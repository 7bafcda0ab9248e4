/* How a finding looks. */
#include "document/diagnostic.h"

#include "base/banned.h"

enum { WINDOW_CHARACTERS = 160, LEAD_CHARACTERS = 40 };

static const char *colour_of(bool colour, const char *code)
{
    return colour ? code : "";
}

/* Control characters (a value may hold an escape) never reach a terminal. */
static void add_safe(struct buf *out, struct str text)
{
    for (size_t i = 0; i < text.len; i++) {
        unsigned char c = (unsigned char)text.ptr[i];
        bool c1 = c == 0xC2 && i + 1 < text.len && (unsigned char)text.ptr[i + 1] < 0xA0;
        if (c == '\t')
            buf_add_char(out, ' ');
        else if (c < 0x20 || c == 0x7F)
            buf_addf(out, "\\x%02x", c);
        else if (c1)
            buf_addf(out, "\\x%02x", (unsigned)(unsigned char)text.ptr[++i]);
        else
            buf_add_char(out, text.ptr[i]);
    }
}

/* Bytes of the first `characters` characters. */
static size_t characters_len(struct str text, size_t characters)
{
    size_t at = 0;
    while (at < text.len && characters > 0) {
        at++;
        while (at < text.len && ((unsigned char)text.ptr[at] & 0xC0) == 0x80)
            at++;
        characters--;
    }
    return at;
}

static size_t count_indent(struct str line)
{
    size_t at = 0;
    while (at < line.len && (line.ptr[at] == ' ' || line.ptr[at] == '\t'))
        at++;
    return at;
}

/* The line from its first character on (of a very long one the part around the caret), and the
 * caret under it; tabs go into both lines, so they move both alike. */
static void add_line(const struct diagnostic *diagnostic, bool colour, struct buf *out)
{
    struct str line = diagnostic->line_text;
    size_t caret = diagnostic->column > 0 ? diagnostic->column - 1 : 0;
    size_t from = count_indent(line);
    if (from > caret)
        from = caret;
    bool cut = caret - from > WINDOW_CHARACTERS - LEAD_CHARACTERS;
    if (cut)
        from = caret - LEAD_CHARACTERS;
    struct str before = str_slice(line, characters_len(line, from), characters_len(line, caret));
    struct str rest = str_slice(line, characters_len(line, from), line.len);
    size_t shown = characters_len(rest, WINDOW_CHARACTERS);
    buf_addf(out, "    %s%.*s%s\n    ", cut ? "..." : "", STR_ARG(str_slice(rest, 0, shown)),
             shown < rest.len ? "..." : "");
    if (cut)
        buf_add(out, STR("   "));
    for (size_t i = 0; i < before.len; i++) {
        if (((unsigned char)before.ptr[i] & 0xC0) != 0x80)
            buf_add_char(out, before.ptr[i] == '\t' ? '\t' : ' ');
    }
    buf_addf(out, "%s^", colour_of(colour, "\033[1;32m"));
    size_t room = caret - from < WINDOW_CHARACTERS ? WINDOW_CHARACTERS - (caret - from) : 1;
    size_t len = diagnostic->len < room ? diagnostic->len : room;
    for (size_t i = 1; i < len; i++)
        buf_add_char(out, '~');
    buf_add(out, str_from(colour_of(colour, "\033[0m")));
    if (diagnostic->hint.len > 0) {
        buf_add_char(out, ' ');
        add_safe(out, diagnostic->hint);
    }
    buf_add_char(out, '\n');
}

void diagnostic_print(const struct diagnostic *diagnostic, bool colour, struct buf *out)
{
    bool error = diagnostic->severity == SEVERITY_ERROR;
    buf_add(out, str_from(colour_of(colour, "\033[1m")));
    add_safe(out, diagnostic->file);
    if (diagnostic->line > 0)
        buf_addf(out, ":%zu:%zu", diagnostic->line, diagnostic->column);
    buf_addf(out, ": %s%s:%s ", colour_of(colour, error ? "\033[1;31m" : "\033[1;35m"),
             error ? "error" : "warning", colour_of(colour, "\033[0m"));
    add_safe(out, diagnostic->message);
    buf_add_char(out, '\n');
    if (diagnostic->line > 0) {
        add_line(diagnostic, colour, out);
    } else if (diagnostic->hint.len > 0) {
        buf_add(out, STR("    "));
        add_safe(out, diagnostic->hint);
        buf_add_char(out, '\n');
    }
}
