"""What deploying needs of the AWS emulator: Lambda, IAM roles, EventBridge rules and log groups, put
right where moto 5.1 differs from AWS. Part of aws_emulator_server.py, which imports it.

  Lambda
    CreateFunction            takes any role: one that does not exist, does not trust Lambda, or is
                              newer than the knob `role_calls` calls ago is refused; forgets
                              LoggingConfig; is active at once: pending for `function_calls` calls of
                              GetFunction
    UpdateFunctionCode        ignores Architectures; LastModified stays: both follow
    UpdateFunctionConfiguration  ignores LoggingConfig; LastModified stays: both follow
    both updates              work at any time: refused (409) while one is in progress, which lasts
                              for `function_calls` calls of GetFunction
    environment variables     of any size: over 4 KB refused
    AddPermission             takes a statement id twice: ResourceConflictException, 409
    Invoke                    needs Docker: answers what a test has set
  EventBridge
    PutRule                   sets tags of a rule that is there already: ignored, as AWS does
    PutTargets                takes a rule that does not exist: ResourceNotFoundException
"""
import base64
import datetime
import json
import re

from moto.awslambda import models as lambda_models
from moto.awslambda import responses as lambda_responses
from moto.awslambda.exceptions import LambdaClientError
from moto.core import DEFAULT_ACCOUNT_ID
from moto.core.exceptions import JsonRESTError
from moto.events import models as events_models
from moto.iam.models import iam_backends

KNOBS = {"role_calls": 0, "function_calls": 0}
ROLE_ASKED = {}   # role name → how often a function was made with it
INVOKED = []      # what functions were invoked with: {"function", "payload"}
ANSWERS = {}      # function name → {"payload", "error", "log"}

# Method, path, operation of the rest-json services, as far as they are used.
OPERATIONS = [(method, re.compile(pattern + "$"), operation) for method, pattern, operation in (
    ("POST", r"/2015-03-31/functions/?", "CreateFunction"),
    ("GET", r"/2015-03-31/functions/?", "ListFunctions"),
    ("GET", r"/2015-03-31/functions/[^/]+", "GetFunction"),
    ("DELETE", r"/2015-03-31/functions/[^/]+", "DeleteFunction"),
    ("PUT", r"/2015-03-31/functions/[^/]+/code", "UpdateFunctionCode"),
    ("PUT", r"/2015-03-31/functions/[^/]+/configuration", "UpdateFunctionConfiguration"),
    ("GET", r"/2015-03-31/functions/[^/]+/configuration", "GetFunctionConfiguration"),
    ("GET", r"/2015-03-31/functions/[^/]+/policy", "GetPolicy"),
    ("POST", r"/2015-03-31/functions/[^/]+/policy", "AddPermission"),
    ("DELETE", r"/2015-03-31/functions/[^/]+/policy/[^/]+", "RemovePermission"),
    ("POST", r"/2015-03-31/functions/[^/]+/invocations", "Invoke"),
    ("PUT", r"/2017-10-31/functions/[^/]+/concurrency", "PutFunctionConcurrency"),
    ("DELETE", r"/2017-10-31/functions/[^/]+/concurrency", "DeleteFunctionConcurrency"),
    ("GET", r"/2019-09-30/functions/[^/]+/concurrency", "GetFunctionConcurrency"),
    ("POST", r"/2017-03-31/tags/.+", "TagResource"),
    ("GET", r"/2017-03-31/tags/.+", "ListTags"),
)]


def operation_of(method, path):
    """The name of a rest-json request's operation; empty: it is none of them."""
    path = path.partition("?")[0]
    return next((name for wanted, pattern, name in OPERATIONS if wanted == method and pattern.match(path)), "")


class Conflict(LambdaClientError):
    code = 409

    def __init__(self, message):
        super().__init__("ResourceConflictException", message)


def refuse(message):
    raise LambdaClientError("InvalidParameterValueException", message)


def now():
    return datetime.datetime.now(datetime.timezone.utc).isoformat(timespec="milliseconds")


def check_role(arn):
    """As Lambda finds out whether it may assume a role."""
    name = arn.rpartition("/")[2]
    role = next((role for backend in iam_backends[DEFAULT_ACCOUNT_ID].values()
                 for role in backend.roles.values() if role.name == name), None)
    ROLE_ASKED[name] = ROLE_ASKED.get(name, 0) + 1
    trusts = role is not None and "lambda.amazonaws.com" in str(role.assume_role_policy_document)
    if not trusts or ROLE_ASKED[name] <= KNOBS["role_calls"]:
        refuse("The role defined for the function cannot be assumed by Lambda.")


def check_variables(body):
    text = json.dumps(body.get("Environment", {}).get("Variables", {}), separators=(",", ":"))
    if len(text.encode()) > 4096:
        refuse("Lambda was unable to configure your environment variables because the environment "
               "variables you have provided exceeded the 4KB limit.")


