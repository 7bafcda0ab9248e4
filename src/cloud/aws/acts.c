/* Actions: one call each, and what its answer says became of it. */
#include "base/limits.h"
#include "base/memory.h"
#include "cloud/aws/account.h"
#include "cloud/aws/ecs_answers.h"
#include "cloud/aws/ecs_operations.h"
#include "cloud/aws/form.h"
#include "cloud/aws/operations.h"

#include "base/banned.h"

struct act_kind {
    const struct aws_operation *operation;
    void (*write)(const struct act *act, struct buf *body);
    /* Does the answer say that it was done? NULL: any answer without an error does. */
    enum error_code (*check)(const struct act *act, const json_t *answer, struct error *err);
};

struct acting {
    struct aws_cloud *cloud;
    struct act *act;
    int64_t start_ms;
};

const struct aws_operation autoscaling_update_group = {
    .service = &aws_autoscaling,
    .name = "UpdateAutoScalingGroup",
    .permission = "autoscaling:UpdateAutoScalingGroup",
    .repeatable = true,
};
const struct aws_operation autoscaling_set_capacity = {
    .service = &aws_autoscaling,
    .name = "SetDesiredCapacity",
    .permission = "autoscaling:SetDesiredCapacity",
    .repeatable = true,
};
/* A second one could find the instance gone already, or decrement again. */
const struct aws_operation autoscaling_terminate_instance = {
    .service = &aws_autoscaling,
    .name = "TerminateInstanceInAutoScalingGroup",
    .permission = "autoscaling:TerminateInstanceInAutoScalingGroup",
    .repeatable = false,
};

static void write_bounds(const struct act *act, struct buf *body)
{
    const struct action *action = act->action;
    form_str(body, act->group, "AutoScalingGroupName");
    form_int(body, action->to_min, "MinSize");
    form_int(body, action->to_max, "MaxSize");
    if (action->from != action->to)
        form_int(body, action->to, "DesiredCapacity");
}

static void write_capacity(const struct act *act, struct buf *body)
{
    form_str(body, act->group, "AutoScalingGroupName");
    form_int(body, act->action->to, "DesiredCapacity");
    form_bool(body, false, "HonorCooldown");
}

static void write_terminate(const struct act *act, struct buf *body)
{
    form_str(body, act->action->instance_id, "InstanceId");
    form_bool(body, act->action->decrement, "ShouldDecrementDesiredCapacity");
}

static void write_drain(const struct act *act, struct buf *body)
{
    struct json_writer w = JSON_WRITER(body, 0);
    jsonw_object_begin(&w);
    jsonw_key(&w, "cluster"), jsonw_str(&w, act->cluster);
    jsonw_key(&w, "containerInstances");
    jsonw_array_begin(&w);
    jsonw_str(&w, act->action->instance_arn);
    jsonw_array_end(&w);
    jsonw_key(&w, "status"), jsonw_cstr(&w, "DRAINING");
    jsonw_object_end(&w);
}

static void write_service(const struct act *act, struct buf *body)
{
    struct json_writer w = JSON_WRITER(body, 0);
    jsonw_object_begin(&w);
    jsonw_key(&w, "cluster"), jsonw_str(&w, act->cluster);
    jsonw_key(&w, "service"), jsonw_str(&w, act->service);
    jsonw_key(&w, "desiredCount"), jsonw_int(&w, act->action->to);
    jsonw_object_end(&w);
}

/* The call succeeds as a whole even where it did nothing: `failures` says why. */
static enum error_code check_drain(const struct act *act, const json_t *answer, struct error *err)
{
    struct item item;
    struct str status = STR_NONE;
    enum error_code code =
        ecs_find(answer, &ecs_instances, act->action->instance_arn, 0, &item, err);
    if (code == E_OK)
        code = item_str(&item, "status", &status, err);
    if (code == E_OK && !str_eq(status, STR("DRAINING")))
        code = item_refuse(&item, "status", err, "is %.*s, not DRAINING", STR_ARG(status));
    return code;
}

static enum error_code check_service(const struct act *act, const json_t *answer, struct error *err)
{
    struct item service = {
        .object = json_object_get(answer, "service"), .path = "service", .index = ITEM_ALONE};
    int64_t desired = 0;
    enum error_code code = item_count(&service, "desiredCount", LIMIT_COUNT, &desired, err);
    if (code == E_OK && desired != act->action->to)
        code = item_refuse(&service, "desiredCount", err, "is %lld after the change, not %lld",
                           (long long)desired, (long long)act->action->to);
    return code;
}

