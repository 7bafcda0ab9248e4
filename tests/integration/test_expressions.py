"""Metric arithmetic against CPython: generated expressions through `eval --stdin`."""
import json
import math
import pathlib
import re
import subprocess

import hypothesis
import pytest
from hypothesis import strategies as st

import python_reference

VARIABLES = {
    "a": 3, "b": -7, "c": 2.5, "cpu": 71.25, "cpu_usage": 0.83, "zero": 0, "on": True,
    "big": 2**63 - 1, "low": -2**63, "odd": 2**53 + 1, "tiny": 5e-324, "gone": None, "lost": None,
}
NUMBERS = [
    "0", "1", "2", "3", "7", "10", "63", "64", "100", "1_000", "0x1F", "0b101", "0o17", "255",
    "9007199254740993", "4611686018427387904", "9223372036854775807", "9223372036854775808", "9223372036854775808",
    "18446744073709551617", "0.0", "0.5", "1.5", "2.5", "0.1", "2.675", "1e3", "1e-3", "1e16",
    "1e22", "1e300", "1e308", "1e400", ".5", "5.", "True", "False", "None",
]
OPERATORS = ["+", "-", "*", "/", "//", "%", "**", "|", "^", "&", "<<", ">>"]
COMPARISONS = ["==", "!=", "<", "<=", ">", ">=", "in", "not in"]
FUNCTIONS = list(python_reference.FUNCTIONS)
PIECES = [
    "(", ")", "[", "]", ",", " ", "\n", "#", "if", "else", "not", "and", "or", "in", "is", "for",
    "lambda", "=", "==", ":=", ":", ".", "'", '"', "!", "?", "é", "\u00a0", "×", "\\", "{", "}", "@",
    "1", "_", "e", "j", "0", "x", *OPERATORS, *COMPARISONS, *FUNCTIONS, *VARIABLES, "runing", "nope",
]


class Choices:
    """Turns bytes, which hypothesis finds and shrinks, into decisions; used up, all are the first."""

    def __init__(self, data):
        self.data = data
        self.at = 0

    def below(self, count):
        byte = self.data[self.at] if self.at < len(self.data) else 0
        self.at += 1
        return byte % count

    def pick(self, items):
        return items[self.below(len(items))]

    @property
    def left(self):
        return len(self.data) - self.at


def item_list(choices, depth):
    items = [expression(choices, depth - 1) for _ in range(choices.below(4))]
    if choices.below(4) == 0:
        return "(" + "".join(item + ", " for item in items) + ")"
    return "[" + ", ".join(items) + "]"


def call(choices, depth):
    name = choices.pick(FUNCTIONS)
    fewest, most = python_reference.FUNCTIONS[name]
    if name in ("sum", "len", "any", "all", "sorted") and choices.below(8) > 0:
        start = ", " + expression(choices, depth - 1) if name == "sum" and choices.below(2) else ""
        text = f"{name}({item_list(choices, depth)}{start})"
        return text + "[0]" if name == "sorted" else text
    count = fewest + choices.below((most or fewest + 2) - fewest + 1)
    return f"{name}({', '.join(expression(choices, depth - 1) for _ in range(count))})"


def expression(choices, depth):
    """Well-formed text; where brackets are not needed there may be none, or spaces."""
    kind = choices.below(16) if depth > 0 and choices.left > 0 else choices.below(4)
    if kind < 2:
        return choices.pick(NUMBERS)
    if kind < 4:
        return choices.pick(list(VARIABLES))
    inner = lambda: expression(choices, depth - 1)
    if kind < 8:
        space = choices.pick([" ", "", "  "])
        return f"{inner()}{space}{choices.pick(OPERATORS)}{space}{inner()}"
    if kind == 8:
        return f"({inner()})"
    if kind == 9:
        return f"{choices.pick(['-', '+', '~', '- -', 'not '])}{inner()}"
    if kind == 10:
        chain = "".join(f" {choices.pick(COMPARISONS)} {inner()}" for _ in range(1 + choices.below(2)))
        return inner() + chain
    if kind == 11:
        return f"{inner()} {choices.pick(['and', 'or'])} {inner()}"
    if kind == 12:
        return f"{inner()} if {inner()} else {inner()}"
    if kind == 13:
        return f"{item_list(choices, depth)}[{inner()}]"
    if kind == 14:
        return f"{inner()} {choices.pick(['in', 'not in', '==', '<'])} {item_list(choices, depth)}"
    return call(choices, depth)


def broken(choices):
    """A text that is probably, but not certainly, no expression."""
    text = expression(choices, 3)
    for _ in range(1 + choices.below(3)):
        at = choices.below(len(text) + 1)
        cut = choices.below(4)
        text = text[:at] + choices.pick(["", *PIECES]) + text[at + cut:]
    return text