class Responses(lambda_responses.LambdaResponse):
    def create_function(self):
        body = self.json_body
        check_role(body["Role"])
        check_variables(body)
        answer = ORIGINALS["create_function"](self)
        function = self.backend.get_function(body["FunctionName"])
        function.logging_config = body.get("LoggingConfig")
        function.last_modified = now()
        function.pending = function.creating = KNOBS["function_calls"]
        return answer[0], answer[1], json.dumps(function.get_configuration(on_create=True))

    def get_function(self):
        answer = json.loads(ORIGINALS["get_function"](self))
        function = self.backend.get_function(answer["Configuration"]["FunctionName"])
        function.pending = max(0, getattr(function, "pending", 0) - 1)
        return json.dumps(answer)

    def update_function_configuration(self):
        function = self.named_function(-2)
        body = self.json_body
        if "Role" in body:
            check_role(body["Role"])
        check_variables(body)
        ORIGINALS["update_function_configuration"](self)
        if "LoggingConfig" in body:
            function.logging_config = body["LoggingConfig"]
        return self.updated(function)

    def update_function_code(self):
        function = self.named_function(-2)
        body = self.json_body
        ORIGINALS["update_function_code"](self)
        if "Architectures" in body:
            function.architectures = body["Architectures"]
        return self.updated(function)

    def named_function(self, place):
        function = self.backend.get_function(self.path.split("/")[place])
        if getattr(function, "pending", 0) > 0:
            raise Conflict("The operation cannot be performed at this time. An update is in progress "
                           f"for resource: {function.function_arn}")
        return function

    @staticmethod
    def updated(function):
        function.last_modified = now()
        function.pending, function.creating = KNOBS["function_calls"], 0
        return 200, {}, json.dumps(function.get_configuration())

    def add_permission(self):
        function = self.backend.get_function(self.path.split("/")[-2])
        statement = self.json_body["StatementId"]
        if any(one.get("Sid") == statement for one in function.policy.statements):
            raise Conflict(f"The statement id ({statement}) provided already exists.")
        return 201, {}, ORIGINALS["add_permission"](self)

    def invoke(self):
        name = self.path.split("/")[-2]
        self.backend.get_function(name)
        answer = ANSWERS.get(name, {"payload": "null"})
        body = self.body.decode() if isinstance(self.body, bytes) else self.body
        INVOKED.append({"function": name, "payload": body})
        headers = {"Content-Type": "application/json"}
        if answer.get("error"):
            headers["X-Amz-Function-Error"] = answer["error"]
        if self.headers.get("X-Amz-Log-Type") == "Tail":
            headers["X-Amz-Log-Result"] = base64.b64encode(answer.get("log", "").encode()).decode()
        return 200, headers, answer["payload"]


def get_configuration(self, on_create=False):
    result = ORIGINALS["get_configuration"](self, on_create)
    if getattr(self, "logging_config", None):
        result["LoggingConfig"] = self.logging_config
    if getattr(self, "pending", 0) > 0:
        if self.creating:
            result["State"] = "Pending"
        else:
            result["LastUpdateStatus"] = "InProgress"
    return result


def put_rule(self, name, *args, tags=None, **kwargs):
    is_there = name in self._get_event_bus("default").rules
    return ORIGINALS["put_rule"](self, name, *args, tags=None if is_there else tags, **kwargs)


def put_targets(self, name, event_bus_arn, targets):
    if name not in self._get_event_bus("default").rules:
        raise JsonRESTError("ResourceNotFoundException", f"Rule {name} does not exist on EventBus default.")
    return ORIGINALS["put_targets"](self, name, event_bus_arn, targets)


ORIGINALS = {}


def replace(target, name, function):
    ORIGINALS[name] = getattr(target, name)
    setattr(target, name, function)


for name, function in list(vars(Responses).items()):
    if not name.startswith("__"):
        if hasattr(lambda_responses.LambdaResponse, name):
            replace(lambda_responses.LambdaResponse, name, function)
        else:
            setattr(lambda_responses.LambdaResponse, name, function)
replace(lambda_models.LambdaFunction, "get_configuration", get_configuration)
replace(events_models.EventsBackend, "put_rule", put_rule)
replace(events_models.EventsBackend, "put_targets", put_targets)


# --- What tests can do ------------------------------------------------------------------------

def lambda_knobs(**values):
    """role_calls, function_calls: see above."""
    KNOBS.update(values)
    ROLE_ASKED.clear()


def lambda_answers(function, payload="null", error=None, log=""):
    """What invoking the function gives from now on."""
    ANSWERS[function] = {"payload": payload, "error": error, "log": log}


def lambda_invoked(function):
    """The payloads it was invoked with, in order."""
    return [one["payload"] for one in INVOKED if one["function"] == function]


CONTROLS = (lambda_knobs, lambda_answers, lambda_invoked)
