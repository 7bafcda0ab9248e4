#include "decide/scale_out.h"

#include "decide/words.h"

#include "base/banned.h"

/* Which of the unplaced things are meant. */
enum part { PART_TOO_LARGE, PART_WOULD_FIT };

static bool is_part(const struct outlook *o, struct resources size, enum part part)
{
    return outlook_is_too_large(o, size) == (part == PART_TOO_LARGE);
}

static struct str item_words(struct arena *arena, const struct demand_item *item, int64_t tasks)
{
    return arena_printf(
        arena, "%.*s of '%.*s' (%.*s each)", STR_ARG(words_count(arena, tasks, "task")),
        STR_ARG(words_clip(arena, item->name)), STR_ARG(words_size(arena, item->size)));
}

/* "3 tasks of 'worker' (512 CPU units and 1024 MiB each), the buffer (…)"; empty: none. */
static struct str unplaced_words(const struct outlook *o, enum part part)
{
    struct words_list list = WORDS_LIST(", ");
    if (!o->fits) {
        for (size_t i = 0; i < o->demand.sized; i++) {
            const struct demand_item *item = &o->demand.items[i];
            if (item->unplaced > 0 && is_part(o, item->size, part))
                words_list_add(&list, item_words(o->arena, item, item->unplaced));
        }
        if (o->demand.buffer_unplaced && is_part(o, o->demand.buffer, part))
            words_list_add(&list, arena_printf(o->arena, "the buffer (%.*s)",
                                               STR_ARG(words_size(o->arena, o->demand.buffer))));
    }
    return words_list_end(&list, o->arena, "services");
}

/* "2 tasks of 'worker'": their size is not known. */
static struct str unsized_words(const struct outlook *o)
{
    struct words_list list = WORDS_LIST(", ");
    for (size_t i = o->demand.sized; i < o->demand.count; i++) {
        const struct demand_item *item = &o->demand.items[i];
        words_list_add(&list, arena_printf(o->arena, "%.*s of '%.*s' (task definition %.*s: %.*s)",
                                           STR_ARG(words_count(o->arena, item->tasks, "task")),
                                           STR_ARG(words_clip(o->arena, item->name)),
                                           STR_ARG(words_clip(o->arena, item->task_definition)),
                                           STR_ARG(words_fact(o->arena, item->fact))));
    }
    return words_list_end(&list, o->arena, "services");
}

bool scale_out_wanted(const struct outlook *o)
{
    if (o->fits)
        return false;
    for (size_t i = 0; i < o->demand.sized; i++) {
        if (o->demand.items[i].unplaced > 0 && !outlook_is_too_large(o, o->demand.items[i].size))
            return true;
    }
    return o->demand.buffer_unplaced && !outlook_is_too_large(o, o->demand.buffer);
}

static struct str where_words(const struct outlook *o)
{
    struct str here = STR("any instance (none is ACTIVE with a connected agent)");
    if (o->fleet.placeable == 1)
        here = STR("the one instance that is ACTIVE");
    else if (o->fleet.placeable > 1)
        here = arena_printf(o->arena, "the %zu instances that are ACTIVE", o->fleet.placeable);
    if (o->arriving == 0)
        return here;
    return arena_printf(o->arena, "%.*s or the %lld arriving", STR_ARG(here),
                        (long long)o->arriving);
}

/* Something does not fit that would on one more. */
static struct str grow_words(const struct outlook *o, struct str what, enum verdict *verdict)
{
    if (o->desired >= o->wanted.max) {
        *verdict = VERDICT_STAY;
        return arena_printf(o->arena,
                            "no room for %.*s, but desired %lld is the max already: services scale "
                            "all the same, ECS places what it can",
                            STR_ARG(what), (long long)o->desired);
    }
    *verdict = VERDICT_CHANGE;
    return arena_printf(o->arena, "no room on %.*s for %.*s: one instance more, %lld to %lld",
                        STR_ARG(where_words(o)), STR_ARG(what), (long long)o->desired,
                        (long long)o->desired + 1);
}

/* "1 task and the buffer"; empty: nothing needs room. */
static struct str waiting_words(const struct outlook *o)
{
    bool has_buffer = o->demand.buffer.cpu_units > 0 || o->demand.buffer.mem_mib > 0;
    if (o->demand.tasks == 0)
        return has_buffer ? STR("the buffer") : STR_NONE;
    return arena_printf(o->arena, "%.*s%s",
                        STR_ARG(words_count(o->arena, o->demand.tasks, "waiting task")),
                        has_buffer ? " and the buffer" : "");
}

static struct str fitting_words(const struct outlook *o, enum verdict *verdict)
{
    struct str waiting = waiting_words(o);
    if (o->needs_arrival) {
        *verdict = VERDICT_SETTLING;
        return arena_printf(o->arena, "%.*s will fit once %.*s %s arrived", STR_ARG(waiting),
                            STR_ARG(words_count(o->arena, o->arriving, "instance")),
                            o->arriving == 1 ? "has" : "have");
    }
    *verdict = VERDICT_STAY;
    if (waiting.len == 0)
        return STR("no task waits for room");
    return arena_printf(o->arena, "there is room for %.*s", STR_ARG(waiting));
}

struct str scale_out_reason(const struct outlook *o, enum verdict *verdict)
{
    struct str unsized = unsized_words(o);
    struct str too_large = unplaced_words(o, PART_TOO_LARGE);
    struct str reason = STR_NONE;
    if (scale_out_wanted(o))
        reason = grow_words(o, unplaced_words(o, PART_WOULD_FIT), verdict);
    else if (too_large.len > 0)
        *verdict = VERDICT_STAY;
    else
        reason = fitting_words(o, verdict);
    const char *also = reason.len > 0 ? "; " : "";
    if (too_large.len > 0)
        reason = arena_printf(o->arena,
                              "%.*s%sdoes not fit on any instance: %.*s, while the largest of the "
                              "group has %.*s: more of them would not help",
                              STR_ARG(reason), also, STR_ARG(too_large),
                              STR_ARG(words_size(o->arena, o->fleet.largest)));
    if (unsized.len == 0)
        return reason;
    if (*verdict != VERDICT_CHANGE)
        *verdict = VERDICT_HELD;
    bool alone = o->fits && waiting_words(o).len == 0;
    return arena_printf(o->arena, "%.*s%sof unknown size, so that room cannot be looked for: %.*s",
                        alone ? 0 : (int)reason.len, reason.ptr, alone ? "" : "; ",
                        STR_ARG(unsized));
}
