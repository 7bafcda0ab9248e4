#include "document/source.h"

#include "base/buf.h"
#include "base/limits.h"

#include <stdlib.h>
#include <string.h>

#include "base/banned.h"

/* Private-use characters U+E000 to U+F8FF: three bytes each in UTF-8. */
enum { MARKER_FIRST = 0xE000, MARKER_LAST = 0xF8FF, MARKER_COUNT = MARKER_LAST - MARKER_FIRST + 1 };

static bool getenv_lookup(void *context, struct str name, struct str *value)
{
    (void)context;
    char key[256];
    if (name.len >= sizeof(key))
        return false;
    memcpy(key, name.ptr, name.len);
    key[name.len] = '\0';
    const char *found = getenv(key);
    if (found == NULL)
        return false;
    *value = str_from(found);
    return true;
}

static void find_lines(struct source *source)
{
    *VEC_ADD(source->arena, &source->line_starts) = 0;
    struct str text = source->text;
    for (size_t i = 0; i < text.len; i++) {
        bool crlf = text.ptr[i] == '\r' && i + 1 < text.len && text.ptr[i + 1] == '\n';
        if (text.ptr[i] == '\n' || (text.ptr[i] == '\r' && !crlf))
            *VEC_ADD(source->arena, &source->line_starts) = i + 1;
    }
}

size_t source_line(const struct source *source, size_t offset)
{
    size_t low = 0;
    size_t high = source->line_starts.count;
    while (high - low > 1) {
        size_t middle = low + (high - low) / 2;
        if (source->line_starts.items[middle] <= offset)
            low = middle;
        else
            high = middle;
    }
    return low + 1;
}

static struct str line_text(const struct source *source, size_t line)
{
    size_t from = source->line_starts.items[line - 1];
    size_t to =
        line < source->line_starts.count ? source->line_starts.items[line] : source->text.len;
    while (to > from && (source->text.ptr[to - 1] == '\n' || source->text.ptr[to - 1] == '\r'))
        to--;
    return str_slice(source->text, from, to);
}

/* Characters, not bytes: continuation bytes do not count. */
static size_t count_characters(struct str s)
{
    size_t count = 0;
    for (size_t i = 0; i < s.len; i++)
        count += ((unsigned char)s.ptr[i] & 0xC0) != 0x80;
    return count;
}

static bool is_known(const struct source *source, const struct diagnostic *fresh)
{
    for (size_t i = 0; i < source->diagnostics.count; i++) {
        const struct diagnostic *old = &source->diagnostics.items[i];
        if (old->line == fresh->line && old->column == fresh->column &&
            str_eq(old->message, fresh->message))
            return true;
    }
    return false;
}

static void count(struct source *source, enum severity severity)
{
    if (severity == SEVERITY_ERROR)
        source->error_count++;
    else
        source->warning_count++;
}

static void add(struct source *source, const struct diagnostic *fresh)
{
    if (is_known(source, fresh))
        return;
    count(source, fresh->severity);
    *VEC_ADD(source->arena, &source->diagnostics) = *fresh;
}

void source_report(struct source *source, enum severity severity, struct span span, struct str hint,
                   const char *format, ...)
{
    if (source->diagnostics.count == LIMIT_DIAGNOSTICS) {
        count(source, severity); /* the rest is counted only */
        return;
    }
    if (span.from > source->text.len)
        span.from = source->text.len;
    size_t line = source_line(source, span.from);
    size_t line_from = source->line_starts.items[line - 1];
    struct str whole = line_text(source, line);
    /* A finding is shown on one line: where it starts. */
    size_t line_to = line_from + whole.len;
    size_t to = span.to < line_to ? span.to : line_to;
    size_t len = to > span.from ? count_characters(str_slice(source->text, span.from, to)) : 1;
    va_list args;
    va_start(args, format);
    struct diagnostic fresh = {
        .severity = severity,
        .file = source->file,
        .line = line,
        .column = count_characters(str_slice(source->text, line_from, span.from)) + 1,
        .len = len,
        .message = arena_vprintf(source->arena, format, args),
        .hint = hint.len > 0 ? arena_str(source->arena, hint) : STR_NONE,
        .line_text = whole,
    };
    va_end(args);
    add(source, &fresh);
}

void source_report_file(struct source *source, enum severity severity, struct str hint,
                        const char *format, ...)
{
    va_list args;
    va_start(args, format);
    struct diagnostic fresh = {
        .severity = severity,
        .file = source->file,
        .message = arena_vprintf(source->arena, format, args),
        .hint = hint.len > 0 ? arena_str(source->arena, hint) : STR_NONE,
    };
    va_end(args);
    add(source, &fresh);
}

