#include "command/print_text.h"

#include "base/limits.h"

#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <unistd.h>

#include "base/banned.h"

enum { WIDTH_ELSE = 100, ROOM_MIN = 20 };

struct print_style print_style_of(FILE *stream)
{
    struct print_style style = {.colour = false, .width = WIDTH_ELSE};
    int fd = fileno(stream);
    if (fd < 0 || !isatty(fd))
        return style;
    struct winsize size = {0};
    if (ioctl(fd, TIOCGWINSZ, &size) == 0 && size.ws_col > 0)
        style.width = size.ws_col;
    const char *term = getenv("TERM");
    const char *no_colour = getenv("NO_COLOR");
    style.colour =
        term != NULL && strcmp(term, "dumb") != 0 && (no_colour == NULL || no_colour[0] == '\0');
    return style;
}

/* Length of the control character, direction override or broken byte at the start of `s`; 0: what
 * is there can be printed. */
static size_t unprintable(struct str s)
{
    unsigned char c[3] = {0};
    for (size_t i = 0; i < s.len && i < 3; i++)
        c[i] = (unsigned char)s.ptr[i];
    if (c[0] < 0x20 || c[0] == 0x7F)
        return 1;
    if (c[0] == 0xC2 && c[1] >= 0x80 && c[1] < 0xA0)
        return 2;
    bool turns = c[0] == 0xE2 && ((c[1] == 0x80 && c[2] >= 0xA8 && c[2] <= 0xAE) ||
                                  (c[1] == 0x81 && c[2] >= 0xA6 && c[2] <= 0xA9));
    return turns ? 3 : 0;
}

void print_clean(struct str text, struct buf *out)
{
    size_t bad = 0;
    while (text.len > 0) {
        struct str good = str_is_utf8(text, &bad) ? text : str_slice(text, 0, bad);
        for (size_t i = 0; i < good.len;) {
            size_t skip = unprintable(str_slice(good, i, good.len));
            buf_add_char(out, skip > 0 ? '?' : good.ptr[i]);
            i += skip > 0 ? skip : 1;
        }
        if (good.len == text.len)
            return;
        buf_add_char(out, '?');
        text = str_slice(text, good.len + 1, text.len);
    }
}

size_t print_columns(struct str s)
{
    size_t columns = 0;
    for (size_t i = 0; i < s.len; i++)
        columns += ((unsigned char)s.ptr[i] & 0xC0) != 0x80;
    return columns;
}

void print_count(int64_t count, const char *singular, struct buf *out)
{
    buf_addf(out, "%lld %s%s", (long long)count, singular, count == 1 ? "" : "s");
}

void print_wrapped(struct str text, size_t at, struct print_style style, struct buf *out)
{
    size_t room = style.width > at + ROOM_MIN ? style.width - at : ROOM_MIN;
    struct buf copy CLEANUP(buf_release) = BUF_INIT(LIMIT_LOG_LINE_BYTES);
    print_clean(str_slice(text, 0, LIMIT_LOG_LINE_BYTES), &copy);
    struct str rest = buf_str(&copy);
    struct str word;
    size_t used = 0;
    while (str_split(&rest, ' ', &word)) {
        size_t columns = print_columns(word);
        if (used > 0 && used + 1 + columns > room) {
            buf_addf(out, "\n%*s", (int)at, "");
            used = 0;
        }
        if (used > 0)
            buf_add_char(out, ' ');
        buf_add(out, word);
        used += columns + (used > 0);
    }
}
