"""What IAM would say of a pass's requests: which resources a request is about, and whether policies allow it there.
Written for the tests from the Service Authorization Reference and the IAM User Guide, from nothing in the program, so
that the program's policies can be held against it. moto looks at actions alone; see aws_emulator_server.py.

A request with several names (DescribeServices) is about each of them: one that is not allowed refuses it.
"""
import re

PREFIXES = {"monitoring": "cloudwatch"}  # SigV4 name → prefix of actions; else the same
SERVICES = {"ecs", "autoscaling", "monitoring"}


def pattern(text):
    """Of an action, a resource or a condition's ARN: * and ? are wildcards, ${*} ${?} ${$} stand for themselves."""
    parts = re.findall(r"\$\{([*?$])\}|(\*)|(\?)|(.)", text, re.S)
    return re.compile("".join(".*" if star else "." if mark else re.escape(escaped or char)
                              for escaped, star, mark, char in parts), re.S)


def matches(texts, value, ignore_case=False):
    texts = [texts] if isinstance(texts, str) else texts
    if ignore_case:
        texts, value = [text.lower() for text in texts], value.lower()
    return any(pattern(text).fullmatch(value) for text in texts)


def holds(conditions, context):
    """Only what the program's policies use; whatever else stands there makes the test fail."""
    for operator, keys in conditions.items():
        assert operator in ("ArnEquals", "ArnLike"), operator
        for key, arns in keys.items():
            if key not in context or not matches(arns, context[key]):
                return False
    return True


def is_allowed(policies, action, resource, context):
    allowed = False
    for policy in policies:
        for statement in policy["Statement"]:
            applies = (matches(statement["Action"], action, ignore_case=True)
                       and matches(statement["Resource"], resource) and holds(statement.get("Condition", {}), context))
            if applies and statement["Effect"] == "Deny":
                return False
            allowed = allowed or applies
    return allowed


def last(name):
    return name.rpartition("/")[2]


def ecs_targets(operation, params, arn):
    """[(resource, ecs:cluster)]"""
    cluster = last(params.get("cluster", "default"))
    at = arn(f"cluster/{cluster}")

    def of_cluster(kind, names):
        return [(arn(f"{kind}/{cluster}/{last(name)}"), at) for name in names]
    if operation in ("DescribeServices",):
        return of_cluster("service", params["services"])
    if operation == "UpdateService":
        return of_cluster("service", [params["service"]])
    if operation in ("DescribeContainerInstances", "UpdateContainerInstancesState"):
        return of_cluster("container-instance", params["containerInstances"])
    if operation == "ListTasks" and "containerInstance" in params:
        return of_cluster("container-instance", [params["containerInstance"]])
    if operation == "DescribeTasks":
        return of_cluster("task", params["tasks"])
    if operation == "ListContainerInstances":
        return [(at, None)]
    if operation in ("ListServices", "ListTasks"):
        return [("*", at)]
    if operation == "DescribeCapacityProviders":
        return [(arn(f"capacity-provider/{last(name)}"), None) for name in params["capacityProviders"]]
    assert operation == "DescribeTaskDefinition", f"the tests do not know what {operation} is about"
    return [("*", None)]


def targets(service, operation, params, region, account, group_arn):
    """[(resource ARN or "*", context)] of a request; `group_arn(params)` knows the group's, as AWS does."""
    if service == "ecs":
        rows = ecs_targets(operation, params, lambda tail: f"arn:aws:ecs:{region}:{account}:{tail}")
        return [(resource, {"ecs:cluster": cluster} if cluster else {}) for resource, cluster in rows]
    if operation in ("UpdateAutoScalingGroup", "SetDesiredCapacity", "TerminateInstanceInAutoScalingGroup"):
        return [(group_arn(params), {})]
    assert operation in ("DescribeAutoScalingGroups", "GetMetricData"), operation
    return [("*", {})]


def action_of(service, operation):
    return f"{PREFIXES.get(service, service)}:{operation}"


def refused(policies, service, operation, *request):
    """The first resource that the policies do not allow the request on; None: they allow it."""
    for resource, context in targets(service, operation, *request):
        if not is_allowed(policies, action_of(service, operation), resource, context):
            return resource
    return None
