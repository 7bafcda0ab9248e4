#include "base/buf.h"
#include "base/clock.h"
#include "base/limits.h"
#include "base/vec.h"
#include "http/faults.h"

#include "base/banned.h"

static const char *const kind_names[FAULT_KIND_COUNT] = {
    [FAULT_REFUSED] = "refused",     [FAULT_RESET] = "reset",       [FAULT_TIMEOUT] = "timeout",
    [FAULT_STATUS] = "status",       [FAULT_THROTTLE] = "throttle", [FAULT_MALFORMED] = "malformed",
    [FAULT_TRUNCATED] = "truncated", [FAULT_EMPTY] = "empty",       [FAULT_TYPES] = "types",
    [FAULT_OVERSIZED] = "oversized", [FAULT_SLOW] = "slow",         [FAULT_LOST] = "lost",
};

const char *fault_kind_name(enum fault_kind kind)
{
    return kind_names[kind];
}

/* The next word; white space inside double quotes belongs to it, a backslash there takes the next
 * character as it is. False at the end of the line and for a quote that never closes. */
static bool take_word(struct arena *arena, struct str *rest, struct str *word)
{
    *rest = str_trim(*rest);
    if (rest->len == 0)
        return false;
    char *text = arena_alloc(arena, rest->len + 1, 1);
    size_t len = 0;
    size_t i = 0;
    bool quoted = false;
    for (; i < rest->len && (quoted || (rest->ptr[i] != ' ' && rest->ptr[i] != '\t')); i++) {
        if (rest->ptr[i] == '"') {
            quoted = !quoted;
            continue;
        }
        if (quoted && rest->ptr[i] == '\\' && i + 1 < rest->len)
            i++;
        text[len++] = rest->ptr[i];
    }
    *rest = str_slice(*rest, i, rest->len);
    *word = (struct str){.ptr = text, .len = len};
    return !quoted;
}

static bool read_kind(struct str word, struct fault *fault)
{
    for (int kind = 0; kind < FAULT_KIND_COUNT; kind++) {
        if (str_eq(word, str_from(kind_names[kind]))) {
            fault->kind = (enum fault_kind)kind;
            return true;
        }
    }
    return false;
}

static bool read_number(struct str text, int *out)
{
    int64_t number = 0;
    if (!str_to_int64(text, &number) || number < 0 || number > LIMIT_COUNT)
        return false;
    *out = (int)number;
    return true;
}

static bool read_setting(struct str word, struct fault *fault)
{
    size_t equals = str_find(word, '=');
    struct str key = str_slice(word, 0, equals);
    struct str value = str_slice(word, equals + 1, word.len);
    const struct {
        struct str key;
        struct str *text;
        int *number;
    } rows[] = {
        {STR("url"), &fault->url, NULL},     {STR("operation"), &fault->operation, NULL},
        {STR("body"), &fault->body, NULL},   {STR("nth"), NULL, &fault->nth},
        {STR("count"), NULL, &fault->count}, {STR("status"), NULL, &fault->status},
        {STR("depth"), NULL, &fault->depth},
    };
    if (str_eq(key, STR("delay")))
        return clock_parse_duration(value, &fault->delay_ms);
    for (size_t i = 0; i < ARRAY_LEN(rows); i++) {
        if (!str_eq(key, rows[i].key))
            continue;
        if (rows[i].number != NULL)
            return read_number(value, rows[i].number);
        *rows[i].text = value;
        return value.len > 0;
    }
    return false;
}

static bool read_line(struct arena *arena, struct str line, struct fault *fault)
{
    struct str word;
    bool is_fine = take_word(arena, &line, &word) && read_kind(word, fault);
    while (is_fine && str_trim(line).len > 0)
        is_fine = take_word(arena, &line, &word) && read_setting(word, fault);
    return is_fine;
}

enum error_code faults_read(struct arena *arena, struct str file, struct str text,
                            struct fault **out, size_t *count, struct error *err)
{
    VEC(struct fault) faults = {.items = NULL};
    int number = 0;
    struct str line;
    while (str_split(&text, '\n', &line)) {
        number++;
        line = str_trim(line);
        if (line.len == 0 || line.ptr[0] == '#')
            continue;
        if (read_line(arena, line, VEC_ADD(arena, &faults)))
            continue;
        enum error_code code =
            error_set(err, E_SYNTAX, "no fault: a kind (timeout, status, …) and key=value pairs");
        error_where(err, "%.*s:%d", STR_ARG(file), number);
        return code;
    }
    *out = faults.items;
    *count = faults.count;
    return E_OK;
}
