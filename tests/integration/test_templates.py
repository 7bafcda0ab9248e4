"""deploy/: the CloudFormation template and the Terraform module say what `ecs-autoscale deploy` does, and take the
policy that `ecs-autoscale policy` prints. Compared with what boto3 sees after a deployment; no CloudFormation and no
Terraform is here to play them: the template passes cfn-lint, the module is parsed."""
import json
import pathlib
import re
import subprocess
import sys

import hcl2
import pytest
import yaml

from aws_emulator import REGION
from test_deploy import SECRETS, account, static_program  # pylint: disable=unused-import

ROOT = pathlib.Path(__file__).resolve().parent.parent.parent
TEMPLATE = ROOT / "deploy" / "cloudformation.yml"
MODULE = ROOT / "deploy" / "terraform"
ACCOUNT = "123456789012"
TAG = "ecs-autoscale:managed"


@pytest.fixture
def deployed(account):
    """What deploy makes, in the words that both descriptions are brought to; and the policy's text."""
    account.deploy()
    seen, configuration = account.seen(), account.function()["Configuration"]
    facts = {
        "name": configuration["FunctionName"], "description": configuration["Description"],
        **{key: seen["function"][key] for key in ("Runtime", "Handler", "MemorySize", "Timeout", "Architectures")},
        "role": seen["function"]["Role"], "logging": seen["logging"], "concurrency": seen["concurrency"],
        "retention": seen["retention"], "trust": seen["trust"], "policy": seen["policy"],
        "schedule": (account.name, *seen["schedule"]),
        "target": seen["targets"][0],
        "permission": (seen["permission"]["Action"], seen["permission"]["Principal"]["Service"],
                       seen["permission"]["Condition"]["ArnLike"]["AWS:SourceArn"]),
        "tags": {tag["Key"] for tag in seen["tags"]},
    }
    text = account.command("policy", "--definitions", account.folder, "--name", account.name, "--account", ACCOUNT,
                           env=SECRETS).stdout
    return facts, text


def arns(name):
    return {"function": f"arn:aws:lambda:{REGION}:{ACCOUNT}:function:{name}",
            "role": f"arn:aws:iam::{ACCOUNT}:role/{name}-{REGION}",
            "rule": f"arn:aws:events:{REGION}:{ACCOUNT}:rule/{name}"}


# --- CloudFormation ---------------------------------------------------------------------------

class Loader(yaml.SafeLoader):
    """YAML with CloudFormation's short forms."""


def short_form(loader, suffix, node):
    value = loader.construct_sequence(node) if isinstance(node, yaml.SequenceNode) else loader.construct_scalar(node)
    if suffix == "GetAtt":
        value = value.split(".")
    return {"Ref" if suffix == "Ref" else f"Fn::{suffix}": value}


Loader.add_multi_constructor("!", short_form)


def resolve(node, parameters, attributes, policy):
    if isinstance(node, list):
        return [resolve(item, parameters, attributes, policy) for item in node]
    if not isinstance(node, dict):
        return node
    if set(node) == {"Ref"}:
        return {**parameters, **attributes}[node["Ref"]]
    if set(node) == {"Fn::Sub"}:
        return re.sub(r"\$\{([^}]+)\}", lambda match: parameters[match[1]], node["Fn::Sub"])
    if set(node) == {"Fn::GetAtt"}:
        return attributes[".".join(node["Fn::GetAtt"])]
    if set(node) == {"Fn::Transform"}:
        include = node["Fn::Transform"]
        assert include["Name"] == "AWS::Include"
        assert resolve(include["Parameters"]["Location"], parameters, attributes, policy) == "s3://bucket/policy.json"
        return json.loads(policy)
    return {key: resolve(value, parameters, attributes, policy) for key, value in node.items()}


def test_cloudformation_says_what_deploy_does(deployed):
    facts, policy = deployed
    template = yaml.load(TEMPLATE.read_text(), Loader)
    name, own = facts["name"], arns(facts["name"])
    parameters = {key: row.get("Default") for key, row in template["Parameters"].items()}
    parameters.update({"CodeBucket": "bucket", "FunctionName": name, "AWS::Region": REGION})
    attributes = {"Role.Arn": own["role"], "Function.Arn": own["function"], "Rule.Arn": own["rule"],
                  "Function": name, "LogGroup": f"/aws/lambda/{name}"}
    made = {key: resolve(row["Properties"], parameters, attributes, policy)
            for key, row in template["Resources"].items()}
    function, rule, permission = made["Function"], made["Rule"], made["Permission"]
    assert made["Role"]["RoleName"] == own["role"].rpartition("/")[2]
    assert made["Role"]["Policies"][0]["PolicyName"] == "ecs-autoscale"
    assert function["Code"] == {"S3Bucket": "bucket", "S3Key": "deployment.zip"}
    assert permission["FunctionName"] == name
    target, = rule["Targets"]
    assert {
        "name": function["FunctionName"], "description": function["Description"],
        **{key: function[key] for key in ("Runtime", "Handler", "MemorySize", "Timeout", "Architectures")},
        "role": function["Role"], "logging": function["LoggingConfig"],
        "concurrency": function["ReservedConcurrentExecutions"], "retention": made["LogGroup"]["RetentionInDays"],
        "trust": made["Role"]["AssumeRolePolicyDocument"], "policy": made["Role"]["Policies"][0]["PolicyDocument"],
        "schedule": (rule["Name"], rule["ScheduleExpression"], rule["State"]), "target": target,
        "permission": (permission["Action"], permission["Principal"], permission["SourceArn"]),
        "tags": {tag["Key"] for one in made.values() for tag in one.get("Tags", [])},
    } == facts
    tagged = [one["Tags"] for one in made.values() if "Tags" in one]
    assert tagged == [[{"Key": TAG, "Value": "cloudformation"}]] * 4