/* Stable: findings of one place stay in the order they were made. */
static void sort_by_place(struct diagnostic *items, size_t count)
{
    for (size_t i = 1; i < count; i++) {
        struct diagnostic item = items[i];
        size_t j = i;
        while (j > 0 && (items[j - 1].line > item.line ||
                         (items[j - 1].line == item.line && items[j - 1].column > item.column))) {
            items[j] = items[j - 1];
            j--;
        }
        items[j] = item;
    }
}

void source_finish(struct source *source, struct findings *findings)
{
    sort_by_place(source->diagnostics.items, source->diagnostics.count);
    size_t total = source->error_count + source->warning_count;
    size_t kept = source->diagnostics.count;
    for (size_t i = 0; i < kept; i++)
        *VEC_ADD(source->arena, &findings->items) = source->diagnostics.items[i];
    if (total > kept) {
        *VEC_ADD(source->arena, &findings->items) = (struct diagnostic){
            .severity = source->error_count > 0 ? SEVERITY_ERROR : SEVERITY_WARNING,
            .file = source->file,
            .message =
                arena_printf(source->arena, "%zu more findings are not listed", total - kept),
        };
    }
    findings->error_count += source->error_count;
    findings->warning_count += source->warning_count;
}

static bool is_name_character(char c, bool first)
{
    return (c >= 'A' && c <= 'Z') || (c >= 'a' && c <= 'z') || c == '_' ||
           (!first && c >= '0' && c <= '9');
}

/* The reference that starts at `at`; false where none does. */
static bool reference_at(struct str text, size_t at, struct reference *out)
{
    struct str rest = str_slice(text, at, text.len);
    if (str_starts(rest, STR("%%("))) {
        *out = (struct reference){.name = STR_NONE, .span = {at, at + 3}};
        return true;
    }
    if (!str_starts(rest, STR("%(")))
        return false;
    size_t len = 0;
    while (2 + len < rest.len && is_name_character(rest.ptr[2 + len], len == 0))
        len++;
    if (len == 0 || 2 + len >= rest.len || rest.ptr[2 + len] != ')')
        return false;
    *out = (struct reference){.name = str_slice(rest, 2, 2 + len), .span = {at, at + len + 3}};
    return true;
}

static unsigned hex_value(struct str digits)
{
    unsigned value = 0;
    for (size_t i = 0; i < digits.len; i++) {
        char c = digits.ptr[i];
        unsigned digit = c >= '0' && c <= '9'   ? (unsigned)(c - '0')
                         : c >= 'a' && c <= 'f' ? (unsigned)(c - 'a') + 10
                         : c >= 'A' && c <= 'F' ? (unsigned)(c - 'A') + 10
                                                : 16;
        if (digit > 15)
            return 0;
        value = value * 16 + digit;
    }
    return value;
}

/* The private-use character that stands, or is escaped, at `at`; 0 where none is. */
static unsigned private_character(struct str text, size_t at)
{
    const unsigned char *p = (const unsigned char *)text.ptr + at;
    size_t left = text.len - at;
    if (left >= 3 && (p[0] == 0xEE || p[0] == 0xEF))
        return (unsigned)(p[0] & 0x0F) << 12 | (unsigned)(p[1] & 0x3F) << 6 | (p[2] & 0x3F);
    if (left >= 6 && p[0] == '\\' && p[1] == 'u')
        return hex_value(str_slice(text, at + 2, at + 6));
    if (left >= 10 && p[0] == '\\' && p[1] == 'U')
        return hex_value(str_slice(text, at + 2, at + 10));
    return 0;
}

/* Finds a private-use character that the text does not hold. */
static bool choose_marker(struct source *source)
{
    unsigned char used[MARKER_COUNT / 8] = {0};
    for (size_t i = 0; i < source->text.len; i++) {
        unsigned c = private_character(source->text, i);
        if (c >= MARKER_FIRST && c <= MARKER_LAST)
            used[(c - MARKER_FIRST) / 8] |= (unsigned char)(1u << ((c - MARKER_FIRST) % 8));
    }
    for (unsigned i = 0; i < MARKER_COUNT; i++) {
        if ((used[i / 8] & (1u << (i % 8))) != 0)
            continue;
        unsigned c = MARKER_FIRST + i;
        source->marker[0] = (char)(0xE0 | (c >> 12));
        source->marker[1] = (char)(0x80 | ((c >> 6) & 0x3F));
        source->marker[2] = (char)(0x80 | (c & 0x3F));
        return true;
    }
    source_report_file(source, SEVERITY_ERROR, STR_NONE,
                       "uses every private-use character of Unicode: one is needed to be free");
    return false;
}

