/* A plan and its outcomes → JSON. This is what `run --json` prints, so it is made to be read. */
#include "record/parts.h"
#include "record/record.h"

#include "base/banned.h"

static void write_change(struct json_writer *w, const char *key, int64_t from, int64_t to)
{
    jsonw_key(w, key);
    jsonw_object_begin(w);
    write_int(w, "from", from);
    write_int(w, "to", to);
    jsonw_object_end(w);
}

static void write_numbers(struct json_writer *w, const struct action *action)
{
    switch (action->kind) {
    case ACTION_GROUP_BOUNDS:
        write_change(w, "min", action->from_min, action->to_min);
        write_change(w, "max", action->from_max, action->to_max);
        write_change(w, "desired", action->from, action->to);
        break;
    case ACTION_TERMINATE:
        write_bool(w, "decrement", action->decrement);
        write_change(w, "desired", action->from, action->to);
        break;
    case ACTION_GROUP_CAPACITY:
        write_change(w, "desired", action->from, action->to);
        break;
    case ACTION_SERVICE_IN:
    case ACTION_SERVICE_OUT:
        write_change(w, "tasks", action->from, action->to);
        break;
    case ACTION_DRAIN:
    case ACTION_KIND_COUNT:
        break;
    }
}

static void write_action(struct json_writer *w, const struct action *action)
{
    jsonw_object_begin(w);
    write_str(w, "action", str_from(action_kind_name(action->kind)));
    write_str(w, "subject", action->subject);
    write_numbers(w, action);
    if (action->kind == ACTION_TERMINATE || action->kind == ACTION_DRAIN) {
        write_str(w, "instance_id", action->instance_id);
        write_str(w, "instance_arn", action->instance_arn);
    }
    write_maybe_int(w, "depends_on", action->depends_on != ACTION_INDEPENDENT, action->depends_on);
    write_str(w, "reason", action->reason);
    jsonw_object_end(w);
}

static void write_group(struct json_writer *w, const struct plan *plan)
{
    jsonw_key(w, "group");
    jsonw_object_begin(w);
    jsonw_key(w, "name");
    if (plan->group.len > 0)
        jsonw_str(w, plan->group);
    else
        jsonw_null(w);
    write_maybe_int(w, "min", plan->group_known, plan->group_min);
    write_maybe_int(w, "max", plan->group_known, plan->group_max);
    write_maybe_int(w, "desired", plan->group_known, plan->group_desired);
    write_maybe_int(w, "target", plan->group_known, plan->group_target);
    jsonw_key(w, "decisions");
    jsonw_array_begin(w);
    for (size_t i = 0; i < plan->group_decisions.count; i++) {
        const struct group_decision *decision = &plan->group_decisions.items[i];
        jsonw_object_begin(w);
        write_str(w, "topic", str_from(group_topic_name(decision->topic)));
        write_str(w, "verdict", str_from(verdict_name(decision->verdict)));
        write_str(w, "reason", decision->reason);
        jsonw_object_end(w);
    }
    jsonw_array_end(w);
    jsonw_object_end(w);
}

static void write_event(struct json_writer *w, const struct event_definition *definition,
                        const struct event_decision *event)
{
    jsonw_object_begin(w);
    write_str(w, "metric", definition->metric);
    write_maybe_real(w, "min", definition->has_min, definition->min);
    write_maybe_real(w, "max", definition->has_max, definition->max);
    write_int(w, "action", definition->action);
    write_value(w, "value", event->value);
    write_str(w, "verdict", str_from(event_verdict_name(event->verdict)));
    if (event->reason.len > 0)
        write_str(w, "reason", event->reason);
    jsonw_object_end(w);
}

static void write_service(struct json_writer *w, const struct service_definition *definition,
                          const struct service_decision *service)
{
    jsonw_object_begin(w);
    write_str(w, "name", service->name);
    write_str(w, "verdict", str_from(verdict_name(service->verdict)));
    write_maybe_int(w, "desired", service->known, service->desired);
    write_maybe_int(w, "running", service->known, service->running);
    write_maybe_int(w, "pending", service->known, service->pending);
    write_maybe_int(w, "target", service->known, service->target);
    write_int(w, "demand_tasks", service->demand_tasks);
    write_str(w, "reason", service->reason);
    jsonw_key(w, "events");
    jsonw_array_begin(w);
    for (size_t i = 0; i < service->event_count && i < definition->event_count; i++)
        write_event(w, &definition->events[i], &service->events[i]);
    jsonw_array_end(w);
    jsonw_object_end(w);
}

void plan_write(const struct definition *definition, const struct plan *plan, struct json_writer *w)
{
    jsonw_object_begin(w);
    write_str(w, "cluster", plan->cluster);
    write_group(w, plan);
    jsonw_key(w, "actions");
    jsonw_array_begin(w);
    for (size_t i = 0; i < plan->actions.count; i++)
        write_action(w, &plan->actions.items[i]);
    jsonw_array_end(w);
    jsonw_key(w, "services");
    jsonw_array_begin(w);
    for (size_t i = 0; i < plan->service_count && i < definition->service_count; i++)
        write_service(w, &definition->services[i], &plan->services[i]);
    jsonw_array_end(w);
    write_bool(w, "has_failures", plan->has_failures);
    jsonw_object_end(w);
}

static void write_error(struct json_writer *w, const struct error *err)
{
    jsonw_key(w, "error");
    if (err->code == E_OK) {
        jsonw_null(w);
        return;
    }
    jsonw_object_begin(w);
    write_str(w, "code", str_from(error_name(err->code)));
    write_str(w, "message", str_from(err->message));
    write_str(w, "where", str_from(err->where));
    write_str(w, "aws_code", str_from(err->aws_code));
    write_str(w, "request_id", str_from(err->request_id));
    write_maybe_int(w, "http_status", err->http_status != 0, err->http_status);
    jsonw_object_end(w);
}

void outcomes_write(const struct plan *plan, const struct outcome *outcomes, struct json_writer *w)
{
    if (outcomes == NULL) {
        jsonw_null(w);
        return;
    }
    jsonw_array_begin(w);
    for (size_t i = 0; i < plan->actions.count; i++) {
        jsonw_object_begin(w);
        write_str(w, "action", str_from(action_kind_name(plan->actions.items[i].kind)));
        write_str(w, "subject", plan->actions.items[i].subject);
        write_str(w, "status", str_from(outcome_status_name(outcomes[i].status)));
        write_str(w, "reason", outcomes[i].reason);
        write_error(w, &outcomes[i].err);
        write_maybe_real(w, "latency_ms", true, (double)outcomes[i].latency_us / 1e3);
        jsonw_object_end(w);
    }
    jsonw_array_end(w);
}
