/* The table of services, and the operations of those that have one or two. */
#include "cloud/sim/wire_call.h"

#include "base/banned.h"

static bool get_caller_identity(struct wire_call *call)
{
    struct str account = sim_world_spec(call->world)->account;
    wire_text(&call->out, "UserId", "AIDASIMULATEDACCOUNT");
    wire_str(&call->out, "Account", account);
    wire_str(
        &call->out, "Arn",
        arena_printf(call->arena, "arn:aws:iam::%.*s:user/ecs-autoscale-sim", STR_ARG(account)));
    return true;
}

static const struct wire_operation sts_operations[] = {
    {.name = "GetCallerIdentity", .answer = get_caller_identity},
    {.name = NULL},
};

const struct wire_service wire_services[] = {
    {.name = "ecs",
     .target = "AmazonEC2ContainerServiceV20141113",
     .invalid = "InvalidParameterException",
     .operations = wire_ecs_operations},
    {.name = "autoscaling",
     .version = "2011-01-01",
     .xmlns = "http://autoscaling.amazonaws.com/doc/2011-01-01/",
     .invalid = "ValidationError",
     .operations = wire_autoscaling_operations},
    {.name = "monitoring",
     .target = "GraniteServiceVersion20100801",
     .version = "2010-08-01",
     .xmlns = "http://monitoring.amazonaws.com/doc/2010-08-01/",
     .invalid = "ValidationError",
     .operations = wire_cloudwatch_operations},
    {.name = "sts",
     .version = "2011-06-15",
     .xmlns = "https://sts.amazonaws.com/doc/2011-06-15/",
     .invalid = "ValidationError",
     .operations = sts_operations},
    {.name = NULL},
};
