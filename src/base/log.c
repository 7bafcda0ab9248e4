#include "base/log.h"

#include "base/buf.h"
#include "base/clock.h"
#include "base/jsonw.h"
#include "base/limits.h"

#include <errno.h>
#include <stdarg.h>
#include <string.h>
#include <unistd.h>

#include "base/banned.h"

/* The only state of the process besides its pass: where lines go. Written by log_setup,
 * log_request and log_on_line alone. */
static struct log_options current = {.level = LOG_INFO, .fd = STDERR_FILENO};
static struct str request_id;
static struct {
    void (*before)(void *context);
    void (*after)(void *context);
    void *context;
} hooks;

static const struct {
    const char *name;
    const char *colour;
} levels[] = {
    [LOG_DEBUG] = {"debug", "\033[2m"},
    [LOG_INFO] = {"info", ""},
    [LOG_WARNING] = {"warning", "\033[33m"},
    [LOG_ERROR] = {"error", "\033[31m"},
};

void log_setup(const struct log_options *options)
{
    current = *options;
}

void log_request(struct str id)
{
    request_id = id;
}

void log_on_line(void (*before)(void *context), void (*after)(void *context), void *context)
{
    hooks.before = before;
    hooks.after = after;
    hooks.context = context;
}

bool log_enabled(enum log_level level)
{
    return level >= current.level;
}

static void write_all(struct str text)
{
    size_t done = 0;
    while (done < text.len) {
        ssize_t count = write(current.fd, text.ptr + done, text.len - done);
        if (count < 0 && errno == EINTR)
            continue;
        if (count <= 0)
            return; /* nowhere left to complain to */
        done += (size_t)count;
    }
}

/* Outside text may hold escape sequences: none of them reaches a terminal. */
static void add_printable(struct buf *out, struct str s)
{
    for (size_t i = 0; i < s.len; i++) {
        unsigned char c = (unsigned char)s.ptr[i];
        if (c < 0x20 || c == 0x7F)
            buf_addf(out, "\\x%02x", c);
        else
            buf_add_char(out, s.ptr[i]);
    }
}

static void add_text_line(struct buf *out, enum log_level level, struct str cluster,
                          struct str text)
{
    char stamp[CLOCK_TEXT_SIZE];
    clock_format(current.now_ms != NULL ? current.now_ms() : clock_wall_ms(), false, stamp);
    const char *colour = current.colour ? levels[level].colour : "";
    buf_addf(out, "%s%.8s %s ", colour, stamp + 11, levels[level].name);
    if (cluster.len > 0) {
        add_printable(out, cluster);
        buf_add(out, STR(": "));
    }
    add_printable(out, text);
    if (colour[0] != '\0')
        buf_add(out, STR("\033[0m"));
}

static void add_json_line(struct buf *out, enum log_level level, struct str cluster,
                          struct str text)
{
    static const char *const upper[] = {"DEBUG", "INFO", "WARN", "ERROR"};
    char stamp[CLOCK_TEXT_SIZE];
    clock_format(current.now_ms != NULL ? current.now_ms() : clock_wall_ms(), true, stamp);
    struct json_writer w = JSON_WRITER(out, 0);
    jsonw_object_begin(&w);
    jsonw_key(&w, "level"), jsonw_cstr(&w, upper[level]);
    jsonw_key(&w, "timestamp"), jsonw_cstr(&w, stamp);
    jsonw_key(&w, "message"), jsonw_str(&w, text);
    if (cluster.len > 0)
        jsonw_key(&w, "cluster"), jsonw_str(&w, cluster);
    if (request_id.len > 0)
        jsonw_key(&w, "requestId"), jsonw_str(&w, request_id);
    jsonw_object_end(&w);
}

static void write_line(enum log_level level, struct str cluster, struct str text)
{
    struct buf line CLEANUP(buf_release) = BUF_INIT(8 * LIMIT_LOG_LINE_BYTES);
    if (current.format == LOG_FORMAT_JSON)
        add_json_line(&line, level, cluster, text);
    else
        add_text_line(&line, level, cluster, text);
    buf_add_char(&line, '\n');
    if (hooks.before != NULL)
        hooks.before(hooks.context);
    write_all(buf_str(&line));
    if (hooks.after != NULL)
        hooks.after(hooks.context);
}

void log_line(enum log_level level, struct str cluster, const char *format, ...)
{
    if (!log_enabled(level))
        return;
    struct buf text CLEANUP(buf_release) = BUF_INIT(LIMIT_LOG_LINE_BYTES);
    va_list args;
    va_start(args, format);
    buf_addv(&text, format, args);
    va_end(args);
    if (text.overflowed)
        buf_add(&text, STR("(a log line over the size limit was left out)"));
    write_line(level, cluster, buf_str(&text));
}

void log_error(enum log_level level, struct str cluster, const struct error *err)
{
    const char *open = err->aws_code[0] != '\0' || err->request_id[0] != '\0' ? " (" : "";
    const char *gap = err->aws_code[0] != '\0' && err->request_id[0] != '\0' ? ", " : "";
    const char *request = err->request_id[0] != '\0' ? "request " : "";
    log_line(level, cluster, "%s%s%s%s%s%s%s%s%s", err->where, err->where[0] != '\0' ? ": " : "",
             err->message[0] != '\0' ? err->message : error_text(err->code), open, err->aws_code,
             gap, request, err->request_id, open[0] != '\0' ? ")" : "");
}

bool log_level_from_name(struct str name, enum log_level *level)
{
    for (size_t i = 0; i < ARRAY_LEN(levels); i++) {
        if (str_eq_nocase(name, str_from(levels[i].name))) {
            *level = (enum log_level)i;
            return true;
        }
    }
    if (str_eq_nocase(name, STR("warn"))) {
        *level = LOG_WARNING;
        return true;
    }
    return false;
}

bool log_format_from_name(struct str name, enum log_format *format)
{
    if (!str_eq_nocase(name, STR("text")) && !str_eq_nocase(name, STR("json")))
        return false;
    *format = str_eq_nocase(name, STR("json")) ? LOG_FORMAT_JSON : LOG_FORMAT_TEXT;
    return true;
}
