"""A virtual machine in software: boots a kernel, runs commands in it, drives QEMU's monitor."""

import base64
import collections
import json
import os
import pathlib
import re
import shutil
import socket
import subprocess
import tempfile
import time

# Only `thread=single` has never crashed; /dev/kvm may exist and still not work.
MACHINE = ["-accel", "tcg,thread=single", "-cpu", "max", "-smp", "2", "-M", "q35", "-m", "512",
           "-display", "none", "-no-reboot", "-nodefaults"]
APPEND = "console=ttyS0 panic=-1 quiet loglevel=1"
# A boot takes 5 s on an idle machine.
BOOT_SECONDS = 90

Done = collections.namedtuple("Done", "exit output errors")


class Broken(Exception):
    """The machine stopped, or does not answer; with the end of its console."""


class Line:
    """A socket to QEMU, read by lines."""

    def __init__(self, path, seconds):
        deadline = time.monotonic() + seconds
        self.socket = socket.socket(socket.AF_UNIX)
        while True:
            try:
                self.socket.connect(os.fspath(path))
                break
            except OSError as refused:
                if time.monotonic() > deadline:
                    raise Broken(f"QEMU does not listen at {path}") from refused
                time.sleep(0.02)
        self.pending = b""

    def send(self, text):
        self.socket.sendall(text.encode() + b"\n")

    def receive(self, deadline):
        while b"\n" not in self.pending:
            left = deadline - time.monotonic()
            if left <= 0:
                raise Broken("no answer in time")
            self.socket.settimeout(left)
            try:
                part = self.socket.recv(65536)
            except socket.timeout as late:
                raise Broken("no answer in time") from late
            except OSError as closed:
                raise Broken("QEMU closed the connection") from closed
            if not part:
                raise Broken("QEMU ended")
            self.pending += part
        line, self.pending = self.pending.split(b"\n", 1)
        return line.decode(errors="replace").rstrip("\r")


def hold_one_core():
    """For QEMU's process. On two cores the controller now and then missed a doorbell, and the guest
    waited 30 s for it: probably since a guest's barriers are none between QEMU's own threads. On
    one core, where threads see each other's stores in order, it was never seen."""
    os.sched_setaffinity(0, {max(os.sched_getaffinity(0))})


class VirtualMachine:
    """Runs until close(). `devices` are QEMU's arguments, `append` more for the kernel."""

    def __init__(self, kernel, initramfs, devices, append=""):
        self.folder = pathlib.Path(tempfile.mkdtemp(prefix="vyre-vm-"))
        (self.folder / "initramfs").write_bytes(initramfs)
        self.command = [
            "qemu-system-x86_64", *MACHINE, "-kernel", os.fspath(kernel),
            "-initrd", str(self.folder / "initramfs"), "-append", f"{APPEND} {append}",
            "-chardev", f"file,id=console,path={self.folder}/console", "-serial", "chardev:console",
            "-chardev", f"socket,id=shell,path={self.folder}/shell,server=on,wait=off",
            "-serial", "chardev:shell", "-qmp", f"unix:{self.folder}/monitor,server=on,wait=off",
            "-D", str(self.folder / "trace"), *devices]
        self.process = None
        self.boots = 0
        try:
            self.boot()
        except Broken:
            # Under load a machine in software does not always come up; once more tells.
            self.stop()
            self.boot_or_close()

    def boot_or_close(self):
        try:
            self.boot()
        except Broken:
            self.close()
            raise

    def boot(self):
        self.boots += 1
        for name in ("console", "shell", "monitor", "errors"):
            (self.folder / name).unlink(missing_ok=True)
        with open(self.folder / "errors", "wb") as errors:
            self.process = subprocess.Popen(self.command, stdin=subprocess.DEVNULL, stdout=errors,
                                            stderr=errors, preexec_fn=hold_one_core)
        try:
            self.monitor = Line(self.folder / "monitor", 30)
            self.events = []
            self.reply(time.monotonic() + 30)
            self.ask("qmp_capabilities")
            self.shell = Line(self.folder / "shell", 30)
            deadline = time.monotonic() + BOOT_SECONDS
            while not (banner := self.shell.receive(deadline)).startswith("@ready "):
                pass
            self.release = banner.removeprefix("@ready ")
        except Broken as failure:
            raise Broken(f"{failure}\n{self.traces()}") from failure

    def traces(self):
        """The end of what QEMU and the kernel said."""
        texts = []
        for name in ("errors", "console"):
            path = self.folder / name
            text = path.read_text(errors="replace") if path.exists() else ""
            texts += [f"{name}: {line}" for line in text.splitlines()[-20:]]
        return "\n".join(texts)

    def start(self, command):
        """Begins a shell command, one line; its end is finish()'s."""
        assert "\n" not in command
        self.shell.send(command)

    def finish(self, seconds=60):
        deadline = time.monotonic() + seconds
        parts = {"out": [], "err": []}
        into = "out"
        try:
            while not (line := self.shell.receive(deadline)).startswith("@exit "):
                if line == "@err":
                    into = "err"
                else:
                    parts[into].append(line)
        except Broken as failure:
            raise Broken(f"{failure}\n{self.traces()}") from failure
        output, errors = (base64.b64decode("".join(part)) for part in parts.values())
        return Done(int(line.removeprefix("@exit ")), output.decode(errors="replace"),
                    errors.decode(errors="replace"))

    def run(self, command, seconds=60):
        self.start(command)
        return self.finish(seconds)

    def reply(self, deadline):
        while True:
            message = json.loads(self.monitor.receive(deadline))
            if "event" not in message:
                return message
            self.events.append(message)

    def ask(self, command, **arguments):
        """A command of QEMU's monitor; its answer."""
        self.monitor.send(json.dumps({"execute": command, "arguments": arguments}))
        answer = self.reply(time.monotonic() + 30)
        if "error" in answer:
            raise Broken(f"{command}: {answer['error']}")
        return answer["return"]

    def wait_for_event(self, name, seconds=60):
        """Waits until the monitor has told of `name`, once."""
        deadline = time.monotonic() + seconds
        while True:
            for index, event in enumerate(self.events):
                if event["event"] == name:
                    return self.events.pop(index)
            self.events.append(json.loads(self.monitor.receive(deadline)))

    def reads_ended(self, node):
        """How many reads of a block device of QEMU's have ended since the boot."""
        (state,) = [state for state in self.ask("query-blockstats")
                    if state.get("node-name") == node]
        return state["stats"]["rd_operations"]

    def trace(self, enable):
        """Begins or ends the trace of addresses that controllers transfer to."""
        self.ask("trace-event-set-state", name="pci_nvme_map_addr*", enable=enable)
        self.ask("trace-event-set-state", name="pci_nvme_map_prp", enable=enable)

    def traced_addresses(self):
        """(address, bytes) of each transfer that was traced."""
        text = (self.folder / "trace").read_text(errors="replace")
        return [(int(address, 16), int(size)) for address, size in
                re.findall(r"pci_nvme_map_addr addr (0x[0-9a-f]+) len (\d+)", text)]

    def stop(self):
        self.process.kill()
        self.process.wait()

    def close(self):
        self.stop()
        shutil.rmtree(self.folder, ignore_errors=True)