static void mask(struct source *source)
{
    char *masked = arena_alloc(source->arena, source->text.len + 1, 1);
    size_t i = 0;
    while (i < source->text.len) {
        struct reference reference;
        if (source->text.ptr[i] != '%' || !reference_at(source->text, i, &reference)) {
            masked[i] = source->text.ptr[i];
            i++;
            continue;
        }
        memcpy(masked + i, source->marker, MARKER_LEN);
        if (reference.name.len > 0)
            memcpy(masked + i + MARKER_LEN, reference.name.ptr, reference.name.len);
        *VEC_ADD(source->arena, &source->references) = reference;
        i = reference.span.to;
    }
    source->masked = (struct str){.ptr = masked, .len = source->text.len};
}

/* A control character, C1 included, that YAML does not allow as it stands. */
static bool is_control(struct str text, size_t at)
{
    unsigned char c = (unsigned char)text.ptr[at];
    if (c == 0xC2 && at + 1 < text.len)
        return (unsigned char)text.ptr[at + 1] < 0xA0;
    return (c < 0x20 && c != '\t' && c != '\n' && c != '\r') || c == 0x7F;
}

static bool check_characters(struct source *source)
{
    size_t bad = 0;
    if (!str_is_utf8(source->text, &bad)) {
        /* The line itself cannot be shown. */
        size_t line = source_line(source, bad);
        source_report_file(source, SEVERITY_ERROR, STR("save the file as UTF-8"),
                           "is not UTF-8: byte 0x%02X in line %zu",
                           (unsigned)(unsigned char)source->text.ptr[bad], line);
        return false;
    }
    for (size_t i = 0; i < source->text.len; i++) {
        if (!is_control(source->text, i))
            continue;
        source_report_file(source, SEVERITY_ERROR, STR_NONE,
                           "holds the control character 0x%02X in line %zu: YAML allows none",
                           (unsigned)(unsigned char)source->text.ptr[i], source_line(source, i));
        return false;
    }
    return true;
}

/* Refuses what would make the YAML parser slow; see limits.h. */
static bool check_lines(struct source *source)
{
    size_t empty = 0;
    for (size_t i = 1; i <= source->line_starts.count; i++) {
        struct str line = line_text(source, i);
        empty = str_trim(line).len == 0 ? empty + 1 : 0;
        bool directive = line.len > LIMIT_DEFINITION_DIRECTIVE && line.ptr[0] == '%';
        if (empty <= LIMIT_DEFINITION_EMPTY_LINES && !directive)
            continue;
        size_t at = source->line_starts.items[i - 1];
        source_report(source, SEVERITY_ERROR, (struct span){at, at + 1}, STR_NONE,
                      directive ? "a line that begins with '%%' is longer than %d bytes"
                                : "more than %d empty lines in a row",
                      directive ? LIMIT_DEFINITION_DIRECTIVE : LIMIT_DEFINITION_EMPTY_LINES);
        return false;
    }
    return true;
}

bool source_init(struct source *source, struct arena *arena, struct str file, struct str text,
                 const struct load_options *options)
{
    *source = (struct source){.arena = arena, .file = file, .lookup = getenv_lookup};
    if (options != NULL && options->lookup != NULL) {
        source->lookup = options->lookup;
        source->lookup_context = options->lookup_context;
    }
    if (str_starts(text, STR("\xEF\xBB\xBF"))) /* byte order mark */
        text = str_slice(text, 3, text.len);
    if (text.len > LIMIT_DEFINITION_BYTES) {
        find_lines(source);
        source_report_file(source, SEVERITY_ERROR, STR_NONE, "is larger than %d KiB",
                           LIMIT_DEFINITION_BYTES / 1024);
        return false;
    }
    source->text = arena_str(arena, text);
    find_lines(source);
    if (!check_characters(source) || !check_lines(source) || !choose_marker(source))
        return false;
    mask(source);
    return true;
}

size_t source_reference_at(const struct source *source, size_t offset)
{
    size_t low = 0;
    size_t high = source->references.count;
    while (low < high) {
        size_t middle = low + (high - low) / 2;
        if (source->references.items[middle].span.from < offset)
            low = middle + 1;
        else
            high = middle;
    }
    return low;
}

struct str source_unmask(const struct source *source, struct str masked, size_t offset)
{
    struct str marker = {.ptr = source->marker, .len = MARKER_LEN};
    struct buf out CLEANUP(buf_release) = BUF_INIT(2 * LIMIT_DEFINITION_BYTES);
    size_t next = source_reference_at(source, offset);
    size_t at = str_find_str(masked, marker);
    while (at < masked.len && next < source->references.count) {
        const struct reference *reference = &source->references.items[next++];
        buf_add(&out, str_slice(masked, 0, at));
        if (reference->name.len > 0)
            buf_addf(&out, "%%(%.*s)", STR_ARG(reference->name));
        else
            buf_add(&out, STR("%("));
        masked = str_slice(masked, at + MARKER_LEN + reference->name.len, masked.len);
        at = str_find_str(masked, marker);
    }
    buf_add(&out, masked);
    return arena_str(source->arena, buf_str(&out));
}