class Evaluator:
    """One `eval --stdin` that is talked to through its pipes."""

    def __init__(self, program, env=None):
        self.process = subprocess.Popen([program, "eval", "--stdin"], stdin=subprocess.PIPE,
                                        stdout=subprocess.PIPE, env=env)

    def ask_lines(self, lines):
        self.process.stdin.write(b"".join(line + b"\n" for line in lines))
        self.process.stdin.flush()
        answers = [self.process.stdout.readline() for _ in lines]
        assert all(answer.endswith(b"\n") for answer in answers), "the program ended early"
        return [json.loads(answer, parse_constant=pytest.fail) for answer in answers]

    def ask(self, sources, variables):
        return self.ask_lines([json.dumps({"expr": source, "vars": variables}).encode()
                               for source in sources])

    def close(self):
        self.process.stdin.close()
        try:
            return self.process.wait(timeout=20)
        finally:
            self.process.kill()
            self.process.stdout.close()


@pytest.fixture
def evaluator(program, clean_env):
    evaluator = Evaluator(program, clean_env())
    yield evaluator
    assert evaluator.close() == 0


def same_number(ours, theirs, inexact):
    if isinstance(ours, str):  # JSON has no such number
        ours = float(ours)
        assert not math.isfinite(ours)
    if type(ours) is not type(theirs):
        return False
    if not isinstance(theirs, float):
        return ours == theirs
    if math.isnan(theirs) or math.isnan(ours):
        return math.isnan(theirs) and math.isnan(ours)
    if inexact and ours != theirs:
        return math.isclose(ours, theirs, rel_tol=1e-12, abs_tol=1e-307)
    return ours == theirs and math.copysign(1, ours) == math.copysign(1, theirs)


def check(source, answer, variables):
    """Does the answer say what CPython says?"""
    theirs, inexact = python_reference.evaluate(source, variables)
    shown = f"{source!r}: {answer}, CPython: {theirs}"
    if "error" in answer:
        assert answer["error"], shown
        assert 1 <= answer["column"] <= len(source) + 1, shown
    if theirs[0] == "value":
        assert "value" in answer and same_number(answer["value"], theirs[1], inexact), shown
    elif theirs[0] != "unknown":
        assert theirs[0] in answer, shown
    return theirs[0]


def compare(evaluator, make, wanted, examples):
    """Compares at least `wanted` expressions; gives how many had which outcome."""
    outcomes = {}

    @hypothesis.settings(max_examples=examples, database=None, deadline=None, print_blob=True,
                         suppress_health_check=list(hypothesis.HealthCheck))
    @hypothesis.given(st.binary(min_size=300, max_size=900))
    def run(data):
        choices = Choices(data)
        sources = []
        while choices.left > 0:
            sources.append(make(choices))
        for source, answer in zip(sources, evaluator.ask(sources, VARIABLES)):
            outcome = check(source, answer, VARIABLES)
            outcomes[outcome] = outcomes.get(outcome, 0) + 1

    run()
    assert sum(outcomes.values()) >= wanted, outcomes
    return outcomes


def test_generated_expressions_mean_what_they_mean_in_python(evaluator):
    outcomes = compare(evaluator, lambda choices: expression(choices, 4), 20_000, 1200)
    # The comparison is worth something only if it sees each outcome often.
    for outcome in ("value", "missing", "error"):
        assert outcomes[outcome] > 1000, outcomes


def test_broken_texts_are_errors_where_they_are_in_python(evaluator):
    outcomes = compare(evaluator, broken, 5_000, 300)
    assert outcomes["error"] > 1000 and outcomes["value"] > 50, outcomes


def test_generated_expressions_with_sanitizers(sanitized, clean_env):
    evaluator = Evaluator(sanitized, clean_env())
    compare(evaluator, lambda choices: choices.pick([broken, lambda c: expression(c, 5)])(choices),
            2_000, 150)
    assert evaluator.close() == 0


def test_a_wrong_line_is_answered_and_the_next_one_too(evaluator):
    lines = [
        b'{"expr": "1 + 1"}',
        b"", b"nonsense", b"[1]", b"3", b'{"expr": 3}', b'{"vars": {}}',
        b'{"expr": "a", "vars": []}', b'{"expr": "a", "vars": {"a": "1"}}',
        b'{"expr": "a", "vars": {"a": [1]}}', b'{"expr": "a", "vars": {"a": 1e999}}',
        b'{"expr": "\xff"}', b"\x00", b"[" * 5000, b'{"expr": "' + b"1" * 2_000_000 + b'"}',
        b'{"expr": "a + b", "vars": {"a": 1, "b": 2}}',
    ]
    answers = evaluator.ask_lines(lines)
    assert answers[0] == {"value": 2}
    assert answers[-1] == {"value": 3}
    for line, answer in zip(lines[1:-1], answers[1:-1]):
        assert set(answer) == {"error"} and answer["error"], (line[:80], answer)