static const struct act_kind kinds[ACTION_KIND_COUNT] = {
    [ACTION_GROUP_BOUNDS] = {&autoscaling_update_group, write_bounds, NULL},
    [ACTION_TERMINATE] = {&autoscaling_terminate_instance, write_terminate, NULL},
    [ACTION_DRAIN] = {&ecs_update_container_instances_state, write_drain, check_drain},
    [ACTION_GROUP_CAPACITY] = {&autoscaling_set_capacity, write_capacity, NULL},
    [ACTION_SERVICE_IN] = {&ecs_update_service, write_service, check_service},
    [ACTION_SERVICE_OUT] = {&ecs_update_service, write_service, check_service},
};

static void deliver(struct aws_cloud *cloud, struct act *act, int depth)
{
    cloud->depth = depth;
    act->done(act);
    cloud->depth = 0;
}

void act_refuse(struct aws_cloud *cloud, struct act *act, int depth)
{
    act->outcome->status = OUTCOME_NOT_APPLIED;
    act->outcome->reason = STR("the deadline passed before it was sent");
    act->outcome->latency_us = 0;
    deliver(cloud, act, depth);
}

static void fail(struct act *act, const struct error *err, bool may_have_arrived)
{
    struct outcome *outcome = act->outcome;
    bool too_late = err->code == E_DEADLINE;
    if (too_late && !may_have_arrived) {
        /* With an AWS code: it was refused (throttled) and waited to be sent again. */
        outcome->status = OUTCOME_NOT_APPLIED;
        outcome->reason = err->aws_code[0] != '\0'
                              ? arena_printf(act->arena, "%s: %s", err->where, err->message)
                              : STR("the deadline passed before it was sent");
        return;
    }
    outcome->status = OUTCOME_FAILED;
    outcome->err = *err;
    if (too_late) {
        error_set(&outcome->err, E_DEADLINE, "the answer did not come before the deadline");
        error_where(&outcome->err, "%s", err->where);
    }
    error_conceal(&outcome->err, act->texts, act->text_count);
    outcome->reason =
        arena_printf(act->arena, "%s: %s%s", outcome->err.where, outcome->err.message,
                     may_have_arrived ? " (it may have taken effect all the same)" : "");
}

static void on_answer(void *context, const struct aws_answer *answer)
{
    struct acting *acting = context;
    struct act *act = acting->act;
    struct aws_cloud *cloud = acting->cloud;
    const struct act_kind *kind = &kinds[act->action->kind];
    struct error err = answer->err;
    act->outcome->latency_us = (transport_now_ms(cloud->transport) - acting->start_ms) * 1000;
    memory_free(acting);
    if (answer->code != E_OK) {
        explain_cluster(&err, act->cluster, account_region_shown(cloud, act->region));
        fail(act, &err, answer->may_have_arrived);
    } else if (kind->check != NULL && kind->check(act, answer->json, &err) != E_OK) {
        operation_where(&err, kind->operation);
        fail(act, &err, false);
    } else {
        act->outcome->status = OUTCOME_APPLIED;
        act->outcome->reason = STR_NONE;
    }
    deliver(cloud, act, answer->depth);
}

void act_send(struct aws_cloud *cloud, struct act *act, int depth)
{
    const struct act_kind *kind = &kinds[act->action->kind];
    struct buf body CLEANUP(buf_release) = BUF_INIT(LIMIT_AWS_REQUEST_BYTES);
    kind->write(act, &body);
    if (body.overflowed) {
        struct error err = ERROR_INIT;
        error_set(&err, E_LIMIT, "the request would be over %u bytes", LIMIT_AWS_REQUEST_BYTES);
        operation_where(&err, kind->operation);
        fail(act, &err, false);
        deliver(cloud, act, depth);
        return;
    }
    struct acting *acting = memory_new(1, sizeof(*acting));
    *acting =
        (struct acting){.cloud = cloud, .act = act, .start_ms = transport_now_ms(cloud->transport)};
    struct aws_call call = {
        .operation = kind->operation,
        .region = act->region,
        .cluster = act->cluster,
        .body = buf_str(&body),
        .depth = depth,
        .done = on_answer,
        .context = acting,
    };
    aws_call_send(cloud->client, &call);
}
