"""The released program is hardened: what the linker and the compiler were asked for is in the file."""
import re
import subprocess

import pytest


def readelf(program, *options):
    result = subprocess.run(["readelf", "--wide", *options, program], capture_output=True, text=True, check=True,
                            env={"LC_ALL": "C"})
    return result.stdout


@pytest.fixture(scope="session")
def segments(program):
    """{type: flags} of the program headers."""
    rows = re.findall(r"^  (\w+) +(?:0x[0-9a-f]+ +){5}([RWE ]{3}) ", readelf(program, "--program-headers"), re.M)
    assert {"LOAD", "DYNAMIC", "INTERP"} <= {kind for kind, _ in rows}
    return rows


@pytest.fixture(scope="session")
def imports(program):
    return set(re.findall(r" UND (\w+)", readelf(program, "--dyn-syms")))


def test_addresses_are_random(program):
    assert re.search(r"Type: +DYN \(Position-Independent Executable", readelf(program, "--file-header"))
    assert re.search(r"\(FLAGS_1\) .*\bPIE\b", readelf(program, "--dynamic"))


def test_relocations_are_read_only_from_the_start(program, segments):
    assert "GNU_RELRO" in dict(segments)
    assert re.search(r"\(FLAGS(_1)?\) .*\b(BIND_)?NOW\b", readelf(program, "--dynamic"))


def test_nothing_is_writable_and_executable(segments):
    assert dict(segments)["GNU_STACK"].split() == ["RW"]
    assert [flags for kind, flags in segments if kind == "LOAD" and "W" in flags and "E" in flags] == []


def test_no_foreign_search_path(program):
    assert not re.search(r"\((RPATH|RUNPATH|TEXTREL)\)", readelf(program, "--dynamic"))


def test_stack_protector_and_fortified_calls(imports):
    assert "__stack_chk_fail" in imports
    fortified = {name for name in imports if name.endswith("_chk")}
    # A plain snprintf may be there too, where no compiler can know how large the buffer is.
    assert {"__snprintf_chk", "__vsnprintf_chk", "__printf_chk"} <= fortified, fortified
    assert not {"sprintf", "vsprintf", "strcpy", "strcat", "gets", "printf"} & imports
