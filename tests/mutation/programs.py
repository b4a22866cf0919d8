"""Programs with one changed file: what includes it is compiled and linked anew beside the build, which stays as it is."""
import json
import os
import pathlib
import re
import shlex
import subprocess

OBJECT = re.compile(r" -o (\S+\.o) ")
COMPILE_SECONDS, LINK_SECONDS = 600, 300


class NotCompiled(Exception):
    pass


class SameCode(Exception):
    """The compiler makes of the changed file what it made of the file."""


class Build:
    def __init__(self, root, directory):
        self.root, self.directory = pathlib.Path(root), pathlib.Path(directory)
        commands = json.loads((self.directory / "compile_commands.json").read_text(encoding="utf-8"))
        self.commands = {self.below(entry["file"]): entry["command"] for entry in commands if OBJECT.search(entry["command"])}
        self.links, self.includers = {}, None

    def below(self, path):
        return os.path.relpath(os.path.join(self.directory, path), self.root)

    def object_of(self, unit):
        return OBJECT.search(self.commands[unit])[1]

    def objects(self, folders):
        """Those of the folders that have been built."""
        found = (self.object_of(unit) for unit in sorted(self.commands) if unit.startswith(folders))
        return [path for path in found if (self.directory / path).exists()]

    def units_with(self, path):
        """The source files that see a file: itself, or all whose objects were made with a header."""
        if path.endswith(".cc"):
            return [path]
        if self.includers is None:
            self.includers = {}
            done = subprocess.run(["ninja", "-t", "deps"], cwd=self.directory, stdout=subprocess.PIPE, text=True, check=True)
            units = {self.object_of(unit): unit for unit in self.commands}
            for entry in done.stdout.split("\n\n"):
                made, *headers = entry.strip().split("\n")
                unit = units.get(made.split(": #deps")[0])
                for header in headers if unit else ():
                    self.includers.setdefault(self.below(header.strip()), []).append(unit)
        return self.includers.get(path, [])

    def link_command(self, program):
        if program not in self.links:
            done = subprocess.run(["ninja", "-t", "commands", program], cwd=self.directory, stdout=subprocess.PIPE,
                                  text=True, check=True)
            self.links[program] = done.stdout.rstrip().splitlines()[-1].removeprefix(": && ").removesuffix(" && :")
        return self.links[program]


def run(command, build, seconds):
    """Its errors, or None where it succeeds."""
    try:
        done = subprocess.run(command, cwd=build.directory, stdout=subprocess.DEVNULL, stderr=subprocess.PIPE,
                              errors="replace", text=True, timeout=seconds, check=False)
    except subprocess.TimeoutExpired:
        return "no end"
    return done.stderr if done.returncode else None


class Mutant:
    """The objects and programs with one file's text changed, in a directory of their own."""

    def __init__(self, build, scratch, path, text):
        self.build, self.scratch, self.path = build, pathlib.Path(scratch), path
        self.linked = {}
        copy = self.scratch / "source" / path
        copy.parent.mkdir(parents=True)
        copy.write_text(text, encoding="utf-8")
        self.objects = {build.object_of(unit): self.compile(unit) for unit in build.units_with(path)}
        if path.endswith(".cc") and self.same_code(*next(iter(self.objects.items()))):
            raise SameCode

    def compile(self, unit):
        words = shlex.split(self.build.commands[unit])
        made = self.scratch / "objects" / unit.replace("/", "_").replace(".cc", ".o")
        made.parent.mkdir(exist_ok=True)
        source = self.scratch / "source" / unit
        words[-1] = str(source if source.exists() else self.build.root / unit)
        words[words.index("-o") + 1] = str(made)
        words = [words[0], f"-I{self.scratch}/source", *words[1:], "-w"]
        if not self.path.endswith(".cc"):  # many objects: as cheap as they can be had
            words = ["-O1" if word == "-O3" else word.replace("pch-O3", "pch-O1") for word in words]
        if why := run(words, self.build, COMPILE_SECONDS):
            raise NotCompiled(why)
        return str(made)

    def same_code(self, original, made):
        """Whether two objects differ in nothing but what debuggers read."""
        bare = []
        for number, path in enumerate((original, made)):
            bare.append(self.scratch / f"bare{number}.o")
            subprocess.run(["objcopy", "--strip-debug", path, str(bare[-1])], cwd=self.build.directory, check=True)
        return bare[0].read_bytes() == bare[1].read_bytes()

    def program(self, name):
        """The path of a program, linked when it is first asked for. Objects before the archives win over theirs."""
        if name not in self.linked:
            words = shlex.split(self.build.link_command(name))
            made = self.scratch / name
            words[words.index("-o") + 1] = str(made)
            named = [word for word in words if word in self.objects]
            first = next(at for at, word in enumerate(words) if word.endswith(".o"))
            archives = [self.objects[path] for path in self.objects if path not in named and self.in_archive(path)]
            words = [self.objects.get(word, word) for word in words]
            if why := run(words[:first] + archives + words[first:], self.build, LINK_SECONDS):
                raise NotCompiled(why)
            self.linked[name] = str(made)
        return self.linked[name]

    @staticmethod
    def in_archive(path):
        """Objects of programs have their own folder, those of the engine their room's."""
        return not path.split("/")[1].startswith(("weir", "bench", "fuzz")) and "/tests/" not in path
