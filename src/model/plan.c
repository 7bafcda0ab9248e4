#include "model/plan.h"

#include "base/banned.h"

static const char *const action_kinds[ACTION_KIND_COUNT] = {
    [ACTION_GROUP_BOUNDS] = "set group bounds", [ACTION_TERMINATE] = "terminate instance",
    [ACTION_DRAIN] = "drain instance",          [ACTION_GROUP_CAPACITY] = "set group capacity",
    [ACTION_SERVICE_IN] = "scale in service",   [ACTION_SERVICE_OUT] = "scale out service",
};
static const char *const verdicts[] = {
#define VERDICT_TEXT(name, text) [name] = text,
    VERDICTS(VERDICT_TEXT)
#undef VERDICT_TEXT
};
static const char *const event_verdicts[] = {
    [EVENT_WINS] = "wins",
    [EVENT_NO_EFFECT] = "no effect",
    [EVENT_OUT_OF_RANGE] = "out of range",
    [EVENT_MISSING] = "missing",
    [EVENT_FAILED] = "failed",
    [EVENT_NOT_REACHED] = "not reached",
};
static const char *const group_topics[] = {
    [GROUP_READ] = "read",           [GROUP_BOUNDS] = "bounds",     [GROUP_DRAINED] = "drained",
    [GROUP_SCALE_OUT] = "scale out", [GROUP_SCALE_IN] = "scale in",
};

const char *action_kind_name(enum action_kind kind)
{
    return action_kinds[kind];
}

const char *verdict_name(enum verdict verdict)
{
    return verdicts[verdict];
}

const char *event_verdict_name(enum event_verdict verdict)
{
    return event_verdicts[verdict];
}

const char *group_topic_name(enum group_topic topic)
{
    return group_topics[topic];
}
