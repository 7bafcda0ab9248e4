/* Why an instance is, or cannot be, spared: the words of scale_in.c's findings. */
#include "decide/scale_in.h"

#include "decide/words.h"

#include "base/banned.h"

static struct str at_min_words(const struct outlook *o)
{
    struct str less = o->draining > 0
                          ? arena_printf(o->arena, " less %lld that %s draining",
                                         (long long)o->draining, o->draining == 1 ? "is" : "are")
                          : STR_NONE;
    return arena_printf(o->arena, "desired %lld%.*s is not above the min of %lld",
                        (long long)o->desired, STR_ARG(less), (long long)o->wanted.min);
}

static struct str held_words(const struct outlook *o, size_t service)
{
    const struct service_decision *decision = &o->decisions[service];
    return arena_printf(o->arena, "what '%.*s' needs is not known: %.*s",
                        STR_ARG(words_clip(o->arena, decision->name)), STR_ARG(decision->reason));
}

static struct str no_size_words(const struct outlook *o, size_t index)
{
    const struct demand_item *item = &o->demand.items[index];
    return arena_printf(o->arena, "the size of %.*s of '%.*s' that %s room is not known: %.*s",
                        STR_ARG(words_count(o->arena, item->tasks, "task")),
                        STR_ARG(words_clip(o->arena, item->name)),
                        item->tasks == 1 ? "needs" : "need",
                        STR_ARG(words_fact(o->arena, item->fact)));
}

struct str scale_in_obstacle_words(const struct outlook *o, enum verdict *verdict)
{
    size_t culprit = 0;
    *verdict = VERDICT_STAY;
    switch (scale_in_obstacle(o, &culprit)) {
    case OBSTACLE_NONE:
        break;
    case OBSTACLE_NO_ROOM:
        return STR("not everything fits as it is");
    case OBSTACLE_AT_MIN:
        return at_min_words(o);
    case OBSTACLE_ARRIVING:
        *verdict = VERDICT_SETTLING;
        return arena_printf(o->arena, "%.*s still arriving: desired %lld, registered %lld",
                            STR_ARG(words_count(o->arena, o->arriving, "instance")),
                            (long long)o->desired, (long long)o->registered);
    case OBSTACLE_REMOVING:
        *verdict = VERDICT_SETTLING;
        return arena_printf(o->arena,
                            "the group has %lld instances registered and wants %lld: it is "
                            "removing some itself",
                            (long long)o->registered, (long long)o->desired);
    case OBSTACLE_NO_SIZE:
        *verdict = VERDICT_HELD;
        return no_size_words(o, culprit);
    case OBSTACLE_HELD:
        *verdict = VERDICT_HELD;
        return held_words(o, culprit);
    }
    return STR_NONE;
}

static struct str spared_words(struct arena *arena, const struct attempt *attempt, struct str who)
{
    bool reduced = attempt->result == ATTEMPT_PASSES_REDUCED;
    if (attempt->target == NULL)
        return arena_printf(arena, "%.*s has no tasks%s, and nothing needs its room: it is drained",
                            STR_ARG(who), reduced ? " but DAEMON ones" : "");
    return arena_printf(arena,
                        "%.*s can be spared: its %.*s reserved%s fit on %.*s, and all else still "
                        "fits",
                        STR_ARG(who), STR_ARG(words_size(arena, attempt->block)),
                        reduced ? " without its DAEMON tasks" : "",
                        STR_ARG(attempt->target->facts->ec2_id));
}

static struct str attempt_words(struct arena *arena, const struct attempt *attempt)
{
    struct str who =
        arena_printf(arena, "%.*s (least reserved %s)", STR_ARG(attempt->candidate->facts->ec2_id),
                     attempt->by_memory ? "memory" : "CPU");
    if (attempt_passes(attempt))
        return spared_words(arena, attempt, who);
    if (attempt->result == ATTEMPT_REST_HOMELESS)
        return arena_printf(arena,
                            "%.*s is needed: without it waiting tasks or the buffer have no room",
                            STR_ARG(who));
    struct str block = words_size(arena, attempt->block);
    if (attempt->result == ATTEMPT_BLOCK_HOMELESS)
        return arena_printf(arena, "%.*s is needed: no one other instance has room for its %.*s",
                            STR_ARG(who), STR_ARG(block));
    return arena_printf(
        arena,
        "%.*s is needed: its %.*s would fit on %.*s, but then waiting tasks or the "
        "buffer have no room",
        STR_ARG(who), STR_ARG(block),
        STR_ARG(attempt->target != NULL ? attempt->target->facts->ec2_id : STR("another")));
}

/* Whether knowing the DAEMON services might have made the difference. */
static struct str daemons_words(const struct outlook *o, const struct attempt *attempts,
                                size_t count)
{
    struct fact fact = o->snapshot.daemons.fact;
    if (!attempts_turn_on_daemons(attempts, count) || fact_is_present(fact))
        return STR_NONE;
    return arena_printf(o->arena, "; DAEMON tasks count as well, since DAEMON services %s: %.*s",
                        fact.status == FACT_MISSING ? "are missing" : "could not be read",
                        STR_ARG(words_fact(o->arena, fact)));
}

struct str scale_in_attempts_words(const struct outlook *o, const struct attempt *attempts,
                                   size_t count)
{
    if (count == 0)
        return STR("no instance can be spared: none is ACTIVE, in service and without protection "
                   "from scale-in");
    if (attempt_passes(&attempts[count - 1]))
        return attempt_words(o->arena, &attempts[count - 1]);
    struct words_list list = WORDS_LIST("; ");
    for (size_t i = 0; i < count; i++)
        words_list_add(&list, attempt_words(o->arena, &attempts[i]));
    struct str each = words_list_end(&list, o->arena, "instances");
    return arena_printf(o->arena, "%.*s%.*s", STR_ARG(each),
                        STR_ARG(daemons_words(o, attempts, count)));
}