def test_cloudformation_passes_cfn_lint():
    lint = pathlib.Path(sys.executable).with_name("cfn-lint")
    result = subprocess.run([lint, "--non-zero-exit-code", "informational", TEMPLATE], capture_output=True, text=True,
                            timeout=120, check=False)
    assert result.returncode == 0, result.stdout + result.stderr


def test_cfn_lint_sees_mistakes(tmp_path):
    broken = tmp_path / "broken.yml"
    broken.write_text(TEMPLATE.read_text().replace("Runtime: provided.al2023", "Runtime: provided.al1999"))
    result = subprocess.run([pathlib.Path(sys.executable).with_name("cfn-lint"), broken], capture_output=True, text=True,
                            timeout=120, check=False)
    assert result.returncode != 0 and "provided.al1999" in result.stdout


# --- Terraform --------------------------------------------------------------------------------

def plain(node, values):
    """Values of hcl2's tree, with expressions replaced by what they stand for here."""
    if isinstance(node, list):
        return [plain(item, values) for item in node]
    if isinstance(node, dict):
        return {key.strip('"'): plain(value, values) for key, value in node.items() if not key.startswith("__")}
    if not isinstance(node, str):
        return node
    whole = re.fullmatch(r"\$\{(.*)\}", node, re.S)
    if whole and whole[1] in values:
        return values[whole[1]]
    return re.sub(r"\$\{([^}]+)\}", lambda match: str(values[match[1]]), node.strip('"')) if node[:1] == '"' else node


def blocks_of(kind):
    found = {}
    for path in sorted(MODULE.glob("*.tf")):
        for block in hcl2.loads(path.read_text()).get(kind, []):
            for name, body in block.items():
                if not name.startswith("__"):
                    found[name.strip('"')] = body
    return found


def test_terraform_says_what_deploy_does(deployed):
    facts, policy = deployed
    name, own = facts["name"], arns(facts["name"])
    values = {f"var.{key}": plain(row.get("default"), {}) for key, row in blocks_of("variable").items()}
    values.update({
        "var.name": name, "data.aws_region.current.name": REGION, "file(var.policy)": json.loads(policy),
        "var.package": "deployment.zip", "filebase64sha256(var.package)": "of the package",
        "aws_iam_role.this.arn": own["role"], "aws_lambda_function.this.arn": own["function"],
        "aws_cloudwatch_event_rule.this.arn": own["rule"], "aws_cloudwatch_event_rule.this.name": name,
        "aws_lambda_function.this.function_name": name, "aws_cloudwatch_log_group.this.name": f"/aws/lambda/{name}",
        "var.environment": "the variables", "local.tags": {TAG: "terraform"}, "aws_iam_role.this.id": own["role"].rpartition("/")[2]})
    made = {kind: plain(body, values)["this"] for kind, body in blocks_of("resource").items()}
    function, rule = made["aws_lambda_function"], made["aws_cloudwatch_event_rule"]
    permission, target = made["aws_lambda_permission"], made["aws_cloudwatch_event_target"]
    group, role = made["aws_cloudwatch_log_group"], made["aws_iam_role"]
    trust = re.fullmatch(r"\$\{jsonencode\((.*)\)\}", role["assume_role_policy"])[1]
    logging, = function["logging_config"]
    assert role["name"] == made["aws_iam_role_policy"]["role"] and made["aws_iam_role_policy"]["name"] == "ecs-autoscale"
    assert group["name"] == logging["log_group"]
    assert function["filename"] == "deployment.zip" and function["source_code_hash"] == "of the package"
    assert plain(function["dynamic"], {}) == [{"environment": {
        "for_each": "${nonsensitive(length(var.environment)) > 0 ? [1] : []}",
        "content": [{"variables": "the variables"}]}}]
    assert (permission["function_name"], target["rule"]) == (name, name)
    assert {
        "name": function["function_name"], "description": function["description"], "Runtime": function["runtime"],
        "Handler": function["handler"], "MemorySize": function["memory_size"], "Timeout": function["timeout"],
        "Architectures": function["architectures"], "role": function["role"],
        "logging": {"LogFormat": logging["log_format"], "ApplicationLogLevel": logging["application_log_level"],
                    "LogGroup": logging["log_group"]},
        "concurrency": function["reserved_concurrent_executions"], "retention": group["retention_in_days"],
        "trust": json.loads(re.sub(r"(\w+) = ", r'"\1": ', trust)), "policy": made["aws_iam_role_policy"]["policy"],
        "schedule": (rule["name"], rule["schedule_expression"], rule["state"]),
        "target": {"Id": target["target_id"], "Arn": target["arn"]},
        "permission": (permission["action"], permission["principal"], permission["source_arn"]),
        "tags": set(group["tags"]),
    } == facts
    assert permission["statement_id"] == "ecs-autoscale-schedule"
    assert all(one["tags"] == {TAG: "terraform"} for one in (function, rule, group, role))


def test_terraform_names_what_there_is():
    """Every variable is used, every reference leads somewhere."""
    text = "\n".join(path.read_text() for path in sorted(MODULE.glob("*.tf")))
    assert set(re.findall(r"\bvar\.(\w+)", text)) == set(blocks_of("variable"))
    assert set(re.findall(r"\b(aws_\w+)\.this\b", text)) <= set(blocks_of("resource"))
    readme = (MODULE / "README.md").read_text()
    for name in blocks_of("variable"):
        assert f"`{name}`" in readme or re.search(rf"^  {name} +=", readme, re.M), name