@pytest.mark.parametrize("source, variables, expected", [
    ("a", {"a": None}, {"missing": True}),
    ("a", {"a": True}, {"value": True}),
    ("a", {"a": 2.0}, {"value": 2.0}),
    ("a", {"a": 123456789012345678901}, {"value": 123456789012345678901.0}),
    ("1 / 0", {}, {"error": "division by zero", "column": 3}),
    ("größe / 0", {"größe": 1}, {"error": "division by zero", "column": 7}),
    ("(1\n/ 0)", {}, {"error": "division by zero", "column": 4}),
    ("queue-length // 2", {"queue-length": 5, "queue": 1, "length": 1}, {"value": 2}),
    ("x", {"x": 1, "": 2}, {"value": 1}),
    ("1e400", {}, {"value": "inf"}),
    ("-1e400", {}, {"value": "-inf"}),
    ("1e400 - 1e400", {}, {"value": "nan"}),
])
def test_single_answers(evaluator, source, variables, expected):
    answer = evaluator.ask([source], variables)[0]
    assert answer == expected
    assert type(answer.get("value")) is type(expected.get("value"))


@pytest.mark.parametrize("words, output", [
    (["1 + 2"], "3\n"),
    (["-7 // 2"], "-4\n"),
    (["--", "-a", "a=3"], "-3\n"),
    (["a / b", "a=3", "b=2"], "1.5\n"),
    (["a", "a=true"], "True\n"),
    (["a", "a=1e3"], "1000.0\n"),
    (["a", "a=9223372036854775808"], "9.223372036854776e+18\n"),
    (["queue-length + 1", "queue-length=2"], "3\n"),
    (["default(a, 7)", "a=missing"], "7\n"),
    (["a", "a=-inf"], "-inf\n"),
])
def test_the_command_line_prints_the_value(run_program, words, output):
    result = run_program(["eval", *words])
    assert (result.returncode, result.stdout, result.stderr) == (0, output, "")


@pytest.mark.parametrize("words, errors", [
    (["max(cpu, queue_lenght)", "cpu=1", "queue_length=2"],
     "ecs-autoscale eval: column 10: unknown name 'queue_lenght'\n"
     "    max(cpu, queue_lenght)\n"
     "             ^~~~~~~~~~~~ did you mean 'queue_length'?\n"),
    (["größe + nein", "größe=1"],
     "ecs-autoscale eval: column 9: unknown name 'nein'\n    größe + nein\n            ^~~~\n"),
    (["1 +"], "ecs-autoscale eval: column 4: expected a value, found the end\n    1 +\n       ^\n"),
    (["1 / a", "a=0"], "ecs-autoscale eval: column 3: division by zero\n    1 / a\n      ^\n"),
    (["1 / a", "a=missing"], "ecs-autoscale eval: column 5: 'a' is missing\n    1 / a\n        ^\n"),
    (["(1 +\n nope)"], "ecs-autoscale eval: column 2: unknown name 'nope'\n     nope)\n     ^~~~\n"),
])
def test_the_command_line_shows_what_is_wrong(run_program, words, errors):
    result = run_program(["eval", *words])
    assert (result.returncode, result.stdout, result.stderr) == (1, "", errors)


@pytest.mark.parametrize("words, complaint", [
    ([], "no expression is given"),
    (["a", "a"], "expected NAME=VALUE, not 'a'"),
    (["a", "=1"], "expected NAME=VALUE, not '=1'"),
    (["a", "a=x"], "'a=x': a value is a number, true, false or missing"),
    (["a", "a=1", "a=2"], "'a' is given twice"),
    (["--stdin", "a"], "'--stdin' takes no expression"),
    (["--stdim"], "unknown option '--stdim' (did you mean '--stdin'?)"),
])
def test_wrong_usage(run_program, words, complaint):
    result = run_program(["eval", *words])
    assert result.returncode == 2
    assert result.stdout == ""
    assert result.stderr.startswith(f"ecs-autoscale eval: {complaint}\n")


def test_a_reader_that_leaves_ends_it_quietly(program, clean_env):
    process = subprocess.Popen([program, "eval", "--stdin"], stdin=subprocess.PIPE,
                               stdout=subprocess.PIPE, stderr=subprocess.PIPE, env=clean_env())
    process.stdin.write(b'{"expr": "1"}\n')
    process.stdin.flush()
    assert process.stdout.readline() == b'{"value": 1}\n'
    process.stdout.close()
    _, errors = process.communicate(b'{"expr": "1"}\n' * 10, timeout=20)
    assert (process.returncode, errors) == (0, b"")


DOCUMENT = pathlib.Path(__file__).resolve().parent.parent.parent / "docs" / "expressions.md"


def documented_commands():
    """(command, what the document shows it to print)"""
    blocks = re.findall(r"^```(?:console|text)\n(.*?)^```$", DOCUMENT.read_text(), re.M | re.S)
    for block in blocks:
        for part in re.split(r"^\$ ", block, flags=re.M)[1:]:
            command, _, output = part.partition("\n")
            yield command, output


@pytest.mark.parametrize("command, output", list(documented_commands()))
def test_the_document_shows_what_is_printed(program, clean_env, tmp_path, command, output):
    (tmp_path / "ecs-autoscale").symlink_to(program)
    env = clean_env()
    env["PATH"] = f"{tmp_path}:{env['PATH']}"
    result = subprocess.run(["sh", "-c", command], env=env, text=True, timeout=60, check=False,
                            stdout=subprocess.PIPE, stderr=subprocess.STDOUT)
    assert result.stdout == output


def test_the_document_has_examples():
    assert len(list(documented_commands())) >= 6
