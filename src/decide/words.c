#include "decide/words.h"

#include <math.h>

#include "base/banned.h"

enum {
    CLIP_BYTES = 160, /* of a name, an expression or another's reason */
    LIST_ITEMS = 6,   /* of a list; the rest is counted */
};

struct str words_count(struct arena *arena, int64_t count, const char *noun)
{
    return arena_printf(arena, "%lld %s%s", (long long)count, noun, count == 1 ? "" : "s");
}

struct str words_size(struct arena *arena, struct resources size)
{
    return arena_printf(arena, "%lld CPU units and %lld MiB", (long long)size.cpu_units,
                        (long long)size.mem_mib);
}

static bool is_whole(double number)
{
    return fabs(number) < 1e15 && number == floor(number);
}

struct str words_value(struct arena *arena, struct value value)
{
    if (value.kind == VALUE_FLOAT && is_whole(value.real))
        value = VALUE_OF_INT((int64_t)value.real);
    char text[VALUE_TEXT_SIZE];
    value_text(value, text);
    return arena_printf(arena, "%s", text);
}

struct str words_number(struct arena *arena, double number)
{
    return words_value(arena, VALUE_OF_REAL(number));
}

struct str words_clip(struct arena *arena, struct str text)
{
    size_t len = text.len;
    if (len > CLIP_BYTES) {
        len = CLIP_BYTES - 3;
        while (len > 0 && ((unsigned char)text.ptr[len] & 0xC0) == 0x80)
            len--;
    }
    char *copy = arena_alloc(arena, len + 1, 1);
    for (size_t i = 0; i < len; i++) {
        unsigned char c = (unsigned char)text.ptr[i];
        copy[i] = c < ' ' || c == 0x7F ? ' ' : text.ptr[i];
    }
    struct str clipped = {.ptr = copy, .len = len};
    if (len == text.len)
        return clipped;
    return arena_printf(arena, "%.*s...", STR_ARG(clipped));
}

struct str words_metric(struct arena *arena, const struct event_definition *event,
                        struct value value)
{
    struct str metric = words_clip(arena, str_trim(event->metric));
    return arena_printf(arena, "%.*s = %.*s", STR_ARG(metric), STR_ARG(words_value(arena, value)));
}

struct str words_range(struct arena *arena, const struct event_definition *event)
{
    struct str min = words_number(arena, event->min);
    struct str max = words_number(arena, event->max);
    if (event->has_min && event->has_max)
        return arena_printf(arena, "from %.*s to %.*s", STR_ARG(min), STR_ARG(max));
    if (event->has_min)
        return arena_printf(arena, "at least %.*s", STR_ARG(min));
    if (event->has_max)
        return arena_printf(arena, "at most %.*s", STR_ARG(max));
    return STR("any value");
}

struct str words_change(struct arena *arena, int64_t action)
{
    bool more = action > 0;
    int64_t tasks = more ? action : action == INT64_MIN ? INT64_MAX : -action;
    return arena_printf(arena, "%.*s %s", STR_ARG(words_count(arena, tasks, "task")),
                        more ? "more" : "fewer");
}

struct str words_fact(struct arena *arena, struct fact fact)
{
    if (fact.status == FACT_UNREAD)
        return STR("it has not been read");
    return fact.reason.len > 0 ? words_clip(arena, fact.reason) : STR("no reason is known");
}

const char *words_status(struct fact fact)
{
    return fact.status == FACT_MISSING ? "is missing" : "could not be read";
}

void words_list_add(struct words_list *list, struct str item)
{
    list->total++;
    if (list->shown == LIST_ITEMS)
        return;
    size_t before = list->text.len;
    bool added = list->shown == 0 || buf_add(&list->text, str_from(list->separator));
    if (added && buf_add(&list->text, item)) {
        list->shown++;
        return;
    }
    list->text.len = before;
}

struct str words_list_end(struct words_list *list, struct arena *arena, const char *noun)
{
    struct str text = buf_str(&list->text);
    size_t hidden = list->total - list->shown;
    text = hidden == 0 ? arena_str(arena, text)
                       : arena_printf(arena, "%.*s%sand %zu more %s", STR_ARG(text),
                                      list->separator, hidden, noun);
    buf_release(&list->text);
    return text;
}
