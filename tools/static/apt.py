#!/usr/bin/env python3
"""A private apt for the static build. Usage: tools/static/apt.py FOLDER

Writes FOLDER/apt.conf, to be named by APT_CONFIG: the machine's own package sources, with source
packages and the architectures amd64 and arm64 added, lists and downloads kept under FOLDER. Nothing
under /etc/apt or /var is changed, no package is installed by it, and what is fetched is checked
against the same keys. Hooks of the machine's apt configuration are left out.
"""
import pathlib
import re
import sys

APT = pathlib.Path("/etc/apt")


def with_sources(entry):
    """One deb822 entry, its Types and Architectures put right; None: not one of packages."""
    fields = {match[1].lower(): match[2].strip()
              for match in re.finditer(r"^([\w-]+):((?:.*\n?)(?:[ \t].*\n?)*)", entry, re.M)}
    if "deb" not in fields.get("types", "").split() or fields.get("enabled", "yes").lower() == "no":
        return None
    kept = re.sub(r"^(types|architectures|enabled):.*\n?", "", entry, flags=re.M | re.I)
    return "Types: deb deb-src\n" + kept.strip("\n") + "\n"


def from_deb822(text):
    bare = re.sub(r"^#.*\n?", "", text, flags=re.M)
    return "\n".join(filter(None, map(with_sources, re.split(r"\n\s*\n", bare))))


def from_lines(text):
    lines = []
    for match in re.finditer(r"^deb\s+(\[[^\]]*\])?(.*)$", text, re.M):
        options = re.sub(r"\barch=\S+?(?=[\s\]])", "", match[1] or "")
        options = "" if options.strip("[] ") == "" else options + " "
        lines += [f"{kind} {options}{match[2].strip()}" for kind in ("deb", "deb-src")]
    return "\n".join(lines) + "\n" if lines else ""


def main():
    home = pathlib.Path(sys.argv[1]).resolve()
    for name in ("sources.d", "conf.d", "preferences.d", "lists/partial", "cache/archives/partial"):
        (home / name).mkdir(parents=True, exist_ok=True)
    for name in ("sources.d", "conf.d"):
        for old in (home / name).iterdir():
            old.unlink()
    for path in [APT / "sources.list", *sorted((APT / "sources.list.d").glob("*"))]:
        convert = {".list": from_lines, ".sources": from_deb822}.get(path.suffix)
        if convert and path.is_file():
            text = convert(path.read_text())
            if text:
                (home / "sources.d" / path.name).write_text(text)
    for path in sorted((APT / "apt.conf.d").glob("*")):
        text = path.read_text()
        if not re.search(r"Invoke|Pre-Install-Pkgs", text):
            copy = home / "conf.d" / path.name
            copy.touch(mode=0o600)
            copy.write_text(text)
    (home / "status").touch()
    (home / "apt.conf").write_text(f"""\
APT::Architectures {{ "amd64"; "arm64"; }};
APT::Sandbox::User "root";
Acquire::Languages "none";
Dir::Etc::main "/dev/null";
Dir::Etc::parts "{home}/conf.d";
Dir::Etc::sourcelist "/dev/null";
Dir::Etc::sourceparts "{home}/sources.d";
Dir::Etc::preferences "/dev/null";
Dir::Etc::preferencesparts "{home}/preferences.d";
Dir::State::lists "{home}/lists";
Dir::State::status "{home}/status";
Dir::Cache "{home}/cache";
""")


if __name__ == "__main__":
    main()
