"""Which lines of the source run: those that the compiler made instructions for, by the line tables of the objects.

Comments, declarations, assertions that are compiled away and braces without a destructor have none; a header's inline
functions have, in whichever object they came to lie.
"""
import os
import re
import subprocess

FILE = re.compile(r'^file_names\[ *(\d+)\]:$|^ +(name|dir_index): "?([^"\n]*)"?$|^include_directories\[ *(\d+)\] = "(.*)"$')
ROW = re.compile(r"^0x[0-9a-f]{16} +(\d+) +\d+ +(\d+) .*\bis_stmt\b(?!.*end_sequence)")


def of_object(build, path):
    """(file as the compiler was given it, line) of one object."""
    done = subprocess.run(["llvm-dwarfdump-14", "--debug-line", path], cwd=build, stdout=subprocess.PIPE, text=True,
                          check=True)
    directories, names, name, found, number = {}, {}, "", set(), -1
    for line in done.stdout.splitlines():
        if row := ROW.match(line):
            found.add((int(row[2]), int(row[1])))
        elif part := FILE.match(line):
            if part[5] is not None:
                directories[int(part[4])] = part[5]
            elif part[1] is not None:
                number = int(part[1])
            elif part[2] == "name":
                name = part[3]
            else:
                names[number] = (int(part[3]), name)
    for file, line in found:
        directory, name = names[file]
        yield os.path.normpath(os.path.join(build, directories[directory], name)), line


def lines(root, build, objects, folders):
    """Sorted (path below root, line) of the folders' code."""
    found = set()
    for path in objects:
        for file, line in of_object(build, path):
            relative = os.path.relpath(file, root)
            if line and relative.startswith(folders):
                found.add((relative, line))
    return sorted(found)
