"""The house rules bite: a copy of the sources in which one of them is broken is found out."""
import re
import shutil
import subprocess
import sys

import pytest

from conftest import ROOT

GOOD = '#include "base/str.h"\n\n#include "base/banned.h"\n\n'


@pytest.fixture
def copy(tmp_path):
    shutil.copytree(ROOT / "src", tmp_path / "src")
    shutil.copytree(ROOT / "tools", tmp_path / "tools", ignore=shutil.ignore_patterns("__pycache__"))
    return tmp_path


def findings(folder):
    result = subprocess.run([sys.executable, folder / "tools/lint.py"], capture_output=True, text=True, check=False,
                            timeout=120)
    assert result.stderr == ""
    lines = result.stdout.splitlines()
    assert result.returncode == (0 if lines[-1].startswith("house rules:") else 1)
    return lines if result.returncode else []


def test_the_sources_keep_them(copy):
    assert findings(copy) == []


# Path, text, and what is found: the line and a part of the message.
BROKEN = [
    ("src/base/odd.c", '#include "cloud/cloud.h"\n\n#include "base/banned.h"\n', 1, "must not include cloud/"),
    ("src/decide/odd.c", '#include "observe/observe.h"\n\n#include "base/banned.h"\n', 1, "must not include observe/"),
    ("src/decide/odd.c", '#include "pass/pass.h"\n\n#include "base/banned.h"\n', 1, "must not see pass/"),
    ("src/lambda/odd.c", '#include "command/command.h"\n\n#include "base/banned.h"\n', 1, "must not see command/"),
    ("src/decide/odd.c", '#include "nowhere.h"\n\n#include "base/banned.h"\n', 1, "no file nowhere.h"),
    ("src/decide/odd.c", '#include "base/str.h"\n', 1, "base/banned.h"),
    ("src/cellar/odd.c", GOOD, 1, "no such room"),
    ("src/decide/odd.c", GOOD + "void *odd(void)\n{\n    return malloc(1);\n}\n", 7, "malloc() outside base/"),
    ("src/decide/odd.c", GOOD + "void odd(void *p)\n{\n    /* free(p); */\n    free(p);\n}\n", 8, "free() outside"),
    ("src/decide/odd.c", GOOD + "void odd(void)\n{\n" + "    ;\n" * 71 + "}\n", 6, "function of 71 lines"),
    ("src/decide/odd.c", GOOD + "/* */\n" * 500, 500, "lines, over 500"),
    ("src/decide/odd.h", "/* */\n" * 201, 200, "lines, over 200"),
    ("src/decide/odd.c", GOOD + "void odd(int a, int b, int c, int d, int e, int f, int g)\n{\n}\n", 5, "7 parameters"),
    ("src/decide/odd.h", "#ifndef ODD_H\n#define ODD_H\nstruct str odd(void);\nsize_t n(void);\n#endif\n", 1,
     "not self-contained"),
    ("src/decide/odd.h", "struct odd {\n    int a;\n};\n", 1, "not self-contained"),  # no guard: included twice
]


def test_breaking_one_is_found(copy):
    """All in one copy, each in a file of its own."""
    expected = {}
    for number, (path, text, line, message) in enumerate(BROKEN):
        path = path.replace("odd", f"odd_{number}")
        (copy / path).parent.mkdir(exist_ok=True)
        (copy / path).write_text(text)
        expected[path] = (line, message)
    found = [line.partition(":") for line in findings(copy)]
    assert sorted(path for path, _, _ in found) == sorted(expected), found
    for path, _, rest in found:
        line, message = expected[path]
        assert rest.startswith(f"{line}: ") and message in rest, (path, rest)


BANNED = re.findall(r"^#define (\w+)\(\.\.\.\)", (ROOT / "src/base/banned.h").read_text(), re.M)


def compile_call(call, tmp_path):
    source = tmp_path / "odd.c"
    source.write_text('#include <stdio.h>\n#include <stdlib.h>\n#include <string.h>\n#include <time.h>\n\n'
                      f'#include "base/banned.h"\n\nint odd(void)\n{{\n    {call};\n    return 0;\n}}\n')
    return subprocess.run(["cc", "-std=gnu17", "-Wall", "-Werror", "-I", ROOT / "src", "-fsyntax-only", source],
                          capture_output=True, text=True, check=False, env={"LC_ALL": "C", "PATH": "/usr/bin:/bin"})


def test_allowed_calls_compile(tmp_path):
    result = compile_call('char text[9]; snprintf(text, sizeof(text), "%d", 1); puts(text)', tmp_path)
    assert result.returncode == 0, result.stderr


@pytest.mark.parametrize("name", BANNED)
def test_banned_calls_do_not_compile(name, tmp_path):
    result = compile_call(f"(void){name}(0)", tmp_path)
    assert result.returncode != 0 and f"banned_{name}__use_" in result.stderr, result.stderr


def test_the_list_of_banned_calls():
    assert {"strcpy", "strcat", "sprintf", "strtok", "atoi", "gmtime", "localtime"} <= set(BANNED)
