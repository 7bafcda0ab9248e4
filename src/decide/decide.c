#include "decide/decide.h"

#include "decide/group.h"
#include "decide/outlook.h"

#include "base/banned.h"

static void add_service_actions(const struct outlook *o, struct plan *plan, enum action_kind kind)
{
    for (size_t i = 0; i < plan->service_count; i++) {
        const struct service_decision *decision = &plan->services[i];
        bool is_in = decision->target < decision->desired;
        if (decision->verdict != VERDICT_CHANGE || is_in != (kind == ACTION_SERVICE_IN))
            continue;
        struct action *action = VEC_ADD(o->arena, &plan->actions);
        *action = (struct action){.kind = kind,
                                  .depends_on = ACTION_INDEPENDENT,
                                  .subject = decision->name,
                                  .service = i,
                                  .from = decision->desired,
                                  .to = decision->target,
                                  .reason = decision->reason};
    }
}

void decide(const struct definition *definition, const struct snapshot *snapshot,
            struct arena *arena, struct plan *plan)
{
    struct outlook outlook;
    outlook_init(&outlook, definition, snapshot, true, arena);
    *plan = (struct plan){.cluster = definition->cluster,
                          .services = outlook.decisions,
                          .service_count = definition->service_count};
    for (size_t i = 0; i < definition->service_count; i++)
        plan->has_failures = plan->has_failures || outlook.services[i].has_failures;
    group_decide(&outlook, plan);
    add_service_actions(&outlook, plan, ACTION_SERVICE_IN);
    add_service_actions(&outlook, plan, ACTION_SERVICE_OUT);
}
