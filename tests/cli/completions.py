"""Bash completes every option that the help of each command tells, and no other.

Usage: completions.py VYRE.
"""

import pathlib
import re
import subprocess
import sys

COMPLETIONS = pathlib.Path(__file__).parents[2] / "cli" / "completions" / "vyre"
COMMANDS = ["scan", "run", "replay", "asm", "disasm", "verify", "doctor"]
# Word by word of what an option takes; "" for one that takes none of a few words.
WORDS = {"--path": "auto mapped passthrough peer", "--ring": "default sqpoll iopoll",
         "--io": "auto buffered direct", "--backend": "auto cpu cuda", "--lba": "", "--deadline": "", "--hang-after": ""}


def completed(*words):
    """What bash offers for the last word."""
    script = ('source "$1"; shift; COMP_WORDS=("$@"); COMP_CWORD=$(($# - 1)); compopt() { :; }\n'
              '_vyre; printf "%s\\n" "${COMPREPLY[@]}"')
    done = subprocess.run(["bash", "-c", script, "bash", COMPLETIONS, "vyre", *words],
                          capture_output=True, text=True, timeout=20, check=True)
    return set(done.stdout.split())


def told(vyre, command):
    """The options in a command's help."""
    done = subprocess.run([vyre, command, "--help"], capture_output=True, text=True, timeout=20,
                          check=True)
    options = set()
    for line in done.stdout.splitlines():
        listed = re.match(r"^ {2}(-[^ ]+)", line)
        if listed:
            options |= {re.sub(r"\{.*|\[.*", "", word) for word in listed[1].split(",")}
    return options


def main():
    vyre = sys.argv[1]
    offences = []
    for command in COMMANDS:
        help_options, offered = told(vyre, command), completed(command, "-")
        if help_options != offered:
            offences.append(f"{command}: only in the help: {help_options - offered};"
                            f" only completed: {offered - help_options}")
    for option, words in WORDS.items():
        offered = completed("scan", option, "")
        if offered != set(words.split()):
            offences.append(f"{option} completes {offered}")
    print("\n".join(offences) or f"{len(COMMANDS)} commands complete what they take")
    return 1 if offences else 0


if __name__ == "__main__":
    sys.exit(main())
