"""docs/definitions.md: what it shows is what happens.

`<!-- example: definition NAME, A=B ... -->` before a YAML block: a file that loads without a finding
in that environment. `<!-- example: findings NAME -->` before a block: what is printed of a file that
has its first error there."""
import pathlib
import re

import pytest

PAGE = pathlib.Path(__file__).resolve().parent.parent.parent / "docs" / "definitions.md"
TEXT = PAGE.read_text()
EXAMPLES = re.findall(r"<!-- example: definition ([^\s,]+)(?:, ([^\n]*?))? -->\n```yaml\n(.*?)```", TEXT, re.S)


def test_there_are_examples():
    assert len(EXAMPLES) == TEXT.count("<!-- example: definition") == 3


@pytest.mark.parametrize("name, settings, text", EXAMPLES, ids=[example[0] for example in EXAMPLES])
def test_examples_are_fine(name, settings, text, run_program, tmp_path):
    (tmp_path / "clusters").mkdir()
    (tmp_path / "clusters" / name).write_text(text)
    env = dict(setting.split("=", 1) for setting in settings.split())
    result = run_program(["validate", "clusters"], env=env)
    assert result.stdout == "1 cluster fine, 0 errors, 0 warnings\n"
    assert result.stdout in TEXT


def test_the_finding_that_is_shown(run_program, tmp_path):
    (tmp_path / "clusters").mkdir()
    (tmp_path / "clusters" / "a.yml").write_text(
        "autoscale_group: asg\nservices:\n  web: {min: 1, max: 2}\n  api:\n    evnts:\n    min: 1\n    max: 2\n")
    shown = re.search(r"<!-- example: findings a.yml -->\n```\n(.*?)```", TEXT, re.S).group(1)
    assert run_program(["validate"]).stdout.startswith(shown)


def test_links_lead_somewhere():
    headings = {re.sub(r"[^a-z0-9 _-]", "", heading.lower()).replace(" ", "-")
                for heading in re.findall(r"^#+ (.*)$", TEXT, re.M)}
    for target in re.findall(r"\]\(#([^)]*)\)", TEXT):
        assert target in headings
