#include "cloud/aws/form.h"

#include "base/clock.h"

#include "base/banned.h"

static void PRINTF_LIKE(2, 0) add_name(struct buf *body, const char *format, va_list args)
{
    if (body->len > 0)
        buf_add_char(body, '&');
    buf_addv(body, format, args);
    buf_add_char(body, '=');
}

static bool is_unreserved(char c)
{
    return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') || c == '-' ||
           c == '_' || c == '.' || c == '~';
}

static void add_value(struct buf *body, struct str value)
{
    static const char digits[] = "0123456789ABCDEF";
    for (size_t i = 0; i < value.len; i++) {
        char c = value.ptr[i];
        if (is_unreserved(c)) {
            buf_add_char(body, c);
            continue;
        }
        unsigned byte = (unsigned char)c;
        char escape[3] = {'%', digits[byte >> 4], digits[byte & 15]};
        buf_add(body, (struct str){.ptr = escape, .len = sizeof(escape)});
    }
}

void form_str(struct buf *body, struct str value, const char *name, ...)
{
    va_list args;
    va_start(args, name);
    add_name(body, name, args);
    va_end(args);
    add_value(body, value);
}

void form_int(struct buf *body, int64_t value, const char *name, ...)
{
    va_list args;
    va_start(args, name);
    add_name(body, name, args);
    va_end(args);
    buf_addf(body, "%lld", (long long)value);
}

void form_bool(struct buf *body, bool value, const char *name)
{
    form_str(body, value ? STR("true") : STR("false"), "%s", name);
}

void form_time(struct buf *body, int64_t wall_ms, const char *name)
{
    char text[CLOCK_TEXT_SIZE];
    clock_format(wall_ms, false, text);
    form_str(body, str_from(text), "%s", name);
}
