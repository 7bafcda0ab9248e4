#include "record/rebind.h"

#include "base/banned.h"

#define NOT_RECORDED STR("not in the recorded snapshot")

struct rebind {
    struct arena *arena;
    const struct definition *recorded;
    const struct snapshot *snapshot;
    struct rebind_notes *notes;
};

static struct fact not_recorded(enum fact_status status)
{
    return (struct fact){.status = status, .reason = NOT_RECORDED};
}

/* A record holds texts as shown. The other definition's may be out of a variable there or here. */
static bool is_same(struct text other, struct text recorded)
{
    return str_eq(other.shown, recorded.shown) || str_eq(other.value, recorded.shown);
}

static void note_source(const struct rebind *rebind, struct str service,
                        const struct metric_definition *recorded,
                        const struct metric_definition *other)
{
    if (str_eq(recorded->source, other->source))
        return;
    *VEC_ADD(rebind->arena, &rebind->notes->texts) =
        arena_printf(rebind->arena, "'%.*s' of '%.*s' was recorded from %.*s, not from %.*s",
                     STR_ARG(recorded->alias), STR_ARG(service), STR_ARG(recorded->source),
                     STR_ARG(other->source));
}

static struct metric_facts metric_of(const struct rebind *rebind, size_t service,
                                     const struct metric_definition *metric)
{
    const struct service_definition *recorded = &rebind->recorded->services[service];
    const struct service_facts *facts = &rebind->snapshot->services[service];
    for (size_t i = 0; i < recorded->metric_count; i++) {
        if (!str_eq(recorded->metrics[i].alias, metric->alias))
            continue;
        if (facts->metrics[i].fact.status == FACT_UNREAD)
            break;
        note_source(rebind, recorded->name.shown, &recorded->metrics[i], metric);
        return facts->metrics[i];
    }
    return (struct metric_facts){.fact = not_recorded(FACT_MISSING)};
}

static struct service_facts service_of(const struct rebind *rebind,
                                       const struct service_definition *other)
{
    struct service_facts facts = {.name = other->name.shown, .fact = not_recorded(FACT_FAILED)};
    size_t match = 0;
    size_t count = rebind->recorded->service_count;
    while (match < count && !is_same(other->name, rebind->recorded->services[match].name))
        match++;
    if (match < count && rebind->snapshot->services[match].fact.status != FACT_UNREAD)
        facts = rebind->snapshot->services[match];
    facts.name = other->name.shown;
    facts.metric_count = other->metric_count;
    facts.metrics = ARENA_ARRAY(rebind->arena, struct metric_facts, other->metric_count);
    for (size_t i = 0; i < other->metric_count; i++) {
        if (match < count)
            facts.metrics[i] = metric_of(rebind, match, &other->metrics[i]);
        else
            facts.metrics[i].fact = not_recorded(FACT_MISSING);
    }
    return facts;
}

static void rebind_group(const struct rebind *rebind, const struct definition *other,
                         struct snapshot *out)
{
    if (!other->has_group) {
        out->group = (struct group_facts){.fact = {.status = FACT_UNREAD}};
        out->instances = (struct instances_facts){.fact = {.status = FACT_UNREAD}};
        return;
    }
    if (!rebind->recorded->has_group || !is_same(other->group, rebind->recorded->group) ||
        out->group.fact.status == FACT_UNREAD)
        out->group = (struct group_facts){.fact = not_recorded(FACT_FAILED)};
    if (out->instances.fact.status == FACT_UNREAD)
        out->instances.fact = not_recorded(FACT_FAILED);
}

void snapshot_rebind(struct arena *arena, const struct definition *recorded,
                     const struct snapshot *snapshot, const struct definition *other,
                     struct snapshot *out, struct rebind_notes *notes)
{
    struct rebind rebind = {
        .arena = arena, .recorded = recorded, .snapshot = snapshot, .notes = notes};
    *out = *snapshot;
    if (other->has_region && !str_eq(other->region.value, snapshot->region) &&
        !str_eq(other->region.shown, snapshot->region))
        *VEC_ADD(arena, &notes->texts) =
            arena_printf(arena, "recorded in %.*s, the definition is for %.*s",
                         STR_ARG(snapshot->region), STR_ARG(other->region.shown));
    rebind_group(&rebind, other, out);
    out->service_count = other->service_count;
    out->services = ARENA_ARRAY(arena, struct service_facts, other->service_count);
    for (size_t i = 0; i < other->service_count; i++)
        out->services[i] = service_of(&rebind, &other->services[i]);
}
